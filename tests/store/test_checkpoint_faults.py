"""Checkpoints that were cut off while they were saved, as their files show it."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.store.checkpoint_faults import fault_of


def zipped() -> bytes:
    """Return a file such as numpy.savez and torch.save write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("state.npy", os.urandom(100_000))
    return buffer.getvalue()


def hdf5() -> bytes:
    """Return the superblock of a file of HDF5, version 0, and as many bytes as it says."""
    size = 5000
    block = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
    block += struct.pack("<QQQQ", 0, 2**64 - 1, size, 2**64 - 1)
    return block.ljust(size, b"x")


def numpy_array() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (30, 4), }"
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\x01" * (8 * 120)


def safetensors() -> bytes:
    header = json.dumps(
        {"w": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}, "__metadata__": {"step": "7"}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + b"\x01" * 40


def gromacs() -> bytes:
    return b"\x00\x02\x9f\x29" + b"2022.5" * 50 + b"\x00\x02\x9f\x2b"


def lammps() -> bytes:
    return b"LammpS RestartT\0" + b"\1\2\3" * 100 + b"LammpS RestartT\0"


def json_text() -> bytes:
    return json.dumps({"step": 7, "state": list(range(1000))}).encode()


def pickled() -> bytes:
    return pickle.dumps({"step": 7, "state": list(range(1000))})


WHOLE: dict[str, Callable[[], bytes]] = {
    "state.npz": zipped,
    "state.pt": zipped,
    "state.h5": hdf5,
    "state.npy": numpy_array,
    "model.safetensors": safetensors,
    "state.cpt": gromacs,
    "melt.restart": lammps,
    "state.json": json_text,
    "state.pkl": pickled,
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_has_no_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WHOLE[name]())
    assert fault_of(str(path)) == ""


@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_cut_off_is_incomplete(tmp_path: Path, name: str, part: float) -> None:
    path = tmp_path / name
    data = WHOLE[name]()
    path.write_bytes(data[: int(part * len(data))])
    assert fault_of(str(path)).startswith("incomplete: a ")


@pytest.mark.parametrize("data", [b"good", b"x" * 100, b"{}\n{}\n", b"[1, 2]", b"\0" * 5000 + b"x", b"PK"])
@pytest.mark.parametrize("name", ["a.npz", "b.bin", "c.json", "d"])
def test_file_of_unknown_format_is_not_judged(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert fault_of(str(path)) == ""


@pytest.mark.parametrize("size", [1, 4096, 10_000_000])
def test_a_file_of_zero_bytes_was_never_written(tmp_path: Path, size: int) -> None:
    path = tmp_path / "state.bin"
    path.touch()
    assert fault_of(str(path)) == "empty (0 bytes)"
    os.truncate(path, size)
    assert fault_of(str(path)) == "only zero bytes: it was never written"


def test_a_folder_is_a_checkpoint_unless_it_has_no_data_or_a_file_of_it_is_cut_off(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint-500"
    folder.mkdir()
    assert fault_of(str(folder)) == "empty (no files)"
    (folder / ".complete").touch()
    assert fault_of(str(folder)) == "empty (no file in it has data)"
    (folder / "model.safetensors").write_bytes(safetensors())
    assert fault_of(str(folder)) == ""
    (folder / "optimizer.pt").write_bytes(zipped()[:-50])
    assert fault_of(str(folder)) == "optimizer.pt: incomplete: a zip file that ends too early"


def test_fault_names_special_and_missing_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert fault_of(str(tmp_path / "pipe")) == "pipe is not a regular file"
    assert fault_of(str(tmp_path / "gone")) == "file missing"
    (tmp_path / "link").symlink_to("gone")
    assert fault_of(str(tmp_path / "link")) == "file missing"
