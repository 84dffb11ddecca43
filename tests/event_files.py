"""Event files of TensorBoard as its writers make them, for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping

BEGAN = 1700000000.0
"""When the first event was written, in seconds since the epoch."""


def event_file(*steps: Mapping[str, float], began: float = BEGAN, as_tensors: bool = False) -> bytes:
    """Return an event file with the version, and an event a minute for each step with its scalars.

    Args:
        steps: The scalars of each step by their tags.
        began: When it was begun.
        as_tensors: Whether the scalars are tensors, as TensorFlow 2 writes them.
    """
    found = _record(_time(began) + _bytes(3, b"brain.Event:2"))
    for number, scalars in enumerate(steps):
        for tag, value in scalars.items():
            packed = struct.pack("<f", value)
            tensor = b"\x08\x01\x12\x00" + _bytes(4, packed)
            number_of_tag = _bytes(8, tensor) if as_tensors else b"\x15" + packed
            summary = _bytes(1, _bytes(1, tag.encode()) + number_of_tag)
            step = bytes((0x10, number)) if number else b""
            found += _record(_time(began + 60.0 * (number + 1)) + step + _bytes(5, summary))
    return found


def _record(event: bytes) -> bytes:
    return struct.pack("<QI", len(event), 0) + event + bytes(4)


def _time(seconds: float) -> bytes:
    return b"\x09" + struct.pack("<d", seconds)


def _bytes(number: int, data: bytes) -> bytes:
    length, size = b"", len(data)
    while size >= 0x80:
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return bytes((number << 3 | 2,)) + length + bytes((size,)) + data
