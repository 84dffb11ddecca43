"""Operations on runs of one or several directories, with progress, cancel and undo.

An operation does what `store.edits.run_edits` and other modules of the store do, for runs given by their
names in the catalog.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from runtui.catalog.run_key import RunDirectories, RunKey
from runtui.catalog.sync.job_states import as_listed, waiting_runs
from runtui.layouts.run_tree import holds_other_runs
from runtui.operations.parallel import in_parallel
from runtui.store.cleanup.emptying import EmptyingProgress, empty_trash
from runtui.store.cleanup.plan import CleanupPlan, carry_out
from runtui.store.cleanup.restoring import restore_all
from runtui.store.cleanup.trash import list_trash
from runtui.store.cleanup.trash_folder import TrashedRun
from runtui.store.edits.run_edits import (
    STOPPED,
    Outcome,
    ProgressCallback,
    describe_change,
    edit_tags,
    last_edit,
    mark_lost,
    set_description,
    set_note,
    set_status,
    take_back,
    undo,
)
from runtui.store.errors import StoreError, explain
from runtui.store.record import RunRecord
from runtui.store.status import RunStatus
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text

PlaceOf = Callable[[str], RunKey]
"""Function that returns a run's directory and its name there, from its name in the catalog."""

KnownRuns = Callable[[str], Mapping[str, RunRecord]]
"""Function that returns the known runs of a directory, by their names there; called off the event loop."""

Cancel = Callable[[str, Sequence[str]], Sequence[Outcome]]
"""Function that stops runs of a directory."""

_Do = Callable[[str, Sequence[str], ProgressCallback], Sequence[Outcome]]


class Report(NamedTuple):
    """The result of an operation. Text is safe to show.

    Attributes:
        text: The result, in one line.
        failures: The runs for which it failed, each with the reason.
        touched: The names of the runs that it may have changed.
        created: The names of the runs that it created.
        back: The operation that undoes it; None if it cannot be undone.
    """

    text: str
    failures: tuple[Outcome, ...] = ()
    touched: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    back: Operation | None = None


class LastEdit(NamedTuple):
    """The last edit of a run: its id, and what it changed, in how many runs, by whom and when, as a text."""

    edit_id: str
    text: str


class Operation(NamedTuple):
    """An operation to be carried out.

    Attributes:
        title: A title in a few words, safe to show.
        do: Carries it out, which may take long; receives a progress callback.
    """

    title: str
    do: Callable[[ProgressCallback], Report]


def one_by_one(
    names: Sequence[str],
    progress: ProgressCallback,
    work: Callable[[str], object],
    done: str,
    failed: str = "",
) -> list[Outcome]:
    """Do something to runs, one after the other until it is stopped; return what became of each.

    Args:
        names: The runs.
        progress: Progress callback.
        work: Function to call with each name; raises `StoreError` or `OSError` where it fails.
        done: The text for runs that it was done to.
        failed: What the reasons of the others begin with.
    """
    outcomes: list[Outcome] = []
    for name in names:
        if not progress(len(outcomes), len(names)):
            outcomes.append(Outcome(name, False, STOPPED))
            continue
        try:
            work(name)
        except (StoreError, OSError) as error:
            outcomes.append(Outcome(name, False, f"{failed}{why(error)}"))
        else:
            outcomes.append(Outcome(name, True, done))
    return outcomes


class Operations:
    """Factory of operations on runs.

    Args:
        directories: The runs directories.
    """

    def __init__(self, directories: RunDirectories) -> None:
        self._directories = directories
        self._place_of = directories.place_of

    def tag(self, names: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> Operation:
        """Return the operation that adds and removes tags of runs."""
        tags = safe_text(" ".join([*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]), 60)

        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            return edit_tags(base, there, add, remove, progress, in_parallel)

        return Operation(
            f"tag {run_count(len(names))} {tags}", partial(self._edit, names, "tagged {} " + tags, do)
        )

    def mark(self, names: Sequence[str], status: RunStatus, reason: str) -> Operation:
        """Return the operation that sets the status of runs."""

        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            return set_status(base, there, status, reason, progress, in_parallel)

        return Operation(
            f"mark {run_count(len(names))} {status.value}",
            partial(self._edit, names, f"marked {{}} {status.value}", do),
        )

    def note(self, names: Sequence[str], text: str) -> Operation:
        """Return the operation that sets the note of runs; an empty text removes it."""

        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            return set_note(base, there, text, progress, in_parallel)

        done = "saved the note on" if text else "removed the note on"
        return Operation(f"note on {run_count(len(names))}", partial(self._edit, names, f"{done} {{}}", do))

    def describe(self, names: Sequence[str], text: str) -> Operation:
        """Return the operation that sets the description of runs."""

        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            return set_description(base, there, text, progress, in_parallel)

        return Operation(
            f"describe {run_count(len(names))}",
            partial(self._edit, names, "changed the description of {}", do),
        )

    def mark_lost(self, reasons: Mapping[str, str]) -> Operation:
        """Return the operation that marks lost runs as failed.

        Args:
            reasons: For each run, how it is known to be lost.
        """
        by_place = {self._place_of(name): reason for name, reason in reasons.items()}

        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            return mark_lost(
                base, {name: by_place[RunKey(base, name)] for name in there}, progress, in_parallel
            )

        names = tuple(reasons)
        return Operation(
            f"mark {run_count(len(names))} failed", partial(self._edit, names, "marked {} failed", do)
        )

    def trash(self, plans: Mapping[str, CleanupPlan], known: KnownRuns) -> Operation:
        """Return the operation that moves runs to the trash.

        Args:
            plans: The plans, by runs directory.
            known: Returns the known runs of a directory.
        """
        count = sum(len(plan.taken) for plan in plans.values())
        return Operation(f"move {run_count(count)} to the trash", partial(self._trash, plans, known, count))

    def restore(self, runs: Sequence[tuple[str, TrashedRun]]) -> Operation:
        """Return the operation that restores runs from the trash.

        Args:
            runs: The runs, each with its runs directory.
        """
        return Operation(f"restore {run_count(len(runs))}", partial(_restore, runs))

    def empty(self, runs: Sequence[tuple[str, TrashedRun]]) -> Operation:
        """Return the operation that deletes runs in the trash permanently. It cannot be undone."""
        return Operation(f"delete {run_count(len(runs))} for good", partial(_empty, runs))

    def cancel(self, names: Sequence[str], cancel: Cancel) -> Operation:
        """Return the operation that stops running runs. It cannot be undone.

        Args:
            names: The runs.
            cancel: Stops runs of a directory.
        """

        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            outcomes: list[Outcome] = []
            for name in there:
                if progress(len(outcomes), len(there)):
                    outcomes += cancel(base, [name])
                else:
                    outcomes.append(
                        Outcome(name, False, "still running: the action was cancelled before it got here")
                    )
            return outcomes

        return Operation(f"stop {run_count(len(names))}", partial(self._edit, names, "stopping {}", do))

    def last_edit(self, name: str) -> LastEdit | None:
        """Return the edit of a run that `undo_last` reverts, or None. To be called off the event loop.

        Raises:
            StoreError: The run does not exist, or its name is ambiguous.
            OSError: Its edits cannot be read.
        """
        edit = last_edit(*self._place_of(name))
        if edit is None:
            return None
        changes = ", ".join(describe_change(change) for change in edit.changes) or edit.action
        of_runs = f" of {run_count(len(edit.runs))}" if len(edit.runs) > 1 else ""
        moment = safe_text(edit.at[:16].replace("T", " "))
        return LastEdit(edit.edit_id, f"{changes}{of_runs} (by {safe_text(edit.user, 40)}, {moment} UTC)")

    def undo_last(self, name: str, edit_id: str) -> Operation:
        """Return the operation that undoes the last edit of a run, even another user's.

        Args:
            name: The run.
            edit_id: The edit; if it is not the last one any more, nothing is undone.
        """

        def do(progress: ProgressCallback) -> Report:
            progress(0, 1)
            base, there = self._place_of(name)
            try:
                outcomes = undo(base, there, edit_id)
            except (StoreError, OSError) as error:
                outcomes = [Outcome(there, False, why(error))]
            name_of = self._directories.name_of
            named = [replace(outcome, name=name_of(RunKey(base, outcome.name))) for outcome in outcomes]
            return report_of("undid the last edit of {}", named, None)

        return Operation(f"undo the last edit of {safe_text(name, 40)}", do)

    def _by_base(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return for each directory a mapping from the names of runs there to their names in the catalog."""
        found: dict[str, dict[str, str]] = {}
        for name in names:
            base, there = self._place_of(name)
            found.setdefault(base, {})[there] = name
        return found

    def _each_base(self, names: Sequence[str], do: _Do, progress: ProgressCallback) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for base, group in self._by_base(names).items():
            for outcome in do(base, list(group), _after(len(outcomes), len(names), progress)):
                outcomes.append(replace(outcome, name=group[outcome.name]))
        return outcomes

    def _edit(self, names: Sequence[str], result: str, do: _Do, progress: ProgressCallback) -> Report:
        outcomes = self._each_base(names, do, progress)
        edits = {outcome.name: outcome.edit_id for outcome in outcomes if outcome.edit_id}
        back = None
        if edits:
            title = result.replace("{}", run_count(len(edits)), 1)
            back = Operation(f"undo: {title}", partial(self._take_back, edits, title))
        return report_of(result, outcomes, back)

    def _take_back(self, edits: Mapping[str, str], title: str, progress: ProgressCallback) -> Report:
        def do(base: str, there: Sequence[str], progress: ProgressCallback) -> Sequence[Outcome]:
            group = self._by_base(list(edits))[base]
            return take_back(base, {name: edits[group[name]] for name in there}, progress, in_parallel)

        return report_of(f"undid on {{}}: {title}", self._each_base(list(edits), do, progress), None)

    def _trash(
        self, plans: Mapping[str, CleanupPlan], known: KnownRuns, count: int, progress: ProgressCallback
    ) -> Report:
        outcomes: list[Outcome] = []
        trashed: dict[str, list[str]] = {}
        for base, plan in plans.items():
            try:
                report_progress = _after(len(outcomes), count, progress)
                result = carry_out(
                    base,
                    plan,
                    report_progress,
                    known(base),
                    in_parallel,
                    jobs=waiting_runs,
                    listing=as_listed,
                    holds_runs=holds_other_runs,
                )
            except (StoreError, OSError) as error:
                outcomes += [Outcome(decision.name, False, why(error)) for decision in plan.taken]
                continue
            trashed[base] = list(result.folders)
            if result.note:
                outcomes.append(Outcome("", False, safe_text(result.note)))
            outcomes += [Outcome(decision.name, True, "moved to the trash") for decision in result.moved]
            outcomes += [Outcome(kept.name, False, safe_text(kept.reason)) for kept in result.stayed]
        moved = sum(map(len, trashed.values()))
        title = f"moved {run_count(moved)} to the trash"
        back = Operation(f"undo: {title}", partial(_back_from_trash, trashed)) if moved else None
        failures = tuple(outcome for outcome in outcomes if not outcome.done)
        return Report(title, failures, (), (), back)


def _restore(runs: Sequence[tuple[str, TrashedRun]], progress: ProgressCallback) -> Report:
    outcomes: list[Outcome] = []
    by_base: dict[str, list[TrashedRun]] = {}
    for base, run in runs:
        by_base.setdefault(base, []).append(run)
    for base, group in by_base.items():
        try:
            found, note = restore_all(base, group, _after(len(outcomes), len(runs), progress))
        except (StoreError, OSError) as error:
            outcomes += [Outcome(run.name, False, why(error)) for run in group]
            continue
        outcomes += found
        if note:
            outcomes.append(Outcome("", False, safe_text(note)))
    report = report_of("restored {}", [outcome for outcome in outcomes if outcome.name], None)
    return report._replace(touched=(), failures=tuple(outcome for outcome in outcomes if not outcome.done))


def _back_from_trash(trashed: Mapping[str, Sequence[str]], progress: ProgressCallback) -> Report:
    found: list[tuple[str, TrashedRun]] = []
    for base, folders in trashed.items():
        try:
            wanted = {os.path.abspath(folder) for folder in folders}
            found += [(base, run) for run in list_trash(base) if os.path.abspath(run.folder) in wanted]
        except OSError as error:
            return Report("nothing restored", (Outcome(base, False, why(error)),))
    report = _restore(found, progress)
    missing = sum(map(len, trashed.values())) - len(found)
    if missing:
        gone = Outcome("", False, f"{run_count(missing)} no longer in the trash; the others were restored")
        report = report._replace(failures=(*report.failures, gone))
    return report


class _StoppedError(Exception):
    """A stop by the user."""


def _empty(runs: Sequence[tuple[str, TrashedRun]], progress: ProgressCallback) -> Report:
    files = gone = 0
    failures: list[Outcome] = []

    def continue_or_stop(_progress: EmptyingProgress) -> None:
        if not progress(gone, len(runs)):
            raise _StoppedError

    for base, run in runs:
        try:
            done = empty_trash(base, progress=continue_or_stop, only=run.folder)
        except _StoppedError:
            failures.append(
                Outcome("", False, "cancelled; the rest is deleted the next time the trash is emptied")
            )
            break
        except OSError as error:
            failures.append(Outcome(run.name, False, why(error)))
            continue
        files += done.removed
        if done.failed:
            failures.append(Outcome(run.name, False, f"not completely deleted: {safe_text(done.reason)}"))
        else:
            gone += 1
    return Report(f"deleted {run_count(gone)}, {files:,} files", tuple(failures))


def _after(before: int, total: int, progress: ProgressCallback) -> ProgressCallback:
    """Return a progress callback for a part of an operation that reports progress of the whole."""
    return lambda done, _of_part: progress(before + done, total)


def report_of(result: str, outcomes: Sequence[Outcome], back: Operation | None) -> Report:
    """Return a report with the text `result`, in which ``{}`` stands for the number of successful runs."""
    failures = tuple(outcome for outcome in outcomes if not outcome.done)
    done = len(outcomes) - len(failures)
    of_all = f"{done:,} of {run_count(len(outcomes))}" if failures else run_count(done)
    return Report(
        result.replace("{}", of_all, 1), failures, tuple(outcome.name for outcome in outcomes), (), back
    )


def why(error: StoreError | OSError) -> str:
    """Return the reason of an error, in one line that is safe to show."""
    return safe_text(str(error) if isinstance(error, StoreError) else explain(error))
