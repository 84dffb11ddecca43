"""How much room text takes on a terminal, asked of Rich only where characters have to be looked up."""

from __future__ import annotations

from runtui.catalog.columns import STATUS_SIGNS

_NARROW = "".join({*STATUS_SIGNS.values(), "·", "…"})
"""Signs that begin or end the cells of most rows, of one cell each."""


def cell_len(text: str) -> int:
    """Return how many cells a text takes."""
    if text.isascii() or text.strip(_NARROW).isascii():
        return len(text)
    from rich.cells import cell_len as looked_up

    return looked_up(text)


def cut_to_width(text: str, width: int) -> str:
    """Return the beginning of a text, of exactly so many cells.

    Args:
        text: The text, of more cells than that.
        width: Cells.
    """
    if text.isascii() or text.strip(_NARROW).isascii():
        return text[:width]
    from rich.cells import set_cell_size

    return set_cell_size(text, width)
