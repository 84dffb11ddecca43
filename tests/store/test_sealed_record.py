"""What is run again and ended comes only from files that nobody else can have written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.store.process import this_process
from runtui.store.protected_keys import PROTECTED_KEYS
from runtui.store.safe_directory import SafeDirectory
from runtui.store.seal import sealed
from runtui.store.sealed_record import (
    RecordKind,
    UnprovenError,
    checkpoint_to_resume,
    read_sealed_record,
    write_sealed_record,
)
from runtui.store.writer import own_supervisor
from tests.run_dirs import write_run
from tests.store.children import NOBODY

COMMAND = {"command": ["echo", "mine"], "working_directory": "/"}


def record_of(run: Path) -> Path:
    return run / ".runtui" / "command.json"


def command_of(run: Path) -> object:
    return read_sealed_record(str(run.parent), run.name, RecordKind.COMMAND).get("command")


@pytest.fixture
def run(runs_dir: Path) -> Path:
    found = write_run(runs_dir, "r")
    write_sealed_record(SafeDirectory(runs_dir / "r"), RecordKind.COMMAND, COMMAND)
    return found


def test_sealed_record_is_private_despite_the_umask(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    before = os.umask(0o002)
    try:
        write_sealed_record(SafeDirectory(runs_dir / "r"), RecordKind.COMMAND, COMMAND)
    finally:
        os.umask(before)
    assert record_of(runs_dir / "r").stat().st_mode & 0o777 == 0o600
    assert command_of(runs_dir / "r") == ["echo", "mine"]


def by_mode(record: Path) -> None:
    record.chmod(0o664)


def by_another_name(record: Path) -> None:
    os.link(record, record.with_name("other"))


def by_a_link(record: Path) -> None:
    record.rename(record.with_name("other"))
    record.symlink_to("other")


def by_a_pipe(record: Path) -> None:
    record.unlink()
    os.mkfifo(record)


def by_a_linked_folder(record: Path) -> None:
    record.parent.rename(record.parent.with_name("other"))
    record.parent.symlink_to("other")


def by_damage(record: Path) -> None:
    record.write_text('{"command": ["echo"')


@pytest.mark.parametrize(
    "change", [by_mode, by_another_name, by_a_link, by_a_pipe, by_a_linked_folder, by_damage]
)
def test_sealed_record_that_others_could_have_placed_is_not_trusted(
    run: Path, change: Callable[[Path], None]
) -> None:
    change(record_of(run))
    assert command_of(run) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_sealed_record_of_another_user_is_not_trusted(run: Path) -> None:
    os.chown(record_of(run), NOBODY, -1)
    assert command_of(run) is None


def test_sealed_record_moved_from_another_run_is_not_trusted(run: Path, runs_dir: Path) -> None:
    theirs = write_run(runs_dir, "theirs", run_id="r")
    (theirs / ".runtui").mkdir()
    (theirs / ".runtui").chmod(0o775)
    record_of(run).rename(record_of(theirs))
    assert command_of(theirs) is None


def test_sealed_record_of_another_kind_is_ignored(run: Path) -> None:
    record_of(run).rename(run / ".runtui" / "job.json")
    assert read_sealed_record(str(run.parent), "r", RecordKind.JOB) == {}


def test_moved_run_keeps_its_sealed_record(run: Path, tmp_path: Path) -> None:
    moved = tmp_path / "scratch" / "renamed"
    moved.parent.mkdir()
    shutil.move(run, moved)
    assert command_of(moved) == ["echo", "mine"]
    moved.chmod(0o775)  # where others may write they could have moved the record alone
    assert command_of(moved) is None


def put_down(run: Path, kind: RecordKind, facts: dict[str, object]) -> None:
    """Write a sealed record as it stands."""
    path = run / ".runtui" / kind.value
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(sealed({"record": kind.value, **facts})))
    path.chmod(0o600)


@pytest.mark.parametrize("kind", [RecordKind.COMMAND, RecordKind.CHECKPOINT])
def test_record_of_an_earlier_version_is_trusted_only_in_its_own_run(
    kind: RecordKind, runs_dir: Path
) -> None:
    run = write_run(runs_dir, "r")
    bound = {"run": "r", "directory": os.path.realpath(run), "inode": run.stat().st_ino}
    put_down(run, kind, {"name": "c", "path": "/chosen", **bound})
    assert read_sealed_record(str(runs_dir), "r", kind)["path"] == "/chosen"
    put_down(run, kind, {"name": "c", "path": "/chosen", **bound, "directory": "/else", "inode": 1})
    assert read_sealed_record(str(runs_dir), "r", kind) == {}


def test_supervisor_of_an_earlier_version_is_trusted_only_in_its_own_run(tmp_path: Path) -> None:
    runs = tmp_path / os.fsdecode(b"caf\xe9")
    run = write_run(runs, "r", status="running")
    path = os.fsencode(os.path.realpath(run)).decode("utf-8", "backslashreplace")
    bound = {"run_id": "r", "path": path, "directory": run.stat().st_ino}
    put_down(run, RecordKind.SUPERVISOR, {**this_process().as_json(), **bound})
    supervision = own_supervisor(str(run))
    assert supervision is not None
    assert supervision.process == this_process()
    put_down(run, RecordKind.SUPERVISOR, {**this_process().as_json(), **bound, "path": "/x", "directory": 1})
    with pytest.raises(UnprovenError, match="belongs to another run"):
        own_supervisor(str(run))


def test_sealed_record_not_bound_to_a_run_is_not_trusted(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    put_down(run, RecordKind.COMMAND, dict(COMMAND))
    assert command_of(run) is None


def test_rewritten_sealed_record_is_private_again(run: Path) -> None:
    record_of(run).chmod(0o666)
    write_sealed_record(SafeDirectory(run), RecordKind.COMMAND, COMMAND)
    assert record_of(run).stat().st_mode & 0o777 == 0o600
    assert command_of(run) == ["echo", "mine"]


def test_sealed_checkpoint_takes_precedence_over_the_metadata(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", resume_checkpoint={"path": "/made/by/its/program"})
    (run / "metadata.json").chmod(0o644)
    assert checkpoint_to_resume(str(runs_dir), "r") == "/made/by/its/program"
    (run / "metadata.json").chmod(0o664)
    assert checkpoint_to_resume(str(runs_dir), "r") == ""
    write_sealed_record(
        SafeDirectory(runs_dir / "r"), RecordKind.CHECKPOINT, {"name": "c", "path": "/chosen"}
    )
    assert checkpoint_to_resume(str(runs_dir), "r") == "/chosen"


@pytest.mark.parametrize("key", sorted(PROTECTED_KEYS))
def test_save_ignores_protected_keys_of_metadata_writable_by_others(runs_dir: Path, key: str) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r", **{key: "ours"})
    path = runs_dir / "r" / "metadata.json"
    theirs = json.loads(path.read_text()) | {key: "theirs", "tags": ["theirs"], "note": "theirs"}
    other = next(name for name in sorted(PROTECTED_KEYS) if name != key)
    path.write_text(json.dumps(theirs | {other: "theirs, too"}))
    path.chmod(0o666)
    manager.update_status("running")
    found = json.loads(path.read_text())
    assert (found[key], found["tags"], found["note"]) == ("ours", ["theirs"], "theirs")
    assert other not in found


def test_save_merges_protected_keys_written_by_the_same_user(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r", command=["one"])
    path = runs_dir / "r" / "metadata.json"
    path.chmod(0o644)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"command": ["two"]}))
    manager.update_status("running")
    assert json.loads(path.read_text())["command"] == ["two"]
