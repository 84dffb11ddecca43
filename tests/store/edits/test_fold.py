"""Edits are folded into the metadata when that is safe, and no save of the writer is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager, RunStatus
from runtui.store.atomic import replace_in
from runtui.store.edits.edit_files import move_to_history, read_edits
from runtui.store.edits.fold import fold
from runtui.store.edits.run_edits import edit_tags, set_status
from runtui.store.rows import read_record
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import write_raw, write_run
from tests.store.children import start
from tests.store.edits.editing import age, on_disk, only, shown
from tests.waiting import wait_until


def test_folding_an_edit_changes_no_other_byte_of_the_metadata(runs_dir: Path) -> None:
    text = '{\n    "status": "completed",\n    "x": 1.50e+3, "name": "caf\\u00e9",\n    "tags": []\n}\n'
    run = write_raw(runs_dir, "r", text.encode())
    (run / "metadata.json").chmod(0o640)
    age(run)
    assert only(set_status(str(runs_dir), ["r"], RunStatus.FAILED)).text == ('status "completed" → "failed"')
    assert (run / "metadata.json").read_text() == text.replace('"completed"', '"failed"')
    assert (run / "metadata.json").stat().st_mode & 0o777 == 0o640
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 0
    (edit,) = read_edits(str(run))
    assert (edit.action, edit.reason, edit.is_folded) == ("mark", "", True)


def test_status_reason_is_stored_in_the_edit_and_the_metadata(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED, "it was wrong")
    (edit,) = read_edits(str(run))
    assert (edit.action, edit.reason, edit.is_folded) == ("mark", "it was wrong", True)
    assert on_disk(run)["user_reason"] == "it was wrong"
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED, "it was right")
    assert on_disk(run)["user_reason"] == "it was right"
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.COMPLETED)
    assert "user_reason" not in on_disk(run)


def test_recently_written_run_is_folded_later(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    assert "a moment ago" in only(edit_tags(str(runs_dir), ["r"], ["new"], [])).text
    assert on_disk(run)["tags"] == []
    age(run)
    assert len(fold(str(runs_dir), "r").folded) == 1
    assert on_disk(run)["tags"] == ["new"]
    assert fold(str(runs_dir), "r").folded == ()


def test_manager_folds_edits_at_its_next_save(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    name = manager.create_run(tags=["a"])
    manager.update_status("running")
    edit_tags(str(runs_dir), [name], ["new"], ["a"])
    manager.add_checkpoint("one")
    assert manager.metadata["tags"] == ["new"]
    assert on_disk(runs_dir / name)["tags"] == ["new"]
    manager.update_status("completed")
    assert on_disk(runs_dir / name)["tags"] == ["new"]
    assert [edit.is_folded for edit in read_edits(str(runs_dir / name))] == [True]


def test_edit_dropped_by_a_late_save_is_shown_and_folded_again(runs_dir: Path) -> None:
    classic = ClassicManager(runs_dir)
    name = classic.create_run(tags=["a"])
    classic.update_status("completed")
    age(runs_dir / name)
    edit_tags(str(runs_dir), [name], ["new"], [])
    assert on_disk(runs_dir / name)["tags"] == ["a", "new"]
    classic.update_status("completed", late=True)
    assert on_disk(runs_dir / name)["tags"] == ["a"]
    assert shown(runs_dir, name)["tags"] == ["a", "new"]
    folded = runs_dir / name / ".runtui" / "history"
    moment = (runs_dir / name / "metadata.json").stat().st_mtime - 120
    for path in (*folded.iterdir(), runs_dir / name / "metadata.json"):
        os.utime(path, (moment + path.name.startswith("metadata"),) * 2)
    fold(str(runs_dir), name)
    assert on_disk(runs_dir / name)["tags"] == ["a", "new"]
    assert on_disk(runs_dir / name)["late"] is True


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.chmod(0o444), "read-only"),
        (lambda path: os.link(path, path.with_name("backup")), "hard links"),
        (lambda path: (path.rename(path.with_name("real")), path.symlink_to("real")), "symbolic link"),
        (lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()), "byte order mark"),
        (lambda path: path.write_text('{"status": "failed", "tags": [], "status": "completed"}'), "twice"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"alice", b"al\xefce")),
            "cannot be changed",
        ),
    ],
)
def test_edit_of_irreplaceable_metadata_is_shown_but_not_folded(runs_dir, spoil, reason) -> None:
    run = write_run(runs_dir, "r")
    spoil(run / "metadata.json")
    if not (run / "metadata.json").is_symlink():
        age(run)
    before = (run / "metadata.json").read_bytes()
    outcome = only(edit_tags(str(runs_dir), ["r"], ["new"], []))
    assert outcome.done
    assert reason in outcome.text
    assert (run / "metadata.json").read_bytes() == before
    assert read_record(str(runs_dir), "r", is_edited=True).tags == ("new",)


@pytest.mark.parametrize("status", ["running", "checkpointed"], ids=["kept beside", "folded at once"])
def test_edit_and_final_save_of_a_classic_writer_are_both_kept(
    runs_dir: Path, rounds: Callable[[int], int], status: str
) -> None:
    choice = random.Random(7)
    stuck = lost = 0
    for number in range(rounds(150)):
        classic = ClassicManager(runs_dir)
        name = classic.create_run(run_id=f"r{number}")
        classic.update_status(status)
        age(runs_dir / name)
        writer = threading.Timer(choice.uniform(0, 0.006), classic.update_status, ["completed"])
        writer.start()
        time.sleep(choice.uniform(0, 0.006))  # the moment of the edit is what is varied here
        assert only(edit_tags(str(runs_dir), [name], ["edited"], [])).done
        writer.join()
        stuck += on_disk(runs_dir / name)["status"] != "completed"
        lost += "edited" not in shown(runs_dir, name)["tags"]
    assert (stuck, lost) == (0, 0)


def test_save_into_metadata_being_replaced_is_not_lost(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(runs_dir, "r", status="checkpointed")
    age(run)
    saved = (run / "metadata.json").read_text().replace("checkpointed", "completed")
    writers: list[threading.Timer] = []

    def write(
        folder: int, name: str, data: bytes, check: Callable[[], None] | None, *more: Any, **named: Any
    ) -> int:
        def check_and_open() -> None:
            assert check is not None
            check()
            if not writers:
                file = open(run / "metadata.json", "w")  # noqa: SIM115
                writers.append(threading.Timer(0.05, lambda: (file.write(saved), file.close())))
                writers[0].start()

        return replace_in(folder, name, data, check_and_open if check else None, *more, **named)

    monkeypatch.setattr("runtui.store.safe_directory.replace_in", write)
    assert "its writer saved it meanwhile" in only(edit_tags(str(runs_dir), ["r"], ["new"], [])).text
    assert (run / "metadata.json").read_text() == saved
    assert (shown(runs_dir, "r")["status"], shown(runs_dir, "r")["tags"]) == ("completed", ["new"])


def test_save_right_after_a_fold_does_not_hide_the_edit(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classic = ClassicManager(runs_dir)
    name = classic.create_run()
    classic.update_status("checkpointed")
    age(runs_dir / name)

    def save_first(*arguments: Any) -> None:
        classic.update_status("completed")
        move_to_history(*arguments)

    monkeypatch.setattr("runtui.store.edits.fold.move_to_history", save_first)
    edit_tags(str(runs_dir), [name], ["new"], [])
    assert on_disk(runs_dir / name)["tags"] == []
    assert (shown(runs_dir, name)["status"], shown(runs_dir, name)["tags"]) == ("completed", ["new"])


MOMENTS = {"the same moment": 0, "eleven minutes later": 660, "a year later": 3e7, "a clock set back": -3600}


@pytest.mark.parametrize("later", MOMENTS.values(), ids=MOMENTS)
def test_late_save_with_any_timestamp_drops_no_edit(runs_dir: Path, later: float) -> None:
    run = write_run(runs_dir, "r", tags=["a"], status="completed")
    age(run)
    from_memory = on_disk(run)
    edit_tags(str(runs_dir), ["r"], ["new"], ["a"])
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    assert on_disk(run)["status"] == "failed"
    folded = os.stat(run / "metadata.json").st_mtime
    (run / "metadata.json").write_text(json.dumps(from_memory | {"note": "from memory"}))
    os.utime(run / "metadata.json", (folded + later,) * 2)
    found = shown(runs_dir, "r")
    assert (found["status"], found["tags"], found["note"]) == ("failed", ["new"], "from memory")
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 2
    age(run)
    assert fold(str(runs_dir), "r").reason == ""
    assert (on_disk(run)["status"], on_disk(run)["tags"]) == ("failed", ["new"])
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_save_suspended_while_holding_the_lock_drops_no_edit(runs_dir: Path) -> None:
    write_run(runs_dir, "r", tags=["a"])
    code = """
    import os, signal, sys
    import runtui.store.safe_directory as module
    from runtui import RunManager
    manager = RunManager(sys.argv[1])
    assert manager.load_run("r")
    replace = module.replace_in
    def stand_still(folder, name, data, *more, **named):
        if name == "metadata.json":
            os.kill(os.getpid(), signal.SIGSTOP)
        return replace(folder, name, data, *more, **named)
    module.replace_in = stand_still
    manager.add_checkpoint("late")
    """
    with start(code, runs_dir) as stopped:
        stat = Path(f"/proc/{stopped.pid}/stat")
        wait_until(lambda: ") T " in stat.read_text(), "it stands still, with the lock")
        os.utime(runs_dir / "r" / ".runtui" / "lock", (1, 1))  # as if it had stood there for long
        edit_tags(str(runs_dir), ["r"], ["pending"], [])
        other = RunManager(runs_dir)
        assert other.load_run("r")
        other.update_status("failed")
        assert on_disk(runs_dir / "r")["tags"] == ["a", "pending"]
        stopped.send_signal(signal.SIGCONT)
    assert stopped.returncode == 0
    assert on_disk(runs_dir / "r")["tags"] == ["a"]
    assert shown(runs_dir, "r")["tags"] == ["a", "pending"]
