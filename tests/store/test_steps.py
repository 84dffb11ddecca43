from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.details import read_details
from runtui.store.steps import StepRecord, read_steps
from tests.run_dirs import write_run

STEPS = [
    {"name": "fetch", "state": "done", "cpu_seconds": 1.0},
    {"name": "clean", "state": "failed", "error": "exit code 3"},
    {"name": "map", "state": "running", "job": {"id": "41", "state": "PENDING", "reason": "Priority"}},
    {"name": "\x1b[31mred", "state": "waiting"},
]


def test_steps_are_shown_apart_from_the_other_metadata(runs_dir: Path) -> None:
    write_run(runs_dir, "one", steps=STEPS, steps_done=1)
    details = read_details(str(runs_dir), "one")
    assert details.steps[:3] == (
        StepRecord("fetch", "done"),
        StepRecord("clean", "failed", "exit code 3"),
        StepRecord("map", "running", "41 PENDING Priority"),
    )
    assert "\x1b" not in details.steps[3].name
    assert [step.is_done for step in details.steps] == [True, False, False, False]
    assert details.extra == (("steps_done", "1"),)


@pytest.mark.parametrize("steps", [400, [], [1, 2], [{"name": "x"}], [{"name": "x", "state": "odd"}]])
def test_other_values_called_steps_are_kept(steps: object, runs_dir: Path) -> None:
    write_run(runs_dir, "one", steps=steps)
    details = read_details(str(runs_dir), "one")
    assert details.steps == ()
    assert details.extra


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_steps_in_metadata_are_read(value: object) -> None:
    read_steps({"steps": value})
    read_steps({"steps": [{"name": "x", "state": "running", "job": value, "error": value}]})
