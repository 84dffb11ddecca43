"""Whether a run that claims to be alive looks dead."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.catalog.liveness import GONE_AFTER, QUIET_AFTER, WAITING_AFTER, Evidence, doubt_about
from runtui.catalog.scan import scan_runs
from runtui.store.metadata import read_record
from tests.run_dirs import write_run

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("status", "alive", "silence", "doubt"),
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
def test_a_run_is_doubted_by_its_status_its_process_and_its_silence(
    runs_dir: Path, status: str, alive: bool | None, silence: float | None, doubt: str
) -> None:
    write_run(runs_dir, "r", status=status)
    evidence = Evidence(7, alive, None if silence is None else NOW - silence)
    assert doubt_about(read_record(str(runs_dir), "r"), evidence, NOW) == doubt


def test_a_run_that_never_came_to_run_is_doubted_after_hours(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="initialising")
    assert [found.doubt for found in scan_runs(str(runs_dir))] == [""]
    os.utime(run / "metadata.json", (time.time() - 8 * 3600,) * 2)
    assert [found.doubt for found in scan_runs(str(runs_dir))] == ["no output for 8h00m"]


def test_a_run_that_waits_in_a_queue_is_not_doubted_however_long_it_does(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="initialising")
    (run / ".runtui" / "job").mkdir(parents=True)
    os.utime(run / "metadata.json", (time.time() - 8 * 86400,) * 2)
    assert [found.doubt for found in scan_runs(str(runs_dir))] == [""]
