from __future__ import annotations

import csv
import io
import json
import math
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.delimited import MOST_COLUMNS
from runtui.results.metrics import TextMetrics, end_of
from runtui.results.values import METRICS, read_values
from runtui.text.sanitize import safe_text
from tests.run_dirs import write_run


def settle(path: Path) -> None:
    """Have a file look as if nobody had written to it for a while."""
    moment = time.time() - 60
    os.utime(path, (moment, moment))


def read(path: Path) -> TextMetrics:
    metrics = TextMetrics(str(path))
    while metrics.look():
        pass
    return metrics


def series(metrics: TextMetrics, column: str) -> list[float | None]:
    return [None if math.isnan(value) else value for value in metrics.series(column)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "x.csv"


def test_only_numeric_columns_are_read(table: Path) -> None:
    table.write_text("step,name,loss\n1,a,0.5\n2,b,nan\n3,c,inf\n4,d,\n5,e,x\n")
    metrics = read(table)
    assert metrics.columns == ("step", "loss")
    assert series(metrics, "loss") == [0.5, None, math.inf, None, None]
    assert list(metrics.rows()) == [1, 2, 3, 4, 5]
    assert metrics.is_complete


def test_ragged_rows_lack_only_their_missing_cells(table: Path) -> None:
    table.write_text("a,b,c\n1,2,3\n4\n5,6,7,8,9\n\n# a comment\n,10,\n")
    metrics = read(table)
    assert series(metrics, "a") == [1, 4, 5, None]
    assert series(metrics, "b") == [2, None, 6, 10]
    assert series(metrics, "c") == [3, None, 7, None]


def test_appended_rows_are_read_once_their_line_is_complete(table: Path) -> None:
    metrics = TextMetrics(str(table))
    assert not metrics.look()
    with table.open("w") as file:
        for text, expected in (
            ("step,l", []),
            ("oss\n1,0.", []),
            ("5\n2,0.25", [0.5]),
            ("\n3,0.125\n", [0.5, 0.25, 0.125]),
        ):
            file.write(text)
            file.flush()
            metrics.look()
            assert series(metrics, "loss") == expected


def test_unterminated_last_line_counts_once_the_file_is_settled(table: Path) -> None:
    table.write_text("a,b\n1,2\n3,4")
    assert series(read(table), "b") == [2]
    settle(table)
    assert series(read(table), "b") == [2, 4]
    table.write_text("a,b\n1,2\n3")
    settle(table)
    assert series(read(table), "a") == [1]
    lines = table.with_suffix(".jsonl")
    lines.write_text('{"a": 1}\n{"a": 2}')
    assert series(read(lines), "a") == [1, 2]
    lines.write_text('{"a": 1}\n{"a": 2')
    assert series(read(lines), "a") == [1]


def test_repeated_or_changed_header_is_not_a_row(table: Path) -> None:
    table.write_text("step,loss\n1,0.5\nstep,loss\n2,0.25\nstep,accuracy,loss\n3,0.9,0.125\n")
    metrics = read(table)
    assert metrics.columns == ("step", "loss", "accuracy")
    assert series(metrics, "loss") == [0.5, 0.25, 0.125]
    assert series(metrics, "accuracy") == [None, None, 0.9]


def test_rewritten_table_is_read_from_its_beginning(table: Path) -> None:
    table.write_text("a,b\n1,2\n3,4\n")
    metrics = read(table)
    table.write_text("c\n7\n")
    metrics.look()
    assert metrics.columns == ("c",)
    assert series(metrics, "c") == [7]
    table.unlink()
    assert not metrics.look()
    assert series(metrics, "c") == [7]


def test_timestamps_are_numbers_in_a_time_column(table: Path) -> None:
    table.write_text("timestamp,note\n2026-01-01T00:00:00Z,2026-01-01\n2026-01-01T00:00:10Z,2026-01-01\n")
    metrics = read(table)
    assert metrics.columns == ("timestamp",)
    first, second = metrics.series("timestamp")
    assert second - first == 10


def test_quoted_cells_may_contain_line_breaks(table: Path) -> None:
    table.write_bytes(b'note,loss\r\n"two\r\nlines, and 9,9\r\n",0.5\r\nplain,0.25\r\n')
    metrics = read(table)
    assert metrics.columns == ("loss",)
    assert series(metrics, "loss") == [0.5, 0.25]


@given(st.binary(max_size=400), st.sampled_from(["csv", "tsv", "dat", "jsonl"]))
def test_any_bytes_can_be_read(tmp_path_factory: pytest.TempPathFactory, data: bytes, ending: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(data)
    settle(path)
    metrics = read(path)
    for column in metrics.columns:
        assert safe_text(column) == column
        assert len(metrics.series(column)) == len(metrics.rows())


_numbers = st.floats(allow_nan=False)


@given(st.lists(st.tuples(_numbers, _numbers), min_size=1, max_size=30), st.integers(1, 60))
def test_growing_table_matches_the_csv_module(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float]], piece: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["a", "b"])
    writer.writerows(rows)
    path = tmp_path_factory.getbasetemp() / "growing.csv"
    path.write_bytes(b"")
    metrics = TextMetrics(str(path))
    metrics.look()
    data = text.getvalue().encode()
    with path.open("ab", buffering=0) as file:
        for begin in range(0, len(data), piece):
            file.write(data[begin : begin + piece])
            metrics.look()
    expected = list(csv.reader(io.StringIO(text.getvalue())))[1:]
    for place, column in enumerate("ab"):
        assert list(metrics.series(column)) == [float(row[place]) for row in expected]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 20 MB with a header, 1,000,000 rows, and a parabola in them."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    with path.open("w") as file:
        file.write("step,value\n")
        for begin in range(0, 1_000_000, 50_000):
            file.write("".join(f"{step},{step * step}\n" for step in range(begin, begin + 50_000)))
    settle(path)
    return path


def test_rows_of_a_huge_table_are_sampled_throughout(large: Path) -> None:
    metrics = TextMetrics(str(large))
    steps = 0
    while metrics.look():
        steps += 1
    assert steps > 2
    assert not metrics.is_complete
    taken = list(metrics.series("step"))
    assert len(taken) < 20_000
    assert taken == sorted(taken)
    assert taken[0] == 0
    assert taken[-1] == 999_999
    assert all(value == step * step for step, value in zip(taken, metrics.series("value"), strict=True))
    gaps = [after - before for before, after in pairwise(taken)]
    assert max(gaps) < 2_000
    assert metrics.count == pytest.approx(1_000_000, rel=0.25)
    rows = list(metrics.rows())
    assert rows == sorted(rows)


def test_rows_appended_to_a_huge_table_are_all_read(large: Path, tmp_path: Path) -> None:
    table = tmp_path / "growing.csv"
    table.write_bytes(large.read_bytes())
    metrics = read(table)
    before = len(metrics.rows())
    with table.open("a") as file:
        file.write("1000000,-1\n1000001,-2\n")
    metrics.look()
    assert list(metrics.series("value"))[before:] == [-1, -2]


def test_very_many_rows_are_thinned_out_evenly(table: Path) -> None:
    with table.open("w") as file:
        file.write("a,b,c,d,e,f\n")
        file.writelines(f"{row},1,2,3,4,5\n" for row in range(400_000))
    metrics = read(table)
    rows = list(metrics.rows())
    assert not metrics.is_complete
    assert len(rows) * 6 <= 2_000_000
    assert list(metrics.series("a")) == [row - 1 for row in rows]
    assert {after - before for before, after in pairwise(rows)} == {2.0}


def test_last_value_of_each_column_is_found(table: Path, large: Path, tmp_path: Path) -> None:
    table.write_text("step,loss,note\n1,0.5,a\n2,nan,b\n")
    found = end_of(str(table)).last
    assert found.keys() == {"step", "loss"}
    assert found["step"] == 2
    assert math.isnan(found["loss"])
    table.write_text("step,loss\n1,0.5\n2\n")
    assert end_of(str(table)).last == {"step": 2, "loss": 0.5}
    table.write_text("epoch,train_loss,val_loss\n0,,0.61\n0,0.25,\n")
    assert end_of(str(table)).last == {"epoch": 0, "train_loss": 0.25, "val_loss": 0.61}
    assert end_of(str(large)).last == {"step": 999_999, "value": 999_999**2}
    table.write_text("words\nonly\n")
    assert end_of(str(table)).last == {}
    assert end_of(str(tmp_path / "none.csv")).last == {}
    lines = tmp_path / "x.jsonl"
    lines.write_text("".join(json.dumps({"step": step, "m": {"x": step / 2}}) + "\n" for step in range(9)))
    assert end_of(str(lines)).last == {"step": 8, "m.x": 4}


@pytest.mark.parametrize("distance", [10, 5_000, 60_000])
def test_last_values_are_found_far_from_the_end(tmp_path: Path, distance: int) -> None:
    table = tmp_path / "x.csv"
    rows = [f"{row},,x{row % 7}\n" for row in range(120_000)]
    rows[-distance] = f"{distance},0.5,y\n"
    table.write_text("step,val_loss,note\n" + "".join(rows))
    metrics = end_of(str(table))
    assert metrics.last == {"step": 119_999, "val_loss": 0.5}
    assert metrics.unseen == ()


def test_column_without_values_near_the_end_is_reported(runs_dir: Path) -> None:
    table = write_run(runs_dir, "gas") / "results" / "x.csv"
    table.write_text("step,val_loss,empty\n0,0.5,\n" + "".join(f"{row:060},,\n" for row in range(50_000)))
    assert end_of(str(table)).unseen == ("val_loss", "empty")
    assert read_values(str(runs_dir), "gas").problems == (
        "x.csv: no value found at its end for val_loss, empty",
    )


HOSTILE = {
    "alike.csv": ",".join(["a"] * 60_000) + "\n" + ",".join(["1"] * 60_000) + "\n",
    "remarked.dat": "# " + " ".join(["a"] * 60_000) + "\n" + " ".join(["1"] * 60_000) + "\n",
    "keys.jsonl": json.dumps({f"k{number}": number for number in range(50_000)}) + "\n",
    "line.csv": "a,b\n" + "1,2," * 500_000,
    "wide.csv": ",".join(f"c{number}" for number in range(200_000)) + "\n" + "1," * 200_000 + "1\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_number_of_columns_is_limited_and_the_limit_reported(runs_dir: Path, name: str) -> None:
    table = write_run(runs_dir, "gas") / "results" / name
    table.write_text(HOSTILE[name])
    settle(table)
    assert len(read(table).columns) <= MOST_COLUMNS
    values = read_values(str(runs_dir), "gas")
    assert len(values.sections.get(METRICS, ())) <= MOST_COLUMNS
    assert [problem for problem in values.problems if problem.startswith(f"{name}: ")]


@pytest.mark.parametrize("cell", ["NA", "N/A", "null", "None", "none", "-", "", " ", "#N/A", "<NA>", '"NA"'])
@pytest.mark.parametrize("name", ["x.csv", "x.tsv"])
def test_a_cell_without_a_value_leaves_the_column_numeric(tmp_path: Path, name: str, cell: str) -> None:
    table = tmp_path / name
    delimiter = "\t" if name == "x.tsv" else ","
    rows = [["step", "loss", "acc"], ["1", "0.5", cell], ["2", cell, "0.9"]]
    table.write_text("".join(delimiter.join(row) + "\n" for row in rows))
    assert end_of(str(table)).last == {"step": 2, "loss": 0.5, "acc": 0.9}
    assert series(read(table), "loss") == [0.5, None]


def test_rows_without_any_value_are_no_header(table: Path) -> None:
    table.write_text("a,b\n1,0.5\nNA,None\n2,-\n")
    metrics = read(table)
    assert metrics.last == {"a": 2, "b": 0.5}
    assert series(metrics, "a") == [1, None, 2]


def test_json_lines_may_say_that_a_value_is_missing(tmp_path: Path) -> None:
    lines = tmp_path / "x.jsonl"
    lines.write_text('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": "N/A"}\n{"step": 3, "loss": null}\n')
    assert end_of(str(lines)).last == {"step": 3, "loss": 0.5}
