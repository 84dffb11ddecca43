"""Tables by the endings of their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from runtui.formats.tables.base import TableFormat
from runtui.formats.tables.deferred import DeferredTable
from runtui.formats.tables.numbered import NumberedTable
from runtui.formats.tables.registry import TABLE_FORMATS, may_be_table, numbered_rows, open_table
from runtui.formats.tables.text_table import TextTable


class NoRows:
    """The rows of an empty table."""

    columns: Sequence[str] = ("n",)

    def __init__(self, path: str) -> None:
        self.path = path

    def look(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        return []


@pytest.mark.parametrize(
    ("name", "is_table"),
    [
        ("loss.csv", True),
        ("results/LOSS.CSV", True),
        ("a.tsv", True),
        ("a.jsonl", True),
        (".csv", False),
        ("csv", False),
        ("a.csv.bak", False),
        ("a.csv/b.bin", False),
        (".hidden.csv", True),
    ],
)
def test_table_is_recognised_by_its_extension(name: str, is_table: bool) -> None:
    assert may_be_table(name) is is_table


def test_csv_opens_as_text_and_an_unknown_file_is_looked_at_first(tmp_path: Path) -> None:
    for name in ("a.csv", "a.bin"):
        assert numbered_rows(str(tmp_path / name)) is None
    assert isinstance(open_table(str(tmp_path / "a.csv")), TextTable)
    assert isinstance(open_table(str(tmp_path / "a.bin")), DeferredTable)


def test_format_with_its_own_rows_opens_a_numbered_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE_FORMATS, "empty", TableFormat((".empty",), NoRows))
    assert may_be_table("a.EMPTY")
    found = numbered_rows("dir/a.empty")
    assert isinstance(found, NoRows)
    assert found.path == "dir/a.empty"
    assert isinstance(open_table("dir/a.empty"), NumberedTable)


def test_log_of_json_objects_is_a_table_and_another_log_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/log.txt").write_text('{"train_loss": 1.5, "epoch": 0}\n{"train_loss": 0.5, "epoch": 1}\n')
    (tmp_path / "log.txt").write_text("epoch 0: loss 1.5\n")
    assert may_be_table(str(tmp_path / "a/log.txt"))
    for other in (str(tmp_path / "log.txt"), str(tmp_path / "missing/log.txt"), "log.txt"):
        assert not may_be_table(other)


def test_metrics_of_a_part_of_the_data_are_a_table_and_those_of_an_epoch_are_none() -> None:
    assert may_be_table("metrics_val_best_weights.json")
    assert not may_be_table("metrics_epoch_3.json")
