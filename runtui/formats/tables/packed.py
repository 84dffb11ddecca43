"""Compressed tables of text, decompressed as a whole: they are those of runs that have ended."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from typing import NamedTuple

from runtui.formats.tables.delimited import DELIMITERS, HEAD, MOST_COLUMNS, layout_of
from runtui.formats.tables.recorded_metrics import NOTHING, Contents, RecordedRows
from runtui.formats.tables.rows import RowReader
from runtui.formats.tables.text_columns import are_columns

_MOST_BYTES = 128 * 1024 * 1024  # bytes, decompressed
_MOST_MEMORY = 256 * 1024 * 1024  # bytes: an archive chooses how much it needs
_MOST_ROWS = 1_000_000  # rows


class _Packing(NamedTuple):
    """A way to compress: the ending of such files, and its decompressor."""

    ending: str
    unpacked: Callable[[bytes], bytes]


def _gunzipped(data: bytes) -> bytes:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, _MOST_BYTES)


_PACKINGS = (
    _Packing(".gz", _gunzipped),
    _Packing(".xz", lambda data: lzma.LZMADecompressor(memlimit=_MOST_MEMORY).decompress(data, _MOST_BYTES)),
    _Packing(".bz2", lambda data: bz2.BZ2Decompressor().decompress(data, _MOST_BYTES)),
)

PACKED_ENDINGS = tuple(
    f"{ending}{packing.ending}" for ending in (*DELIMITERS, ".txt", ".xvg") for packing in _PACKINGS
)
"""How the names of compressed tables end, in lower case."""


class PackedTable(RecordedRows):
    """The rows of a compressed table of text.

    Args:
        path: The file.
    """

    def _read(self, data: bytes) -> Contents:
        name = os.path.basename(self._path)
        packing = next((one for one in _PACKINGS if name.lower().endswith(one.ending)), None)
        if packing is None:
            return NOTHING
        try:
            text = packing.unpacked(data)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
            return NOTHING
        name = name[: -len(packing.ending)]
        head = text[:HEAD]
        layout = layout_of(name, head, is_whole=len(head) == len(text))
        is_named_so = os.path.splitext(name)[1].lower() in DELIMITERS
        if layout is None or not (is_named_so or are_columns(name, head, is_whole=len(head) == len(text))):
            return NOTHING
        reader = RowReader(layout)
        lines = text[layout.body :].decode("utf-8", "replace").split("\n")[:_MOST_ROWS]
        rows = [row for row, _end in reader.read(lines) if row is not None]
        columns = list(dict.fromkeys([*layout.columns, *(name for row in rows for name in row)]))[
            :MOST_COLUMNS
        ]
        return Contents(columns, [[row.get(name, "") for name in columns] for row in rows])
