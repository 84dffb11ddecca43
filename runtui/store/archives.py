"""Archives: whether a zip or a tar file goes on to its end."""

from __future__ import annotations

import os

from runtui.store.regular_file import RegularFile

_ZIP_END = 65_557  # bytes: the record at the end of a zip file and the longest comment after it
_ZIP64_END = 76  # bytes: two more records before that one, in a large file
_BLOCK = 512  # bytes of a tar file
_RECORD = 10_240  # bytes to which a tar file is filled up
_MOST_MEMBERS = 20_000  # members of a tar file
_WITHOUT_DATA = b"123456"
"""Types of members that are only a header, whatever size it gives: links, devices, folders, pipes."""


def zip_is_whole(file: RegularFile) -> bool:
    """Return whether a zip file has the record at its end, with the list of its members before it."""
    size = file.status.st_size
    start = max(0, size - _ZIP_END - _ZIP64_END)
    tail = os.pread(file.descriptor, _ZIP_END + _ZIP64_END, start)
    place = tail.rfind(b"PK\5\6")
    comment = int.from_bytes(tail[place + 20 : place + 22], "little")
    if place < 0 or len(tail) < place + 22 + comment:
        return False
    members = int.from_bytes(tail[place + 10 : place + 12], "little")
    length = int.from_bytes(tail[place + 12 : place + 16], "little")
    if not members or tail[max(0, place - 20) :].startswith(b"PK\6\7"):
        return True
    listed = os.pread(file.descriptor, 4, max(0, start + place - length))
    return listed == b"PK\1\2"


def tar_end(file: RegularFile) -> int | None:
    """Return where the data of a tar file's last member end; None where that is not known.

    It is more than the size of a file that was cut off.
    """
    size = file.status.st_size
    place = 0
    for _member in range(_MOST_MEMBERS):
        header = os.pread(file.descriptor, _BLOCK, place)
        if len(header) < _BLOCK:
            return place if not header else place + _BLOCK
        if not any(header):
            return place
        length = _number(header[124:136])
        if not _has_right_sum(header) or length is None or header[156:157] == b"S":
            return None
        place += _BLOCK
        if header[156:157] not in _WITHOUT_DATA or header[156:157] == b"":
            place += -(-length // _BLOCK) * _BLOCK
        if place > size:
            return place
    return None


def tar_is_whole(file: RegularFile) -> bool | None:
    """Return whether a tar file goes on to the end of its last member; None where that is not known."""
    end, size = tar_end(file), file.status.st_size
    if end is None or end > size:
        return None if end is None else False
    return True if size <= filled_tar(end) else None


def filled_tar(end: int) -> int:
    """Return the size to which a tar file is filled up with zeros whose data end at `end`, in bytes."""
    return -(-(end + 2 * _BLOCK) // _RECORD) * _RECORD


def is_tar(head: bytes, name: str) -> bool:
    """Return whether a file is a tar file, by its first 512 bytes and its name."""
    return head[257:262] == b"ustar" or (
        name.lower().endswith(".tar") and len(head) >= _BLOCK and _has_right_sum(head[:_BLOCK])
    )


def _number(field: bytes) -> int | None:
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:])
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return None


def _has_right_sum(header: bytes) -> bool:
    expected = _number(header[148:156])
    return expected == sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")
