"""Texts in the form in which they are compared, since one text can be stored in several ways."""

from __future__ import annotations

import unicodedata


def composed(text: str) -> str:
    """Return a text with its accents joined to their letters (NFC), however they are stored.

    File systems, keyboards and programs differ in that, and nobody sees a difference.
    """
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Return a text for comparing it without regard to case, or to how its accents are stored."""
    return composed(text.casefold())
