"""Which failures have been dealt with, in several runs directories."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.catalog.run_key import RunDirectories, RunKey
from runtui.operations.triage import Memory, Triage, failed_at
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_run


class Failures:
    """A failed run of the same name in each of two directories, by the name in the catalog."""

    def __init__(self, folder: Path) -> None:
        self.bases = [str(folder / "one"), str(folder / "two")]
        self.directories = RunDirectories(self.bases)
        self.resumed: set[str] = set()
        self.triage = Triage(self.resumed.__contains__, self.directories.root_of)
        self.runs = {run.name: run for run in map(self._failed, self.bases)}

    def _failed(self, base: str) -> RunRecord:
        write_run(base, "same", status="failed", completed_at="2026-11-01T00:00:00Z")
        return read_record(base, "same").below(self.directories.folder_of(base))

    def open(self) -> list[str]:
        return [name for name, run in self.runs.items() if self.triage.is_open(run)]

    def new(self) -> list[str]:
        return [name for name, run in self.runs.items() if self.triage.is_new(run)]


@pytest.fixture
def failures(tmp_path: Path) -> Failures:
    return Failures(tmp_path)


def test_dismissal_does_not_affect_a_same_named_run_elsewhere(failures: Failures) -> None:
    run = failures.runs["one/same"]
    settled = failures.triage.settle([run])
    assert settled == {RunKey(failures.bases[0], "same"): failed_at(run)}
    assert failures.open() == ["two/same"]
    failures.triage.unsettle(settled)
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
    failures.triage.recall(failures.bases[1], Memory(moment, {"same": moment}))
    assert failures.open() == ["one/same"]
    assert failures.new() == ["one/same"]
    later = failures.runs["two/same"]._replace(completed=moment + 1.0)
    assert failures.triage.is_open(later)
    assert failures.triage.is_new(later)


def test_visited_failures_are_not_new_but_still_open(failures: Failures) -> None:
    for base in failures.bases:
        failures.triage.recall(base, Memory(0.0, {}))
    failures.triage.look(failed_at(failures.runs["one/same"]) + 1.0)
    assert failures.new() == []
    assert failures.open() == ["one/same", "two/same"]


def test_resumed_run_is_not_an_open_failure(failures: Failures) -> None:
    failures.resumed.add("one/same")
    assert failures.open() == ["two/same"]
