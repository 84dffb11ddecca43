"""States of jobs that are asked for once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from runtui.catalog.sync.job_states import waiting_runs
from runtui.store.rows import read_record
from tests.run_dirs import write_run
from tests.runtime.queueing import Queue


@pytest.mark.parametrize("folder", ["", "logs"])
def test_cleanup_keeps_runs_with_queued_jobs_known_from_output_file_names(
    folder: str, tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(tmp_path, monkeypatch)
    queue.says("5|PENDING|BeginTime|9:58|\n")
    for name, job in (("waits", "5"), ("other", "6")):
        (write_run(runs_dir, name, status="failed") / folder / f"slurm-{job}.out").write_text("")
    write_run(runs_dir, "none", status="failed")
    runs = [read_record(str(runs_dir), name) for name in ("waits", "other", "none")]
    found = waiting_runs(str(runs_dir), [run._replace(completed=time.time()) for run in runs])
    assert found == {"waits": "its job 5 is in the queue: PENDING BeginTime"}
