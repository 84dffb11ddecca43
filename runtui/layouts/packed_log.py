"""Beginning and end of a compressed log, for how a run ended whose logs were packed afterwards."""

from __future__ import annotations

import errno
from functools import lru_cache
from typing import NamedTuple

from runtui.logs.read.log_files import COMPRESSED
from runtui.store.regular_file import open_regular

_MOST_BYTES = 32 * 1024 * 1024  # decompressed, in 200 ms
_PART = 32 * 1024  # bytes that are kept of each end
_KEPT = 256  # logs


class PackedEnds(NamedTuple):
    """Both ends of a log, decompressed.

    Attributes:
        head, tail: Its first and last bytes, up to 32 KB.
        size: Bytes of the whole log.
        modified: When the compressed file was last written, in seconds since the epoch.
    """

    head: bytes
    tail: bytes
    size: int
    modified: float


def is_packed(path: str) -> bool:
    """Return whether a log is compressed, by its name."""
    return path.endswith(COMPRESSED)


def packed_ends(path: str) -> PackedEnds:
    """Return both ends of a compressed log.

    Raises:
        OSError: It cannot be read, is torn, nothing here decompresses it, or its end is too far away.
    """
    with open_regular(path, follow_link=True) as file:
        modified = file.status.st_mtime_ns
        size = file.status.st_size
    return _ends(path, modified, size)


@lru_cache(maxsize=_KEPT)
def _ends(path: str, modified_ns: int, _size: int) -> PackedEnds:
    from runtui.logs.read.compressed import read_to_end  # few runs have such logs

    source, notice = read_to_end(path, _MOST_BYTES)
    if notice:
        raise OSError(errno.EIO, notice, path)
    head, tail = source.read(0, _PART), source.read(max(0, source.size - _PART), _PART)
    return PackedEnds(head, tail, source.size, modified_ns / 1e9)
