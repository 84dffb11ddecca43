"""What keyed terms ask of a run, by the kind of their field."""

from __future__ import annotations

import pytest

from runtui.catalog.query.parser import QueryError, Term, read_terms
from runtui.catalog.query.predicates import (
    condition_of,
    field_of,
    fixed_keys,
    is_about_reason,
    needed_key,
)
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord


def term(text: str) -> Term:
    [found] = read_terms(text)
    return found


def lets_through(text: str, run: RunRecord) -> bool:
    return condition_of(term(text), "alice")(run)


RUN = RunRecord(
    "r", "r", status="failed", tags=("prod", "sweep-1"), created=1000.0, checkpoints=3, user="alice"
)


def test_field_is_found_by_each_of_its_names() -> None:
    for name, found in fixed_keys().items():
        assert name in found.filter.names
        assert field_of(term(f"{name}:x")) == found
        assert field_of(term(f'"{name}":x')) is None


def test_only_custom_keys_need_to_be_read() -> None:
    assert needed_key(term("beta>1")) == "beta"
    assert needed_key(term("status:failed")) == ""
    assert needed_key(term('"status":failed')) == "status"


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("reason:oom", True),
        ("has:reason", True),
        ("has:tags", False),
        ("tag:reason", False),
        ('"reason":x', False),
    ],
)
def test_terms_about_reasons_are_recognised(text: str, asks: bool) -> None:
    assert is_about_reason(term(text)) is asks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status:failed", True),
        ("status:fail", False),
        ("tag:prod", True),
        ("tag:other,prod", True),
        ("tag!=other", True),
        ("tag!=prod", False),
        ("user:me", True),
        ('user:"me"', False),
        ("checkpoints>=3", True),
        ("checkpoints>3", False),
        ("checkpoints!=3", False),
        ("checkpoints:2,3", True),
        ("has:tag", True),
        ("has:tags", True),
        ("completed:none", True),
        ("completed!=none", False),
        ("created:none", False),
        ("created<1971", True),
        ("created>1971", False),
    ],
)
def test_run_matches_by_its_properties(text: str, expected: bool) -> None:
    assert lets_through(text, RUN) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("folder:sweeps", True),
        ("folder:sweep", False),
        ("folder:sweeps/a", True),
        ("folder=sweeps", False),
        ("folder=sweeps/a", True),
        ("folder!=sweeps", True),
        ("folder:none", False),
        ("folder:none,a", True),
    ],
)
def test_folder_matches_with_those_above_and_exactly_after_an_equals_sign(text: str, expected: bool) -> None:
    assert lets_through(text, RUN._replace(name="sweeps/a/r")) is expected


def test_kind_from_logs_overrides_the_reason_text() -> None:
    worded = RUN._replace(reason="OOM on node 3")
    assert lets_through("reason:oom", worded)
    assert not lets_through("reason:oom", RUN._replace(reason="no room"))
    digested = worded._replace(digest=FailureSummary(FailureKind.TIMEOUT, "DUE TO TIME LIMIT"))
    assert lets_through("reason:timeout", digested)
    assert not lets_through("reason:oom", digested)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("status>failed", "has no order"),
        ("reason<oom", "has no order"),
        ("has>tags", "has no order"),
        ("age:2d", "needs < or >"),
        ("size:2G", "needs < or >"),
        ("size>big", "needs a size such as 100M"),
        ("age<soon", "needs a time"),
        ("created<2d", "created:2d"),
        ("created<soon", "a date such as"),
        ("checkpoints>many", "needs a number"),
        ("checkpoints=nan", "needs a number"),
        ("has:nothing", "use checkpoint"),
    ],
)
def test_invalid_value_of_a_field_is_refused_with_a_hint(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        condition_of(term(text), "alice")
    assert caught.value.length > 0


def test_every_failure_kind_of_a_pipelines_steps_matches() -> None:
    reason = "fetch: No space left; plot: oom: Unable to allocate"
    kinds = (FailureKind.DISK, FailureKind.OOM)
    run = RunRecord("r", "r", status="failed", reason=reason, step_kinds=kinds)
    run = run._replace(digest=FailureSummary(FailureKind.DISK, reason))
    for kind, matches in (("disk", True), ("oom", True), ("timeout", False), ("error", False)):
        assert lets_through(f"reason:{kind}", run) is matches
