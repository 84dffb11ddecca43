"""Whether a run that claims to be alive looks dead."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from runtui.catalog.sync.liveness import (
    GONE_AFTER,
    QUIET_AFTER,
    WAITING_AFTER,
    Evidence,
    OutputTimes,
    gather_evidence,
    stale_reason_of,
)
from runtui.catalog.sync.scan import scan_runs
from runtui.store.marked_processes import MARK_VARIABLE
from runtui.store.process import this_process
from runtui.store.rows import read_record
from runtui.store.timestamps import parse_timestamp
from tests.run_dirs import write_log, write_run

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("status", "alive", "silence", "stale_reason"),
    [
        ("running", True, 10 * WAITING_AFTER, ""),
        ("running", False, GONE_AFTER - 1, ""),
        ("running", False, GONE_AFTER, "its process 7 is gone"),
        ("running", False, None, "its process 7 is gone"),
        ("running", None, QUIET_AFTER - 1, ""),
        ("running", None, QUIET_AFTER, "no output for 10m00s"),
        ("running", None, None, ""),
        ("initialising", True, 10 * WAITING_AFTER, ""),
        ("initialising", False, WAITING_AFTER - 1, ""),
        ("initialising", False, WAITING_AFTER, "its process 7 is gone"),
        ("initialising", False, None, ""),
        ("initialising", None, WAITING_AFTER - 1, ""),
        ("initialising", None, WAITING_AFTER, "no output for 6h00m"),
        ("completed", False, 10 * WAITING_AFTER, ""),
        ("checkpointed", None, 10 * WAITING_AFTER, ""),
        ("strange", None, 10 * WAITING_AFTER, ""),
    ],
)
def test_liveness_depends_on_status_process_and_silence(
    runs_dir: Path, status: str, alive: bool | None, silence: float | None, stale_reason: str
) -> None:
    write_run(runs_dir, "r", status=status)
    evidence = Evidence(7, alive, None if silence is None else NOW - silence)
    assert stale_reason_of(read_record(str(runs_dir), "r"), evidence, NOW) == stale_reason


def recorded(run: Path, *, pid: int = 2**22 - 1, mark: str = "") -> None:
    """Record that a process supervises a run; by default one that is gone."""
    (run / ".runtui").mkdir(exist_ok=True)
    found = os.stat(run)
    values = {"run_id": run.name, "path": str(run), "directory": found.st_ino, "mark": mark, "guard": None}
    gone = this_process()._replace(pid=pid, start_time=1).as_json()
    (run / ".runtui" / "supervisor.json").write_text(json.dumps(values | gone))
    (run / ".runtui" / "supervisor.json").chmod(0o644)


@pytest.mark.parametrize("file", ["supervisor.json", "writer.json"])
def test_logs_are_not_checked_while_the_process_is_alive(file: str, runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    write_log(run, "step 1\n")
    recorded(run)
    values = json.loads((run / ".runtui" / "supervisor.json").read_text()) | this_process().as_json()
    (run / ".runtui" / "supervisor.json").unlink()
    (run / ".runtui" / file).write_text(json.dumps(values))
    (run / ".runtui" / file).chmod(0o644)
    evidence = gather_evidence(str(runs_dir), read_record(str(runs_dir), "r"), time.time(), OutputTimes())
    assert (evidence.pid, evidence.alive, evidence.last_output) == (os.getpid(), True, None)


@pytest.mark.parametrize(("is_gone", "patience"), [(False, QUIET_AFTER), (True, GONE_AFTER)])
def test_logs_are_checked_again_only_when_possibly_silent(
    is_gone: bool, patience: float, runs_dir: Path
) -> None:
    run = write_run(runs_dir, "r", status="running")
    log = write_log(run, "step 1\n")
    written = (run / "metadata.json").stat().st_mtime + 100.0
    os.utime(log, (written, written))
    record = read_record(str(runs_dir), "r")
    outputs = OutputTimes()

    def seen(now: float) -> float | None:
        return outputs.of(record, str(run), now, is_gone=is_gone)

    assert seen(written + 1.0) == written
    os.utime(log, (written + patience, written + patience))
    assert seen(written + patience - 1.0) == written
    assert seen(written + patience) == written + patience
    os.utime(log, (written, written))
    assert seen(written + patience - 1.0) == written  # the clock was set back
    outputs.forget(str(run))
    os.utime(log, (written + 1.0, written + 1.0))
    assert seen(written + patience - 1.0) == written + 1.0


@pytest.mark.parametrize("status", ["running", "initialising"])
def test_run_with_a_dead_launcher_is_lost_at_once(status: str, runs_dir: Path) -> None:
    recorded(write_run(runs_dir, "r", status=status))
    (found,) = scan_runs(str(runs_dir))
    assert (found.is_lost, found.stale_reason) == (True, f"its launcher, process {2**22 - 1}, is gone")


def test_a_lost_run_ended_when_it_wrote_last(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running", created_at="2026-11-01T00:00:00Z", started_at=None)
    recorded(run)
    written = parse_timestamp("2026-11-01T02:00:00Z")
    assert written is not None
    for file in (run / "metadata.json", *(run / "logs").iterdir()):
        os.utime(file, (written, written))
    (found,) = scan_runs(str(runs_dir))
    assert (found.is_lost, found.duration(written + 86400.0)) == (True, 7200.0)


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")
@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 of its processes still runs"), (2, "2 of its processes still run")]
)
def test_remaining_processes_of_a_lost_run_are_counted(
    count: int, text: str, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtui.store.marked_processes._last_look", (float("-inf"), {}))
    recorded(write_run(runs_dir, "r", status="running"), mark="a mark of this test")
    environment = os.environ | {MARK_VARIABLE: "a mark of this test"}
    children = [subprocess.Popen(["sleep", "600"], env=environment) for _ in range(count)]
    try:
        (found,) = scan_runs(str(runs_dir))
        assert found.stale_reason.endswith(f"; {text}: cancel it to stop them")
    finally:
        for child in children:
            child.kill()
            child.wait()


def test_supervision_record_of_another_run_is_ignored(runs_dir: Path) -> None:
    other = write_run(runs_dir, "other", status="running")
    recorded(other)
    run = write_run(runs_dir, "r", status="running")
    (run / ".runtui").mkdir(exist_ok=True)
    (other / ".runtui" / "supervisor.json").rename(run / ".runtui" / "supervisor.json")
    assert [found.stale_reason for found in scan_runs(str(runs_dir))] == ["", ""]


@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_supervision_record_writable_by_others_is_ignored(mode: int, runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    recorded(run)
    (run / ".runtui" / "supervisor.json").chmod(mode)
    assert [found.stale_reason for found in scan_runs(str(runs_dir))] == [""]


def test_renamed_run_with_a_dead_launcher_is_lost(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    recorded(run)
    run.rename(runs_dir / "renamed")
    assert [found.is_lost for found in scan_runs(str(runs_dir))] == [True]


def test_initialising_run_looks_dead_after_hours(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="initialising")
    assert [found.stale_reason for found in scan_runs(str(runs_dir))] == [""]
    os.utime(run / "metadata.json", (time.time() - 8 * 3600,) * 2)
    assert [found.stale_reason for found in scan_runs(str(runs_dir))] == ["no output for 8h00m"]


def test_queued_run_never_looks_dead(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="initialising")
    (run / ".runtui" / "job").mkdir(parents=True)
    os.utime(run / "metadata.json", (time.time() - 8 * 86400,) * 2)
    assert [found.stale_reason for found in scan_runs(str(runs_dir))] == [""]
