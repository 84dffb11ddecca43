"""Compressed tables."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.packed import PackedTable
from runtui.formats.tables.registry import may_be_table, open_table
from runtui.results.metrics import end_of

PACKERS = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("name", ["m.csv", "m.txt", "m.dat"])
def test_compressed_table_is_read_as_a_plain_one(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / (name + ending)
    path.write_bytes(PACKERS[ending](b"step loss\n0 1\n1 0.25\n"))
    assert may_be_table(str(path))
    assert end_of(str(path)).last == {"step": 1, "loss": 0.25}
    table = open_table(str(path))
    table.look()
    assert [row.cells for row in table.after(0).rows] == [("0", "1"), ("1", "0.25")]


@pytest.mark.parametrize("ending", PACKERS)
def test_what_is_no_table_or_torn_has_no_columns(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"m.txt{ending}"
    path.write_bytes(PACKERS[ending](b"we tried it\nit did not work\n"))
    assert end_of(str(path)).columns == ()
    path.write_bytes(PACKERS[ending](b"step loss\n0 1\n1 0.25\n")[:-20])
    assert set(end_of(str(path)).last) <= {"step", "loss"}


@given(st.binary(max_size=200), st.sampled_from(sorted(PACKERS)))
def test_any_bytes_are_read_without_an_error(data: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a.csv{ending}")
        path.write_bytes(data)
        rows = PackedTable(str(path))
        rows.look()
        assert len(rows.rows(0, 5)) <= len(rows)
