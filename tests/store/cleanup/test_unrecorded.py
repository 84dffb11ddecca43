"""On a full disk a run goes to the trash by a rename alone, and is a run in the trash like any other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import RunManager
from runtui.store.cleanup.emptying import empty_trash, has_half_emptied
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import list_trash, move_to_trash, places_in_trash
from runtui.store.cleanup.unrecorded import doomed_name, is_half_emptied, set_aside, unrecorded_run
from runtui.store.safe_directory import SafeDirectory
from tests.full_disks import fill, on_full_disks
from tests.run_dirs import write_run
from tests.trees import everything_below

PLACES = ["in the trash", "beside it"]


def put_aside(base: Path, name: str, place: str) -> Path:
    """Write a run, and put it aside as on a full disk where the trash is there, or cannot be made."""
    run = write_run(base, name, description=f"a {name}")
    path = Path(set_aside(SafeDirectory(base, follow=True), run.name))
    if place == "beside it":
        path = path.rename(base / f".trash.{path.name}")
        (base / ".trash").rmdir()
    return path


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_unrecorded_run_name_is_parsed_from_the_trash_directory(name: str) -> None:
    for start in ("", ".trash."):
        found = unrecorded_run(f"/runs/{start}6a0000000abc.runtui-{name}")
        assert found == (name, 0x6A000000)
        doomed = doomed_name(f"/runs/{start}6a0000000abc.runtui-{name}")
        assert is_half_emptied(doomed)
        assert unrecorded_run(doomed) is None


@pytest.mark.parametrize("name", ["0123456789ab", "0123456789ab.emptying", "run", "0123456789ab-run"])
def test_other_directory_names_are_not_unrecorded_runs(name: str) -> None:
    assert unrecorded_run(name) is None
    assert not is_half_emptied(name)


@on_full_disks
@pytest.mark.parametrize("has_trash", [True, False])
def test_run_is_trashed_and_restored_on_a_full_disk(
    small_disk: Callable[[str], Path], options: str, has_trash: bool
) -> None:
    base = small_disk(options) / "runs"
    base.mkdir()
    run = write_run(base, "run", description="a gas")
    (run / "results" / "data").write_bytes(b"x" * 9000)
    if has_trash:
        (base / ".trash").mkdir()
    before = list(everything_below(run).values())[1:]
    fill(base.parent / "filling", options)
    folder = Path(move_to_trash(str(base), "run", "old", {"run_id": "run"}))
    assert list(everything_below(folder).values())[1:] == before
    assert not run.exists()
    [trashed] = list_trash(str(base))
    assert (trashed.name, trashed.description, trashed.path) == ("run", "a gas", str(folder))
    assert trashed.reason == "moved while the disk was full"
    assert trashed.trashed is not None
    assert abs(trashed.trashed - time.time()) < 600  # seconds
    assert restore(str(base), trashed) == ""
    assert list(everything_below(run).values())[1:] == before
    assert list_trash(str(base)) == []


@pytest.mark.parametrize("place", PLACES)
def test_unrecorded_run_is_found_by_lineage_and_restored_to_the_index(runs_dir: Path, place: str) -> None:
    RunManager(runs_dir).create_run(run_id="other")
    path = put_aside(runs_dir, "run", place)
    assert places_in_trash(str(runs_dir)) == {"run": [str(path)]}
    [trashed] = list_trash(str(runs_dir))
    assert restore(str(runs_dir), trashed) == ""
    assert {entry["run_id"] for entry in RunManager(runs_dir).list_runs()} == {"run", "other"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["run", "run.emptying", "6a0000000abc.runtui-run"])
def test_unrecorded_run_is_deleted_with_the_rest_of_the_trash(runs_dir: Path, name: str, place: str) -> None:
    put_aside(runs_dir, name, place)
    assert [run.name for run in list_trash(str(runs_dir))] == [name]
    done = empty_trash(str(runs_dir))
    assert (done.removed, done.failed) == (1, 0)
    assert [path for path in runs_dir.rglob("*") if path.name != ".trash"] == []


@pytest.mark.parametrize("place", PLACES)
def test_emptying_by_age_deletes_only_old_unrecorded_runs(runs_dir: Path, place: str) -> None:
    path = put_aside(runs_dir, "run", place)
    os.utime(path, (0, 0))
    assert empty_trash(str(runs_dir), older_than=time.time() - 600).removed == 0
    assert path.is_dir()
    assert empty_trash(str(runs_dir), older_than=time.time() + 600).removed == 1
    assert not path.exists()


@pytest.mark.parametrize("place", PLACES)
def test_interrupted_deletion_of_an_unrecorded_run_is_resumed(runs_dir: Path, place: str) -> None:
    path = put_aside(runs_dir, "run", place)
    (path / "results" / "file").touch()

    def interrupt(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        empty_trash(str(runs_dir), progress=interrupt)
    assert list_trash(str(runs_dir)) == []
    assert has_half_emptied(str(runs_dir))
    assert empty_trash(str(runs_dir)).failed == 0
    assert not has_half_emptied(str(runs_dir))
    assert [found for found in runs_dir.rglob("*") if found.name != ".trash"] == []


@pytest.mark.parametrize("place", PLACES)
def test_restore_does_not_overwrite_a_run_of_the_same_name(runs_dir: Path, place: str) -> None:
    path = put_aside(runs_dir, "run", place)
    kept = write_run(runs_dir, "run", description="another")
    [trashed] = list_trash(str(runs_dir))
    with pytest.raises(FileExistsError):
        restore(str(runs_dir), trashed)
    assert path.is_dir()
    assert "another" in (kept / "metadata.json").read_text()
