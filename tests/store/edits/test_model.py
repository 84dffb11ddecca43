"""The order of edits."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from runtui import RunStatus
from runtui.store.edits.model import new_edit
from runtui.store.edits.run_edits import set_status, undo
from tests.run_dirs import write_run
from tests.store.edits.editing import only, shown


def test_later_edit_wins_despite_clock_skew(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(runs_dir, "r", status="running")
    now = time.time_ns()
    with monkeypatch.context() as ahead:
        ahead.setattr("time.time_ns", lambda: now + 60 * 10**9)
        set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    set_status(str(runs_dir), ["r"], RunStatus.RESUMED)
    assert shown(runs_dir, "r")["status"] == "resumed"
    assert only(undo(str(runs_dir), "r")).text.startswith('status "resumed" → "failed"')
    assert only(undo(str(runs_dir), "r")).text.startswith('status "failed" → "running"')
    assert shown(runs_dir, "r")["status"] == "running"


@pytest.mark.parametrize("name", ["9" * 20, "x", "", "9" * 30, "-5", "٣" * 20])
def test_forged_edit_id_does_not_break_the_order_of_later_edits(name: str) -> None:
    first = new_edit("mark", [], after=f"{name}-0")
    assert len(first.edit_id) == len(new_edit("mark", [], after=first.edit_id).edit_id) == 33
    assert first.edit_id < new_edit("mark", [], after=first.edit_id).edit_id
