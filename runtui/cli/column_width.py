"""Width of text on a terminal; Rich is imported only for text beyond ASCII."""

from __future__ import annotations

from runtui.catalog.columns import STATUS_SIGNS

_NARROW = "".join({*STATUS_SIGNS.values(), "·", "…"})
"""Characters beyond ASCII that take one cell and occur in most tables."""


def cell_len(text: str) -> int:
    """Return the width of a text in cells."""
    if text.isascii() or text.strip(_NARROW).isascii():
        return len(text)
    from rich.cells import cell_len as looked_up

    return looked_up(text)


def cut_to_width(text: str, width: int) -> str:
    """Cut a text to exactly `width` cells.

    Args:
        text: A wider text.
        width: The width in cells.
    """
    if text.isascii() or text.strip(_NARROW).isascii():
        return text[:width]
    from rich.cells import set_cell_size

    return set_cell_size(text, width)
