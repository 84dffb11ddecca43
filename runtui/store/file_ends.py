"""Kinds of file that tell where they end, and whether a file of such a kind ends there.

Only the beginning and the end are read, or the marks between its parts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from math import prod
from typing import NamedTuple

from runtui.store.archives import filled_tar, is_tar, tar_end, tar_is_whole, zip_is_whole
from runtui.store.compressed_files import (
    GZIP_MARK,
    XZ_MARK,
    ZSTD_MARK,
    bzip2_is_whole,
    gzip_is_whole,
    xz_is_whole,
    zstd_is_whole,
)
from runtui.store.netcdf_file import NETCDF_MARK, netcdf_is_whole
from runtui.store.regular_file import RegularFile

HEAD = 4096  # bytes

_LARGEST_HEADER = 16 * 1024 * 1024  # bytes
_LARGEST_JSON = 4 * 1024 * 1024  # bytes
_HDF5_MARK = b"\x89HDF\r\n\x1a\n"
_HDF5_STARTS = (0, 512, 1024, 2048)  # bytes: a program may put something of its own before
_HDF5_VERSIONS = {0: (13, 40), 1: (13, 44), 2: (9, 28), 3: (9, 28)}
"""Where a superblock of HDF5 says the size of its numbers, and where the file ends, in bytes."""
_HDF5_OPEN = 1  # the flag of a file that is open for writing
_MATLAB_COMPRESSED = 15  # the type of an element whose size is not rounded up
_MOST_ELEMENTS = 20_000  # elements of a MATLAB file
_PICKLE_BEGINS = (b"\x80", b"(", b"]", b"}", b"c")
_TORCH_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # behind more pickles there are plain numbers

_NPY_HEADER = re.compile(
    rb"'descr': '[<>|=]?[biufc](?P<width>\d{1,3})'.*'shape': \((?P<shape>[\d, ]*)\)", re.DOTALL
)


class Kind(NamedTuple):
    """A kind of file.

    Attributes:
        name: What it is called, with its article.
        fits: Function that returns whether a file is of this kind, by its first bytes and its name.
        is_whole: Function that returns whether a file of this kind is all there; None if that is not known.
        can_end_in_zeros: Whether the second half of one that is all there can be nothing but zeros.
    """

    name: str
    fits: Callable[[bytes, str], bool]
    is_whole: Callable[[RegularFile], bool | None]
    can_end_in_zeros: bool = False


def kinds_of(file: RegularFile, name: str) -> list[Kind]:
    """Return the kinds that a file is of.

    Args:
        file: The file.
        name: Its name.
    """
    head = os.pread(file.descriptor, HEAD, 0)
    return [kind for kind in _KINDS if kind.fits(head, name)]


def end_of_data(file: RegularFile, name: str) -> int:
    """Return where the data of a file end, before what fills it up, in bytes."""
    size = file.status.st_size
    if is_tar(os.pread(file.descriptor, HEAD, 0), name):
        end = tar_end(file)
        if end is not None and end <= size <= filled_tar(end):
            return end
    return size


def _begins_with(*marks: bytes) -> Callable[[bytes, str], bool]:
    return lambda head, _name: head.startswith(marks)


def _called(*suffixes: str) -> Callable[[bytes, str], bool]:
    return lambda _head, name: name.lower().endswith(suffixes)


def _ends_with(mark: bytes) -> Callable[[RegularFile], bool]:
    def is_whole(file: RegularFile) -> bool:
        size = file.status.st_size
        return size >= len(mark) and os.pread(file.descriptor, len(mark), size - len(mark)) == mark

    return is_whole


def _is_bzip2(head: bytes, _name: str) -> bool:
    return head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")


def _is_pickle(head: bytes, name: str) -> bool:
    # Programs use the names for compressed files and archives as well, which begin otherwise.
    return _has_name_of_pickle(name) and head[:1] in _PICKLE_BEGINS and not head.startswith(_TORCH_LEGACY)


def _is_zlib(head: bytes, name: str) -> bool:
    return _has_name_of_pickle(name) and head[:1] == b"\x78" and int.from_bytes(head[:2]) % 31 == 0


def _has_name_of_pickle(name: str) -> bool:
    return name.lower().endswith((".pkl", ".pickle", ".joblib"))


def _reaches_end_of_matlab(file: RegularFile) -> bool | None:
    """Return whether the elements of a MATLAB file, each with its size before it, end where the file does."""
    size = file.status.st_size
    order = {b"IM": "little", b"MI": "big"}.get(os.pread(file.descriptor, 2, 126))
    if order is None:
        return None
    place = 128
    for _element in range(_MOST_ELEMENTS):
        if place == size:
            return True
        tag = os.pread(file.descriptor, 8, place)
        if len(tag) < 8 or not any(tag):
            return False
        kind, length = int.from_bytes(tag[:4], order), int.from_bytes(tag[4:], order)  # type: ignore[arg-type]
        place += 8 + (length if kind == _MATLAB_COMPRESSED else -(-length // 8) * 8)
        if place > size:
            return False
    return None


def _hdf5_start(head: bytes) -> int | None:
    return next((start for start in _HDF5_STARTS if head.startswith(_HDF5_MARK, start)), None)


def _is_hdf5(head: bytes, _name: str) -> bool:
    return _hdf5_start(head) is not None


def _reaches_end_of_hdf5(file: RegularFile) -> bool | None:
    head = os.pread(file.descriptor, HEAD, 0)
    block = head[_hdf5_start(head) or 0 :][:64]
    if len(block) < 64:
        return False
    version = block[8]
    places = _HDF5_VERSIONS.get(version)
    if places is None:
        return None
    if version == 3 and block[11] & _HDF5_OPEN:
        return False
    width, end = block[places[0]], places[1]
    if width != 8:  # other sizes are allowed and never seen
        return None
    return int.from_bytes(block[end : end + width], "little") <= file.status.st_size


def _has_all_of_npy(file: RegularFile) -> bool | None:
    head = os.pread(file.descriptor, HEAD, 0)
    start = 10 if head[6:7] == b"\1" else 12
    end = start + int.from_bytes(head[8:start], "little")
    if len(head) < min(end, HEAD):
        return False
    header = _NPY_HEADER.search(head[start:end])
    if header is None:
        return None  # an array of records: its size is not told in a word
    width = int(header["width"])
    shape = [int(number) for number in header["shape"].split(b",") if number.strip()]
    return file.status.st_size >= end + width * prod(shape)


def _has_all_tensors(file: RegularFile) -> bool | None:
    length = int.from_bytes(os.pread(file.descriptor, 8, 0), "little")
    if length > _LARGEST_HEADER:
        return None
    header = os.pread(file.descriptor, length, 8)
    if len(header) < length:
        return False
    try:
        tensors = json.loads(header)
        ends = [tensor["data_offsets"][1] for key, tensor in tensors.items() if key != "__metadata__"]
        return bool(file.status.st_size >= 8 + length + max(ends, default=0))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None  # of another program that uses the name


def _is_whole_json(file: RegularFile) -> bool | None:
    if file.status.st_size > _LARGEST_JSON:
        return None
    data = os.pread(file.descriptor, _LARGEST_JSON, 0)
    try:
        json.loads(data)
    except RecursionError:
        return None
    except ValueError:
        # Only what begins as JSON can be cut off as such; lines of JSON are whole at the end of each.
        return None if not data.lstrip().startswith((b"{", b"[")) or data.endswith(b"\n") else False
    return True


_KINDS = (
    Kind("a zip", _begins_with(b"PK\3\4", b"PK\5\6"), zip_is_whole),  # .npz, and .pt of PyTorch
    Kind("a gzip", _begins_with(GZIP_MARK), gzip_is_whole),
    Kind("a zlib", _is_zlib, gzip_is_whole),
    Kind("a bzip2", _is_bzip2, bzip2_is_whole),
    Kind("an xz", _begins_with(XZ_MARK), xz_is_whole),
    Kind("a Zstandard", _begins_with(ZSTD_MARK), zstd_is_whole),
    Kind("a tar", is_tar, tar_is_whole, can_end_in_zeros=True),
    Kind("an HDF5", _is_hdf5, _reaches_end_of_hdf5, can_end_in_zeros=True),
    Kind("a NetCDF", _begins_with(NETCDF_MARK), netcdf_is_whole, can_end_in_zeros=True),
    Kind("a MATLAB", _begins_with(b"MATLAB 5.0 MAT-file"), _reaches_end_of_matlab, can_end_in_zeros=True),
    Kind("a NumPy", _begins_with(b"\x93NUMPY"), _has_all_of_npy, can_end_in_zeros=True),
    Kind("a GROMACS checkpoint", _begins_with(b"\x00\x02\x9f\x29"), _ends_with(b"\x00\x02\x9f\x2b")),
    Kind("a LAMMPS restart", _begins_with(b"LammpS RestartT\0"), _ends_with(b"LammpS RestartT\0")),
    Kind("a safetensors", _called(".safetensors"), _has_all_tensors, can_end_in_zeros=True),
    Kind("an old PyTorch", _begins_with(_TORCH_LEGACY), lambda _file: None, can_end_in_zeros=True),
    Kind("a pickle", _is_pickle, _ends_with(b".")),
    Kind("a JSON", _called(".json"), _is_whole_json),
)
