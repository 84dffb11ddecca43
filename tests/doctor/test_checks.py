from __future__ import annotations

import errno
import json
import os
import textwrap
import time
from pathlib import Path

import pytest

from runtui.doctor.checks import examine, treat
from runtui.doctor.findings import Finding, Severity
from runtui.store.atomic import TEMP_SUFFIX
from runtui.store.errors import StoreError
from runtui.store.index import rebuild_index
from runtui.text.sanitize import safe_text
from tests.run_dirs import bad_runs, write_run
from tests.store.children import NOBODY, output_of


@pytest.fixture
def healthy(runs_dir: Path) -> Path:
    """A directory with two runs, an index, and a link to one of them."""
    runs_dir.chmod(0o755)
    for name in ("gas", "plate"):
        write_run(runs_dir, name, created="2026-11-01T12:00:00Z")
    (runs_dir / "current").symlink_to("gas")
    rebuild_index(str(runs_dir))
    return runs_dir


def problems(base: Path) -> dict[str, str]:
    return {found.where: found.what for found in examine(str(base)) if found.level is Severity.PROBLEM}


def test_a_healthy_directory_has_no_problem(healthy: Path) -> None:
    assert problems(healthy) == {}


def test_links_that_lead_nowhere_have_one_finding_each(healthy: Path) -> None:
    (healthy / "a").symlink_to("b")
    (healthy / "b").symlink_to("a")
    (healthy / "self").symlink_to("self")
    (healthy / "away").symlink_to("/scratch/gone")
    (healthy / "linked").mkdir(mode=0o755)
    (healthy / "linked" / "metadata.json").symlink_to("/scratch/gone/metadata.json")
    where = [found.where for found in examine(str(healthy)) if found.where not in (".", ".run_index.json")]
    assert where == ["a", "away", "b", "linked", "self"]
    assert problems(healthy)["linked"] == (
        "metadata.json links to /scratch/gone/metadata.json, which does not exist"
    )


def test_missing_parent_and_checkpoints_are_reported_for_the_run(healthy: Path) -> None:
    listed = [{"name": f"step-{number}", "path": f"checkpoints/{number}"} for number in range(7)]
    write_run(healthy, "child", parent_run_id="gone", checkpoints=listed)
    rebuild_index(str(healthy))
    whats = [found.what for found in examine(str(healthy)) if found.where == "child"]
    assert whats[:2] == [
        "its parent gone is not in this directory",
        "7 checkpoint files are missing: step-0, step-1, step-2, step-3, step-4 and more",
    ]


def test_findings_are_sorted_by_run_name(healthy: Path) -> None:
    for name in ("zebra", "ant", "mole"):
        write_run(healthy, name, parent_run_id="gone")
    rebuild_index(str(healthy))
    found = [found.where for found in examine(str(healthy)) if found.what.startswith("its parent")]
    assert found == ["ant", "mole", "zebra"]


def test_findings_for_bad_runs_are_safe_to_show(runs_dir: Path) -> None:
    bad_runs(runs_dir)
    findings = examine(str(runs_dir))
    assert len(findings) > 30
    for found in findings:
        assert (safe_text(found.where), safe_text(found.what)) == (found.where, found.what)


def test_only_old_temporary_files_are_leftovers(healthy: Path) -> None:
    (healthy / "gas" / f"metadata.json.1{TEMP_SUFFIX}").touch()
    assert problems(healthy) == {}
    os.utime(healthy / "gas" / f"metadata.json.1{TEMP_SUFFIX}", (time.time() - 7200,) * 2)
    (found,) = [found for found in examine(str(healthy)) if "temporary" in found.what]
    assert found.where == "gas"
    (treatment,) = treat(str(healthy), [found])
    assert treatment.repaired
    assert not (healthy / "gas" / f"metadata.json.1{TEMP_SUFFIX}").exists()


def test_repair_is_recorded(healthy: Path) -> None:
    (healthy / ".run_index.json").unlink()
    (found,) = [found for found in examine(str(healthy)) if found.where == ".run_index.json"]
    (treatment,) = treat(str(healthy), [found])
    assert treatment.repaired
    assert (healthy / ".run_index.json").exists()
    (record,) = (healthy / ".runtui" / "doctor").iterdir()
    assert json.loads(record.read_text())["repaired"] == [{"where": found.where, "what": found.what}]


def test_nothing_is_repaired_without_a_record(healthy: Path) -> None:
    (healthy / ".runtui").mkdir(exist_ok=True)
    (healthy / ".runtui" / "doctor").touch()
    done: list[str] = []
    (treatment,) = treat(str(healthy), [Finding("gas", "broken", repair=lambda: done.append("repaired"))])
    assert not treatment.repaired
    assert treatment.failure.startswith("cannot keep a record of it: ")
    assert done == []


def test_a_directory_that_holds_no_runs_is_not_repaired(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    done: list[str] = []
    (treatment,) = treat(str(tmp_path), [Finding(".", "broken", repair=lambda: done.append("repaired"))])
    assert treatment.failure == "this is not a runs directory"
    assert done == []
    assert not (tmp_path / ".runtui").exists()


def test_failed_repair_gives_its_reason_and_the_others_continue(healthy: Path) -> None:
    def refuse() -> None:
        raise StoreError("it is in use")

    def fail() -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    findings = [
        Finding("a", "for a person"),
        Finding("b", "in use", repair=refuse),
        Finding("c", "read-only", repair=fail),
        Finding("d", "well", repair=lambda: None),
    ]
    treatments = treat(str(healthy), findings)
    assert [treatment.repaired for treatment in treatments] == [False, False, False, True]
    assert treatments[0].failure == ""
    assert treatments[1].failure == "it is in use"
    assert "ead-only" in treatments[2].failure
    (record,) = (healthy / ".runtui" / "doctor").iterdir()
    assert [item["where"] for item in json.loads(record.read_text())["repaired"]] == ["d"]


def test_checkpoints_in_an_unreadable_folder_are_not_called_missing(public_dir: Path) -> None:
    listed = [{"name": "c1", "path": "checkpoints/c1"}]
    run = write_run(public_dir, "a", checkpoints=listed)
    (run / "checkpoints" / "c1").write_text("state")
    (run / "checkpoints").chmod(0o700)
    code = f"""
        import os, sys
        from runtui.doctor.checks import examine
        examine(sys.argv[1])  # what is loaded late may lie where only root can read
        os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
        print(*(found.what for found in examine(sys.argv[1])), sep="\\n")
    """
    said = output_of(textwrap.dedent(code), public_dir).splitlines()
    why = "its checkpoints cannot be looked for: Permission denied (ask its owner for access)"
    assert why in said
    assert not any("missing: c1" in line for line in said)
