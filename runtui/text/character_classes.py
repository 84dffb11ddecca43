"""Character classes for regular expressions."""

from __future__ import annotations

JOINERS = "\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Invisible characters that can change the form of their neighbours, for a character class."""
