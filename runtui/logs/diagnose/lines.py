"""Lines of a text in bytes: where they begin and end, their neighbours, and what they say without marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runtui.logs.read.text import shown_line

LONGEST_LINE = 4096
"""Bytes of a line that are looked at."""

SHOWN = 300
"""Characters of a line that are shown."""

_MOST_AFTER = 400  # lines, as many as a traceback has
_MOST_BEFORE = 12  # lines
_STEP = 1024  # bytes
_BEFORE = 256  # bytes of a line without end that are looked at before what a rule looks for

RANK = re.compile(
    r"\[\d+,\d+\]<std(?:err|out)>: ?"  # Open MPI
    r"|\[(?:rank)?\d{1,6}\]:? "  # MPICH, PyTorch
    r"|\s{0,6}\d{1,6}: "  # srun
    r"|\[[\w.-]{1,60}:\d{1,6}\]: ?"  # accelerate
    r"|\(\w{1,40} pid=\d+[^()]{0,60}\) "  # Ray
    r"|\s{0,8}From worker \d{1,6}:\s{1,8}"  # Julia
)
"""The mark of a rank at the beginning of a line."""

TREE = re.compile(r"[ \t]*(?:\| ?)?")
"""What stands before a line in a tree of exceptions."""

BOX = re.compile(r"\s{0,4}([*|!#║│])(?=\s|$)(?:\s+\\___/)?(.{0,200}?)\s*(?<=\s)\1\s*")
"""A line between the sides of a box."""

_ASSERTED = re.compile(r"E {3,40}(?=[\w.]+(?:Error|Exception|Exit|Interrupt|Warning)\b)")
"""What pytest writes before an exception."""


def line_around(data: bytes, place: int) -> tuple[int, int]:
    """Return the bounds of the line that a place is in, or of a part of a line without end."""
    begin = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1
    if place - begin > LONGEST_LINE // 2:
        # Far inside a line without end: in steps, so that all rules find the same begin.
        begin += (place - begin) // _STEP * _STEP - _BEFORE
    end = data.find(b"\n", place)
    return begin, len(data) if end < 0 else end


def lines_after(data: bytes, end: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the lines after the one that ends at a place, a few hundred at most."""
    for _line in range(_MOST_AFTER):
        begin = end + 1
        if begin >= len(data):
            return
        end = data.find(b"\n", begin)
        if end < 0:
            end = len(data)
        yield begin, min(end, begin + LONGEST_LINE)


def lines_before(data: bytes, begin: int, most: int = _MOST_BEFORE) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the lines before the one that begins at a place, the nearest first."""
    for _line in range(most):
        if begin <= 0:
            return
        end = begin - 1
        begin = data.rfind(b"\n", 0, end) + 1
        if end - begin <= LONGEST_LINE:
            yield begin, end


def plain_text(line: bytes) -> str:
    """Return a line as it is shown."""
    return shown_line(line.decode("utf-8", "replace"))


def without_rank(line: str) -> str:
    """Return a line without the mark of a rank, the sides of a box and the lines of a tree."""
    rank = RANK.match(line)
    text = line[rank.end() :] if rank else line
    box = BOX.fullmatch(text)
    if box is not None:
        return TREE.sub("", box[2].strip(), count=1)
    if text.startswith("E  "):
        return _ASSERTED.sub("", text)
    return TREE.sub("", text, count=1)
