from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.details import read_details
from runtui.store.failure import FailureKind
from runtui.store.steps import StepRecord, failed_kinds, read_steps
from tests.run_dirs import write_run

STEPS = [
    {"name": "fetch", "state": "done", "cpu_seconds": 1.0},
    {"name": "clean", "state": "failed", "error": "exit code 3"},
    {"name": "map", "state": "running", "job": {"id": "41", "state": "PENDING", "reason": "Priority"}},
    {"name": "\x1b[31mred", "state": "waiting"},
]


def test_steps_are_shown_separately_from_other_metadata(runs_dir: Path) -> None:
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
def test_invalid_steps_are_shown_as_other_metadata(steps: object, runs_dir: Path) -> None:
    write_run(runs_dir, "one", steps=steps)
    details = read_details(str(runs_dir), "one")
    assert details.steps == ()
    assert details.extra


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_arbitrary_steps_are_read_without_error(value: object) -> None:
    read_steps({"steps": value})
    read_steps({"steps": [{"name": "x", "state": "running", "job": value, "error": value}]})


FAILED = [
    {"name": "a", "state": "failed", "kind": "cancelled"},
    {"name": "b", "state": "failed", "kind": "disk"},
    {"name": "c", "state": "failed", "kind": "disk"},
    {"name": "d", "state": "done", "kind": "oom"},
    {"name": "e", "state": "failed", "kind": ["oom"]},
    {"name": "f", "state": "failed"},
]


def test_kinds_of_failed_steps_begin_with_that_of_the_reason() -> None:
    assert failed_kinds({"steps": FAILED}, "b: no room; a: ended") == (
        FailureKind.DISK,
        FailureKind.CANCELLED,
    )
    assert failed_kinds({"steps": FAILED}, "a: ended; b: no room") == (
        FailureKind.CANCELLED,
        FailureKind.DISK,
    )


@pytest.mark.parametrize("reason", ["interrupted by SIGINT", "", "f: exit code 1", "bad: x"])
def test_reason_that_is_not_of_a_step_has_no_kinds_of_steps(reason: str) -> None:
    assert failed_kinds({"steps": FAILED}, reason) == ()


@given(
    st.recursive(
        st.text(max_size=3) | st.none(),
        lambda e: st.lists(e) | st.dictionaries(st.sampled_from(["steps", "name", "state", "kind"]), e),
    )
)
def test_any_value_for_steps_gives_kinds(value: object) -> None:
    assert failed_kinds({"steps": value}, "a: b") == ()
