"""Runs that claim to run and do not any more, and runs that are jobs of a scheduler."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from runtui.catalog.sync.job_polling import JobStatePoller
from runtui.cli import main
from runtui.store.edits.fold import read_overlaid
from runtui.store.process import hostname, this_process
from tests.run_dirs import write_run
from tests.runtime.queueing import Queue
from tests.tui.screen import browsing

JOB = {"system": "slurm", "id": "41", "state": "PENDING", "reason": "Priority"}


def left(base: Path, name: str, *, ours: bool = True, **values: object) -> Path:
    """Make a run whose process is gone; one that runtui ran, or one that a program wrote itself."""
    run = write_run(base, name, status="running", hostname=hostname(), **values)
    (run / ".runtui").mkdir(exist_ok=True)
    gone = this_process()._replace(pid=2**22 - 1, start_time=1)
    (run / ".runtui" / "writer.json").write_text(json.dumps(gone.as_json()))
    if ours:
        (run / ".runtui" / "reserve").touch()
    os.utime(run / "metadata.json", (time.time() - 60,) * 2)
    return run


def said_of(base: Path, name: str) -> tuple[object, object]:
    metadata = read_overlaid(str(base), name).metadata
    return metadata["status"], metadata.get("error")


async def test_one_key_marks_lost_runs_failed_and_undo_reverts_it(runs_dir: Path) -> None:
    left(runs_dir, "ant", created="2026-11-03T00:00:00Z")
    left(runs_dir, "bee", created="2026-11-02T00:00:00Z", error="out of beans")
    left(runs_dir, "cow", created="2026-11-01T00:00:00Z", ours=False)
    async with browsing(runs_dir, notices=True) as user:
        await user.sees_rows("✗ lost", "✗ lost", "? running?")
        await user.sees("? 1 looks dead")
        await user.press("asterisk", "L")
        await user.sees("marked 2 runs failed")
        await user.sees_rows("✗ failed", "✗ failed", "? running?")
        assert said_of(runs_dir, "ant") == ("failed", f"lost: its process {2**22 - 1} is gone")
        assert said_of(runs_dir, "bee") == ("failed", "out of beans")
        await user.press("u")
        await user.sees_rows("✗ lost", "✗ lost", "? running?")
        assert said_of(runs_dir, "ant") == ("running", None)
        await user.press("asterisk", "G", "L")
        await user.sees("this run may still be alive")
        assert said_of(runs_dir, "cow") == ("running", None)


def test_ls_filters_lost_and_stale_runs(runs_dir: Path, capsys) -> None:
    left(runs_dir, "ant")
    left(runs_dir, "cow", ours=False)
    write_run(runs_dir, "dog", status="completed")
    for query, found in (("status:lost", ["ant"]), ("is:lost", ["ant"]), ("status:running?", ["cow"])):
        assert main(["ls", "-C", str(runs_dir), query, "--columns", "id"]) == 0
        assert capsys.readouterr().out.split() == found
    for reason, name, is_lost in (("lost", "ant", True), ("stale", "cow", False)):
        main(["ls", "-C", str(runs_dir), f"reason:{reason}", "--json"])
        found = {run["run_id"]: run["lost"] for run in json.loads(capsys.readouterr().out)}
        assert found == {name: is_lost}


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """A queue that does not answer until it is told what to say, and is asked every second."""
    monkeypatch.setenv("RUNTUI_BATCH_INTERVAL", "1")
    return Queue(tmp_path, monkeypatch)


async def test_queue_column_appears_once_a_run_is_a_job(queue: Queue, runs_dir: Path) -> None:
    write_run(runs_dir, "ant", status="completed")
    async with browsing(runs_dir, size=(160, 30)) as user:
        await user.sees("completed")
        assert "  queue  " not in user.text
        write_run(runs_dir, "bee", status="initialising", job=JOB)
        await user.sees("PENDING Priority")
        assert "  queue  " in user.text
        await user.press("slash", *"queue:prio", "enter")
        await user.sees_rows("bee")


def test_ls_shows_the_queue_if_a_run_is_a_job(queue: Queue, runs_dir: Path, capsys) -> None:
    write_run(runs_dir, "ant", status="completed", job=JOB)
    main(["ls", "-C", str(runs_dir)])
    assert "PENDING" not in capsys.readouterr().out
    write_run(runs_dir, "bee", status="running", job=JOB | {"reason": "", "left": "9:58", "state": "RUNNING"})
    main(["ls", "-C", str(runs_dir), "has:job"])
    assert "RUNNING 9:58 left" in capsys.readouterr().out
    for odd in (
        True,
        "a fit",
        {"id": -1, "system": "slurm"},
        {"id": "", "system": "x"},
        {"system": []},
        None,
    ):
        write_run(runs_dir, "bee", status="running", job=odd)
        assert main(["ls", "-C", str(runs_dir), "has:job", "is:live"]) == 0
        assert capsys.readouterr().out == ""


async def test_failing_scheduler_query_is_reported(queue: Queue, runs_dir: Path) -> None:
    queue.says(None)
    write_run(runs_dir, "ant", status="running", job=JOB)
    async with browsing(runs_dir, size=(160, 30), notices=True) as user:
        await user.sees("squeue: cat:")


async def test_requeued_run_is_shown_as_initialising(queue: Queue, runs_dir: Path) -> None:
    queue.says("41|PENDING|BeginTime|9:58|\n")
    write_run(runs_dir, "ant", status="failed", error="terminated by SIGTERM", job=JOB)
    async with browsing(runs_dir, size=(160, 30), notices=True) as user:
        await user.sees_rows("○ initialising")
        await user.sees("slurm 41 PENDING BeginTime")


async def test_node_failure_fails_the_run(queue: Queue, runs_dir: Path) -> None:
    queue.says("41|RUNNING|None|9:58|node1\n")
    write_run(runs_dir, "ant", status="running", job=JOB)
    async with browsing(runs_dir, size=(160, 30), notices=True) as user:
        await user.sees("RUNNING 9:58 left")
        queue.says("41|NODE_FAIL|NodeDown|0:00|\n")
        await user.sees_rows("✗ failed")
        await user.sees("its node failed (NODE_FAIL)")
    assert said_of(runs_dir, "ant")[0] == "running"  # looking changes nothing


async def test_scheduler_is_not_polled_while_another_program_has_the_terminal(
    queue: Queue, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for call in ("pause", "resume"):
        monkeypatch.setattr(JobStatePoller, call, lambda _poller, call=call: calls.append(call))
    write_run(runs_dir, "ant")
    async with browsing(runs_dir) as user:
        await user.sees("completed")
        user.app.app_suspend_signal.publish(user.app)
        assert calls == ["pause"]
        user.app.app_resume_signal.publish(user.app)
        assert calls == ["pause", "resume"]
