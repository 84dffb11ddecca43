"""A comparison as text for other programs, and for people who read it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby

from runtui.results.comparing import MISSING, Comparison, ComparisonRow
from runtui.results.values import Value
from runtui.store.plain_json import shown_json
from runtui.text.table_text import csv_text, markdown_escaped


def as_csv(comparison: Comparison, *, reference: int = 0, all_rows: bool = False) -> str:
    """Return a comparison as CSV: a row for each key, a column for each run; empty where a run has no value.

    Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay as they are.

    Args:
        comparison: The runs.
        reference: The run that comes first.
        all_rows: Whether to have the rows, too, in which all runs are the same.
    """
    order = _order(comparison, reference)
    rows = [["section", "key", *(comparison.runs[place] for place in order)]]
    for row in comparison.shown(all_rows=all_rows):
        rows.append([row.section, row.key, *(_plain(row.values[place]) for place in order)])
    return csv_text(rows)


def as_json(comparison: Comparison, *, reference: int = 0, all_rows: bool = False) -> str:
    """Return a comparison as a JSON object; arguments as for `as_csv`.

    ``values`` of a row has a value for each of ``runs``, null where a run has none. Of numbers nan and the
    infinities are text, which JSON has no numbers for.
    """
    found = {
        "runs": list(comparison.runs),
        "reference": comparison.runs[reference],
        "rows": [
            {
                "section": row.section,
                "key": row.key,
                "differs": row.differs,
                "values": [_as_json(value) for value in row.values],
            }
            for row in comparison.shown(all_rows=all_rows)
        ],
        "problems": list(comparison.problems),
    }
    return json.dumps(found, indent=2) + "\n"


def as_markdown(comparison: Comparison, *, reference: int = 0, all_rows: bool = False) -> str:
    """Return a comparison as tables in Markdown, one for each section; arguments as for `as_csv`.

    What differs from the reference is set in bold.
    """
    order = _order(comparison, reference)
    lines: list[str] = []
    for section, rows in groupby(comparison.shown(all_rows=all_rows), key=lambda row: row.section):
        lines += [f"## {markdown_escaped(section)}", ""]
        lines.append(
            "| " + " | ".join(["key", *(markdown_escaped(comparison.runs[place]) for place in order)]) + " |"
        )
        lines.append("|" + " --- |" * (len(order) + 1))
        for row in rows:
            cells = [markdown_escaped(row.key), *(_marked(row, place, reference) for place in order)]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines) if lines else "No differences.\n"


FORMATS: dict[str, Callable[..., str]] = {".csv": as_csv, ".json": as_json, ".md": as_markdown}
"""The form that a file has by its ending."""


def _order(comparison: Comparison, reference: int) -> list[int]:
    return [reference, *(place for place in range(len(comparison.runs)) if place != reference)]


def _plain(value: Value | None) -> str:
    return "" if value is None else value.text


def _as_json(value: Value | None) -> object:
    if value is None:
        return None
    if value.number is not None:
        return shown_json(value.number)
    # True, false, null and lists, where nothing of them had to be cut or made safe.
    is_whole = value.identity == f"json {value.text}"
    return shown_json(json.loads(value.text)) if is_whole else value.text


def _marked(row: ComparisonRow, place: int, reference: int) -> str:
    value = row.values[place]
    text = MISSING if value is None else markdown_escaped(value.text)
    return f"**{text}**" if text and row.differs_from(place, reference) else text
