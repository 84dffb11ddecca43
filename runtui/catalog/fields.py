"""The fields of a run: a row for each defines how it is read, shown, sorted, filtered, completed, exported.

A field that the simulation or a layout records only needs a row made by `metadata_field`: its value is read
with the run, cached, and sent by the scan as one of `RunRecord.values`. Fields on which the program's
decisions depend are attributes of `RunRecord`, which the store reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from runtui.catalog.columns import (
    Column,
    SortValue,
    description_text,
    is_metric,
    metric_column,
    no_text,
    noted_description,
    own_column,
    queue_text,
    status_text,
)
from runtui.catalog.field_types import Field, FieldKind, Filter, JsonValue, RememberedTest
from runtui.catalog.query.model import Predicate, TextTest
from runtui.catalog.reasons import reason_cell, reason_group, reason_summary, reason_text
from runtui.logs.diagnose.wording import short_message
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.failure import FailureKind
from runtui.store.notes import note_line, note_text
from runtui.store.record import RecordState, RunRecord, Value
from runtui.store.run_size import SIZE_IS_PARTIAL, SIZE_ON_DISK
from runtui.store.status import ENDED_STATUSES, UNKNOWN_STATUS, RunStatus
from runtui.store.tags import drawn_tags
from runtui.text.folding import folded
from runtui.text.format import duration_text, moment_text, short_id, short_size
from runtui.text.sanitize import safe_text

_AFTER_ALL_TEXT = "\U0010ffff"

# By urgency: runs that need a person's attention come first.
_STATUS_ORDER = {
    RunStatus.FAILED.value: 0.0,
    RunStatus.RUNNING.value: 2.0,
    RunStatus.INITIALISING.value: 3.0,
    RunStatus.CHECKPOINTED.value: 4.0,
    RunStatus.RESUMED.value: 5.0,
    RunStatus.COMPLETED.value: 6.0,
}


# Fields that every run has: texts and sort keys of their columns


def _created_text(run: RunRecord, now: float) -> str:
    text = moment_text(run.created, now)
    return f"~{text}" if run.created_is_guess and text else text


def status_order(run: RunRecord) -> float:
    """Return a sort key that puts the runs first that need attention most urgently."""
    if run.is_lost:
        return 0.5
    if run.stale_reason or run.state is not RecordState.READ:
        return 1.0
    return _STATUS_ORDER.get(run.status, 1.5)


def _duration_order(run: RunRecord, now: float) -> SortValue:
    duration = run.duration(now)
    return -1.0 if duration is None else duration


def _job_json(run: RunRecord, _now: float) -> dict[str, str] | None:
    if run.job is None:
        return None
    return {key: value for key, value in run.job._asdict().items() if key not in ("origin", "attempt")}


def _queue_order(run: RunRecord, _now: float) -> SortValue:
    # Runs without a job come last.
    return queue_text(run).casefold() or _AFTER_ALL_TEXT


def _parent(run: RunRecord) -> str:
    return run.parent or ""


def _parent_text(run: RunRecord) -> str:
    return short_id(safe_text(_parent(run).rpartition("/")[2]))


def _folder(run: RunRecord) -> str:
    return safe_text(run.name.rpartition("/")[0])


def _layout(run: RunRecord) -> str:
    return run.layout or run.adopted_layout


def _plain(text: Callable[[RunRecord], str]) -> Callable[[RunRecord, float], str]:
    return lambda run, _now: text(run)


def _folded(text: Callable[[RunRecord], str]) -> Callable[[RunRecord, float], SortValue]:
    return lambda run, _now: folded(text(run))


def _text_column(
    key: str,
    width: int,
    share: int,
    rank: int,
    text: Callable[[RunRecord], str],
    order: Callable[[RunRecord], str] | None = None,
) -> Column:
    return Column(key, key, width, share, rank, "left", False, _plain(text), _folded(order or text))


def _moment_column(key: str, rank: int, text: Callable[[RunRecord, float], str] | None = None) -> Column:
    moment: Callable[[RunRecord], float | None] = attrgetter(key)
    shown = text or (lambda run, now: moment_text(moment(run), now))
    return Column(key, key, 12, 0, rank, "left", True, shown, lambda run, _now: moment(run) or 0.0)


# Filters


def _age(run: RunRecord) -> float | None:
    return None if run.created is None else time.time() - run.created


def _duration(run: RunRecord) -> float | None:
    return run.duration(time.time())


def _no_value(_run: RunRecord) -> None:
    return None


def _statuses(run: RunRecord) -> tuple[str, ...]:
    # A run that looks dead has both, the status it claims and what it seems to be.
    return (run.status, run.effective_status) if run.stale_reason else (run.effective_status,)


def _by_status(test: TextTest) -> Predicate:
    known = RememberedTest(test)

    def matches(run: RunRecord) -> bool:
        status = run.status
        if known[status]:
            return True
        if not status or run.stale_reason:
            return known[run.effective_status]
        return status == UNKNOWN_STATUS and known[""]

    return matches


def _by_host(test: TextTest) -> Predicate:
    known = RememberedTest(test)
    return lambda run: known[run.host]


def _by_user(test: TextTest) -> Predicate:
    known = RememberedTest(test)
    return lambda run: known[run.user]


def _reasons(run: RunRecord) -> list[str]:
    if run.is_reason_typed:
        return [run.reason]
    texts = [text for text in (run.reason, run.stale_reason) if text]
    if run.digest is not None and run.digest.kind is not FailureKind.UNKNOWN:
        texts += (str(run.failure_kind), run.digest.line)
    return texts


def _warning(run: RunRecord) -> str:
    return run.warning.line if run.warning is not None and run.has_warning else ""


def _warning_json(run: RunRecord, _now: float) -> dict[str, Any] | None:
    if run.warning is None or not run.has_warning:
        return None
    return {**run.warning._asdict(), "log": safe_text(run.warning.log)}


def _checkpoint_count(run: RunRecord) -> int:
    beside = run.values.get(CHECKPOINT_FILES)
    return run.checkpoints + (beside if isinstance(beside, int) else 0)


def _checkpoint_text(run: RunRecord, _now: float) -> str:
    count, beside = _checkpoint_count(run), run.values.get(CHECKPOINT_FILES)
    if isinstance(beside, str):
        return f"{count or ''}?"  # there may be more, or some
    return "…" if beside is None and not count else str(count or "")


def _size(run: RunRecord) -> Value | None:
    return run.values.get(SIZE_ON_DISK)


def _size_text(run: RunRecord, _now: float) -> str:
    size = _size(run)
    if not isinstance(size, int):
        return "…"
    # That of a live run was true when its metadata was read.
    sign = "≥" if SIZE_IS_PARTIAL in run.values else "~" if run.is_live else ""
    return f"{sign}{short_size(size)}"


def _size_order(run: RunRecord, _now: float) -> SortValue:
    size = _size(run)
    return size if isinstance(size, int) else -1


def total_size(runs: Iterable[RunRecord]) -> str:
    """Return the size of some runs together, as far as it is known; ``""`` for unknown."""
    sizes = [size for run in runs if isinstance(size := _size(run), int)]
    return short_size(sum(sizes)) if sizes else ""


def _may_have_checkpoint(run: RunRecord) -> bool:
    # Where its folder cannot be read, nobody may act as if there were none.
    return _checkpoint_count(run) > 0 or isinstance(run.values.get(CHECKPOINT_FILES), str)


WARNING = "warning"
"""The key of the field for signs in the logs of completed runs, and the word for having one."""

HAS: dict[str, Predicate] = {
    "checkpoint": _may_have_checkpoint,
    "conflict": lambda run: run.conflict != "",
    "edits": lambda run: run.edits > 0,
    "job": lambda run: run.job is not None,
    "note": lambda run: run.note != "",
    "parent": lambda run: run.parent is not None,
    "problem": lambda run: run.problem != "",
    "reason": lambda run: (
        run.reason != "" or (run.digest is not None and run.digest.kind is not FailureKind.UNKNOWN)
    ),
    "tags": lambda run: len(run.tags) > 0,
    WARNING: attrgetter("has_warning"),
}
"""Properties for ``has:``, by the word."""

NEEDED_FOR = {"checkpoint": CHECKPOINT_FILES}
"""The keys that runs must be read with for properties, by the word."""

IS: dict[str, Predicate] = {
    "broken": lambda run: run.state is RecordState.BROKEN,
    "dead": lambda run: run.stale_reason != "" and run.is_live,
    "ended": lambda run: run.status in ENDED_STATUSES,
    "failed": lambda run: run.is_failed,
    "live": lambda run: run.is_live,
    "lost": lambda run: run.is_lost,
}
"""Properties for ``is:``, by the word."""


# Export


def _seconds(run: RunRecord, now: float) -> float | None:
    duration = run.duration(now)
    return None if duration is None else round(duration, 3)


# The registry


TEXT, NAME, MOMENT, SPAN = FieldKind.TEXT, FieldKind.NAME, FieldKind.MOMENT, FieldKind.SPAN

_DAYS = ("today", "yesterday", "last-night")

FOLDER = "folder"
"""The key of the field for the folder that a run lies in, below the directory that was opened."""

SIZE = "size"
"""The key of the field for the bytes of a run's files."""

QUEUE = "queue"
"""The key of the field for the state of a run's job in its scheduler."""

USUAL_COLUMNS = ("status", "id", "description", "reason", "tags", "created", "duration", "host", "user")
"""The keys of the default columns."""

_ROWS = (
    Field(
        "id",
        TEXT,
        attrgetter("run_id"),
        column=_text_column("id", 8, 0, 0, lambda run: short_id(run.run_id), attrgetter("run_id")),
        filter=Filter(("id", "run_id"), ":"),
        json=JsonValue("run_id", lambda run, _now: run.run_id),
    ),
    Field(
        FOLDER,
        FieldKind.FOLDER,
        _folder,
        column=_text_column(FOLDER, 12, 0, 0, _folder)._replace(align="path"),
        filter=Filter((FOLDER,), ":", can_be_missing=True),
        json=JsonValue(FOLDER, lambda run, _now: _folder(run) or None),
    ),
    Field(
        "status",
        NAME,
        attrgetter("status"),
        column=Column(
            "status",
            "status",
            14,
            0,
            0,
            "left",
            False,
            _plain(status_text),
            lambda run, _now: status_order(run),
        ),
        filter=Filter(
            ("status",),
            ":",
            tuple(status.value for status in RunStatus),
            can_be_missing=True,
            texts=_statuses,
            matching=_by_status,
        ),
        json=JsonValue("status", lambda run, _now: run.status or None),
    ),
    Field(
        "stale_reason",
        TEXT,
        attrgetter("stale_reason"),
        json=JsonValue("stale_reason", lambda run, _now: run.stale_reason or None),
    ),
    Field(
        "lost",
        FieldKind.PROPERTY,
        attrgetter("is_lost"),
        json=JsonValue("lost", lambda run, _now: run.is_lost),
    ),
    Field(
        QUEUE,
        TEXT,
        queue_text,
        column=Column(QUEUE, QUEUE, 16, 1, 2, "left", False, _plain(queue_text), _queue_order),
        filter=Filter((QUEUE,), can_be_missing=True),
        json=JsonValue("job", _job_json),
    ),
    Field(
        "reason",
        FieldKind.REASON,
        reason_text,
        column=_text_column("reason", 16, 3, 1, reason_cell),
        filter=Filter(("reason",), ":", tuple(FailureKind), texts=_reasons),
        json=JsonValue("reason", lambda run, _now: reason_summary(run)),
    ),
    Field(
        "reason_pattern",
        FieldKind.REASON,
        reason_group,
        filter=Filter(("reason_pattern",), texts=lambda run: (reason_group(run),)),
    ),
    Field(
        WARNING,
        TEXT,
        _warning,
        column=_text_column(WARNING, 16, 2, 3, lambda run: short_message(_warning(run))),
        filter=Filter((WARNING,), ":", can_be_missing=True),
        json=JsonValue(WARNING, _warning_json),
    ),
    Field(
        "problem",
        TEXT,
        attrgetter("problem"),
        json=JsonValue("problem", lambda run, _now: run.problem or None),
    ),
    Field(
        "description",
        TEXT,
        attrgetter("description"),
        column=_text_column("description", 12, 3, 0, noted_description, description_text),
        filter=Filter(("description",), ":"),
        json=JsonValue("description", lambda run, _now: run.description),
    ),
    Field(
        "note",
        TEXT,
        attrgetter("note"),
        column=_text_column("note", 12, 2, 3, lambda run: note_line(run.note)),
        filter=Filter(("note",), ":", can_be_missing=True),
        json=JsonValue("note", lambda run, _now: note_text(run.note) or None),
    ),
    Field(
        "tags",
        NAME,
        lambda run: drawn_tags(run.tags),
        column=_text_column("tags", 12, 1, 3, lambda run: drawn_tags(run.tags)),
        filter=Filter(("tag", "tags"), ":", can_be_missing=True, texts=attrgetter("tags")),
        json=JsonValue("tags", lambda run, _now: list(run.tags)),
    ),
    Field(
        "created",
        MOMENT,
        attrgetter("created"),
        column=_moment_column("created", 2, _created_text),
        filter=Filter(("created", "created_at"), ">", _DAYS),
        json=JsonValue("created_at", lambda run, _now: None if run.created_is_guess else run.created),
    ),
    Field("age", SPAN, _age, filter=Filter(("age",), "<", ("1h", "12h", "1d", "2d", "1w"))),
    Field(
        "started",
        MOMENT,
        attrgetter("started"),
        column=_moment_column("started", 3),
        filter=Filter(("started", "started_at"), ">", _DAYS),
        json=JsonValue("started_at", lambda run, _now: run.started),
    ),
    Field(
        "completed",
        MOMENT,
        attrgetter("completed"),
        column=_moment_column("completed", 3),
        filter=Filter(("completed", "completed_at"), ">", _DAYS),
        json=JsonValue("completed_at", lambda run, _now: run.completed),
    ),
    Field(
        "duration",
        SPAN,
        _duration,
        column=Column(
            "duration",
            "time",
            6,
            0,
            2,
            "right",
            True,
            lambda run, now: duration_text(run.duration(now)),
            _duration_order,
        ),
        filter=Filter(("duration",), ">", ("1m", "1h", "12h", "1d")),
        json=JsonValue("duration", _seconds),
    ),
    Field(
        "host",
        NAME,
        attrgetter("host"),
        column=_text_column("host", 10, 0, 3, attrgetter("host")),
        filter=Filter(("host", "hostname"), ":", can_be_missing=True, matching=_by_host),
        json=JsonValue("hostname", lambda run, _now: run.host or None),
    ),
    Field(
        "user",
        FieldKind.USER,
        attrgetter("user"),
        column=_text_column("user", 8, 0, 4, attrgetter("user")),
        filter=Filter(("user",), ":", can_be_missing=True, matching=_by_user),
        json=JsonValue("user", lambda run, _now: run.user or None),
    ),
    Field(
        "parent",
        TEXT,
        _parent,
        column=_text_column("parent", 8, 0, 3, _parent_text, _parent),
        filter=Filter(("parent", "parent_run_id"), ":", ("none",), can_be_missing=True),
        json=JsonValue(
            "parent_run_id", lambda run, _now: None if run.parent is None else safe_text(run.parent)
        ),
    ),
    Field(
        "layout",
        NAME,
        _layout,
        column=_text_column("layout", 10, 0, 3, _layout),
        filter=Filter(("layout",), ":", can_be_missing=True),
        json=JsonValue("layout", lambda run, _now: _layout(run) or None),
    ),
    Field(
        SIZE,
        FieldKind.SIZE,
        _size,
        SIZE_ON_DISK,
        column=Column(
            SIZE,
            SIZE,
            7,
            0,
            3,
            "right",
            True,
            _size_text,
            _size_order,
            SIZE_ON_DISK,
        ),
        filter=Filter((SIZE,), ">", ("100M", "1G", "10G")),
    ),
    Field(
        "checkpoints",
        FieldKind.NUMBER,
        _checkpoint_count,
        CHECKPOINT_FILES,
        column=Column(
            "checkpoints",
            "checkpoints",
            11,
            0,
            3,
            "right",
            True,
            _checkpoint_text,
            lambda run, _now: _checkpoint_count(run),
            CHECKPOINT_FILES,
        ),
        filter=Filter(("checkpoints",), ">"),
    ),
    Field("has", FieldKind.PROPERTY, _no_value, filter=Filter(("has",), ":", tuple(HAS), properties=HAS)),
    Field("is", FieldKind.PROPERTY, _no_value, filter=Filter(("is",), ":", tuple(IS), properties=IS)),
)

FIELDS: dict[str, Field] = {field.key: field for field in _ROWS}
"""All fields by their keys, in the order in which they are exported."""


def columns() -> dict[str, Column]:
    """Return all columns by their keys, the default ones first."""
    found = {key: FIELDS[key].column for key in dict.fromkeys((*USUAL_COLUMNS, *FIELDS))}
    return {key: column for key, column in found.items() if column is not None}


def column_of(key: str, runs: Iterable[RunRecord] = ()) -> Column:
    """Return the column of a key: of a field, or else of a metadata or parameter key.

    Args:
        key: The column's key, or a key of the metadata, the parameters or the configuration. The cells of a
            metric are empty, and the caller has to replace them.
        runs: Some runs that were read with this key, to determine the kind of its values.
    """
    field = FIELDS.get(key)
    if field is not None and field.column is not None:
        return field.column
    return metric_column(key, no_text) if is_metric(key) else own_column(key, list(runs))


def filters() -> Iterator[tuple[Field, Filter]]:
    """Yield the fields that have a filter, with their filters."""
    for field in FIELDS.values():
        if field.filter is not None:
            yield field, field.filter


def sources() -> frozenset[str]:
    """Return the metadata and parameter keys from which exported fields are read."""
    return frozenset(field.source for field in FIELDS.values() if field.source and field.json is not None)
