"""Columns of a table of runs, and the texts of their cells, for the browser and the command line.

The columns themselves are defined in `runtui.catalog.fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

from runtui.catalog.unread import UNREADABLE
from runtui.store.notes import note_line
from runtui.store.record import LOST, RecordState, RunRecord, Value
from runtui.store.status import UNKNOWN_STATUS, RunStatus
from runtui.text.folding import folded
from runtui.text.format import value_text
from runtui.text.sanitize import safe_text

SortValue = str | float | tuple[int, float, str]

STATUS_SIGNS = {
    RunStatus.INITIALISING.value: "○",
    RunStatus.RUNNING.value: "●",
    RunStatus.COMPLETED.value: "✓",
    RunStatus.FAILED.value: "✗",
    RunStatus.CHECKPOINTED.value: "◆",
    RunStatus.RESUMED.value: "↻",
    UNKNOWN_STATUS: "?",
}
"""A sign for each status, so that it is never shown by colour alone."""


NOTE_SIGN = "✎"
"""The sign before the description of a run with a note."""

WARNING_MARK = " !"
"""The mark behind the status of a completed run with a sign in its logs that something is wrong."""


EDIT_MARK = "↑"
"""The mark behind the status of a run with an edit that is not in its metadata yet."""


class Column(NamedTuple):
    """A column.

    Attributes:
        key: Its name in options and settings.
        title: Its heading.
        width: Its width in cells; the least one if it has a share of the remaining width.
        share: Its share of the remaining width; 0 for a column of fixed width.
        rank: Its priority; on a narrow terminal, columns of the highest rank are hidden first.
        align: The alignment of its text; that of a ``path`` is cut at its beginning.
        newest_first: Whether sorting by it begins with the greatest value.
        text: Returns the text of a run's cell, given the run and the current time.
        sort_value: Returns a run's sort key, given the run and the current time.
        value_key: The key that it shows, with which runs must be read, or ``""``.
        value: Returns the value of that key, or None; not of a column that shows more than that.
    """

    key: str
    title: str
    width: int
    share: int
    rank: int
    align: Literal["left", "right", "path"]
    newest_first: bool
    text: Callable[[RunRecord, float], str]
    sort_value: Callable[[RunRecord, float], SortValue]
    value_key: str = ""
    value: Callable[[RunRecord], Value | None] | None = None

    def order(self, *, descending: bool) -> Callable[[RunRecord, float], SortValue]:
        """Return a function for ascending sort keys, for a list that is read from its end if `descending`.

        Among metadata and parameter values, numbers come before text, and runs without a value last, in
        either direction; so the two directions need different sort keys.
        """
        if self.value is None:
            return self.sort_value
        return partial(value_order, self.value, -1 if descending else 1)


def status_text(run: RunRecord) -> str:
    """Return a run's status with its sign; a run that looks dead is ``lost``, or has a question mark.

    One that was derived from files has a tilde, as a date has that was guessed. A run that completed and has
    a warning is marked behind it.
    """
    if run.state is RecordState.WRITING:
        return "… writing"
    if not run.status:
        return f"! {run.effective_status}"
    sign = STATUS_SIGNS.get(run.status, "·")
    if run.stale_reason:
        return f"{STATUS_SIGNS[RunStatus.FAILED]} {LOST}" if run.is_lost else f"? {run.effective_status}"
    if run.state is not RecordState.READ:
        sign = "!"
    marks = edit_mark(run) + (WARNING_MARK if run.has_warning else "")
    return f"{sign} {'~' if run.is_derived else ''}{run.status}{marks}"


def status_sign(run: RunRecord) -> str:
    """Return the sign of a run's status with its marks, for where there is no room for words."""
    if run.state is RecordState.WRITING:
        return "…"
    if not run.status:
        return "!"
    sign = STATUS_SIGNS.get(run.status, "·")
    if run.stale_reason:
        return STATUS_SIGNS[RunStatus.FAILED] if run.is_lost else "?"
    if run.state is not RecordState.READ:
        sign = "!"
    marks = edit_mark(run) + (WARNING_MARK.strip() if run.has_warning else "")
    return f"{'~' if run.is_derived else ''}{sign}{marks}"


def edit_mark(run: RunRecord) -> str:
    """Return the mark of a run with edits that are not in its metadata yet, or that conflict with it."""
    if run.conflict:
        return "!"
    return EDIT_MARK if run.edits else ""


def noted_description(run: RunRecord) -> str:
    """Return a run's description with a sign for a note, which stands in place of a missing description."""
    text = description_text(run)
    return f"{NOTE_SIGN} {text or note_line(run.note)}" if run.note else text


def description_text(run: RunRecord) -> str:
    """Return a run's description, or the problem if its metadata cannot be read."""
    if run.state is not RecordState.READ:
        return f"{run.problem} · {run.description}" if run.description else run.problem
    return run.description


def queue_text(run: RunRecord) -> str:
    """Return the state of a run's job in its scheduler, with the reason for waiting or the time left.

    Empty for a run that has ended, as the last record of its job may be old.
    """
    return f"{run.job.state} {run.job.detail}".strip() if run.job is not None and run.is_live else ""


_LEAST_OWN_WIDTH = 8  # cells
_MOST_OWN_WIDTH = 16  # cells


METRIC = "metric:"
"""Prefix of the keys of metric columns, such as ``metric:loss``."""

_METRIC_WIDTH = 18  # cells


def is_metric(key: str) -> bool:
    """Return whether a column shows a metric; metrics are read only for the rows on screen."""
    return key.startswith(METRIC) and len(key) > len(METRIC)


def metric_column(key: str, text: Callable[[RunRecord, float], str]) -> Column:
    """Return the column of a metric.

    Args:
        key: The column's key, which begins with `METRIC`.
        text: Returns the text of a run's cell.
    """
    title = safe_text(key.removeprefix(METRIC), _METRIC_WIDTH)

    def value(run: RunRecord) -> Value | None:
        return run.values.get(key)

    order = partial(value_order, value, 1)
    return Column(key, title, _METRIC_WIDTH, 0, 0, "left", False, text, order, value=value)


def no_text(_run: RunRecord, _now: float) -> str:
    """Return the empty text of a metric cell, to be replaced once it has been read."""
    return ""


def own_column(key: str, runs: Sequence[RunRecord]) -> Column:
    """Return the column of a key of the metadata, the parameters or the configuration.

    Args:
        key: The key.
        runs: Some runs that were read with this key, to determine the kind of its values.
    """

    def value(run: RunRecord) -> Value | None:
        return run.values.get(key)

    title = safe_text(key, _MOST_OWN_WIDTH)
    has_text = any(isinstance(value(run), str) for run in runs)
    return Column(
        key,
        title,
        max(_LEAST_OWN_WIDTH, len(title)),
        0,
        1,
        "left" if has_text else "right",
        False,
        lambda run, _now: UNREADABLE if key in run.unread else value_text(value(run)),
        partial(value_order, value, 1),
        key,
        value,
    )


def value_order(
    value_of: Callable[[RunRecord], Value | None], direction: int, run: RunRecord, _now: float
) -> SortValue:
    """Return a sort key: numbers before text, and runs without a value last.

    Args:
        value_of: Returns the run's value.
        direction: 1 for a list that is read from its beginning, -1 for one that is read from its end.
        run: The run.
    """
    value = value_of(run)
    if value is None:
        return (3 * direction, 0.0, "")
    if isinstance(value, str):
        return (2 * direction, 0.0, folded(value))
    # Nan is neither less nor more than anything, which no sorting survives.
    return (direction, 0.0, "") if value != value else (0, value, "")
