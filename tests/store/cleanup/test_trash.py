"""A run is moved to the trash whole, with a note, and never leaves its runs directory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui import InvalidRunIdError
from runtui.store.cleanup.trash import move_to_trash
from tests.run_dirs import write_log, write_run
from tests.store.children import output_as_nobody


def test_run_is_moved_to_the_trash_with_time_and_reason(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "run 7")
    write_log(run_dir, "text")
    inode = run_dir.stat().st_ino
    folder = Path(move_to_trash(str(runs_dir), "run 7", "not among the 3 newest", {"run_id": "run 7"}))
    assert not run_dir.exists()
    assert folder.parent == runs_dir / ".trash"
    assert (folder / "run 7").stat().st_ino == inode
    assert (folder / "run 7" / "logs" / "simulation.log").read_text() == "text"
    note = json.loads((folder / "trashed.json").read_text())
    assert note["reason"] == "not among the 3 newest"
    assert note["entry"] == {"run_id": "run 7"}
    assert note["trashed_at"].endswith("Z")
    assert set(os.listdir(folder)) == {"run 7", "trashed.json"}


def test_trash_holds_two_runs_of_the_same_name(runs_dir: Path) -> None:
    for _ in range(2):
        write_run(runs_dir, "run")
        move_to_trash(str(runs_dir), "run", "old", {})
    assert len(list((runs_dir / ".trash").glob("*/run/metadata.json"))) == 2


def test_trashing_a_linked_run_moves_only_the_link(runs_dir: Path) -> None:
    target = write_run(runs_dir.parent / "other", "run")
    (runs_dir / "run").symlink_to(target)
    folder = Path(move_to_trash(str(runs_dir), "run", "old", {}))
    assert (folder / "run").is_symlink()
    assert (target / "metadata.json").exists()


@pytest.mark.parametrize("name", ["..", "../other", "/etc", ".runtui", "", "a/b", "current"])
def test_invalid_run_id_is_refused(runs_dir: Path, name: str) -> None:
    with pytest.raises(InvalidRunIdError):
        move_to_trash(str(runs_dir), name, "old", {})
    assert os.listdir(runs_dir) == []


def test_trashing_a_missing_run_fails_without_creating_a_folder(runs_dir: Path) -> None:
    with pytest.raises(FileNotFoundError):
        move_to_trash(str(runs_dir), "gone", "old", {})
    assert os.listdir(runs_dir / ".trash") == []


def test_trash_that_is_a_link_is_refused(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    (runs_dir / ".trash").symlink_to(runs_dir.parent)
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        move_to_trash(str(runs_dir), "run", "old", {})
    assert (runs_dir / "run").is_dir()


def test_trashing_without_permission_moves_nothing(public_dir: Path) -> None:
    write_run(public_dir, "run")
    os.mkdir(public_dir / ".trash")
    os.chmod(public_dir / ".trash", 0o777)
    answer = output_as_nobody(
        """
        import sys
        from runtui.store.cleanup.trash import move_to_trash
        try:
            move_to_trash(sys.argv[1], "run", "old", {})
        except PermissionError:
            print("refused")
        """,
        public_dir,
    )
    assert answer == "refused"
    assert (public_dir / "run" / "metadata.json").exists()
    assert os.listdir(public_dir / ".trash") == []
