"""Beginning and end of a compressed log, for how a run ended whose logs were packed afterwards."""

from __future__ import annotations

import errno
import os
from functools import lru_cache
from typing import NamedTuple

from runtui.logs.read.log_files import COMPRESSED
from runtui.store.regular_file import open_regular

_MOST_LOOKS = 4  # stretches of 8 MB that are decompressed, 50 ms each
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
    from runtui.logs.read.compressed import open_source  # few runs have such logs

    source = open_source(path)
    for _look in range(_MOST_LOOKS):
        look = source.look()
        if look.notice:
            break  # torn
        if look.progress >= 1:
            size = source.size
            head, tail = source.read(0, _PART), source.read(max(0, size - _PART), _PART)
            return PackedEnds(head, tail, size, modified_ns / 1e9)
    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
