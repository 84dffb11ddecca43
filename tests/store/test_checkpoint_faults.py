"""Checkpoints that were cut off while they were saved, as their files show it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.store.checkpoint_faults import fault_of, zeros_of


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


STATE = random.Random(7).randbytes(60_000)


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("a/state.bin", "b" * 120):
            member = tarfile.TarInfo(name)
            member.size = len(STATE)
            archive.addfile(member, io.BytesIO(STATE))
        link = tarfile.TarInfo("latest")
        link.type, link.linkname = tarfile.SYMTYPE, "a/state.bin"
        archive.addfile(link)
    return buffer.getvalue()


def zstandard(blocks: int = 3, *, has_checksum: bool = True) -> bytes:
    """Return a frame of blocks that are not compressed, as of random numbers."""
    frame = b"\x28\xb5\x2f\xfd" + bytes([0b0000_0100 if has_checksum else 0, 0x38])
    for number in range(blocks):
        is_last = number == blocks - 1
        frame += (len(STATE) << 3 | is_last).to_bytes(3, "little") + STATE
    return frame + (b"sums" if has_checksum else b"")


def netcdf(version: int = 2, records: int = 3, *, is_short: bool = False) -> bytes:
    """Return a classic NetCDF file with a variable of fixed size, and one or two with a value a record."""

    def name(text: bytes) -> bytes:
        return count(len(text)) + text.ljust(-(-len(text) // 4) * 4, b"\0")

    def count(number: int) -> bytes:
        return number.to_bytes(8 if version == 5 else 4)

    def word(number: int) -> bytes:
        return number.to_bytes(4)

    width = 4 if version == 1 else 8
    data = STATE[: 8 * 1000]
    recorded = [(b"flag", 1, 1)] if is_short else [(b"u", 6, 8), (b"flag", 1, 1)]
    step = 1 if is_short else 12
    header_end = 0
    for _pass in range(2):
        head = b"CDF" + bytes([version]) + count(records)
        head += word(10) + count(2) + name(b"t") + count(0) + name(b"x") + count(1000)
        head += word(12) + count(1) + name(b"title") + word(2) + count(5) + b"hello\0\0\0"
        head += word(11) + count(1 + len(recorded))
        head += name(b"field") + count(1) + count(1) + word(0) + count(0) + word(6) + count(8000)
        head += header_end.to_bytes(width)
        start = header_end + len(data)
        for label, kind, size in recorded:
            head += (
                name(label) + count(1) + count(0) + word(0) + count(0) + word(kind) + count(-(-size // 4) * 4)
            )
            head += start.to_bytes(width)
            start += size
        header_end = len(head)
    return head + data + b"\1" * (records * step)


def matlab() -> bytes:
    head = b"MATLAB 5.0 MAT-file, written by a test".ljust(124) + b"\0\1IM"
    compressed = zlib.compress(STATE)
    return (
        head + struct.pack("<II", 15, len(compressed)) + compressed + struct.pack("<II", 14, 61) + STATE[:64]
    )


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
    "old.pkl": lambda: pickle.dumps({"state": list(range(1000))}, 0),
    "zlib.pkl": lambda: zlib.compress(pickled()),
    "state.bin.gz": lambda: gzip.compress(STATE),
    "two.gz": lambda: gzip.compress(STATE) + gzip.compress(STATE),
    "state.tgz": lambda: gzip.compress(tar()),
    "state.bz2": lambda: bz2.compress(STATE),
    "state.xz": lambda: lzma.compress(STATE),
    "state.zst": zstandard,
    "plain.zst": lambda: zstandard(has_checksum=False),
    "state.tar": tar,
    "wind.nc": netcdf,
    "old.nc": lambda: netcdf(1),
    "large.nc": lambda: netcdf(5),
    "flags.nc": lambda: netcdf(records=400, is_short=True),
    "state.mat": matlab,
}


@pytest.mark.parametrize("name", WHOLE)
def test_complete_checkpoint_has_no_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WHOLE[name]())
    assert fault_of(str(path)) == zeros_of(str(path)) == ""


@pytest.mark.parametrize("part", [0.2, 0.6, 0.9])
@pytest.mark.parametrize("name", WHOLE)
def test_truncated_checkpoint_is_incomplete(tmp_path: Path, name: str, part: float) -> None:
    path = tmp_path / name
    data = WHOLE[name]()
    path.write_bytes(data[: int(part * len(data))])
    fault = fault_of(str(path))
    assert fault.startswith("incomplete: a")
    assert fault.endswith(" file that ends too early")


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_whose_second_half_is_zeros_is_not_taken(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = WHOLE[name]()
    path.write_bytes(data[: len(data) // 2].ljust(len(data), b"\0"))
    assert fault_of(str(path)) or zeros_of(str(path))


@pytest.mark.parametrize("size", [2000, 10_000_001])
def test_a_second_half_of_zeros_is_a_doubt_of_any_other_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "state.bin"
    path.write_bytes(b"x" * (size // 2))
    os.truncate(path, size)
    assert fault_of(str(path)) == ""
    assert zeros_of(str(path)) == "perhaps incomplete: its second half is only zero bytes"
    with path.open("r+b") as file:
        file.seek(size - 3000 if size > 4000 else size - 3)
        file.write(b"x")
    assert zeros_of(str(path)) == ""
    folder = tmp_path / "step-7"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"x" * 1000 + bytes(2000))
    assert zeros_of(str(folder)) == "a.bin: perhaps incomplete: its second half is only zero bytes"


def array_of_zeros() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2000,), }"
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(16_000)


def tar_of_little() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("step")
        member.size = 100
        archive.addfile(member, io.BytesIO(STATE[:100]))
    return buffer.getvalue()


def after_a_foreign_block() -> bytes:
    block = bytearray(hdf5())
    block[40:48] = struct.pack("<Q", 512 + len(block))
    return b"\0" * 512 + block


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("zeros.npy", array_of_zeros()),
        ("little.tar", tar_of_little()),
        ("empty.gz", gzip.compress(b"", mtime=0)),
        ("zeros.gz", gzip.compress(bytes(1_000_000))),
        ("stored.gz", gzip.compress(bytes(10_000), 0)),
        ("padded.gz", gzip.compress(STATE) + bytes(3000)),
        ("followed.gz", gzip.compress(STATE) + b"signature"),
        ("empty.bz2", bz2.compress(b"")),
        ("two.bz2", bz2.compress(STATE) + bz2.compress(b"x")),
        ("padded.xz", lzma.compress(STATE) + bytes(8)),
        ("unchecked.xz", lzma.compress(STATE, check=lzma.CHECK_NONE)),
        ("skipped.zst", b"\x50\x2a\x4d\x18\3\0\0\0abc" + zstandard()),
        ("two.zst", zstandard() * 2),
        ("archive.pkl", zipped()),
        ("torch.pkl", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + STATE + b"x"),
        ("torch.pt", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.state" + bytes(4000)),
        ("commented.zip", zipped()[:-2] + struct.pack("<H", 5) + b"hello"),
        ("empty.zip", b"PK\5\6" + bytes(18)),
        ("block.mat", after_a_foreign_block()),
        ("no_records.nc", netcdf(records=0)),
    ],
)
def test_whole_files_of_a_rarer_form_have_no_fault(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert fault_of(str(path)) == zeros_of(str(path)) == ""


def test_an_hdf5_file_that_was_not_closed_is_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "state.h5"
    for is_open in (False, True):
        block = (
            b"\x89HDF\r\n\x1a\n" + bytes([3, 8, 8, is_open]) + struct.pack("<QQQQ", 0, 2**64 - 1, 5000, 48)
        )
        path.write_bytes(block.ljust(5000, b"x"))
        assert (fault_of(str(path)) != "") == is_open


def test_an_end_that_was_not_written_is_found_in_a_file_too_large_to_read(tmp_path: Path) -> None:
    path = tmp_path / "state.gz"
    path.write_bytes(gzip.compress(random.Random(1).randbytes(17 * 1024 * 1024), 0))
    size = path.stat().st_size
    assert fault_of(str(path)) == zeros_of(str(path)) == ""
    os.truncate(path, size // 2)
    os.truncate(path, size)
    assert zeros_of(str(path)) == "perhaps incomplete: its second half is only zero bytes"


def test_a_gzip_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "state.gz"
    whole = gzip.compress(STATE)
    for data in (whole, whole[:-20], whole):
        path.write_bytes(data)
        assert (fault_of(str(path)) == "") == (data == whole)


def test_a_little_data_that_unpacks_to_very_much_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", 1) as file:
        for _mebibyte in range(160):
            file.write(bytes(1 << 20))
    os.truncate(path, path.stat().st_size - 10)
    assert fault_of(str(path)) == ""


@pytest.mark.parametrize("data", [b"good", b"x" * 100, b"{}\n{}\n", b"[1, 2]", b"\0" * 5000 + b"x", b"PK"])
@pytest.mark.parametrize("name", ["a.npz", "b.bin", "c.json", "d"])
def test_checkpoint_of_unknown_format_has_no_fault(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    is_no_zip = name == "a.npz" and not data[0]
    assert fault_of(str(path)) == ("incomplete: it begins with zero bytes" if is_no_zip else "")


@pytest.mark.parametrize("size", [1, 4096, 10_000_000])
def test_empty_or_zero_filled_checkpoint_is_faulty(tmp_path: Path, size: int) -> None:
    path = tmp_path / "state.bin"
    path.touch()
    assert fault_of(str(path)) == "empty (0 bytes)"
    os.truncate(path, size)
    assert fault_of(str(path)) == "only zero bytes: it was never written"


def test_checkpoint_folder_without_data_or_with_a_truncated_file_is_faulty(tmp_path: Path) -> None:
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
