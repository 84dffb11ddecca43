"""Which checkpoints a run can be resumed from, and what is said of those that it cannot."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from runtui.store.checkpoint_choice import choose_checkpoint
from runtui.store.checkpoints import Checkpoints, resumable_checkpoints
from runtui.store.errors import RunNotFoundError
from runtui.store.lineage import ancestry_on_disk
from runtui.store.metadata import read_metadata
from tests.run_dirs import write_run
from tests.store.children import output_as_nobody

NOW = time.time()


def save(run: Path, name: str, data: str | bytes = "state", *, age: float = 100) -> Path:
    path = Path(os.path.normpath(run / "checkpoints" / name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    os.utime(path, (NOW - age, NOW - age))
    return path


def entry(name: str, path: str | None = None, *, age: float = 100) -> dict[str, Any]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - age))
    return {"name": name, "created_at": moment, "path": path or f"checkpoints/{name}"}


def found_in(base: Path, name: str = "a1") -> Checkpoints:
    metadata = read_metadata(str(base / name))
    return resumable_checkpoints(str(base), name, metadata, ancestry_on_disk(str(base), name, metadata))


def chosen(base: Path, wanted: str | None = None, name: str = "a1") -> str:
    return choose_checkpoint(found_in(base, name), wanted, name, str(base / name)).path or ""


def refusal(base: Path, wanted: str | None = None, name: str = "a1") -> str:
    with pytest.raises(RunNotFoundError) as refused:
        chosen(base, wanted, name)
    return str(refused.value)


def half_of_a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("state.npy", os.urandom(10_000))
    return buffer.getvalue()[:5000]


# On disk


def test_unlisted_files_are_checkpoints_too(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "melt.1000.restart", age=200)
    newest = save(run, "melt.2000.restart")
    assert [one.name for one in found_in(runs_dir).found] == ["melt.1000.restart", "melt.2000.restart"]
    assert not any(one.is_listed for one in found_in(runs_dir).found)
    assert chosen(runs_dir) == str(newest)


def test_newer_unlisted_checkpoint_is_preferred_to_an_older_listed_one(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1", checkpoints=[entry("s1.json", age=300)])
    save(run, "s1.json", "{}", age=300)
    newest = save(run, "s2.json", "{}")
    assert chosen(runs_dir) == str(newest)


def test_listed_checkpoint_appears_only_once(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1", checkpoints=[entry("one", "checkpoints/s1")])
    save(run, "s1")
    (run / "checkpoints" / "latest").symlink_to("s1")
    assert [one.name for one in found_in(runs_dir).found] == ["one"]
    assert chosen(runs_dir, "latest") == str(run / "checkpoints" / "s1")


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (("step_9.pt", "step_10.pt", "step_100.pt"), "step_100.pt"),
        (("state_prev.cpt", "state.cpt"), "state.cpt"),
        (("run.old.npz", "run.npz", "#run.npz.1#"), "run.npz"),
    ],
)
def test_checkpoints_of_the_same_age_are_ordered_by_name(
    runs_dir: Path, names: tuple[str, ...], newest: str
) -> None:
    run = write_run(runs_dir, "a1")
    for name in names:
        save(run, name)
    assert chosen(runs_dir) == str(run / "checkpoints" / newest)


@pytest.mark.parametrize("note", ["step_2.md5", "step_2.json", "latest", "README.txt", "checkpoint"])
def test_sidecar_file_is_not_a_checkpoint(runs_dir: Path, note: str) -> None:
    run = write_run(runs_dir, "a1")
    state = save(run, "step_2.npz", age=200)
    save(run, note, "{}")
    assert chosen(runs_dir) == str(state)
    assert found_in(runs_dir).skipped == ()


def test_text_file_is_a_checkpoint_if_there_is_no_other(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    assert chosen_after(run, "state.txt") == str(run / "checkpoints" / "state.txt")


def chosen_after(run: Path, name: str) -> str:
    save(run, name, "7\n")
    return chosen(run.parent, name=run.name)


def test_folder_can_be_a_checkpoint(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "checkpoint-500/model.bin")
    assert chosen(runs_dir) == str(run / "checkpoints" / "checkpoint-500")
    [found] = found_in(runs_dir).found
    assert (found.size, found.why_not) == (None, "")


@pytest.mark.parametrize("name", ["s2.pt.tmp", "s2.pt~", "tmp-s2", "500.orbax-checkpoint-tmp-17", "s2.part"])
def test_unfinished_checkpoint_is_skipped_and_reported(runs_dir: Path, name: str) -> None:
    run = write_run(runs_dir, "a1")
    state = save(run, "s1.pt", age=200)
    save(run, name)
    found = found_in(runs_dir)
    assert chosen(runs_dir) == str(state)
    assert [(one.name, one.problem) for one in found.skipped] == [(name, "an unfinished or temporary file")]


def test_only_the_last_2000_checkpoints_by_name_are_checked(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    for number in range(2100):
        (run / "checkpoints" / f"s{number}").write_text("x")
    found = found_in(runs_dir)
    assert chosen(runs_dir) == str(run / "checkpoints" / "s2099")
    assert found.problems == ("checkpoints/ holds 2,100 files: only the last 2,000 by name were looked at",)


# Ancestors


def test_child_without_checkpoints_finds_those_of_its_ancestors(runs_dir: Path) -> None:
    save(write_run(runs_dir, "a1"), "s1")
    write_run(runs_dir, "b", parent_run_id="a1")
    write_run(runs_dir, "c", parent_run_id="b")
    [found] = found_in(runs_dir, "c").found
    assert (found.owner, found.path) == ("a1", str(runs_dir / "a1" / "checkpoints" / "s1"))


def test_a_renamed_ancestor_is_found_by_its_run_id(runs_dir: Path) -> None:
    save(write_run(runs_dir, "a1"), "c1")
    save(runs_dir / "a1", "c2", age=50)
    write_run(
        runs_dir,
        "kid",
        parent_run_id="a1",
        checkpoints=[entry("one", "checkpoints/c1"), entry("two", f"{runs_dir}/a1/checkpoints/c2", age=50)],
    )
    (runs_dir / "a1").rename(runs_dir / "best")
    assert [(one.name, one.owner) for one in found_in(runs_dir, "kid").found] == [
        ("one", "best"),
        ("two", "best"),
    ]


def test_checkpoints_are_found_after_moving_the_runs_directory(runs_dir: Path, tmp_path: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "c1")
    write_run(runs_dir, "a1", checkpoints=[entry("one", f"{runs_dir}/a1/checkpoints/c1")])
    write_run(
        runs_dir, "kid", parent_run_id="a1", checkpoints=[entry("one", f"{runs_dir}/a1/checkpoints/c1")]
    )
    moved = tmp_path / "moved"
    runs_dir.rename(moved)
    assert chosen(moved) == chosen(moved, name="kid") == str(moved / "a1" / "checkpoints" / "c1")


# Torn


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty (0 bytes)"),
        (bytes(100), "only zero bytes: it was never written"),
        (half_of_a_zip(), "incomplete: a zip file that ends too early"),
    ],
)
@pytest.mark.parametrize("is_listed", [True, False])
def test_torn_newest_checkpoint_falls_back_to_the_previous_one(
    runs_dir: Path, data: bytes, why: str, is_listed: bool
) -> None:
    listed = [entry("a.npz", age=200), entry("b.npz")] if is_listed else []
    run = write_run(runs_dir, "a1", checkpoints=listed)
    before = save(run, "a.npz", age=200)
    save(run, "b.npz", data)
    assert chosen(runs_dir) == str(before)
    assert [(one.name, one.problem) for one in found_in(runs_dir).skipped] == [("b.npz", why)]
    assert refusal(runs_dir, "b.npz") == (f"a1 cannot be resumed from b.npz: {why}; there are also a.npz")


def test_much_smaller_newest_checkpoint_is_used_only_on_request(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    before = save(run, "s1.bin", "x" * 1000, age=200)
    newest = save(run, "s2.bin", "x" * 400)
    assert chosen(runs_dir) == str(before)
    [skipped] = found_in(runs_dir).skipped
    assert skipped.why_not == "perhaps incomplete: 400 bytes, the one before has 1,000"
    assert chosen(runs_dir, "s2.bin") == str(newest)
    save(run, "s2.bin", "x" * 500)
    assert chosen(runs_dir) == str(newest)


def test_smaller_checkpoint_that_is_verifiably_complete_is_used(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "s1.json", json.dumps(list(range(1000))), age=200)
    newest = save(run, "s2.json", "[1]")
    assert chosen(runs_dir) == str(newest)


def test_a_newest_file_that_ends_in_zeros_is_taken_only_when_it_is_asked_for(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    before = save(run, "s1.bin", "x" * 1000, age=200)
    newest = save(run, "s2.bin", b"x" * 500 + bytes(500))
    assert chosen(runs_dir) == str(before)
    [skipped] = found_in(runs_dir).skipped
    assert skipped.why_not == "perhaps incomplete: its second half is only zero bytes"
    assert chosen(runs_dir, "s2.bin") == str(newest)


def test_zeros_at_the_end_are_no_fault_where_the_one_before_ends_so_too(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "s1.bin", b"x" * 400 + bytes(600), age=200)
    newest = save(run, "s2.bin", b"x" * 500 + bytes(500))
    assert chosen(runs_dir) == str(newest)


def test_error_for_an_unknown_checkpoint_lists_those_available(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "s1.bin", "x" * 1000, age=200)
    save(run, "s2.bin", "x" * 10)
    assert refusal(runs_dir, "s3").endswith(
        "it has s2.bin (perhaps incomplete: 10 bytes, the one before has 1,000), s1.bin"
    )


def test_error_lists_every_unusable_checkpoint_with_its_problem(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1", checkpoints=[entry("gone", age=300)])
    save(run, "torn.npz", half_of_a_zip(), age=200)
    save(run, "none.npz", b"", age=100)
    save(run, "late.npz.tmp", age=50)
    assert refusal(runs_dir) == (
        "a1 cannot be resumed: late.npz.tmp (an unfinished or temporary file), none.npz (empty (0 bytes)), "
        "torn.npz (incomplete: a zip file that ends too early), gone (file missing)"
    )


def test_run_without_checkpoints_cannot_be_resumed(runs_dir: Path) -> None:
    write_run(runs_dir, "a1")
    assert refusal(runs_dir) == "a1 has no checkpoints to resume from"
    assert refusal(runs_dir, "x") == "a1 has no checkpoint 'x', nor is there such a file; it has none"


# What cannot be looked at


SAID = """
import json, sys
from runtui.store.checkpoint_choice import *
from runtui.store.checkpoints import *
from runtui.store.lineage import ancestry_on_disk
from runtui.store.metadata import read_metadata
metadata = read_metadata(sys.argv[1] + "/a1")
found = resumable_checkpoints(sys.argv[1], "a1", metadata, ancestry_on_disk(sys.argv[1], "a1", metadata))
try:
    choose_checkpoint(found, None, "a1")
except Exception as error:
    print(json.dumps([list(found.problems), [one.problem for one in found.found], str(error)]))
"""


def test_unreadable_folder_is_reported(public_dir: Path) -> None:
    run = write_run(public_dir, "a1")
    save(run, "c1")
    (run / "checkpoints").chmod(0)
    problems, found, refused = json.loads(output_as_nobody(SAID, public_dir))
    why = "checkpoints/ cannot be read: Permission denied (ask its owner for access)"
    assert (problems, found) == ([why], [])
    assert refused == f"a1 cannot be resumed: {why}"


def test_unreadable_checkpoint_is_reported_and_not_chosen(public_dir: Path) -> None:
    save(write_run(public_dir, "a1"), "c1").chmod(0o600)
    problems, found, refused = json.loads(output_as_nobody(SAID, public_dir))
    why = "cannot be read: Permission denied (ask its owner for access)"
    assert (problems, found) == ([], [why])
    assert refused == f"a1 cannot be resumed: c1 ({why})"


def test_dangling_checkpoints_link_is_reported(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    (run / "checkpoints").rmdir()
    (run / "checkpoints").symlink_to("/scratch/gone")
    assert found_in(runs_dir).problems == ("checkpoints/ is a link to /scratch/gone, which does not exist",)


def test_own_checkpoint_is_preferred_to_a_newer_one_of_the_parent(runs_dir: Path) -> None:
    parent = write_run(runs_dir, "a1")
    save(parent, "s1", age=500)
    save(parent, "s9", age=10)
    child = write_run(runs_dir, "kid", parent_run_id="a1", checkpoints=[entry("s1", age=500)])
    assert chosen(runs_dir, name="kid") == str(parent / "checkpoints" / "s9")
    own = save(child, "s2", age=300)
    assert chosen(runs_dir, name="kid") == str(own)


def test_folder_of_a_listed_checkpoint_is_not_another_checkpoint(runs_dir: Path) -> None:
    ages = {"first": 30, "second": 20}
    listed = [entry(name, f"checkpoints/{name}/model.pt", age=age) for name, age in ages.items()]
    run = write_run(runs_dir, "a1", checkpoints=[entry("gone", "checkpoints/lost/model.pt", age=50), *listed])
    for name, age in ages.items():
        save(run, f"{name}/model.pt", age=age)
    lost = save(run, "lost/weights.pt").parent
    os.utime(lost, (NOW - 60, NOW - 60))
    (run / "checkpoints" / "first" / "note.txt").write_text("written last")
    assert [one.name for one in found_in(runs_dir).found] == ["lost", "gone", "first", "second"]
    assert chosen(runs_dir) == str(run / "checkpoints" / "second" / "model.pt")


def test_a_checkpoint_beside_checkpoints_is_resumed_from_when_it_is_the_newest(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "step_1.npz", age=300)
    save(run, "../melt.1000.restart", age=200)
    save(run, "../melt.2000.restart", age=150)
    save(run, "../restart.sh", age=10)
    save(run, "../train.pt", age=10)
    assert chosen(runs_dir) == str(run / "melt.2000.restart")
    assert chosen(runs_dir, "melt.1000.restart") == str(run / "melt.1000.restart")
    names = [one.name for one in found_in(runs_dir).found]
    assert names == ["step_1.npz", "melt.1000.restart", "melt.2000.restart"]


def test_torn_empty_and_unfinished_checkpoints_beside_are_skipped_and_said(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    save(run, "../good.ckpt", age=500)
    save(run, "../WAVECAR", b"", age=300)
    save(run, "../torn.pt", half_of_a_zip(), age=200)
    save(run, "../next.ckpt.tmp", age=100)
    found = found_in(runs_dir)
    assert found.newest is not None
    assert found.newest.name == "good.ckpt"
    assert [one.name for one in found.skipped] == ["next.ckpt.tmp", "torn.pt", "WAVECAR"]
    assert [one.why_not for one in found.skipped][::2] == [
        "an unfinished or temporary file",
        "empty (0 bytes)",
    ]


def test_one_that_is_listed_by_its_path_in_the_run_is_there_once(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1", checkpoints=[entry("day 1", "a.cpt")])
    save(run, "../a.cpt")
    save(run, "../b.cpt", age=50)
    assert [one.name for one in found_in(runs_dir).found] == ["day 1", "b.cpt"]


def test_a_childs_parent_has_its_checkpoints_beside_as_well(runs_dir: Path) -> None:
    parent = write_run(runs_dir, "a1")
    write_run(runs_dir, "child", parent_run_id="a1")
    saved = parent / "version_0" / "checkpoints" / "last.ckpt"
    saved.parent.mkdir(parents=True)
    saved.write_text("state")
    found = found_in(runs_dir, "child").found
    assert [(one.name, one.owner) for one in found] == [("version_0/checkpoints/last.ckpt", "a1")]
    assert chosen(runs_dir, "last.ckpt", "child") == str(saved)
