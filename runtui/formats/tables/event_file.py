"""TensorBoard's event files: the scalars in them as rows, one for each step.

Source: tensorboard/compat/proto (``event.proto``, ``summary.proto``, ``tensor.proto``) and the framing of
TFRecord files. Only the few fields that a scalar needs are read; pictures, histograms and graphs are not.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runtui.formats.tables.delimited import MOST_COLUMNS
from runtui.store.regular_file import open_regular

EVENT_FILE = "events.out.tfevents."
"""How the names of event files begin."""

_LENGTH, _CHECKSUM = 8, 4  # bytes
_HEAD = _LENGTH + _CHECKSUM
_LARGEST_EVENT = 256 * 1024  # bytes; one of scalars has a few hundred
_CHUNK = 1024 * 1024  # bytes
_READ_WHOLE = 8 * 1024 * 1024  # bytes
_TAIL = 256 * 1024  # bytes
_MOST_ROWS = 200_000
_MOST_PASSED = 100_000  # events that are gone through for the time of the last one
_MOST_FIELDS = 4 * MOST_COLUMNS  # of one event
_STEP, _TIME = "step", "wall_time"

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Types of fields on the wire."""

_FLOAT, _DOUBLE, _INT32, _INT64 = 1, 2, 3, 9
"""Types of the elements of a tensor."""

_ELEMENTS = {_FLOAT: "<f", _DOUBLE: "<d", _INT32: "<i", _INT64: "<q"}


def is_event_file(path: str) -> bool:
    """Return whether a file is one of TensorBoard's, by its name."""
    return os.path.basename(path).startswith(EVENT_FILE)


def last_event_time(path: str) -> float | None:
    """Return when the last event of a file was written by its own clock, in seconds since the epoch.

    None where there is none, the file cannot be read, or its events are very many.
    """
    try:
        with open_regular(path, follow_link=True) as file:
            size, offset, found = file.status.st_size, 0, None
            for _event in range(_MOST_PASSED):
                head = os.pread(file.descriptor, _HEAD + 9, offset)
                if len(head) < _HEAD + 9 or head[_HEAD] != _FIXED64 | 1 << 3:
                    return found
                length = int.from_bytes(head[:_LENGTH], "little")
                if offset + _HEAD + length + _CHECKSUM > size:
                    return found
                found = struct.unpack("<d", head[_HEAD + 1 :])[0]
                offset += _HEAD + length + _CHECKSUM
    except OSError:
        pass
    return None


class EventRows:
    """The scalars of an event file by step, read on as the file grows.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = (0, 0)
        self._forget()

    def _forget(self) -> None:
        self._offset = 0
        self._places: dict[str, int] = {}
        self._rows: list[_Row] = []

    @property
    def columns(self) -> Sequence[str]:
        """The step, the tags in the order in which they came, and the time."""
        return (_STEP, *self._places, _TIME) if self._rows else ()

    def look(self) -> bool:
        """Read on, and return whether there is something new: a row may have got further values.

        Raises:
            OSError: The file cannot be read.
        """
        with open_regular(self._path, follow_link=True) as file:
            found = file.status
            before = (self._file, self._offset)
            if (found.st_dev, found.st_ino) != self._file or found.st_size < self._offset:
                self._file = (found.st_dev, found.st_ino)
                self._forget()
            for event in self._events(file.descriptor, found.st_size):
                self._take(event)
                if len(self._rows) > _MOST_ROWS:
                    self._rows = self._rows[1::2]
            return (self._file, self._offset) != before

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        """Return the cells of rows."""
        width = len(self._places)
        return [
            (str(row.step), *(row.values.get(place, "") for place in range(width)), repr(row.time))
            for row in self._rows[first : first + count]
        ]

    def _events(self, descriptor: int, size: int) -> Iterator[memoryview]:
        """Yield the whole events behind those that were read; those too large for scalars are passed over.

        Where there is very much to read, only one in several is yielded before the last ones.
        """
        begin, chunk = self._offset, b""
        stride, number = 1 + (size - begin) // _READ_WHOLE, 0
        while self._offset + _HEAD <= size:
            place = self._offset - begin
            if len(chunk) - place < _HEAD:
                begin, chunk, place = self._offset, os.pread(descriptor, _CHUNK, self._offset), 0
            length = int.from_bytes(chunk[place : place + _LENGTH], "little")
            after = self._offset + _HEAD + length + _CHECKSUM
            if len(chunk) < _HEAD or after > size:
                return  # being written, or cut off
            number += 1
            if length <= _LARGEST_EVENT and (number % stride == 0 or size - after < _TAIL):
                if len(chunk) - place < _HEAD + length:
                    begin, chunk, place = self._offset, os.pread(descriptor, _CHUNK, self._offset), 0
                yield memoryview(chunk)[place + _HEAD : place + _HEAD + length]
            self._offset = after

    def _take(self, event: memoryview) -> None:
        step, time, scalars = 0, 0.0, []
        for field in _fields(event):
            if field.number == 1 and field.kind == _FIXED64:
                time = struct.unpack("<d", field.data)[0]
            elif field.number == 2 and field.kind == _VARINT:
                step = field.value - (1 << 64) if field.value >> 63 else field.value
            elif field.number == 5 and field.kind == _BYTES:
                scalars += list(_scalars(field.data))
        for tag, value in scalars:
            place = self._places.get(tag)
            if place is None:
                if len(self._places) >= MOST_COLUMNS - 2:
                    continue
                place = self._places[tag] = len(self._places)
            row = self._rows[-1] if self._rows else None
            if row is None or row.step != step or place in row.values:
                row = _Row(step, time, {})
                self._rows.append(row)
            row.values[place] = value


class _Row(NamedTuple):
    """The values of a step by the places of their tags, and the time of the first."""

    step: int
    time: float
    values: dict[int, str]


class _Field(NamedTuple):
    """A field of a message: its number and type, and its value or its bytes."""

    number: int
    kind: int
    value: int
    data: memoryview


def _fields(message: memoryview) -> Iterator[_Field]:
    """Yield the fields of a message up to where it cannot be understood."""
    nothing = message[:0]
    place, end = 0, len(message)
    for _field in range(_MOST_FIELDS):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if place > end or not number:
            return
        if kind == _VARINT:
            value, place = _varint(message, place)
            if place > end:
                return
            yield _Field(number, kind, value, nothing)
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind, -1)
        if kind == _BYTES:
            size, place = _varint(message, place)
        if size < 0 or place + size > end:
            return
        yield _Field(number, kind, 0, message[place : place + size])
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return the number at a place, and the place behind it, which is beyond the end where there is none."""
    value = 0
    for shift, byte in enumerate(message[place : place + 10]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + shift + 1
    return 0, len(message) + 1


def _scalars(summary: memoryview) -> Iterator[tuple[str, str]]:
    """Yield the tags of a summary that have a single number, with it as text."""
    for entry in _fields(summary):
        if entry.number != 1 or entry.kind != _BYTES:
            continue
        tag, value = "", ""
        for field in _fields(entry.data):
            if field.number == 1 and field.kind == _BYTES:
                tag = bytes(field.data).decode("utf-8", "replace")
            elif field.number == 2 and field.kind == _FIXED32:
                value = _text("<f", field.data)
            elif field.number == 8 and field.kind == _BYTES:
                value = _of_tensor(field.data)
        if tag and value:
            yield tag, value


def _of_tensor(tensor: memoryview) -> str:
    """Return the number in a tensor of a single one as text; ``""`` for other tensors."""
    element, found = 0, ""
    for field in _fields(tensor):
        if field.number == 1 and field.kind == _VARINT:
            element = field.value
        elif field.number == 4 and field.kind == _BYTES and element in _ELEMENTS:
            found = _text(_ELEMENTS[element], field.data)
        elif field.number == 5:
            found = _text("<f", field.data)
        elif field.number == 6:
            found = _text("<d", field.data)
        elif field.number in (7, 10):
            value = field.value if field.kind == _VARINT else _varint(field.data, 0)[0]
            found = str(value - (1 << 64) if value >> 63 else value)
    return found


def _text(form: str, data: memoryview) -> str:
    """Return a number as the shortest text that stands for it; ``""`` for other than one."""
    if len(data) != struct.calcsize(form):
        return ""
    value = struct.unpack(form, data)[0]
    if form != "<f":
        return repr(value)
    short = f"{value:.7g}"
    return short if struct.pack("<f", float(short)) == bytes(data) or value != value else f"{value:.9g}"
