"""Which failures are open and new, in several runs directories, and their groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.catalog.query.model import EVERYTHING
from runtui.catalog.query.query import parse_query
from runtui.catalog.run_key import RunKey
from runtui.operations.triage import GroupOrder, Triage, failed_at, open_failures, query_of_groups
from runtui.operations.triage_memory import Dismissal, Memory
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord
from tests.operations.failures import Failures


@pytest.fixture
def failures(tmp_path: Path) -> Failures:
    return Failures(tmp_path)


def test_dismissal_does_not_affect_a_same_named_run_elsewhere(failures: Failures) -> None:
    run = failures.runs["one/same"]
    key = RunKey(failures.bases[0], "same")
    changes = failures.triage.dismiss({key: Dismissal(failed_at(run), 5.0)})
    assert {base: of.dismissed for base, of in changes.items()} == {
        failures.bases[0]: {"same": Dismissal(failed_at(run), 5.0)}
    }
    assert failures.open() == ["two/same"]
    assert failures.triage.dismissal_of(run) == Dismissal(failed_at(run), 5.0)
    assert failures.triage.reopen([key])[failures.bases[0]].reopened == ["same"]
    assert failures.open() == ["one/same", "two/same"]


@pytest.mark.parametrize("kind", [FailureKind.CANCELLED, FailureKind.REQUEUED])
def test_run_cancelled_by_a_person_or_requeued_is_no_open_failure(
    failures: Failures, kind: FailureKind
) -> None:
    run = failures.runs["one/same"]
    failures.runs["one/same"] = run._replace(digest=FailureSummary(kind, "why"))
    assert failures.open() == ["two/same"]


def test_dismissal_is_kept_for_its_directory_until_the_run_fails_again(failures: Failures) -> None:
    moment = failed_at(failures.runs["two/same"])
    failures.triage.recall(failures.bases[1], Memory({"same": Dismissal(moment)}, {"same": moment}))
    assert failures.open() == ["one/same"]
    later = failures.runs["two/same"]._replace(completed=moment + 1.0)
    assert failures.triage.is_open(later)
    assert failures.triage.is_new(later)


def test_failure_is_new_until_it_is_acted_upon_and_stays_open(failures: Failures) -> None:
    assert failures.new() == 2
    key = RunKey(failures.bases[0], "same")
    failures.triage.handle({key: failed_at(failures.runs["one/same"])})
    assert failures.new() == 1
    assert failures.open() == ["one/same", "two/same"]
    failures.triage.unhandle([key])
    assert failures.new() == 2


def test_resumed_run_is_not_an_open_failure(failures: Failures) -> None:
    failures.resumed.add("one/same")
    assert failures.open() == ["two/same"]


# Groups


def _failed(name: str, line: str, at: float, kind: FailureKind = FailureKind.NUMERICS) -> RunRecord:
    return RunRecord(name, name, "failed", completed=at, created=at, digest=FailureSummary(kind, line))


RUNS = (
    _failed("a", "diverged at step 7", 10.0),
    _failed("b", "diverged at step 912", 20.0),
    _failed("c", 'no "beta" in set 3', 30.0, FailureKind.EXCEPTION),
    _failed("d", "matrix is singular", 5.0),
)


@pytest.fixture
def triage() -> Triage:
    return Triage(lambda _name: False, lambda name: RunKey("/runs", name))


def test_groups_are_ordered_by_count_or_by_age(triage: Triage) -> None:
    by_count = open_failures(RUNS, triage, EVERYTHING)
    assert [[run.name for run in group.runs] for group in by_count.groups] == [["b", "a"], ["c"], ["d"]]
    assert (by_count.total, by_count.new, by_count.outside) == (4, 4, 0)
    by_age = open_failures(RUNS, triage, EVERYTHING, GroupOrder.AGE)
    assert [[run.name for run in group.runs] for group in by_age.groups] == [["c"], ["b", "a"], ["d"]]


def test_only_failures_that_match_the_filter_are_in_groups(triage: Triage) -> None:
    inbox = open_failures(RUNS, triage, parse_query("id:b"))
    assert [[run.name for run in group.runs] for group in inbox.groups] == [["b"]]
    assert inbox.outside == 3


@pytest.mark.parametrize("filter_text", ["", "status:failed", "is:failed -id:x"])
def test_query_of_a_group_finds_its_runs_and_no_others(triage: Triage, filter_text: str) -> None:
    query = parse_query(filter_text)
    inbox = open_failures(RUNS, triage, query)
    for group in inbox.groups:
        found = parse_query(query_of_groups([group], query))
        assert found.asks_why
        assert {run.name for run in RUNS if found.matches(run)} == group.names
    both = parse_query(query_of_groups(inbox.groups[:2], query))
    assert {run.name for run in RUNS if both.matches(run)} == {"a", "b", "c"}


def test_query_of_a_group_whose_reasons_are_being_read_finds_all_failures(triage: Triage) -> None:
    runs = (*RUNS, RunRecord("e", "e", "failed"))
    group = next(group for group in open_failures(runs, triage, EVERYTHING).groups if "e" in group.names)
    assert group.unread == 1
    assert query_of_groups([group], EVERYTHING) == "is:failed"


def test_query_of_a_typed_reason_finds_it(triage: Triage) -> None:
    runs = (*RUNS, RunRecord("e", "e", "failed", reason="wrong geometry", is_reason_typed=True))
    group = next(group for group in open_failures(runs, triage, EVERYTHING).groups if "e" in group.names)
    found = parse_query(query_of_groups([group], EVERYTHING))
    assert [run.name for run in runs if found.matches(run)] == ["e"]
