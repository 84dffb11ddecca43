"""The columns that fit into the runs table, their widths, and texts cut to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from runtui.catalog.columns import Column

GAP_CELLS = 1


class WantedColumn(NamedTuple):
    """A column to show.

    Attributes:
        column: The column, with its least width.
        extra: The cells that its texts need beyond that, before other columns share what remains.
        needed: The cells of its widest text, beyond which a column with a share gets the rest alone; None if
            that is not known.
        preferred: A greater least width, for which columns of a higher rank are hidden; else it is less.
    """

    column: Column
    extra: int = 0
    needed: int | None = None
    preferred: int = 0

    @property
    def least(self) -> int:
        """The least width of the column, as long as others can be hidden for it."""
        return max(self.column.width, self.preferred)


def column_widths(wanted: Sequence[WantedColumn], available: int) -> list[tuple[Column, int]]:
    """Return the columns that fit, each with its width, from left to right.

    Columns of the highest rank are hidden until the others have their least width. What remains goes to
    the texts that need more, then to the columns that share it.

    Args:
        wanted: The columns to show.
        available: The width of the table in cells.
    """
    chosen = list(wanted)
    while len(chosen) > 1 and _total(chosen) > available:
        worst = max(chosen, key=lambda one: one.column.rank)
        over = _total(chosen) - available
        if worst.least > worst.column.width:
            chosen[chosen.index(worst)] = worst._replace(preferred=worst.least - over)
            continue
        if not worst.column.rank:
            break
        chosen.remove(worst)
    spare = max(0, available - _total(chosen))
    extras = []
    for one in chosen:
        extras.append(min(one.extra, spare))
        spare -= extras[-1]
    widths = [one.least + extra for one, extra in zip(chosen, extras, strict=True)]
    spare -= _share(chosen, widths, spare, [one.needed for one in chosen])
    _share(chosen, widths, spare, [None for _one in chosen])
    return [(one.column, width) for one, width in zip(chosen, widths, strict=True)]


def _share(
    wanted: Sequence[WantedColumn], widths: list[int], spare: int, needed: Sequence[int | None]
) -> int:
    """Widen columns by their shares of the spare cells, none beyond what it needs; return the cells given."""
    given = 0
    while spare > given:
        open_columns = [
            place
            for place, one in enumerate(wanted)
            if one.column.share and ((most := needed[place]) is None or widths[place] < most)
        ]
        shares = sum(wanted[place].column.share for place in open_columns)
        rest, before = spare - given, given
        for place in open_columns:
            most = needed[place]
            more = rest * wanted[place].column.share // shares
            more = more if most is None else min(more, most - widths[place])
            widths[place] += more
            given += more
        if given == before or all(needed[place] is None for place in open_columns):
            break
    return given


def _total(columns: Sequence[WantedColumn]) -> int:
    return sum(one.least + GAP_CELLS for one in columns)


def fitted(text: str, cells: int, align: str = "") -> str:
    """Return a text in a width: its end is cut, of a path its beginning, or it is filled with spaces."""
    if text.isascii():
        if len(text) > cells:
            if align == "path":
                return "…" + text[len(text) - max(0, cells - 1) :]
            return text[: max(0, cells - 1)] + "…"
        return text.rjust(cells) if align == "right" else text.ljust(cells)
    width = cell_len(text)
    if width > cells:
        return set_cell_size(text, max(0, cells - 1)) + "…"
    padding = " " * (cells - width)
    return padding + text if align == "right" else text + padding


def fitted_id(short: str, run_id: str, cells: int) -> str:
    """Return a run's id in a width: `short` if it fits, else both ends of the id, as ids often differ there.

    Args:
        short: The id as tables show it, which lacks the end of a long id.
        run_id: The whole id.
        cells: The width.
    """
    if cell_len(short) <= cells:
        return fitted(short, cells)
    text = run_id if short.endswith("…") else short
    if not text.isascii():
        return fitted(text, cells)
    end = cells // 2
    return f"{text[: max(0, cells - 1 - end)]}…{text[len(text) - end :]}"
