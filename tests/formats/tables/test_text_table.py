from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.base import Page
from runtui.formats.tables.text_table import TextTable
from runtui.text.sanitize import safe_text


def opened(path: Path) -> TextTable:
    table = TextTable(str(path))
    assert table.look()
    assert table.head is not None
    return table


def forwards(table: TextTable, count: int = 200) -> list[tuple[str, ...]]:
    rows = []
    place = table.body
    while True:
        page = table.after(place, count)
        rows += [row.cells for row in page.rows]
        if page.is_end or not page.rows:
            assert page.is_end
            return rows
        place = page.rows[-1].end


def backwards(table: TextTable, count: int = 200) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    place = table.source.size
    while True:
        page = table.before(place, count)
        rows[:0] = [row.cells for row in page.rows]
        if page.is_beginning or not page.rows:
            assert page.is_beginning
            return rows
        place = page.rows[0].begin


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.csv"


def test_rows_are_the_same_forwards_and_backwards(path: Path) -> None:
    path.write_text("step,loss\n" + "".join(f"{row},{row / 2}\n" for row in range(5000)) + "# end\n\n")
    table = opened(path)
    assert table.head is not None
    assert table.head.columns == ("step", "loss")
    assert table.head.are_numbers == (True, True)
    expected = [(str(row), str(row / 2)) for row in range(5000)]
    for count in (3, 200):
        assert forwards(table, count) == expected
        assert backwards(table, count) == expected


def test_page_around_an_offset_points_at_the_row_there(path: Path) -> None:
    path.write_text("step,loss\n" + "".join(f"{row},x\n" for row in range(5000)))
    table = opened(path)
    text = path.read_text()
    for row in (0, 1, 2500, 4999):
        page, place = table.around(text.index(f"\n{row},x\n") + 2)
        assert page.rows[place].cells == (str(row), "x")
        steps = [int(one.cells[0]) for one in page.rows]
        assert steps == list(range(steps[0], steps[-1] + 1))
    assert table.around(0)[1] == 0


def test_multiline_cells_are_one_row_from_any_offset(path: Path) -> None:
    rows = [[str(row), "a\nb,\nc" if row % 3 else "plain", "x"] for row in range(3000)]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["step", "note", "more"], *rows])
    table = opened(path)
    expected = [tuple(safe_text(cell) for cell in row) for row in rows]
    assert forwards(table) == expected
    assert backwards(table) == expected
    text = path.read_text()
    for row in (1000, 1001, 2222):
        page, place = table.around(text.index(f"\n{row},") + 3)
        assert page.rows[place].cells[0] == str(row)


def test_multiline_cells_are_noticed_far_into_the_table(path: Path) -> None:
    plain = "".join(f"{row},x\n" for row in range(3000))
    broken = "".join(f'{row},"x\ny"\n' for row in range(3000, 3500))
    path.write_text(f"step,note\n{plain}{broken}")
    expected = [(str(row), "x" if row < 3000 else "x␊y") for row in range(3500)]
    assert forwards(opened(path)) == expected
    assert backwards(opened(path)) == expected


def test_ragged_rows_are_shown_as_they_are(path: Path) -> None:
    path.write_text("a,b\n1\n1,2,3\n\x1b[2J,[b]\n")
    table = opened(path)
    assert table.head is not None
    assert table.head.columns == ("a", "b", "column 3")
    assert forwards(table) == [("1",), ("1", "2", "3"), ("␛[2J", "[b]")]


def test_unclosed_quote_hides_no_row(path: Path) -> None:
    path.write_text('a,b\n"x\ny",1\n' + "".join(f"{row},2\n" for row in range(400)) + '"open,1\nlast,2\n')
    table = opened(path)
    assert forwards(table)[-2:] == [('"open', "1"), ("last", "2")]
    assert len(forwards(table)) == 403


def test_later_json_keys_become_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = [{"a": row} for row in range(300)] + [{"b": 1, "a": 2}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    table = opened(path)
    assert table.head is not None
    assert table.head.columns == ("a",)
    page = table.before(table.source.size)
    assert table.widened(page).columns == ("a", "b")
    assert page.rows[-1].cells == ("2", "1")


def test_wide_number_widens_its_column(path: Path) -> None:
    path.write_text("step,x\n" + "1,2\n" * 1000 + "123456789,2\n")
    table = opened(path)
    assert table.head is not None
    assert table.head.widths == (4, 1)
    page = table.before(table.source.size)
    assert table.widened(page).widths == (9, 1)
    assert table.widened(Page((), True, True)).widths == (9, 1)


def test_very_wide_table_is_read_a_few_rows_at_a_time(path: Path) -> None:
    row = ",".join(map(str, range(3000)))
    path.write_text(f"{','.join(f'c{place}' for place in range(3000))}\n" + f"{row}\n" * 300)
    table = opened(path)
    assert len(table.after(table.body).rows) == 20
    assert forwards(table) == backwards(table) == [tuple(row.split(",")[:2000])] * 300


def test_table_follows_appends_and_rewrites(path: Path) -> None:
    path.write_text("")
    table = TextTable(str(path))
    table.look()
    assert table.head is None
    path.write_text("a,b\n1,2\n")
    assert table.look()
    assert forwards(table) == [("1", "2")]
    with path.open("a") as file:
        file.write("3,4\n")
    assert not table.look()
    assert forwards(table) == [("1", "2"), ("3", "4")]
    path.write_text("c\nx\n")
    assert table.look()
    assert table.head is not None
    assert table.head.columns == ("c",)


@given(st.binary(max_size=400), st.sampled_from(["csv", "tsv", "dat", "jsonl"]), st.integers(0, 400))
def test_any_bytes_give_as_many_rows_in_both_directions(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, ending: str, offset: int
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(data)
    table = TextTable(str(path))
    table.look()
    if table.head is None:
        return
    rows = forwards(table, 7)
    assert len(rows) == len(backwards(table, 7)) or b'"' in data
    for row in rows:
        assert all(safe_text(cell) == cell for cell in row)
    page, place = table.around(offset)
    assert not page.rows or 0 <= place < len(page.rows)


_cells = st.text(st.sampled_from('a1,"\n'), max_size=6)


@given(st.lists(st.lists(_cells, min_size=3, max_size=3), min_size=1, max_size=30), st.integers(1, 9))
def test_quoted_rows_match_the_csv_module(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], count: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "quoted.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["k", "l", "m"], *rows])
    table = opened(path)
    assert table.body == len('"k","l","m"\n')
    expected = [tuple(safe_text(cell.strip()) for cell in row) for row in rows]
    assert forwards(table, count) == expected
    assert backwards(table, count) == expected


def test_first_and_last_rows_of_a_huge_table_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(3_000_000_000)  # a hole: nothing but zeros, and no row
        file.seek(0, 2)
        file.write(b"\n3,4\n")
    table = TextTable(str(path))
    assert table.look()
    assert table.head is None  # zeros are no text
    with path.open("r+b") as file:
        file.write(b"a,b\n" + b"1,2\n" * 100_000)
    table = TextTable(str(path))
    table.look()
    assert table.head is not None
    assert table.after(table.body).rows[0].cells == ("1", "2")
    assert table.before(table.source.size, 1).rows[-1].cells == ("3", "4")


def test_a_column_of_numbers_stays_one_where_values_are_missing(path: Path) -> None:
    path.write_text("step,loss,note\n1,0.5,a\n2,NA,-\n3,-,\n")
    table = opened(path)
    assert table.head is not None
    assert table.head.are_numbers == (True, True, False)
