from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.delimited import column_names, delimited_records, layout_of
from runtui.text.sanitize import safe_text


def layout(text: str | bytes, name: str = "x.csv"):
    data = text.encode() if isinstance(text, str) else text
    found = layout_of(name, data, is_whole=True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        ("step,loss\n1,0.5\n", ",", ("step", "loss")),
        ("\ufeffstep;loss\r\n1;0.5\r\n", ";", ("step", "loss")),
        ("a\tb\n1\t2\n", "\t", ("a", "b")),
        ("# made by x, y and z\nstep,loss\n1,2\n", ",", ("step", "loss")),
        ("# step loss\n1,2\n3,4\n", ",", ("step", "loss")),
        ("1,2,3\n4,5,6\n", ",", ("1", "2", "3")),
        ("state,1,2\n7,0.5,0.25\n8,0.5,0.25\n", ",", ("state", "1", "2")),
        ("loss\n1\n2\n", ",", ("loss",)),
        ("a,,a,\x1b[2J\n1,2,3,4\n", ",", ("a", "column 2", "a (2)", "␛[2J")),
        ('"time, s","a ""b"""\n1,2\n', ",", ("time, s", 'a "b"')),
        ("name,note\nx,y\n", ",", ("name", "note")),
        ("sep=;\nstep;loss\n1;0.5\n", ";", ("step", "loss")),
        ("SEP=\t\r\na\tb\r\n1\t2\r\n", "\t", ("a", "b")),
        ("time;energy;T\n0;1,5;300,1\n1;1,4;300,2\n", ";", ("time", "energy", "T")),
        ("0;1,5;300,1\n1;1,4;300,2\n", ";", ("1", "2", "3")),
        ("Simulation,melt\nDate,2026-01-01\n\ntime,energy\n0.0,1.5\n0.1,1.6\n", ",", ("time", "energy")),
        ("A melt of argon\nT,300\n\ntime,energy\n0.0,1.5\n", ",", ("time", "energy")),
        ("A melt of argon\ntime,energy\n0.0,1.5\n0.1,1.6\n", ",", ("time", "energy")),
        ("name,note\nx,y\nz,w\na,5\n", ",", ("name", "note")),
        ("name,value\na,1\n\nmore,other\nb,2\n", ",", ("name", "value")),
        ("step,loss\n1,2\n\nepoch,energy\n1,2\n2,3\n", ",", ("step", "loss")),
    ],
)
def test_delimiter_and_columns_are_detected(text: str, delimiter: str, columns: tuple) -> None:
    found = layout(text)
    assert (found.delimiter, found.columns) == (delimiter, columns)


def test_body_begins_after_the_header() -> None:
    for text in (
        "\ufeff# Überschrift\r\nstep,löss\r\n1,2\r\n",
        '"one\nname",b\n1,2\n',
        "# step loss\n1,2\n",
    ):
        data = text.encode()
        assert data[layout(data).body :].startswith(b"1,2")
    broken = b"caf\xe9,b\n1,2\n"
    assert broken[layout(broken).body :] == b"1,2\n"


def test_whitespace_separated_columns_are_read() -> None:
    found = layout("#  time   energy\n  0.0  -1.5\n  0.1  -1.6\n", "x.dat")
    assert found.columns == ("time", "energy")
    assert found.cells("  0.1  -1.6") == ["0.1", "-1.6"]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("   Time        Total Energy     T (K)", ("Time", "Total Energy", "T (K)")),
        ("# Time  Total Energy  T (K)", ("Time", "Total Energy", "T (K)")),
        ("Time\tTotal Energy\tT", ("Time", "Total Energy", "T")),
        ('"Time" "Total Energy" "T (K)"', ("Time", "Total Energy", "T (K)")),
        ("Time Total Energy T", ("1", "2", "3")),
        ("# Time Total Energy T", ("1", "2", "3")),
        ("Time Energy", ("1", "2", "3")),
        ("Time  Energy  T", ("Time", "Energy", "T")),
    ],
)
def test_ambiguous_whitespace_header_gives_numbered_columns(header: str, columns: tuple[str, ...]) -> None:
    assert layout(f"{header}\n  0.0  1.5  300\n  0.1  1.6  301\n", "x.dat").columns == columns


def test_header_with_spaces_in_names_needs_a_row_to_be_split() -> None:
    text = "Time  Total Energy\n"
    assert layout_of("x.dat", text.encode(), is_whole=True) is None
    assert layout(f"{text}0.0  1.5\n", "x.dat").columns == ("Time", "Total Energy")
    assert layout("Time  Energy\n", "x.dat").columns == ("Time", "Energy")


def test_json_lines_columns_are_the_keys_of_all_objects() -> None:
    found = layout('{"step": 1, "loss": {"train": NaN}}\n\nnot json\n{"step": 2, "ok": true}\n', "x.jsonl")
    assert found.columns == ("step", "loss.train", "ok")
    assert found.cells('{"loss": {"train": 0.25}, "step": 3}') == ["3", "0.25", ""]
    assert found.cells("[1]") is None


def test_text_without_a_table_has_no_layout() -> None:
    for name, data in (
        ("x.csv", b"a\0b\n"),
        ("x.csv", b""),
        ("x.csv", b"# only a comment\n\n"),
        ("x.jsonl", b"[1, 2]\n"),
    ):
        assert layout_of(name, data, is_whole=True) is None
    assert layout_of("x.csv", b"step,lo", is_whole=False) is None


@given(st.sampled_from(["x.csv", "x.tsv", "x.dat", "x.jsonl"]), st.binary(max_size=300), st.booleans())
def test_any_bytes_have_a_layout_or_none(name: str, data: bytes, is_whole: bool) -> None:
    found = layout_of(name, data, is_whole=is_whole)
    if found is not None:
        assert 0 <= found.body <= len(data) + 1
        assert len(set(found.columns)) == len(found.columns)
        assert all(safe_text(column) == column for column in found.columns)


# Lone carriage returns are line breaks to the csv module, and nothing else to us.
_cells = st.text(st.characters(exclude_characters="\r\0", exclude_categories=("Cs",)), max_size=12)


@given(st.lists(st.lists(_cells, min_size=2, max_size=5), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_rows_match_the_csv_module(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    lines = text.getvalue().split("\n")[:-1]
    assert [record.cells for record in delimited_records(lines, delimiter)] == rows


@given(st.text(st.sampled_from('a1,"\n #.'), max_size=60))
def test_records_of_any_text_do_not_overlap(text: str) -> None:
    lines = text.split("\n")
    place = 0
    for record in delimited_records(lines, ","):
        assert record.first >= place
        assert record.count >= 1
        place = record.first + record.count
    assert place <= len(lines)


def test_unclosed_quote_does_not_swallow_the_table() -> None:
    lines = ['"open,1', *(f"{step},0.5" for step in range(1000))]
    records = list(delimited_records(lines, ","))
    assert records[0].count == 1
    assert len(records) == 1001


def test_row_with_an_open_quote_is_held_back() -> None:
    assert [record.cells for record in delimited_records(["1,2", '3,"two'], ",")] == [["1", "2"]]
    (joined,) = delimited_records(['3,"two', 'lines",4'], ",")
    assert (joined.cells, joined.count) == (["3", "two\nlines", "4"], 2)


@given(st.lists(st.text(max_size=5), max_size=8))
def test_duplicate_column_names_are_made_unique(names: list[str]) -> None:
    found = column_names(names)
    assert len(found) == len(set(found)) == len(names)
