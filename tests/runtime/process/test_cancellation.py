"""A note says who cancelled a run, until it begins anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.runtime.process.cancellation import cancellation, forget_cancellation, note_cancellation
from runtui.store.process import username
from runtui.store.safe_directory import SafeDirectory
from tests.run_dirs import write_run


def test_cancellation_is_recorded_until_forgotten(runs_dir: Path) -> None:
    run = str(write_run(runs_dir, "r"))
    assert cancellation(run) == ""
    note_cancellation(run)
    assert cancellation(run) == f"cancelled by {username()}"
    forget_cancellation(SafeDirectory(run))
    assert cancellation(run) == ""


@pytest.mark.parametrize("text", ["", "[]", '{"user": 3}', '{"user": ""}', '{"user": "\\u001b[31m"}'])
def test_any_cancellation_record_is_safe_to_show(runs_dir: Path, text: str) -> None:
    run = write_run(runs_dir, "r")
    (run / ".runtui").mkdir()
    (run / ".runtui" / "cancelled.json").write_text(text)
    assert cancellation(str(run)).isprintable()
