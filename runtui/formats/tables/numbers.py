"""Numbers in cells, as the programs that write tables spell them."""

from __future__ import annotations

import math
import re

_FORTRAN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)[dDqQ][+-]?[0-9]+")
_FORTRAN_WITHOUT_LETTER = re.compile(r"([+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+))([+-][0-9]{3})")
"""Fortran leaves out the letter where the exponent has three digits."""

_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_DECIMAL_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?")


_MISSING = frozenset(("", "-", "#n/a", "#n/a n/a", "#na", "<na>", "n/a", "na", "none", "null"))
"""Cells without a value, in lower case: what pandas reads as missing, and a dash; nan is a number here."""

_NAN_OF_WINDOWS = frozenset(("1.#ind", "1.#qnan"))


def is_missing(cell: str) -> bool:
    """Return whether a cell has no value: it is empty, or says so, as ``NA`` and ``None`` do."""
    return cell.strip().lower() in _MISSING


def number_of(text: str) -> float | None:
    """Return the number in a cell, or None.

    ``nan`` and ``inf`` are numbers, and so are Fortran's ``1D+3`` and ``1.0-241``.
    """
    # Python's own numbers may have underscores and other digits than these, which no table means.
    if not text.isascii() or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        stripped = text.strip()
        if _FORTRAN.fullmatch(stripped):
            return float(stripped.lower().replace("d", "e").replace("q", "e"))
        if stripped.lower().lstrip("+-") in _NAN_OF_WINDOWS:
            return math.nan
        found = _FORTRAN_WITHOUT_LETTER.fullmatch(stripped)
        return float(f"{found[1]}e{found[2]}") if found else None


def has_decimal_commas(cells: list[str]) -> bool:
    """Return whether the numbers in some cells, which no comma separates, have decimal commas."""
    stripped = [cell.strip() for cell in cells]
    return any(map(_DECIMAL_COMMA.fullmatch, stripped)) and not any(map(_DECIMAL_POINT.fullmatch, stripped))


def with_decimal_point(cell: str) -> str:
    """Return a cell with a decimal point where it is a number with a decimal comma; others unchanged."""
    return cell.replace(",", ".") if "," in cell and _DECIMAL_COMMA.fullmatch(cell.strip()) else cell
