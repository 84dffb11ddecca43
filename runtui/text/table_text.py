"""Tables as text for other programs, and for people who read them elsewhere: CSV, TSV and Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence

# What spreadsheets take for a formula, which may command them: OWASP's page on "CSV injection" has the list.
# Some leave out blanks before it, and where another separator is set a cell begins behind one.
_FORMULA = re.compile("(?:^|[;|\t])\\s*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-](?:inf|nan)", re.ASCII)

# An underscore within a word means nothing.
_MARKDOWN = re.compile(r"([\\`*\[\]|<>~]|\b_|_\b|(?<!\w)_)")

Rows = Iterable[Sequence[str]]
"""Rows of cells, the first one the headings."""


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    """Return rows as CSV; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows(map(no_formula, row) for row in rows)
    return text.getvalue()


def tsv_text(rows: Rows) -> str:
    """Return rows separated by tabs; otherwise as `csv_text`."""
    return csv_text(rows, "\t")


def markdown_text(rows: Rows) -> str:
    """Return rows as a table in Markdown."""
    lines = []
    for place, row in enumerate(rows):
        lines.append("| " + " | ".join(map(markdown_escaped, row)) + " |")
        if not place:
            lines.append("|" + " --- |" * len(row))
    return "\n".join(lines) + "\n"


TABLE_TEXTS: dict[str, Callable[[Rows], str]] = {".csv": csv_text, ".tsv": tsv_text, ".md": markdown_text}
"""The form that a file has by its ending."""


def no_formula(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay as they are."""
    return f"'{text}" if _FORMULA.search(text) and not _NUMBER.fullmatch(text) else text


def markdown_escaped(text: str) -> str:
    """Return text in which nothing has a meaning in Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)
