"""The sweep, the liveness checks and the folding, by a clock that the tests set."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from runtui.catalog.sync.periodic_checks import PeriodicChecks
from runtui.store.edits.run_edits import edit_tags
from tests.catalog.syncing import Parts
from tests.foreign_runs import sacred_run
from tests.run_dirs import write_run


@pytest.fixture
def parts(runs_dir: Path) -> Parts:
    return Parts(runs_dir)


def test_sweep_reads_only_changed_runs(parts: Parts, runs_dir: Path) -> None:
    for name in ("same", "changed"):
        write_run(runs_dir, name)
        parts.read(name)
    write_run(runs_dir, "changed", status="failed")
    PeriodicChecks(parts.state).start()
    parts.state.reread = set()
    parts.after(2.0)
    parts.after(2.0)
    assert parts.state.reread == {"changed"}
    assert parts.state.known.runs["changed"].status == "failed"


def test_the_sweep_stays_within_its_budget(parts: Parts, runs_dir: Path) -> None:
    parts.state.budget = parts.state.budget._replace(sweep_rate=1.0)
    for number in range(5):
        write_run(runs_dir, f"r{number}")
        parts.read(f"r{number}")
        write_run(runs_dir, f"r{number}", status="failed")
    PeriodicChecks(parts.state).start()
    parts.state.reread = set()
    counts = []
    for _ in range(4):
        parts.after(2.0)
        counts.append(len(parts.state.reread))
    assert counts == [0, 2, 4, 5]  # the first tick begins a round


def test_silent_live_run_is_noticed(parts: Parts, runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    parts.read("r")
    assert not parts.state.known.runs["r"].stale_reason
    long_ago = time.time() - 3 * 3600.0
    os.utime(run / "metadata.json", (long_ago, long_ago))
    parts.read("r")
    parts.state.known.runs["r"] = parts.state.known.runs["r"]._replace(stale_reason="")
    PeriodicChecks(parts.state).start()
    parts.after(2.0)
    parts.after(2.0)
    assert parts.state.known.runs["r"].stale_reason == "no output for 3h00m"


def test_pending_edits_are_written_once_the_run_has_ended(parts: Parts, runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    edit_tags(str(runs_dir), ["r"], add=["new"], remove=[])
    parts.state.find_edited()
    parts.read("r")
    PeriodicChecks(parts.state).start()
    parts.after(20.0)
    assert json.loads((run / "metadata.json").read_text())["tags"] == []
    write_run(runs_dir, "r", status="completed")
    long_ago = time.time() - 3600.0
    os.utime(run / "metadata.json", (long_ago, long_ago))
    parts.read("r")
    parts.after(20.0)
    assert json.loads((run / "metadata.json").read_text())["tags"] == ["new"]


@pytest.mark.parametrize("status", ["COMPLETED", "RUNNING"])
def test_rewritten_record_of_another_programs_run_is_noticed(
    parts: Parts, runs_dir: Path, status: str
) -> None:
    for number in (1, 2):
        record = sacred_run(runs_dir, number) / "run.json"
        text = record.read_text()
        record.write_text(text.replace("COMPLETED", status))
        parts.read(str(number))
    record.write_text(text.replace("COMPLETED", "FAILED"))
    PeriodicChecks(parts.state).start()
    parts.state.reread = set()
    for _ in range(9):
        parts.after(2.0)
    assert parts.state.known.runs["2"].status == "failed"
    assert "1" not in parts.state.reread or status == "RUNNING"
