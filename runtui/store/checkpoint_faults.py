"""Faults of a checkpoint's file that show without its program: empty, cut off, or never filled.

A run that dies while it saves leaves such a file as its newest. Only the beginning and the end are read.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from itertools import islice
from math import prod
from typing import NamedTuple

from runtui.store.errors import StoreError, explain
from runtui.store.regular_file import RegularFile, open_regular

_SAMPLE = 4096  # bytes
_LONGEST_MARK = 16  # bytes
_ZIP_END = 65_557  # bytes: the record at the end of a zip file and the longest comment after it
_LARGEST_HEADER = 16 * 1024 * 1024  # bytes
_LARGEST_JSON = 4 * 1024 * 1024  # bytes
_MOST_ENTRIES = 500  # entries of a folder that are looked at
_MOST_OPENED = 16  # files of a folder that are opened
_HDF5_VERSIONS = {0: (13, 40), 1: (13, 44), 2: (9, 28), 3: (9, 28)}
"""Where a superblock of HDF5 says the size of its numbers, and where the file ends, in bytes."""


_NPY_HEADER = re.compile(
    rb"'descr': '[<>|=]?[biufc](?P<width>\d{1,3})'.*'shape': \((?P<shape>[\d, ]*)\)", re.DOTALL
)


class _Kind(NamedTuple):
    """A kind of file that tells where it ends.

    Attributes:
        name: What it is called.
        begins: Its first bytes; empty for one that is known by its name.
        suffix: The end of its name; empty for one that is known by its first bytes.
        is_whole: Function that returns whether a file of this kind is all there.
    """

    name: str
    begins: bytes
    suffix: str
    is_whole: Callable[[RegularFile], bool]


def fault_of(path: str) -> str:
    """Return why a checkpoint cannot be resumed from, as far as its file shows that, or ``""``.

    Args:
        path: The file, or the folder of one that consists of several.
    """
    try:
        if os.path.isdir(path):
            return _folder_fault(path)
        with open_regular(path, follow_link=True) as file:
            return _file_fault(file, os.path.basename(path))
    except FileNotFoundError:
        return "file missing"
    except StoreError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {explain(error, with_path=False)}"


def is_proven_whole(path: str) -> bool:
    """Return whether a checkpoint is a file of a kind that tells where it ends, and ends there."""
    try:
        with open_regular(path, follow_link=True) as file:
            return any(kind.is_whole(file) for kind in _kinds_of(file, os.path.basename(path)))
    except (OSError, StoreError):
        return False


def _kinds_of(file: RegularFile, name: str) -> list[_Kind]:
    head = os.pread(file.descriptor, _LONGEST_MARK, 0)
    return [
        kind
        for kind in _KINDS
        if (head.startswith(kind.begins) if kind.begins else name.lower().endswith(kind.suffix))
    ]


def _file_fault(file: RegularFile, name: str) -> str:
    size = file.status.st_size
    if not size:
        return "empty (0 bytes)"
    head = os.pread(file.descriptor, _SAMPLE, 0)
    if not (head.strip(b"\0") or any(_samples(file))):
        return "only zero bytes: it was never written"
    for kind in _kinds_of(file, name):
        if not kind.is_whole(file):
            return f"incomplete: a {kind.name} file that ends too early"
    return ""


def _folder_fault(path: str) -> str:
    """Return the fault of a checkpoint that is a folder: nothing in it, or a file that is cut off."""
    with os.scandir(path) as listing:
        entries = sorted(islice(listing, _MOST_ENTRIES), key=lambda entry: entry.name)
    files = [entry for entry in entries if entry.is_file()]
    if len(files) == len(entries) and not any(entry.stat().st_size for entry in files):
        return "empty (no file in it has data)" if files else "empty (no files)"
    for entry in [entry for entry in files if entry.stat().st_size][:_MOST_OPENED]:
        with open_regular(entry.path, follow_link=True) as file:
            if fault := _file_fault(file, entry.name):
                return f"{entry.name}: {fault}"
    return ""


def _samples(file: RegularFile) -> list[bytes]:
    """Return bytes of the middle and of the end of a file, without zeros."""
    size = file.status.st_size
    places = (size // 4, size // 2, size * 3 // 4, max(0, size - _SAMPLE))
    return [os.pread(file.descriptor, _SAMPLE, place).strip(b"\0") for place in places]


def _has_end_of_zip(file: RegularFile) -> bool:
    size = file.status.st_size
    return b"PK\5\6" in os.pread(file.descriptor, _ZIP_END, max(0, size - _ZIP_END))


def _reaches_end_of_hdf5(file: RegularFile) -> bool:
    head = os.pread(file.descriptor, 64, 0)
    places = _HDF5_VERSIONS.get(head[8]) if len(head) == 64 else None
    if places is None:
        return len(head) == 64
    width, end = head[places[0]], places[1]
    if width != 8:  # other sizes are allowed and never seen
        return True
    return int.from_bytes(head[end : end + width], "little") <= file.status.st_size


def _has_all_of_npy(file: RegularFile) -> bool:
    head = os.pread(file.descriptor, _SAMPLE, 0)
    start = 10 if head[6:7] == b"\1" else 12
    end = start + int.from_bytes(head[8:start], "little")
    if len(head) < min(end, _SAMPLE):
        return False
    header = _NPY_HEADER.search(head[start:end])
    if header is None:
        return True  # an array of records: its size is not told in a word
    width = int(header["width"])
    shape = [int(number) for number in header["shape"].split(b",") if number.strip()]
    return file.status.st_size >= end + width * prod(shape)


def _has_all_tensors(file: RegularFile) -> bool:
    length = int.from_bytes(os.pread(file.descriptor, 8, 0), "little")
    if length > _LARGEST_HEADER:
        return True
    header = os.pread(file.descriptor, length, 8)
    if len(header) < length:
        return False
    try:
        tensors = json.loads(header)
        ends = [tensor["data_offsets"][1] for key, tensor in tensors.items() if key != "__metadata__"]
        return file.status.st_size >= 8 + length + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return True  # of another program that uses the name


def _is_whole_json(file: RegularFile) -> bool:
    if file.status.st_size > _LARGEST_JSON:
        return True
    data = os.pread(file.descriptor, _LARGEST_JSON, 0)
    try:
        json.loads(data)
    except RecursionError:
        return True
    except ValueError:
        # Only what begins as JSON can be cut off as such; lines of JSON are whole at the end of each.
        return not data.lstrip().startswith((b"{", b"[")) or data.endswith(b"\n")
    return True


def _ends_with(mark: bytes) -> Callable[[RegularFile], bool]:
    def is_whole(file: RegularFile) -> bool:
        size = file.status.st_size
        return size >= len(mark) and os.pread(file.descriptor, len(mark), size - len(mark)) == mark

    return is_whole


_KINDS = (
    _Kind("zip", b"PK\3\4", "", _has_end_of_zip),  # .npz, and .pt of PyTorch
    _Kind("HDF5", b"\x89HDF\r\n\x1a\n", "", _reaches_end_of_hdf5),
    _Kind("NumPy", b"\x93NUMPY", "", _has_all_of_npy),
    _Kind("GROMACS checkpoint", b"\x00\x02\x9f\x29", "", _ends_with(b"\x00\x02\x9f\x2b")),
    _Kind("LAMMPS restart", b"LammpS RestartT\0", "", _ends_with(b"LammpS RestartT\0")),
    _Kind("safetensors", b"", ".safetensors", _has_all_tensors),
    _Kind("pickle", b"", ".pkl", _ends_with(b".")),
    _Kind("pickle", b"", ".pickle", _ends_with(b".")),
    _Kind("JSON", b"", ".json", _is_whole_json),
)
