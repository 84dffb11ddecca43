"""Classes of characters, as parts of regular expressions."""

from __future__ import annotations

JOINERS = "\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""What cannot be seen but may change the form of its neighbours, in a class of an expression."""
