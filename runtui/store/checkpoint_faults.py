"""Faults of a checkpoint's file that show without its program: empty, cut off, or never filled.

A run that dies while it saves leaves such a file as its newest, and so does a machine that crashes: behind
what reached the disk there are zeros then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice

from runtui.store.errors import StoreError, explain
from runtui.store.file_ends import HEAD, end_of_data, kinds_of
from runtui.store.regular_file import RegularFile, open_regular

_SAMPLE = 4096  # bytes
_MOST_SAMPLES = 64  # samples of a part of a file
_LEAST_JUDGED = 128  # bytes
_MOST_ENTRIES = 500  # entries of a folder that are looked at
_MOST_OPENED = 16  # files of a folder that are opened

_BEGIN_WITH_A_MARK = (
    *(".npz", ".npy", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar", ".h5", ".hdf5", ".nc"),
    *(".pt", ".pth", ".keras"),
)
"""Ends of names of files that never begin with zeros."""


def fault_of(path: str) -> str:
    """Return why a checkpoint cannot be resumed from, as far as its file shows that, or ``""``.

    Args:
        path: The file, or the folder of one that consists of several.
    """
    return _looked_at(path, _file_fault)


def zeros_of(path: str) -> str:
    """Return why a checkpoint may have lost its end though its file cannot prove that, or ``""``.

    Args:
        path: The file, or the folder of one that consists of several.
    """
    return _looked_at(path, _zero_half)


def is_proven_whole(path: str) -> bool:
    """Return whether a checkpoint is a file of a kind that tells where it ends, and ends there."""
    try:
        with open_regular(path, follow_link=True) as file:
            return any(kind.is_whole(file) for kind in kinds_of(file, os.path.basename(path)))
    except (OSError, StoreError):
        return False


def _looked_at(path: str, look: Callable[[RegularFile, str], str]) -> str:
    try:
        if os.path.isdir(path):
            return _folder_fault(path, look)
        with open_regular(path, follow_link=True) as file:
            return look(file, os.path.basename(path))
    except FileNotFoundError:
        return "file missing"
    except StoreError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {explain(error, with_path=False)}"


def _file_fault(file: RegularFile, name: str) -> str:
    size = file.status.st_size
    if not size:
        return "empty (0 bytes)"
    head = os.pread(file.descriptor, HEAD, 0)
    if not any(head):
        if not any(map(any, _samples(file, size // 4, size))):
            return "only zero bytes: it was never written"
        if name.lower().endswith(_BEGIN_WITH_A_MARK):
            return "incomplete: it begins with zero bytes"
    for kind in kinds_of(file, name):
        if kind.is_whole(file) is False:
            return f"incomplete: {kind.name} file that ends too early"
    return ""


def _zero_half(file: RegularFile, name: str) -> str:
    size, end = file.status.st_size, end_of_data(file, name)
    middle = size - size // 2
    if size < _LEAST_JUDGED or end - middle < size // 4 or any(map(any, _samples(file, middle, end))):
        return ""
    can_end_so = any(kind.can_end_in_zeros for kind in kinds_of(file, name))
    # An array of zeros has nothing else behind its header, either.
    if can_end_so and not any(map(any, _samples(file, size // 4, middle))):
        return ""
    return "perhaps incomplete: its second half is only zero bytes"


def _samples(file: RegularFile, start: int, end: int) -> Iterator[bytes]:
    """Yield what lies between two places of a file: its end, and then all of it or many samples."""
    yield os.pread(file.descriptor, min(_SAMPLE, end - start), max(start, end - _SAMPLE))
    step = max(_SAMPLE, (end - start) // _MOST_SAMPLES)
    for place in range(start, end, step):
        yield os.pread(file.descriptor, min(_SAMPLE, end - place), place)


def _folder_fault(path: str, look: Callable[[RegularFile, str], str]) -> str:
    """Return the fault of a checkpoint that is a folder: nothing in it, or a file that has one."""
    with os.scandir(path) as listing:
        entries = sorted(islice(listing, _MOST_ENTRIES), key=lambda entry: entry.name)
    files = [entry for entry in entries if entry.is_file()]
    if len(files) == len(entries) and not any(entry.stat().st_size for entry in files):
        return "empty (no file in it has data)" if files else "empty (no files)"
    for entry in [entry for entry in files if entry.stat().st_size][:_MOST_OPENED]:
        with open_regular(entry.path, follow_link=True) as file:
            if fault := look(file, entry.name):
                return f"{entry.name}: {fault}"
    return ""
