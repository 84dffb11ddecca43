"""Blocks of runs, the format in which the cache stores runs and scan processes send them.

A block is its columns one after the other, each preceded by its length in eight bytes; one that has nothing
to say of any run is empty. Text columns begin with a letter: after ``L`` comes a line for each run, after
``C`` a byte for each run, which tells which of the lines after those is its. The others are arrays of 64-bit
numbers, of bytes with four flags, and of file stamps.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from runtui.store.failure import NO_WARNING, FailureKind, FailureSummary, LogWarning, ReadShare
from runtui.store.record import (
    NO_UNREAD,
    NO_VALUES,
    STAMP_SIZE,
    FileStamp,
    JobInfo,
    JobOrigin,
    RecordState,
    RunRecord,
)
from runtui.store.status import LIVE_STATUSES
from runtui.store.tags import packed_tags, unpacked_tags
from runtui.text.sanitize import is_utf8

_WORD = 8  # bytes of a column's length
_LARGEST_NUMBER = (1 << 64) - 1  # inclusive bound of a 64-bit column
_MOST_CODES = 256  # distinct texts
_SAMPLE = 512  # runs
_LATEST = 1e12  # seconds since 1970, later than any date in metadata
_VALUES = (str, int, float)
_LINES, _CODES = b"L", b"C"

DAMAGED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, struct.error)
"""Errors from reading a damaged or malicious cache file."""


def stored_size(value: object) -> int:
    """Return a stored number of bytes or runs.

    Raises:
        ValueError: The value is not such a number.
    """
    if type(value) is not int or not 0 <= value <= _LARGEST_NUMBER:
        raise ValueError("no size")
    return value


def can_be_kept(run: RunRecord) -> bool:
    """Return whether a run can be packed; nearly all can, and the others are read from disk."""
    if run.state is not RecordState.READ or run.stamp is None or run.unread:
        return False
    text = f"{run.name_there}{run.recorded_there}{run.parent_there or ''}"
    return "\n" not in text and is_utf8(text)


# Writing


def pack(runs: Sequence[RunRecord]) -> bytes:
    """Pack runs, all of which can be packed, as a block of columns."""
    columns = [_packed([column.text_of(run) for run in runs]) for column in _TEXTS.values()]
    columns += [array("d", [number_of(run) for run in runs]).tobytes() for number_of in _MOMENTS.values()]
    flags = bytes([_flags(run) for run in runs])
    columns.append(flags if any(flags) else b"")
    columns.append(_numbers([min(run.checkpoints, _LARGEST_NUMBER) for run in runs]))
    columns.append(_numbers([run.edits for run in runs]))
    columns.append(b"".join([run.stamp or bytes(STAMP_SIZE) for run in runs]))
    return b"".join(part for column in columns for part in (len(column).to_bytes(_WORD), column))


def _flags(run: RunRecord) -> int:
    return (
        run.may_hold_runs << 4
        | run.is_derived << 3
        | run.is_reason_typed << 2
        | run.is_lost << 1
        | run.created_is_guess
    )


def _packed(texts: Sequence[str]) -> bytes:
    """Pack a column of texts. Most columns are empty for all runs, or have few distinct values."""
    if not any(texts):
        return b""
    if 2 * len(set(texts[:_SAMPLE])) <= len(texts[:_SAMPLE]):
        codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        if len(codes) <= _MOST_CODES:
            return b"".join([_CODES, bytes([codes[text] for text in texts]), "\n".join(codes).encode()])
    return _LINES + "\n".join(texts).encode()


def _numbers(numbers: Sequence[int]) -> bytes:
    return array("Q", numbers).tobytes() if any(numbers) else b""


def _moment(value: float | None) -> float:
    return math.nan if value is None else value


def _values(run: RunRecord) -> str:
    return json.dumps(dict(run.values)) if run.values else ""


def _values_of(text: str) -> Mapping[str, Any]:
    if not text:
        return NO_VALUES
    values = json.loads(text)
    if not isinstance(values, dict) or not all(isinstance(value, _VALUES) for value in values.values()):
        raise ValueError("no values")
    return values


def _digest_text(run: RunRecord) -> str:
    digest = run.digest
    # A log can have any name; if it does not fit into a line, the logs are read again.
    if digest is None or not digest.log.isprintable() or not is_utf8(digest.log):
        return ""
    read = "" if digest.read is None else " ".join(map(str, digest.read))
    return f"{digest.kind}\t{digest.offset}\t{digest.log}\t{read}\t{digest.told}\t{digest.line}"


def _digest_of(text: str) -> FailureSummary | None:
    if not text:
        return None
    kind, offset, log, read, told, line = text.split("\t", 5)
    return FailureSummary(
        FailureKind(kind), line, _log_of(log), stored_size(int(offset)), told, _read_share(read)
    )


def _warning_text(run: RunRecord) -> str:
    warning = run.warning
    if warning is None or not warning.log.isprintable() or not is_utf8(warning.log):
        return ""
    return f"{warning.offset}\t{warning.log}\t{warning.line}"


def _warning_of(text: str) -> LogWarning | None:
    if not text:
        return None
    offset, log, line = text.split("\t", 2)
    if not line:
        return NO_WARNING
    return LogWarning(line, _log_of(log), stored_size(int(offset)))


def _log_of(log: str) -> str:
    if log.startswith("/") or ".." in log.split("/"):
        raise ValueError("no log of the run")
    return log


def _read_share(text: str) -> ReadShare | None:
    if not text:
        return None
    bytes_read, size, logs_read, logs = map(int, text.split())
    return ReadShare(bytes_read, size, logs_read, logs)


def _kinds_of(text: str) -> tuple[FailureKind, ...]:
    return tuple(map(FailureKind, text.split()))


def _job_text(run: RunRecord) -> str:
    return "" if run.job is None else "\t".join(map(str, run.job))


def _job_of(text: str) -> JobInfo | None:
    if not text:
        return None
    system, job_id, state, detail, node, origin, attempt = text.split("\t")
    return JobInfo(
        sys.intern(system), job_id, sys.intern(state), detail, node, JobOrigin(origin), int(attempt)
    )


def _parent_of(text: str) -> str | None:
    return text[1:] if text else None


class _TextColumn(NamedTuple):
    """Rules for packing a field of runs as text.

    Attributes:
        text_of: Returns its text, without line breaks; ``""`` for most runs.
        value_of: Returns the field's value, given the text; None if it is the text itself.
        usual: The field's value if the text is empty.
    """

    text_of: Callable[[RunRecord], str]
    value_of: Callable[[str], object] | None = None
    usual: object = ""


# Text made safe has neither line breaks nor tabs; names, ids and parents were checked.
_TEXTS = {
    "name": _TextColumn(lambda run: run.name_there),
    "run_id": _TextColumn(lambda run: "" if run.run_id == run.name_there else run.run_id),
    "status": _TextColumn(lambda run: run.status, sys.intern),
    "description": _TextColumn(lambda run: run.description),
    "tags": _TextColumn(lambda run: packed_tags(run.tags), unpacked_tags, ()),
    "host": _TextColumn(lambda run: run.host, sys.intern),
    "user": _TextColumn(lambda run: run.user, sys.intern),
    "parent": _TextColumn(lambda run: "" if run.parent is None else f"={run.parent_there}", _parent_of, None),
    "problem": _TextColumn(lambda run: run.problem),
    "stale_reason": _TextColumn(lambda run: run.stale_reason),
    "conflict": _TextColumn(lambda run: run.conflict),
    "reason": _TextColumn(lambda run: run.reason),
    "digest": _TextColumn(_digest_text, _digest_of, None),
    "values": _TextColumn(_values, _values_of, NO_VALUES),
    "job": _TextColumn(_job_text, _job_of, None),
    "recorded_id": _TextColumn(lambda run: run.recorded_there),
    "layout": _TextColumn(lambda run: run.layout, sys.intern),
    "adopted_layout": _TextColumn(lambda run: run.adopted_layout, sys.intern),
    "step_kinds": _TextColumn(lambda run: " ".join(run.step_kinds), _kinds_of, ()),
    "values_stamp": _TextColumn(lambda run: run.values_stamp),
    "warning": _TextColumn(_warning_text, _warning_of, None),
    "note": _TextColumn(lambda run: run.note),
}
_MOMENTS: dict[str, Callable[[RunRecord], float]] = {
    "created": lambda run: _moment(run.created),
    "started": lambda run: _moment(run.started),
    "completed": lambda run: _moment(run.completed),
}

_NAME, _RUN_ID, _STATUS = 0, 1, 2
_VALUES_STAMP = list(_TEXTS).index("values_stamp")
_FLAGS = len(_TEXTS) + len(_MOMENTS)
_CHECKPOINTS, _EDITS, _STAMPS = _FLAGS + 1, _FLAGS + 2, _FLAGS + 3


# Reading


def unpack(block: bytes, count: int) -> list[RunRecord]:
    """Return the `count` runs of a block.

    Raises:
        DAMAGED: One of these errors, if it is damaged.
    """
    columns = list(_columns(block))
    texts, moments = columns[: len(_TEXTS)], columns[len(_TEXTS) : _FLAGS]
    flags = columns[_FLAGS]
    fields: dict[str, Iterable[object]] = {
        "created_is_guess": [bool(flag & 1) for flag in flags] if flags else repeat(False, count),
        "is_lost": [bool(flag & 2) for flag in flags] if flags else repeat(False, count),
        "is_reason_typed": [bool(flag & 4) for flag in flags] if flags else repeat(False, count),
        "is_derived": [bool(flag & 8) for flag in flags] if flags else repeat(False, count),
        "may_hold_runs": [bool(flag & 16) for flag in flags] if flags else repeat(False, count),
        "checkpoints": _unpacked_numbers(columns[_CHECKPOINTS], count),
        "edits": _unpacked_numbers(columns[_EDITS], count),
        "stamp": _stamps(columns[_STAMPS]),
        "state": repeat(RecordState.READ, count),
        "folder": repeat("", count),
        "unread": repeat(NO_UNREAD, count),
    }
    for (field, column), data in zip(_TEXTS.items(), texts, strict=True):
        fields[field] = _unpacked(data, count, column.value_of) if data else repeat(column.usual, count)
    for field, numbers in zip(_MOMENTS, moments, strict=True):
        fields[field] = _moments(numbers)
    names, run_ids = fields["name"], fields["run_id"]
    fields["run_id"] = names
    if texts[_RUN_ID]:
        fields["run_id"] = [run_id or name for run_id, name in zip(run_ids, names, strict=True)]
    make: Callable[..., RunRecord] = tuple.__new__
    in_order = [fields[field] for field in RunRecord._fields]
    runs = list(map(make, repeat(RunRecord), zip(*in_order, strict=True)))
    if len(runs) != count:
        raise ValueError("a column is too short")
    return runs


def _unpacked(column: bytes, count: int, value_of: Callable[[str], Any] | None = None) -> Iterable[Any]:
    codes = column[1 : count + 1] if column.startswith(_CODES) else b""
    texts = column[1 + len(codes) :].decode().split("\n")
    values: list[Any] = texts if value_of is None else list(map(value_of, texts))
    return map(values.__getitem__, codes) if codes else values


def _unpacked_numbers(column: bytes, count: int) -> Iterable[int]:
    return array("Q", column) if column else repeat(0, count)


def stamps_in(block: bytes, count: int) -> Iterable[tuple[Any, FileStamp | None]]:
    """Return the names and stamps of the `count` runs of a block, as `RunReader.look` takes them.

    Raises:
        DAMAGED: One of these errors, if it is damaged.
    """
    columns = list(_columns(block))
    names, stamps = _unpacked(columns[_NAME], count), _stamps(columns[_STAMPS])
    statuses, edits = columns[_STATUS], columns[_EDITS]
    if columns[_VALUES_STAMP]:
        more = _unpacked(columns[_VALUES_STAMP], count, str.encode)
        stamps = [b"".join(both) for both in zip(stamps, more, strict=True)]
    if not edits and not any(status.encode() in statuses for status in LIVE_STATUSES):
        return zip(names, stamps, strict=True)
    every = zip(names, _unpacked(statuses, count), _unpacked_numbers(edits, count), stamps, strict=True)
    return [
        (name, None if edited or status in LIVE_STATUSES else stamp) for name, status, edited, stamp in every
    ]


def _stamps(data: bytes) -> list[FileStamp]:
    return [stamp for (stamp,) in struct.iter_unpack(f"{STAMP_SIZE}s", data)]


def _columns(data: bytes) -> Iterator[bytes]:
    begin = 0
    while begin < len(data):
        end = begin + _WORD + int.from_bytes(data[begin : begin + _WORD])
        yield data[begin + _WORD : end]
        begin = end


def _moments(data: bytes) -> Sequence[float | None]:
    moments = array("d", data)
    # The sum is a number only if all values are.
    if (
        math.isfinite(sum(moments))
        and -_LATEST < min(moments, default=0) <= max(moments, default=0) < _LATEST
    ):
        return moments.tolist()
    return [value if -_LATEST < value < _LATEST else None for value in moments]
