from __future__ import annotations

from runtui.catalog.unread import is_known_missing, unreadable_text
from runtui.store.record import RunRecord

KNOWN = RunRecord("a", "a", values={"beta": 1})
LACKING = RunRecord("b", "b")
UNREAD = RunRecord("c", "c", unread={"beta": "run_params.json cannot be read: Permission denied"})
WHY = "(c: run_params.json cannot be read: Permission denied)"


def test_runs_that_cannot_be_read_are_counted_with_the_reason() -> None:
    assert unreadable_text("beta", [KNOWN, LACKING]) == ""
    assert unreadable_text("beta", [KNOWN, LACKING, UNREAD]) == f"beta is unreadable in 1 of 3 runs {WHY}"
    assert unreadable_text("beta", [UNREAD]) == f"beta is unreadable in 1 of 1 runs {WHY}"
    assert unreadable_text("beta", [LACKING, UNREAD]) == (
        f"beta is unreadable in 1 of 2 runs {WHY}; no other run has a value for it"
    )


def test_a_key_is_missing_only_where_all_runs_were_read() -> None:
    assert is_known_missing("beta", [LACKING])
    assert is_known_missing("gamma", [KNOWN, UNREAD])
    assert not is_known_missing("beta", [LACKING, UNREAD])
    assert not is_known_missing("beta", [KNOWN])
