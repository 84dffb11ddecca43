"""Adoption of runs of other programs, by a plan that is shown first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from runtui.catalog.run_key import RunDirectories
from runtui.catalog.sync.job_states import PATIENCE, with_job_states
from runtui.catalog.sync.scan import all_judged
from runtui.layouts.adopt import Adoptee, adoptee, metadata_to_write, origin_of, refusal, source_of
from runtui.operations.run_operations import Operation, Report, one_by_one, why
from runtui.store.edits.adoption import undo_adoption, write_adopted
from runtui.store.edits.run_edits import STOPPED, Outcome, ProgressCallback, no_progress
from runtui.store.errors import StoreError
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text


class Candidate(NamedTuple):
    """A run that a user wants to adopt. Text is safe to show.

    Attributes:
        base: The directory that it lies in.
        name: Its name there.
        layout: The name of its layout; ``""`` for a run that cannot be adopted.
        status: The status that it gets.
        source: What the status comes from.
        refusal: Why it cannot be adopted, in one line, or ``""``.
    """

    base: str
    name: str
    layout: str = ""
    status: str = ""
    source: str = ""
    refusal: str = ""


class _Ready(NamedTuple):
    """A run that can be adopted now: as its files tell, and as it is known by now."""

    adoptee: Adoptee
    run: RunRecord


def candidates(base: str, names: Sequence[str], layout: str = "") -> list[Candidate]:
    """Return the plan of an adoption, in the order of the names. Changes nothing.

    Args:
        base: The directory that the runs lie in.
        names: Their names there.
        layout: The layout to read them by; ``""`` for the first that recognises each.
    """
    ready = _looked_at(base, names, layout)
    return [_candidate(base, name, ready[name]) for name in names]


def _candidate(base: str, name: str, found: _Ready | str) -> Candidate:
    if isinstance(found, str):
        return Candidate(base, name, refusal=found)
    source = safe_text(source_of(found.adoptee, found.run))
    return Candidate(base, name, found.adoptee.layout.name, found.run.status, source, refusal(found.run))


def _looked_at(base: str, names: Sequence[str], layout: str) -> Mapping[str, _Ready | str]:
    """Return each run as it is known by now, or why it cannot be adopted."""
    found: dict[str, _Ready | str] = {}
    adoptees: dict[str, Adoptee] = {}
    for name in names:
        try:
            adoptees[name] = adoptee(base, name, layout)
        except (StoreError, OSError) as error:
            found[name] = why(error)
    judged = list(all_judged(base, [one.run for one in adoptees.values()]))
    told, _silent = with_job_states(base, judged, PATIENCE)
    return found | {run.name: _Ready(adoptees[run.name], run) for run in told}


def adopt(
    base: str, names: Sequence[str], layout: str = "", told: ProgressCallback = no_progress
) -> list[Outcome]:
    """Write the ``metadata.json`` of runs that have none; nothing else of them is touched.

    Args:
        base: The directory that the runs lie in.
        names: Their names there.
        layout: As of `candidates`.
        told: Progress callback.
    """
    ready = _looked_at(base, names, layout)
    outcomes: list[Outcome] = []
    for name in names:
        found = ready[name]
        if isinstance(found, _Ready) and (refused := refusal(found.run)):
            found = refused
        if isinstance(found, str):
            outcomes.append(Outcome(name, False, found))
        elif told(len(outcomes), len(names)):
            outcomes.append(_adopted(base, name, found))
        else:
            outcomes.append(Outcome(name, False, STOPPED))
    return outcomes


def _adopted(base: str, name: str, found: _Ready) -> Outcome:
    layout = found.adoptee.layout.name
    try:
        metadata = metadata_to_write(base, found.adoptee, found.run)
        write_adopted(base, name, metadata, origin_of(found.adoptee, found.run))
    except FileExistsError:
        return Outcome(name, False, "it has a metadata.json already")
    except (StoreError, OSError) as error:
        return Outcome(name, False, f"not adopted: {why(error)}")
    return Outcome(name, True, f"adopted as a run of {layout}, {found.run.status}")


def undo_adoptions(base: str, names: Sequence[str], told: ProgressCallback = no_progress) -> list[Outcome]:
    """Take away the ``metadata.json`` of adopted runs, of each unless it was changed since.

    Args:
        base: The directory that the runs lie in.
        names: Their names there.
        told: Progress callback.
    """
    return one_by_one(names, told, partial(undo_adoption, base), "undid the adoption", "not undone: ")


class Planned(NamedTuple):
    """A run of a plan for runs of a catalog: its name there, and what would be done."""

    name: str
    candidate: Candidate


class Adoption:
    """Adoption of runs of a catalog.

    Args:
        directories: The runs directories.
    """

    def __init__(self, directories: RunDirectories) -> None:
        self._place_of = directories.place_of

    def plan(self, names: Sequence[str]) -> list[Planned]:
        """Return what would be done; to be called off the event loop."""
        by_place: dict[tuple[str, str], Candidate] = {}
        for base, there in self._by_base(names).items():
            by_place |= {(one.base, one.name): one for one in candidates(base, list(there))}
        return [Planned(name, by_place[self._place_of(name)]) for name in names]

    def operation(self, names: Sequence[str]) -> Operation:
        """Return the operation that adopts runs."""
        return Operation(f"adopt {run_count(len(names))}", partial(self._adopt, names))

    def _by_base(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return for each directory a mapping from the names of runs there to their names in the catalog."""
        found: dict[str, dict[str, str]] = {}
        for name in names:
            base, there = self._place_of(name)
            found.setdefault(base, {})[there] = name
        return found

    def _adopt(self, names: Sequence[str], progress: ProgressCallback) -> Report:
        outcomes: list[Outcome] = []
        for base, there in self._by_base(names).items():
            told = _shifted(progress, len(outcomes), len(names))
            outcomes += [_renamed(one, there) for one in adopt(base, list(there), told=told)]
        done = [outcome.name for outcome in outcomes if outcome.done]
        title = f"adopted {run_count(len(done))}"
        back = Operation(f"undo: {title}", partial(self._undo, done)) if done else None
        return _report(title, outcomes, back)

    def _undo(self, names: Sequence[str], progress: ProgressCallback) -> Report:
        outcomes: list[Outcome] = []
        for base, there in self._by_base(names).items():
            told = _shifted(progress, len(outcomes), len(names))
            outcomes += [_renamed(one, there) for one in undo_adoptions(base, list(there), told)]
        done = sum(outcome.done for outcome in outcomes)
        return _report(f"undid the adoption of {run_count(done)}", outcomes, None)


def _shifted(progress: ProgressCallback, before: int, total: int) -> ProgressCallback:
    """Return a progress callback for a part of an operation that reports progress of the whole."""
    return lambda done, _of_part: progress(before + done, total)


def _renamed(outcome: Outcome, names: Mapping[str, str]) -> Outcome:
    return Outcome(names[outcome.name], outcome.done, outcome.text)


def _report(text: str, outcomes: Sequence[Outcome], back: Operation | None) -> Report:
    failures = tuple(outcome for outcome in outcomes if not outcome.done)
    return Report(text, failures, tuple(outcome.name for outcome in outcomes), (), back)
