"""Delimited text as rows: CSV in its dialects, TSV, columns separated by blanks, and JSON lines.

All is found out from the beginning of the file; nobody promises that the rest keeps to it. Rows are texts by
column here, whatever the file is written in.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from runtui.formats.tables.headers import (
    BLANKS,
    commented_names,
    header_place,
    is_ambiguous,
    is_header,
    names_for,
    split_cells,
    usual_count,
)
from runtui.formats.tables.numbers import has_decimal_commas, number_of, with_decimal_point
from runtui.store.details import flat_items
from runtui.text.sanitize import safe_text

FIELDS = "#! FIELDS "
"""The beginning of a line by which PLUMED names columns, first and again where they change."""

JSON_LINES = ""
"""Value of `Layout.delimiter` for JSON lines."""

HEAD = 256 * 1024
"""Bytes of a file from which its layout is found out."""

MOST_COLUMNS = 2000
"""Columns that are read; what more there are is left out."""

DELIMITERS = {
    ".csv": f",;\t|{BLANKS}",
    ".tsv": "\t,;",
    ".tab": "\t,;",
    ".dat": f",;\t{BLANKS}",
    ".jsonl": JSON_LINES,
    ".ndjson": JSON_LINES,
}
"""The endings of such tables, each with the delimiters that are tried, the likeliest first."""

_ANY_DELIMITER = f",;\t{BLANKS}"
"""The delimiters that are tried in a file whose name tells nothing."""

_COMMENTS = ("#", "%", "@", "&")
_GRACE_COMMAND = re.compile(
    r"@\s*(?:title|subtitle|[xyz]axis|type|view|legend|with|target|world|g\d|s\d)|&\s*$", re.I
)
"""Lines of Grace, which GROMACS writes: settings, and the end of a set of points."""

_BOM = b"\xef\xbb\xbf"
_SAMPLED = 50  # lines
_MOST_LINES = 1000
_LONGEST_NAME = 80  # characters
_LONGEST_RECORD = 200  # lines; a quote that nobody closes must not swallow the file
_NAMED_DELIMITER = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""First line by which spreadsheets are told the delimiter."""

_END = "the end of what is at hand"


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in the file.

    Attributes:
        first: Place of its first line among those that were given.
        count: How many lines it takes, more than one only where line breaks are quoted.
        cells: Its cells as they are, neither safe to show nor as many as there are columns.
    """

    first: int
    count: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a table's rows in lines.

    Attributes:
        delimiter: The separator of the cells; `BLANKS`, or `JSON_LINES`.
        names: The columns' names as they stand in the header; of JSON lines the keys, of a table without a
            header nothing.
        columns: The columns' names, safe to show, no two of them alike.
        body: Offset behind the header.
        spans_lines: Whether there are cells with line breaks in the part that was looked at.
        has_decimal_commas: Whether numbers have a comma in place of the point.
        has_fields: Whether lines of PLUMED name the columns, and may name others further down.
    """

    delimiter: str
    names: tuple[str, ...]
    columns: tuple[str, ...]
    body: int
    spans_lines: bool = False
    has_decimal_commas: bool = False
    has_fields: bool = False

    @property
    def is_json(self) -> bool:
        """Whether each line is a JSON object."""
        return self.delimiter == JSON_LINES

    def cells(self, text: str) -> list[str] | None:
        """Return the cells of a line by column; None for a blank line, a comment, or an invalid row."""
        if self.is_json:
            found = json_row(text)
            return None if found is None else [found.get(name, "") for name in self.names]
        if is_comment(text) and fields_of(text) is None:
            return None
        return fields_of(text) or split_cells(text, self.delimiter)

    def records(self, lines: Sequence[str]) -> Iterator[Record]:
        """Yield the rows of lines that follow each other, the first of which begins a row.

        Comments and blank lines are left out. A last row of which the end is not among them is left out, too.
        """
        if self.is_json:
            for place, line in enumerate(lines):
                cells = self.cells(line)
                if cells is not None:
                    yield Record(place, 1, cells)
            return
        yield from delimited_records(lines, self.delimiter)


def layout_of(name: str, head: bytes, *, is_whole: bool) -> Layout | None:
    """Detect the layout of a file's rows.

    Args:
        name: The file's name, whose ending tells what it may be.
        head: Its first bytes, `HEAD` of them at most.
        is_whole: Whether that is all of it.

    Returns:
        None where it is no table that can be read, or holds no whole line yet.
    """
    delimiters = DELIMITERS.get(os.path.splitext(name)[1].lower(), _ANY_DELIMITER)
    if b"\0" in head:
        return None
    begin = len(_BOM) if head.startswith(_BOM) else 0
    raw = head[begin:].split(b"\n", _MOST_LINES)
    if len(raw) > _MOST_LINES or not is_whole or not raw[-1]:
        raw.pop()
    # Offsets come from the bytes: broken UTF-8 has another length as text.
    lines = [line.decode("utf-8", "replace").removesuffix("\r") for line in raw]
    if delimiters == JSON_LINES:
        return _json_layout(lines, begin)
    named = _NAMED_DELIMITER.fullmatch(lines[0]) if lines else None
    if named is not None:
        return _delimited_layout(lines[1:], raw[1:], begin + len(raw[0]) + 1, named[1])
    return _delimited_layout(lines, raw, begin, _likeliest(lines, delimiters))


def _json_layout(lines: Sequence[str], begin: int) -> Layout | None:
    names: dict[str, None] = {}
    for line in lines[:_SAMPLED]:
        names.update(dict.fromkeys(json_row(line) or ()))
    if not names:
        return None
    kept = tuple(names)[:MOST_COLUMNS]
    return Layout(JSON_LINES, kept, column_names(kept), begin)


def _likeliest(lines: Sequence[str], delimiters: str) -> str:
    """Return the delimiter by which most lines have the same number of cells, and more than one."""
    sample = [line for line in lines[: 4 * _SAMPLED] if not is_comment(line)][:_SAMPLED]
    best, best_score = delimiters[0], (0, 0)
    text = "\n".join(sample)
    for delimiter in delimiters:
        if delimiter not in text and delimiter != BLANKS:
            continue  # it would part nothing
        if delimiter == BLANKS and best_score[0] == len(sample):
            continue  # another one parts all lines alike, and blanks come last
        rows = [record.cells for record in delimited_records(sample, delimiter)]
        counts = Counter(map(len, rows))
        cells, agreeing = counts.most_common(1)[0] if counts else (0, 0)
        numbers = sum(number_of(with_decimal_point(cell)) is not None for row in rows for cell in row)
        # Of those that fit alike, such as commas in numbers, the one that leaves most numbers whole. Blanks
        # also stand behind commas, so that they come last.
        if cells > 1 and (agreeing, numbers) > best_score:
            best, best_score = delimiter, (agreeing, numbers)
    return best


def _delimited_layout(
    lines: Sequence[str], raw: Sequence[bytes], begin: int, delimiter: str
) -> Layout | None:
    records = list(delimited_records(lines, delimiter))
    if not records:
        return None
    sample = records[: 2 * _SAMPLED]
    rows = [record.cells for record in sample]
    has_commas = delimiter != "," and has_decimal_commas([cell for row in rows for cell in row])
    if has_commas:
        rows = [list(map(with_decimal_point, row)) for row in rows]
    place = header_place(rows, [not lines[record.first - 1].strip() for record in sample])
    first, below = records[place], rows[place + 1 : place + _SAMPLED]
    spans_lines = any(record.count > 1 for record in records)

    def offset(place: int) -> int:
        return begin + sum(len(line) + 1 for line in raw[:place])

    if is_header(rows[place], below):
        names = tuple(first.cells)
        if delimiter == BLANKS:
            text, count = lines[first.first], usual_count(below)
            if not below and is_ambiguous(text):
                return None
            names = tuple((names_for(text, count) or map(str, range(1, count + 1))) if below else names)
        names = names[:MOST_COLUMNS]
        body = offset(first.first + first.count)
        return Layout(delimiter, names, column_names(names), body, spans_lines, has_commas)
    names = commented_names(lines[: first.first], "#%", delimiter, len(first.cells))
    count = max(len(record.cells) for record in records[:_SAMPLED])
    shown = column_names(
        names[:MOST_COLUMNS] or [str(place + 1) for place in range(min(count, MOST_COLUMNS))]
    )
    has_fields = any(line.startswith(FIELDS) for line in lines[: first.first])
    return Layout(delimiter, (), shown, offset(first.first), spans_lines, has_commas, has_fields)


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names safe to show, none of them empty and no two alike."""
    found: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        shown = safe_text(name.strip(), _LONGEST_NAME) or f"column {place}"
        # Thousands may be called alike: none looks again for the numbers that others took.
        unique, number = shown, numbers.get(shown, 2)
        while unique in found:
            unique, number = f"{shown} ({number})", number + 1
        found[unique], numbers[shown] = None, number
    return tuple(found)


def is_comment(text: str) -> bool:
    """Return whether a line is not a row of the table: blank, or a comment."""
    if not text or text.isspace():
        return True
    if not text.startswith(_COMMENTS):
        return False
    return text[0] not in "@&" or _GRACE_COMMAND.match(text) is not None


def fields_of(text: str) -> list[str] | None:
    """Return the columns that a line of PLUMED names for the rows below it; None for any other line."""
    return text.split()[2:] if text.startswith(FIELDS) else None


def delimited_records(lines: Sequence[str], delimiter: str) -> Iterator[Record]:
    """Yield the rows of lines of which the first begins one, without comments and blank lines.

    A quoted cell may hold line breaks. Where a quote is never closed its line is a row by itself, and a row
    at the end of which more could follow is left out.
    """
    place = 0
    while place < len(lines):
        text = lines[place]
        if is_comment(text):
            place += 1
            continue
        if '"' not in text or delimiter == BLANKS:
            yield Record(place, 1, split_cells(text, delimiter))
            place += 1
            continue
        cells, count = _quoted(lines, place, delimiter)
        if not count:
            return
        yield Record(place, count, cells)
        place += count


def _quoted(lines: Sequence[str], place: int, delimiter: str) -> tuple[list[str], int]:
    """Return the cells of the row that begins with a line, and how many lines it takes; 0 for too few."""
    most = min(len(lines), place + _LONGEST_RECORD)
    reader = csv.reader([*(f"{line}\n" for line in lines[place:most]), _END], delimiter=delimiter)
    try:
        cells = next(reader)
    except csv.Error:
        return lines[place].split(delimiter), 1
    if reader.line_num <= most - place:
        return cells, reader.line_num
    if most == len(lines) and most < place + _LONGEST_RECORD:
        return [], 0
    return lines[place].split(delimiter), 1


def json_row(text: str) -> dict[str, str] | None:
    """Return the values of a JSON object by dotted key, as text; None for text that is not a whole object."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found: Any = orjson.loads(text)
    except ValueError:
        try:
            found = json.loads(text)  # it takes nan and infinity, and whole numbers of any length
        except (ValueError, RecursionError):
            return None
    if not isinstance(found, dict):
        return None
    return {key: _cell_text(value) for key, value in flat_items(found)}


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "(cannot be shown)"
