"""The metadata.json of an adopted run, and its removal."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.store.edits.adoption import ADOPT, adoption_of, undo_adoption, write_adopted
from runtui.store.edits.run_edits import edit_tags, last_edit, undo
from runtui.store.errors import MetadataError, StoreError
from tests.full_disks import fill, on_full_disks
from tests.run_dirs import write_run
from tests.trees import everything_below

METADATA = {"run_id": "r", "status": "completed", "tags": ["a"], "created_at": "2026-01-01T00:00:00Z"}
ORIGIN = {"layout": "slurm", "status": "slurm-7.out"}

WORK = """
import sys
from runtui.store.edits.adoption import undo_adoption, write_adopted
print("ready", flush=True)
while True:
    for number in range(8):
        metadata = {"run_id": f"r{number}", "status": "failed", "x": "y" * 9999}
        write_adopted(sys.argv[1], f"r{number}", metadata, {})
    for number in range(8):
        undo_adoption(sys.argv[1], f"r{number}")
"""


def foreign(base: Path, name: str = "r") -> Path:
    """Make a run of another program."""
    run = base / name
    (run / "out").mkdir(parents=True)
    (run / "slurm-7.out").write_text("step 1\n")
    return run


def left(before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]) -> dict[str, object]:
    """Return what was added or changed, apart from the times of directories."""
    return {
        path: after.get(path)
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and not os.path.isdir(path)
    }


def test_adoption_adds_one_file_and_undo_removes_it(runs_dir: Path) -> None:
    run = foreign(runs_dir)
    before = everything_below(runs_dir)
    write_adopted(str(runs_dir), "r", METADATA, ORIGIN)
    assert set(left(before, everything_below(runs_dir))) == {str(run / "metadata.json")}
    found = json.loads((run / "metadata.json").read_text())
    assert list(found) == [*METADATA, "adopted_from"]
    assert found["adopted_from"].items() >= ORIGIN.items()
    assert (run / "metadata.json").stat().st_nlink == 1
    (outcome,) = undo(str(runs_dir), "r")
    assert (outcome.done, outcome.text) == (True, "undid the adoption")
    assert left(before, everything_below(runs_dir)) == {}


def test_existing_file_is_never_replaced(runs_dir: Path) -> None:
    run = foreign(runs_dir)
    for put in (lambda path: path.write_text("theirs"), lambda path: path.symlink_to("gone"), Path.mkdir):
        put(run / "metadata.json")
        before = everything_below(runs_dir)
        with pytest.raises(FileExistsError):
            write_adopted(str(runs_dir), "r", METADATA, ORIGIN)
        assert everything_below(runs_dir).keys() == before.keys()
        assert left(before, everything_below(runs_dir)) == {}
        path = run / "metadata.json"
        path.rmdir() if path.is_dir() else path.unlink()


def test_what_could_not_be_read_again_is_not_written(runs_dir: Path) -> None:
    run = foreign(runs_dir)
    deep: object = 1
    for _level in range(500):
        deep = [deep]
    for metadata in ({"x": "y" * 9_000_000}, {"x": deep}):
        with pytest.raises(MetadataError):
            write_adopted(str(runs_dir), "r", METADATA | metadata, ORIGIN)
    assert sorted(os.listdir(run)) == ["out", "slurm-7.out"]


def test_changed_metadata_is_not_removed(runs_dir: Path) -> None:
    run = foreign(runs_dir)
    write_adopted(str(runs_dir), "r", METADATA, ORIGIN)
    path = run / "metadata.json"
    text = path.read_text()
    path.write_text(text.replace("completed", "failed"))
    (outcome,) = undo(str(runs_dir), "r")
    assert (outcome.done, outcome.text) == (
        False,
        "not undone: its metadata.json was changed since it was adopted",
    )
    path.write_text(json.dumps(json.loads(text)))  # laid out anew, with the same contents
    undo_adoption(str(runs_dir), "r")
    assert not path.exists()


def test_edits_after_an_adoption_are_undone_before_it(runs_dir: Path) -> None:
    run = foreign(runs_dir)
    write_adopted(str(runs_dir), "r", METADATA, ORIGIN)
    os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    (outcome,) = edit_tags(str(runs_dir), ["r"], ["new"], [])
    assert outcome.done
    assert json.loads((run / "metadata.json").read_text())["tags"] == ["a", "new"]
    with pytest.raises(StoreError, match="changed since"):
        undo_adoption(str(runs_dir), "r")
    os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    (outcome,) = undo(str(runs_dir), "r")
    assert "tags -new" in outcome.text
    edit = last_edit(str(runs_dir), "r")
    assert edit is not None
    assert edit.action == ADOPT
    (outcome,) = undo(str(runs_dir), "r")
    assert outcome.text == "undid the adoption"
    assert not (run / "metadata.json").exists()


def test_run_with_metadata_of_its_own_was_not_adopted(runs_dir: Path) -> None:
    write_run(runs_dir, "ours", adopted_from="somewhere")
    assert adoption_of(str(runs_dir), "ours") is None
    with pytest.raises(StoreError, match="not adopted"):
        undo_adoption(str(runs_dir), "ours")
    assert adoption_of(str(runs_dir), "gone") is None


def test_killed_adoption_leaves_a_whole_file_or_none(runs_dir: Path, rounds: Callable[[int], int]) -> None:
    for number in range(8):
        foreign(runs_dir, f"r{number}")
    choice = random.Random(7)
    for _round in range(rounds(15)):
        with subprocess.Popen([sys.executable, "-c", WORK, str(runs_dir)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(choice.uniform(0.0, 0.05))  # the moment of the kill is what is varied here
            process.kill()
        for number in range(8):
            run = runs_dir / f"r{number}"
            assert set(os.listdir(run)) <= {"out", "slurm-7.out", "metadata.json"}
            if (run / "metadata.json").exists():
                assert json.loads((run / "metadata.json").read_text())["run_id"] == run.name
                undo_adoption(str(runs_dir), run.name)


@on_full_disks
def test_full_disk_leaves_nothing(small_disk: Callable[[str], Path], options: str) -> None:
    base = small_disk(options) / "runs"
    run = foreign(base)
    fill(base.parent / "filling", options)
    with pytest.raises(OSError, match="No space left"):
        write_adopted(str(base), "r", METADATA | {"x": "y" * 5000}, ORIGIN)
    assert sorted(os.listdir(run)) == ["out", "slurm-7.out"]
