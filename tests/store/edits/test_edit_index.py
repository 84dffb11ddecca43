"""The runs that have edits are noted in the runs directory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.store.edits.edit_index import edited_runs, mark_edited
from runtui.store.errors import StoreError


def marks(base: Path) -> Path:
    return base / ".runtui" / "edited"


def test_edited_run_is_marked_with_the_time_of_its_last_edit(runs_dir: Path) -> None:
    assert edited_runs(str(runs_dir)) == {}
    mark_edited(str(runs_dir), "a")
    os.utime(marks(runs_dir) / "a", ns=(5, 5))
    mark_edited(str(runs_dir), "b")
    assert edited_runs(str(runs_dir))["a"] == 5
    mark_edited(str(runs_dir), "a")
    assert set(edited_runs(str(runs_dir))) == {"a", "b"}
    assert abs(edited_runs(str(runs_dir))["a"] / 1e9 - time.time()) < 600


def test_edit_mark_replaces_a_link_without_touching_its_target(runs_dir: Path, tmp_path: Path) -> None:
    mark_edited(str(runs_dir), "a")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    os.utime(victim, (5, 5))
    os.link(victim, marks(runs_dir) / "b")
    (marks(runs_dir) / "c").symlink_to(victim)
    for name in "bc":
        mark_edited(str(runs_dir), name)
    assert (victim.stat().st_mtime, victim.read_text()) == (5, "precious")
    assert (marks(runs_dir) / "b").stat().st_nlink == 1
    assert set(edited_runs(str(runs_dir))) == {"a", "b", "c"}


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".."])
def test_edit_mark_outside_the_folder_is_refused(name: str, runs_dir: Path) -> None:
    with pytest.raises(StoreError):
        mark_edited(str(runs_dir), name)
    assert list(runs_dir.iterdir()) == []


def test_edit_mark_through_a_linked_folder_is_refused(runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (runs_dir / ".runtui").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        mark_edited(str(runs_dir), "a")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_edit_mark_in_a_shared_directory_is_group_writable(runs_dir: Path) -> None:
    runs_dir.chmod(0o2775)
    before = os.umask(0o077)
    try:
        mark_edited(str(runs_dir), "a")
    finally:
        os.umask(before)
    assert (marks(runs_dir) / "a").stat().st_mode & 0o777 == 0o664
