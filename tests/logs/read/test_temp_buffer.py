"""Bytes in a file without a name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.read.temp_buffer import TempBuffer


@given(st.lists(st.binary(max_size=50), max_size=6), st.integers(0, 320), st.integers(0, 320))
def test_appended_bytes_are_read_from_any_offset(parts: list[bytes], offset: int, size: int) -> None:
    spool = TempBuffer()
    for part in parts:
        spool.append(part)
    whole = b"".join(parts)
    assert spool.size == len(whole)
    assert spool.read(offset, size) == whole[offset : offset + size]
    buffer = bytearray(size)
    count = spool.read_into(offset, memoryview(buffer))
    assert bytes(buffer[:count]) == whole[offset : offset + size]


def test_buffer_has_no_entry_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = TempBuffer()
    spool.append(b"text")
    assert os.listdir(tmp_path) == []
    assert spool.free() > 0


def test_missing_temporary_folder_raises_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(OSError, match="missing"):
        TempBuffer()
