"""The columns of a table of runs, for the browser and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal, NamedTuple

from runtui.store.failure import FailureKind
from runtui.store.record import LOST, RecordState, RunRecord
from runtui.store.status import RunStatus
from runtui.store.tags import drawn_tags
from runtui.text.format import duration_text, moment_text, short_id, value_text
from runtui.text.sanitize import safe_text

SortValue = str | float | tuple[int, float, str]

STATUS_SIGNS = {
    RunStatus.INITIALISING.value: "○",
    RunStatus.RUNNING.value: "●",
    RunStatus.COMPLETED.value: "✓",
    RunStatus.FAILED.value: "✗",
    RunStatus.CHECKPOINTED.value: "◆",
    RunStatus.RESUMED.value: "↻",
}
"""A sign for each status, so that colour never carries the meaning alone."""

_AFTER_ALL_TEXT = "\U0010ffff"

# By urgency: what needs a person first comes first.
_STATUS_ORDER = {
    RunStatus.FAILED.value: 0.0,
    RunStatus.RUNNING.value: 2.0,
    RunStatus.INITIALISING.value: 3.0,
    RunStatus.CHECKPOINTED.value: 4.0,
    RunStatus.RESUMED.value: 5.0,
    RunStatus.COMPLETED.value: 6.0,
}


class Column(NamedTuple):
    """One column.

    Attributes:
        key: Its name in options and settings.
        title: Its heading.
        width: Its natural width in cells; the least one for a column that takes what is left.
        share: Its part of the width that is left over; 0 for a column of fixed width.
        rank: Columns of a high rank are the first to go where the terminal is narrow.
        align: Where the text stands.
        newest_first: Whether sorting by it begins with the greatest value.
        text: Gives a run's cell, from the run and the present moment.
        sort_value: Gives what to sort a run by, from the run and the present moment.
        value_key: The simulation's own key that it shows, to be asked for when runs are read, or ``""``.
    """

    key: str
    title: str
    width: int
    share: int
    rank: int
    align: Literal["left", "right"]
    newest_first: bool
    text: Callable[[RunRecord, float], str]
    sort_value: Callable[[RunRecord, float], SortValue]
    value_key: str = ""

    def order(self, *, descending: bool) -> Callable[[RunRecord, float], SortValue]:
        """Return what to sort runs by, ascending, for a list that is read from its end when `descending`.

        Of the simulation's own values numbers come before text, and runs without a value last, in either
        direction; so the two directions need different values.
        """
        if not self.value_key:
            return self.sort_value
        return partial(_own_order, self.value_key, -1 if descending else 1)


def status_text(run: RunRecord) -> str:
    """Return a run's status with its sign; one that looks dead is lost, or has a question mark."""
    if run.state is RecordState.WRITING:
        return "… writing"
    if not run.status:
        return "! broken" if run.problem else "! none"
    sign = STATUS_SIGNS.get(run.status, "·")
    if run.stale_reason:
        return f"{STATUS_SIGNS[RunStatus.FAILED]} {LOST}" if run.is_lost else f"? {run.effective_status}"
    if run.state is RecordState.BROKEN:
        sign = "!"
    return f"{sign} {run.status}{edit_mark(run)}"


def edit_mark(run: RunRecord) -> str:
    """Return the mark of a run with edits that are not in its metadata yet, or that contradict it."""
    if run.conflict:
        return "!"
    return "*" if run.edits else ""


def description_text(run: RunRecord) -> str:
    """Return a run's description; of one whose metadata cannot be read, what is wrong with it."""
    if run.state is not RecordState.READ:
        return f"{run.problem} · {run.description}" if run.description else run.problem
    return run.description


def _created_text(run: RunRecord, now: float) -> str:
    text = moment_text(run.created, now)
    return f"~{text}" if run.created_is_guess and text else text


def _status_order(run: RunRecord, _now: float) -> SortValue:
    if run.is_lost:
        return 0.5
    if run.stale_reason or run.state is not RecordState.READ:
        return 1.0
    return _STATUS_ORDER.get(run.status, 1.5)


def _duration(run: RunRecord, now: float) -> float:
    duration = run.duration(now)
    return -1.0 if duration is None else duration


def _duration_text(run: RunRecord, now: float) -> str:
    return duration_text(run.duration(now))


def _plain(text: Callable[[RunRecord], str]) -> Callable[[RunRecord, float], str]:
    return lambda run, _now: text(run)


def _folded(text: Callable[[RunRecord], str]) -> Callable[[RunRecord, float], SortValue]:
    return lambda run, _now: text(run).casefold()


def _tags_text(run: RunRecord) -> str:
    return drawn_tags(run.tags)


def _id_text(run: RunRecord) -> str:
    return short_id(run.run_id)


def _created_order(run: RunRecord, _now: float) -> SortValue:
    return run.created or 0.0


def _host(run: RunRecord) -> str:
    return run.host


def _user(run: RunRecord) -> str:
    return run.user


def _run_id(run: RunRecord) -> str:
    return run.run_id


def reason_text(run: RunRecord) -> str:
    """Return why a run failed, beginning with the kind of failure where its logs have been read."""
    if run.digest is None:
        return run.reason or run.stale_reason
    if run.digest.kind is FailureKind.LOST:
        return f"{FailureKind.LOST}: {run.stale_reason}"  # how long it has been silent goes on
    return run.digest.text


def queue_text(run: RunRecord) -> str:
    """Return how a run's job is in its batch system, and why it waits or how long it may still run.

    Of a run that has ended nothing is told: what was recorded last of its job may have been long before.
    """
    return f"{run.job.state} {run.job.detail}".strip() if run.job is not None and run.is_live else ""


def _queue_order(run: RunRecord, _now: float) -> SortValue:
    # Runs without a job come last.
    return queue_text(run).casefold() or _AFTER_ALL_TEXT


def _parent(run: RunRecord) -> str:
    return run.parent or ""


def _parent_text(run: RunRecord) -> str:
    return short_id(safe_text(_parent(run).rpartition("/")[2]))


def _directory(run: RunRecord) -> str:
    return safe_text(run.name.rpartition("/")[0])


def _checkpoints_text(run: RunRecord, _now: float) -> str:
    return str(run.checkpoints or "")


def _checkpoints_order(run: RunRecord, _now: float) -> SortValue:
    return run.checkpoints


def _started_text(run: RunRecord, now: float) -> str:
    return moment_text(run.started, now)


def _started_order(run: RunRecord, _now: float) -> SortValue:
    return run.started or 0.0


def _completed_text(run: RunRecord, now: float) -> str:
    return moment_text(run.completed, now)


def _completed_order(run: RunRecord, _now: float) -> SortValue:
    return run.completed or 0.0


# key, title, width, share, rank, align, newest first, text, order
COLUMNS: tuple[Column, ...] = (
    Column("status", "status", 14, 0, 0, "left", False, _plain(status_text), _status_order),
    Column("id", "id", 8, 0, 0, "left", False, _plain(_id_text), _folded(_run_id)),
    Column(
        "description",
        "description",
        12,
        3,
        0,
        "left",
        False,
        _plain(description_text),
        _folded(description_text),
    ),
    Column("reason", "reason", 14, 2, 2, "left", False, _plain(reason_text), _folded(reason_text)),
    Column("tags", "tags", 12, 1, 3, "left", False, _plain(_tags_text), _folded(_tags_text)),
    Column("created", "created", 12, 0, 1, "left", True, _created_text, _created_order),
    Column("duration", "time", 6, 0, 1, "right", True, _duration_text, _duration),
    Column("host", "host", 10, 0, 3, "left", False, _plain(_host), _folded(_host)),
    Column("user", "user", 8, 0, 4, "left", False, _plain(_user), _folded(_user)),
)

DIRECTORY = Column("directory", "directory", 12, 0, 0, "left", False, _plain(_directory), _folded(_directory))
"""Which of several runs directories a run lies in; nothing where there is only one."""

QUEUE = Column("queue", "queue", 16, 1, 2, "left", False, _plain(queue_text), _queue_order)
"""How the job is that a run is, in its batch system; nothing where none is at work."""

FURTHER_COLUMNS: tuple[Column, ...] = (
    DIRECTORY,
    QUEUE,
    Column("parent", "parent", 8, 0, 3, "left", False, _plain(_parent_text), _folded(_parent)),
    Column("checkpoints", "checkpoints", 11, 0, 3, "right", True, _checkpoints_text, _checkpoints_order),
    Column("started", "started", 12, 0, 3, "left", True, _started_text, _started_order),
    Column("completed", "completed", 12, 0, 3, "left", True, _completed_text, _completed_order),
)
"""Columns that are shown when they are asked for."""

COLUMNS_BY_KEY = {column.key: column for column in (*COLUMNS, *FURTHER_COLUMNS)}

_LEAST_OWN_WIDTH = 8
_MOST_OWN_WIDTH = 16


METRIC = "metric:"
"""Begins the key of a column that shows how a metric went, such as ``metric:loss``."""

_METRIC_WIDTH = 18


def is_metric(key: str) -> bool:
    """Return whether a column shows a metric: that is read only for the rows on screen."""
    return key.startswith(METRIC) and len(key) > len(METRIC)


def metric_column(key: str, text: Callable[[RunRecord, float], str]) -> Column:
    """Return the column of a metric.

    Args:
        key: The column's key, which begins with `METRIC`.
        text: Gives a run's cell.
    """
    title = safe_text(key.removeprefix(METRIC), _METRIC_WIDTH)
    return Column(key, title, _METRIC_WIDTH, 0, 0, "left", False, text, _no_order)


def _no_order(_run: RunRecord, _now: float) -> SortValue:
    return 0.0


def _no_text(_run: RunRecord, _now: float) -> str:
    return ""


def column_of(key: str, runs: Iterable[RunRecord] = ()) -> Column:
    """Return the column of a key: one that every run has, or else one of the simulation's own.

    Args:
        key: The column's key, or a key of the metadata, the parameters or the configuration. Of a metric the
            text is empty: whoever shows it puts it in.
        runs: Some runs that were read with this key, to see what kind of values it has.
    """
    known = COLUMNS_BY_KEY.get(key)
    if known is not None:
        return known
    if is_metric(key):
        return metric_column(key, _no_text)
    title = safe_text(key, _MOST_OWN_WIDTH)
    values = [run.values[key] for run in runs if key in run.values]
    return Column(
        key,
        title,
        max(_LEAST_OWN_WIDTH, len(title)),
        0,
        1,
        "left" if any(isinstance(value, str) for value in values) else "right",
        False,
        lambda run, _now: value_text(run.values.get(key)),
        partial(_own_order, key, 1),
        key,
    )


def _own_order(key: str, direction: int, run: RunRecord, _now: float) -> SortValue:
    value = run.values.get(key)
    if value is None:
        return (3 * direction, 0.0, "")
    if isinstance(value, str):
        return (2 * direction, 0.0, value.casefold())
    # Nan is neither less nor more than anything, which no sorting survives.
    return (direction, 0.0, "") if value != value else (0, value, "")
