"""The header of delimited text: which line it is, and which names stand in it.

A value under the name of another column is worse than one without a name, so that names are taken only
where there are as many as cells.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from runtui.formats.tables.numbers import is_missing, number_of

BLANKS = " "
"""Value of `Layout.delimiter` for any number of blanks and tabs."""

_QUOTED = re.compile(r'"([^"]*)"|(\S+)')
_APART = re.compile(r"\s{2,}|\t")
_GRACE = re.compile(r'@\s*([xy]axis|s\d+)\s+(?:label|legend)\s+"([^"]*)"', re.IGNORECASE)
_MOST_NOTES = 50  # lines of notes above a header


def split_cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of a row in one line."""
    if delimiter == BLANKS:
        return text.split()
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def readings(text: str) -> list[list[str]]:
    """Return the ways to read the names of columns that blanks separate, the likeliest first.

    A name with a blank in it has quotes, or stands two blanks or more from the next.
    """
    found = [text.split()]
    if '"' in text:
        found.insert(0, [quoted or bare for quoted, bare in _QUOTED.findall(text)])
    found.append([part for part in _APART.split(text.strip()) if part])
    return found


def is_ambiguous(text: str) -> bool:
    """Return whether only rows can tell which names stand in a header that blanks separate."""
    return len(set(map(len, readings(text)))) > 1


def names_for(text: str, count: int) -> list[str] | None:
    """Return the names in a header that blanks separate, for rows of so many cells; None where none fit."""
    return next((names for names in readings(text) if len(names) == count), None)


def is_header(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a row names the columns of those below it."""
    if all(map(is_missing, cells)):
        return False
    numbers = _numbers(cells)
    if not numbers:
        return True
    # A column may be called by a number, such as the energies of the states 1, 2 and 3.
    return numbers < len(cells) and bool(rows) and numbers < min(map(_numbers_and_missing, rows))


def usual_count(rows: Sequence[Sequence[str]]) -> int:
    """Return how many cells most of some rows have."""
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def header_place(rows: Sequence[Sequence[str]], follows_blank: Sequence[bool]) -> int:
    """Return the place of the header among the first rows of a file: 0, or behind notes above it.

    Notes are lines that begin with words, up to a header with numbers below it; a blank line is between, or
    they have another number of cells.

    Args:
        rows: The rows, the header among them.
        follows_blank: Whether a blank line stands before each.
    """
    count = usual_count(rows)
    has_blank = False
    for place, cells in enumerate(rows[:_MOST_NOTES]):
        below = rows[place + 1] if place + 1 < len(rows) else ()
        has_blank = has_blank or (place > 0 and follows_blank[place])
        if not cells or number_of(cells[0]) is not None:
            return 0
        # Notes may have numbers, too, as in `T,300`; rows below a header begin with one.
        if is_header(cells, ()) and len(below) == count and number_of(below[0]) is not None:
            are_other = all(len(note) != count for note in rows[:place])
            return place if place and len(cells) == count and (has_blank or are_other) else 0
    return 0


def commented_names(comments: Sequence[str], marks: str, delimiter: str, count: int) -> tuple[str, ...]:
    """Return the names in a comment above the first row, as numerical libraries write them.

    Those of Grace stand in several lines, those of PLUMED behind a word of its own.
    """
    if len(found := _grace_names(comments)) == count:
        return found
    for line in reversed(comments):
        if not line.strip():
            continue
        if line.startswith("#! SET"):
            continue
        text = line.removeprefix("#! FIELDS").strip().lstrip(marks).strip()
        for parts in (split_cells(text, delimiter), *readings(text)):
            if len(parts) == count and not _numbers(parts):
                return tuple(parts)
        return ()
    return ()


def _grace_names(comments: Sequence[str]) -> tuple[str, ...]:
    """Return the label of the horizontal axis and the legends, or where there is one set its axis's label."""
    found = [match for line in comments if (match := _GRACE.match(line)) is not None]
    labels = {match[1].lower(): match[2] for match in found}
    if "xaxis" not in labels:
        return ()
    legends = [(int(name[1:]), label) for name, label in labels.items() if name[0] == "s"]
    names = [label for _number, label in sorted(legends)] or [labels.get("yaxis", "y")]
    return (labels["xaxis"], *names)


def _numbers(cells: Sequence[str]) -> int:
    return sum(number_of(cell) is not None for cell in cells)


def _numbers_and_missing(cells: Sequence[str]) -> int:
    return sum(is_missing(cell) or number_of(cell) is not None for cell in cells)
