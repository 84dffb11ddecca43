"""Other programs' directories: nothing is written at their top, and nothing in them changed or moved."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.doctor.checks import examine, treat
from runtui.store.cleanup.plan import CleanupPlan, Decision, carry_out
from runtui.store.index import rebuild_index, update_cached_index
from runtui.store.index_lock import index_lock
from runtui.store.recognition import is_runs_directory
from tests.foreign import KINDS, openfoam
from tests.run_dirs import write_raw, write_run
from tests.trees import everything_below

COMMANDS = [
    "ls",
    "ls --json",
    "show RUN",
    "show RUN --json",
    "path RUN",
    "logs RUN",
    "tag RUN +a",
    "mark RUN failed",
    "undo RUN",
    "cancel RUN",
    "resume RUN",
    "compare RUN RUN",
    "clean --keep 0 --yes",
    "clean --run RUN --yes",
    "clean --older-than 1d --yes",
    "trash ls",
    "trash restore RUN",
    "trash restore 2",
    "trash empty --yes",
    "doctor",
    "doctor --json",
    "adopt --dry-run",
    "adopt --dry-run --json",
    "doctor --fix",
]


@pytest.mark.parametrize("kind", KINDS)
def test_no_command_changes_a_foreign_directory(
    tmp_path: Path, kind: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "theirs"
    name = kind(base)
    before = everything_below(base)
    for words in COMMANDS:
        main(["-C", str(base), *words.replace("RUN", name).split()])
        assert everything_below(base) == before, words
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "the index is missing" not in out
    assert not is_runs_directory(str(base))


@pytest.mark.parametrize("kind", KINDS)
def test_no_cleanup_or_repair_of_a_directory_above_changes_a_foreign_one(
    tmp_path: Path, kind: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path, "ours", created="2026-01-01T00:00:00Z")
    kind(tmp_path / "theirs")
    before = everything_below(tmp_path / "theirs")
    for words in ("clean --keep 0 --yes", "trash ls", "doctor --fix", "trash restore 2", "trash empty --yes"):
        main(["-C", str(tmp_path), *words.split()])
        assert everything_below(tmp_path / "theirs") == before, words
    assert not (tmp_path / "ours").exists()
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("kind", KINDS)
def test_store_never_changes_a_foreign_directory(tmp_path: Path, kind: Callable[[Path], str]) -> None:
    base = tmp_path / "theirs"
    name = kind(base)
    before = everything_below(base)
    with index_lock(str(base)):
        assert everything_below(base) == before
    assert update_cached_index(str(base)) == ""
    assert carry_out(str(base), CleanupPlan((Decision(name, "old"),), ())).moved == ()
    treated = treat(str(base), examine(str(base)))
    assert not any(item.repaired for item in treated)
    manager = RunManager(base)
    assert manager.cleanup_old_runs(keep_count=0) == []
    assert everything_below(base) == before


def test_doctor_refuses_a_foreign_directory_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "theirs"
    openfoam(base)
    assert main(["-C", str(base), "doctor", "--fix"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(
        f"runtui: nothing repaired: {tmp_path} is not a runs directory; name one with -C, or "
    )
    assert err.count("\n") == 1


def test_creating_a_run_makes_a_runs_directory(tmp_path: Path) -> None:
    base = tmp_path / "theirs"
    openfoam(base)
    name = RunManager(base).create_run("mine")
    assert is_runs_directory(str(base))
    index = json.loads((base / ".run_index.json").read_text())
    assert [entry["run_id"] for entry in index["runs"]] == [name]
    assert os.readlink(base / "current") == name
    assert (base / "0.5" / "U").is_file()


def test_runs_directory_is_recognised_by_its_content(runs_dir: Path) -> None:
    assert not is_runs_directory(str(runs_dir))
    write_raw(runs_dir, "broken", b"{")
    (runs_dir / ".runtui").mkdir()
    (runs_dir / ".trash").mkdir()
    assert not is_runs_directory(str(runs_dir))
    write_run(runs_dir, "run")
    assert is_runs_directory(str(runs_dir))
    rebuild_index(str(runs_dir))
    shutil.rmtree(runs_dir / "run")
    assert is_runs_directory(str(runs_dir))
    (runs_dir / ".run_index.json").unlink()
    (runs_dir / ".run_index.json").symlink_to("/etc/passwd")
    assert not is_runs_directory(str(runs_dir))


def test_only_run_of_a_directory_can_be_trashed_restored_and_deleted(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs_dir, "run", created="2026-01-01T00:00:00Z")
    base = ["-C", str(runs_dir)]
    assert main([*base, "clean", "--run", "run", "--yes"]) == 0
    assert main([*base, "trash", "restore", "run"]) == 0
    assert main([*base, "clean", "--run", "run", "--yes"]) == 0
    assert main([*base, "trash", "empty", "--yes"]) == 0
    capsys.readouterr()
    assert list((runs_dir / ".trash").iterdir()) == []
