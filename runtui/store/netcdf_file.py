"""Classic NetCDF files: where their data end, by their header."""

from __future__ import annotations

import os
from math import prod

from runtui.store.regular_file import RegularFile

NETCDF_MARK = b"CDF"

_LARGEST_HEADER = 4 * 1024 * 1024  # bytes
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
"""Bytes of a value of each type."""


class _Header:
    """A reader of the header's fields, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 4
        self._counts = 8 if data[3] == 5 else 4
        self._offsets = 4 if data[3] == 1 else 8

    def _take(self, length: int) -> bytes:
        taken = self._data[self._place : self._place + length]
        if len(taken) < length:
            raise EOFError
        self._place += length
        return taken

    def count(self) -> int:
        return int.from_bytes(self._take(self._counts))

    def word(self) -> int:
        return int.from_bytes(self._take(4))

    def offset(self) -> int:
        return int.from_bytes(self._take(self._offsets))

    def skip(self, length: int) -> None:
        self._take(-(-length // 4) * 4)

    def skip_attributes(self) -> None:
        self.word()
        for _attribute in range(self.count()):
            self.skip(self.count())
            width = _WIDTHS[self.word()]
            self.skip(width * self.count())


def netcdf_is_whole(file: RegularFile) -> bool | None:
    """Return whether a classic NetCDF file has the data of all its variables; None if that is not known."""
    size = file.status.st_size
    data = os.pread(file.descriptor, _LARGEST_HEADER, 0)
    if data[3:4] not in (b"\1", b"\2", b"\5"):
        return None
    try:
        end = _end_of_data(_Header(data))
    except EOFError:
        return False if len(data) == size else None
    except KeyError:
        return None
    return None if end is None else end <= size


def _end_of_data(header: _Header) -> int | None:
    records = header.count()
    header.word()
    lengths = []
    for _dimension in range(header.count()):
        header.skip(header.count())
        lengths.append(header.count())
    header.skip_attributes()
    header.word()
    end = 0
    in_records: list[tuple[int, int]] = []
    for _variable in range(header.count()):
        header.skip(header.count())
        dimensions = [header.count() for _dimension in range(header.count())]
        header.skip_attributes()
        width = _WIDTHS[header.word()]
        header.count()  # its size, which is wrong of a large one
        start = header.offset()
        shape = [lengths[place] if place < len(lengths) else 0 for place in dimensions]
        if shape and not shape[0]:
            in_records.append((start, width * prod(shape[1:])))
        else:
            end = max(end, start + width * prod(shape))
    if not in_records:
        return end
    if records >= 2**32 - 1:
        return None  # still being written, or by a program that does not count them
    filled = [-(-length // 4) * 4 for _start, length in in_records]
    step = in_records[0][1] if len(in_records) == 1 else sum(filled)
    if records:
        end = max(end, *(start + (records - 1) * step + length for start, length in in_records))
    return end
