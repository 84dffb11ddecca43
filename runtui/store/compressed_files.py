"""Compressed files: whether they go on to their end, by the marks that each kind has there.

Only gzip has none that can be told from its data, so such a file is read up to a limit.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress

from runtui.store.regular_file import RegularFile

_CHUNK = 256 * 1024  # bytes
_MOST_COMPRESSED = 16 * 1024 * 1024  # bytes of a gzip file
_MOST_UNPACKED = 128 * 1024 * 1024  # bytes of the data in it
_MOST_PADDING = 64 * 1024  # bytes
_MOST_BLOCKS = 50_000  # of a zstd file: some gigabytes
_MOST_EMPTY = 1000  # empty blocks of a zstd file after one another

GZIP_MARK = b"\x1f\x8b\x08"
XZ_MARK = b"\xfd7zXZ\0"
ZSTD_MARK = b"\x28\xb5\x2f\xfd"

_MOST_REMEMBERED = 256  # states of files

_EITHER = zlib.MAX_WBITS | 32  # bits of the window; the header tells whether it is gzip or zlib
_XZ_FOOTER = 12  # bytes
_BZIP2_END = 0x177245385090  # 48 bits
_BZIP2_TAIL = 11  # bytes: the mark, a checksum, and up to seven bits that fill the last byte
_ZSTD_SKIPPED = b"\x2a\x4d\x18"  # after a byte from 0x50 on


_read: dict[tuple[int, ...], bool | None] = {}


def gzip_is_whole(file: RegularFile) -> bool | None:
    """Return whether a gzip or zlib file has all of its data; None of one that is too large to look.

    It is read once for each state of the file.
    """
    found = file.status
    state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    with suppress(KeyError):  # another thread may clear it at any time
        return _read[state]
    answer = _gzip_is_whole(file)
    if len(_read) >= _MOST_REMEMBERED:
        _read.clear()
    _read[state] = answer
    return answer


def _gzip_is_whole(file: RegularFile) -> bool | None:
    if file.status.st_size > _MOST_COMPRESSED:
        return None
    place = unpacked = members = 0
    pending = b""
    while True:
        member = zlib.decompressobj(_EITHER)
        while not member.eof:
            if not pending:
                pending = os.pread(file.descriptor, _CHUNK, place)
                place += len(pending)
                if not pending:
                    return False
            try:
                unpacked += len(member.decompress(pending, _CHUNK))
            except zlib.error:
                return False
            if unpacked > _MOST_UNPACKED:
                return None
            pending = member.unconsumed_tail
        members += 1
        pending = member.unused_data
        while len(pending) < len(GZIP_MARK) and (more := os.pread(file.descriptor, _CHUNK, place)):
            pending += more
            place += len(more)
        if not GZIP_MARK.startswith(pending[:3]) or not pending:
            return True  # what follows is no further member, and gzip ignores it


def bzip2_is_whole(file: RegularFile) -> bool:
    """Return whether a bzip2 file ends with the mark of its end, which may begin at any bit."""
    size = file.status.st_size
    tail = int.from_bytes(os.pread(file.descriptor, _BZIP2_TAIL, max(0, size - _BZIP2_TAIL)))
    return any((tail >> (32 + unused)) % (1 << 48) == _BZIP2_END for unused in range(8))


def xz_is_whole(file: RegularFile) -> bool:
    """Return whether an xz file ends with a footer, after which there may be zeros."""
    size = file.status.st_size
    start = max(0, size - _MOST_PADDING - _XZ_FOOTER)
    tail = os.pread(file.descriptor, _MOST_PADDING + _XZ_FOOTER, start).rstrip(b"\0")
    if len(tail) < _XZ_FOOTER or not tail.endswith(b"YZ"):
        return False
    footer = tail[-_XZ_FOOTER:]
    return int.from_bytes(footer[:4], "little") == zlib.crc32(footer[4:10])


def zstd_is_whole(file: RegularFile) -> bool | None:
    """Return whether the blocks of a zstd file end where it ends; None where they are too many to follow."""
    size = file.status.st_size
    place = blocks = 0
    while place < size:
        head = os.pread(file.descriptor, 18, place)
        if head[1:4] == _ZSTD_SKIPPED and head[:1] >= b"\x50":
            place += 8 + int.from_bytes(head[4:8], "little")
            continue
        if not head.startswith(ZSTD_MARK):
            return place > 0 and len(head) >= len(ZSTD_MARK) and any(head)
        if len(head) < 6:
            return False
        flags = head[4]
        is_single = bool(flags & 0x20)
        content = (1 if is_single else 0, 2, 4, 8)[flags >> 6]
        place += 5 + (not is_single) + (0, 1, 2, 4)[flags & 3] + content
        empty = 0
        is_last = False
        while not is_last:
            header = os.pread(file.descriptor, 3, place)
            if len(header) < 3:
                return False
            value = int.from_bytes(header, "little")
            is_last, kind, length = bool(value & 1), value >> 1 & 3, value >> 3
            empty = 0 if length else empty + 1
            blocks += 1
            if kind == 3 or empty > _MOST_EMPTY:
                return False
            if blocks > _MOST_BLOCKS:
                return None
            place += 3 + (1 if kind == 1 else length)
        place += 4 if flags & 4 else 0
    return place == size
