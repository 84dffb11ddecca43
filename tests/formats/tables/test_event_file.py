"""TensorBoard's event files as tables."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.event_file import EventRows, last_event_time
from runtui.formats.tables.registry import may_be_table
from runtui.results.metrics import end_of
from tests.event_files import BEGAN, event_file

NAME = "events.out.tfevents.1700000000.node7.123.0"


@pytest.mark.parametrize("as_tensors", [False, True])
def test_scalars_are_rows_by_step(tmp_path: Path, as_tensors: bool) -> None:
    path = tmp_path / NAME
    path.write_bytes(event_file({"loss": 0.5, "lr": 0.1}, {"loss": 0.25}, as_tensors=as_tensors))
    rows = EventRows(str(path))
    assert rows.look()
    assert not rows.look()
    assert list(rows.columns) == ["step", "loss", "lr", "wall_time"]
    assert [list(row)[:3] for row in rows.rows(0, 9)] == [["0", "0.5", "0.1"], ["1", "0.25", ""]]
    assert end_of(str(path)).last == {"step": 1, "loss": 0.25, "lr": 0.1, "wall_time": BEGAN + 120}
    assert last_event_time(str(path)) == BEGAN + 120
    assert may_be_table(f"logs/{NAME}")


def test_file_that_grows_is_read_on(tmp_path: Path) -> None:
    whole = event_file({"loss": 3.0}, {"loss": 2.0}, {"loss": 1.0})
    path = tmp_path / NAME
    rows = EventRows(str(path))
    for size in (len(whole) // 2, len(whole) - 5, len(whole)):  # the last record is torn at first
        path.write_bytes(whole[:size])
        rows.look()
    assert [row[1] for row in rows.rows(0, 9)] == ["3", "2", "1"]
    path.write_bytes(event_file({"acc": 1.0}))
    assert rows.look()
    assert list(rows.columns) == ["step", "acc", "wall_time"]


def test_large_file_keeps_its_last_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtui.formats.tables.event_file._READ_WHOLE", 500)
    monkeypatch.setattr("runtui.formats.tables.event_file._TAIL", 200)
    path = tmp_path / NAME
    path.write_bytes(event_file(*({"loss": float(step)} for step in range(100))))
    rows = EventRows(str(path))
    rows.look()
    assert 5 < len(rows) < 60
    assert rows.rows(len(rows) - 1, 1)[0][:2] == ("99", "99")


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_are_read_without_a_fault(data: bytes, place: int) -> None:
    whole = event_file({"loss": 0.5, "acc": 1.0}, {"loss": 0.25})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        for content in (data, whole[:place] + data + whole[place:]):
            path.write_bytes(content)
            rows = EventRows(str(path))
            rows.look()
            for row in rows.rows(0, len(rows)):
                assert len(row) == len(rows.columns)
            last_event_time(str(path))
