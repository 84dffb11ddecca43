from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from runtui.doctor.findings import Finding, Severity
from runtui.doctor.permissions import of_directory, of_run
from runtui.store.record import RunRecord
from tests.run_dirs import write_run

RUN = RunRecord("gas", "gas")


@pytest.fixture
def run(runs_dir: Path) -> Path:
    """A run with usual modes, in a directory with usual modes."""
    runs_dir.chmod(0o755)
    path = write_run(runs_dir, "gas")
    path.chmod(0o755)
    (path / "metadata.json").chmod(0o644)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def repaired(finding: Finding) -> None:
    assert finding.repair is not None
    finding.repair()


def test_usual_modes_give_no_finding(run: Path) -> None:
    assert list(of_run(str(run.parent), RUN)) == []
    assert list(of_directory(str(run.parent), ["gas"])) == []


def test_file_unreadable_to_its_owner_gains_only_read_permission(run: Path) -> None:
    (run / "metadata.json").chmod(0o040)
    (finding,) = of_run(str(run.parent), RUN)
    assert (finding.where, finding.level) == ("gas", Severity.PROBLEM)
    assert finding.what == "metadata.json is not readable by its owner (mode 40)"
    repaired(finding)
    assert mode(run / "metadata.json") == 0o440


def test_read_only_file_is_noted_and_unchanged(run: Path) -> None:
    (run / "metadata.json").chmod(0o444)
    (finding,) = of_run(str(run.parent), RUN)
    assert (finding.level, finding.repair) == (Severity.NOTE, None)
    assert "edits cannot be written to it" in finding.what


def test_world_writable_run_loses_write_permission_for_others(run: Path) -> None:
    run.chmod(0o777)
    (finding,) = of_run(str(run.parent), RUN)
    assert finding.what == "its directory is writable by every user (mode 777)"
    repaired(finding)
    assert mode(run) == 0o775


def test_world_writable_directory_gives_one_finding_for_all_runs(run: Path) -> None:
    run.parent.chmod(0o777)
    run.chmod(0o777)
    assert list(of_run(str(run.parent), RUN)) == []
    (finding,) = of_directory(str(run.parent), ["gas"])
    assert finding.where == "."
    assert "chmod +t" in finding.what
    assert finding.repair is None


def test_a_sticky_directory_is_safe_to_share(run: Path) -> None:
    run.parent.chmod(0o1777)
    assert list(of_directory(str(run.parent), ["gas"])) == []


def test_hard_linked_metadata_is_noted_and_its_mode_unchanged(run: Path) -> None:
    os.link(run / "metadata.json", run.parent / "elsewhere.json")
    (run / "metadata.json").chmod(0o646)
    writable, linked = of_run(str(run.parent), RUN)
    assert writable.repair is None
    assert writable.what.endswith("ask its owner for chmod o-w")
    assert "hard link" in linked.what
    assert linked.level is Severity.NOTE


def test_runtui_folder_gets_the_write_bits_of_the_runs_directory(run: Path) -> None:
    run.parent.chmod(0o2775)
    (run.parent / ".runtui").mkdir()
    (run.parent / ".runtui").chmod(0o700)
    (finding,) = of_directory(str(run.parent), ["gas"])
    assert finding.where == ".runtui"
    repaired(finding)
    assert mode(run.parent / ".runtui") == 0o770
    assert list(of_directory(str(run.parent), ["gas"])) == []


@pytest.mark.parametrize("kind", ["link", "file"])
def test_file_or_link_in_place_of_the_runtui_folder_is_unchanged(run: Path, kind: str) -> None:
    if kind == "link":
        (run / ".runtui").symlink_to("/tmp")
    else:
        (run / ".runtui").touch()
    (finding,) = of_run(str(run.parent), RUN)
    assert finding.repair is None
    assert finding.what.endswith("so runtui writes nothing there: move it away")


def test_linked_or_missing_run_gives_no_mode_finding(run: Path) -> None:
    run.chmod(0o777)
    (run.parent / "link").symlink_to("gas")
    assert list(of_run(str(run.parent), RunRecord("link", "link"))) == []
    assert list(of_run(str(run.parent), RunRecord("gone", "gone"))) == []
