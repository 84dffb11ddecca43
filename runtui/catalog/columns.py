"""The columns of a table of runs, for the browser and the command line alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from runtui.catalog.format import duration_text, moment_text, short_id
from runtui.store.metadata import RecordState, RunRecord
from runtui.store.status import RunStatus

SortValue = str | float

STATUS_SIGNS = {
    RunStatus.INITIALISING.value: "○",
    RunStatus.RUNNING.value: "●",
    RunStatus.COMPLETED.value: "✓",
    RunStatus.FAILED.value: "✗",
    RunStatus.CHECKPOINTED.value: "◆",
    RunStatus.RESUMED.value: "↻",
}
"""A sign for each status, so that colour never carries the meaning alone."""

# By urgency: what needs a person first comes first.
_STATUS_ORDER = {
    RunStatus.FAILED.value: 0.0,
    RunStatus.RUNNING.value: 2.0,
    RunStatus.INITIALISING.value: 3.0,
    RunStatus.CHECKPOINTED.value: 4.0,
    RunStatus.RESUMED.value: 5.0,
    RunStatus.COMPLETED.value: 6.0,
}


@dataclass(frozen=True, slots=True)
class Column:
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


def status_text(run: RunRecord) -> str:
    """Return a run's status with its sign; a question mark says that the run looks dead."""
    if run.state is RecordState.WRITING:
        return "… writing"
    if not run.status:
        return "! broken" if run.problem else "! none"
    sign = STATUS_SIGNS.get(run.status, "·")
    if run.doubt:
        return f"? {run.status}?"
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
    if run.doubt or run.state is not RecordState.READ:
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
    return " ".join(run.tags)


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


# key, title, width, share, rank, align, newest first, text, order
COLUMNS: tuple[Column, ...] = (
    Column("status", "status", 14, 0, 0, "left", False, _plain(status_text), _status_order),
    Column("id", "id", 8, 0, 0, "left", False, _plain(_id_text), _folded(_run_id)),
    Column(
        "description",
        "description",
        16,
        3,
        0,
        "left",
        False,
        _plain(description_text),
        _folded(description_text),
    ),
    Column("tags", "tags", 12, 1, 2, "left", False, _plain(_tags_text), _folded(_tags_text)),
    Column("created", "created", 12, 0, 1, "left", True, _created_text, _created_order),
    Column("duration", "time", 6, 0, 1, "right", True, _duration_text, _duration),
    Column("host", "host", 10, 0, 3, "left", False, _plain(_host), _folded(_host)),
    Column("user", "user", 8, 0, 4, "left", False, _plain(_user), _folded(_user)),
)

COLUMNS_BY_KEY = {column.key: column for column in COLUMNS}
