"""Looking back in a long log over what repeats at its end: dumps, tables, the farewell of each rank.

What a program said before it is found without reading all of it: parts are compared by the words of their
lines, at growing distances and then by bisection, and of lines alike only a few are kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runtui.logs.diagnose.levels import LogLevel, level_of

_BLOCK = 32 * 1024  # bytes that are read before a change
_SAMPLE = 4 * 1024  # bytes by which a part of the log is judged
_GLANCE = 2 * 1024  # bytes by which two parts are compared
_NARROW = 12 * 1024  # bytes within which the place of a change is found
_MOST_BLOCKS = 12  # parts of a log
_MOST_STEPS = 48  # samples in search of a change
_SHARE_NEW = 0.3  # of the lines of a part that tells something else
_FEWEST_NEW = 2  # lines
_OFTEN = 12  # lines alike in one block, of which only a few are kept
_KEPT = 3  # lines of what begins after the program's own output
_KEPT_OF_OUTPUT = 12  # lines of what the program wrote before, too
_LONGEST = 400  # bytes of a line that are looked at
_WORDS = 5  # words of a line

_WORD = re.compile(
    rb"(?<![\w+/=@\x80-\xff])(?!(?-i:0x|[0-9a-f]+\b))[A-Za-z_\x80-\xff]{3,24}(?![\w+/=@\x80-\xff])"
)
"""A word of a language, and not a number in base 16 or 64."""


class LookedBack(NamedTuple):
    """The end of a log without most of what repeats.

    Attributes:
        data: Its lines.
        begins: Where each part begins in `data` that stands in one piece in the log.
        places: Where it begins in the log.
        read: Bytes of the log that were read.
    """

    data: bytes
    begins: Sequence[int]
    places: Sequence[int]
    read: int


class _Block(NamedTuple):
    """A part of a log that begins with a line.

    Attributes:
        offset: Where it begins in the log, in bytes.
        lines: Its lines.
        shapes: The words of each.
    """

    offset: int
    lines: list[bytes]
    shapes: list[bytes]


class _Log:
    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        self.read = 0  # bytes

    def block(self, begin: int, end: int) -> _Block:
        """Return the lines between two places; the one that began before them is left out."""
        data = self._read(begin, end - begin)
        self.read += len(data)
        return _parted(begin, data)


def look_back(end: int, tail: int, read: Callable[[int, int], bytes]) -> LookedBack:
    """Return the end of a log without most of what repeats, and what stood before it.

    Args:
        end: Where the log ends, in bytes.
        tail: Where its last part begins that was read already.
        read: Reads from an offset a number of bytes.
    """
    log = _Log(read)
    blocks = [log.block(tail, end)]
    seen = set(blocks[0].shapes)
    while len(blocks) < _MOST_BLOCKS and (begin := blocks[-1].offset) > 0:
        block = log.block(max(0, begin - _BLOCK), begin)
        if not _is_new(block, seen):
            change = _change_before(log, begin, seen)
            if change == 0:
                block = log.block(0, min(begin, _SAMPLE))
            else:
                block = log.block(max(0, change - _BLOCK), min(begin, change + _SAMPLE))
        says_why = any(
            level_of(line[:_LONGEST].decode("utf-8", "replace")) is LogLevel.ERROR
            for line, shape in zip(block.lines, block.shapes, strict=True)
            if shape not in seen
        )
        blocks.append(block)
        seen.update(block.shapes)
        if says_why:
            break
    return _squeezed(blocks[::-1], log.read)


def is_same_output(before: bytes, after: bytes) -> bool:
    """Return whether a part of a log begins with what another part ends with, as regular output does."""
    known = _parted(0, before[-_GLANCE:])
    return not _is_new(_parted(0, after[:_GLANCE]), set(known.shapes))


def _parted(offset: int, data: bytes) -> _Block:
    """Return the lines of a part of a log without the first one, which may not be whole, but at its begin."""
    data = data.replace(b"\r", b"\n")
    cut = data.find(b"\n") + 1 if offset else 0
    lines = data[cut:].split(b"\n")
    if not lines[-1]:
        lines.pop()
    return _Block(offset + cut, lines, [_shape(line) for line in lines])


def _change_before(log: _Log, end: int, seen: set[bytes]) -> int:
    """Return a place before which a log tells of other things than those seen; 0 for none."""
    known, step, steps = end, _BLOCK, 0
    other = 0
    while known > 0 and steps < _MOST_STEPS:
        place = max(0, known - step)
        steps += 1
        if _is_new(log.block(place, min(known, place + _SAMPLE)), seen):
            other = place
            break
        known, step = place, 2 * step
    while known - other > _NARROW and steps < _MOST_STEPS:
        middle = (known + other) // 2
        steps += 1
        if _is_new(log.block(middle, middle + _SAMPLE), seen):
            other = middle
        else:
            known = middle
    return known


def _is_new(block: _Block, seen: set[bytes]) -> bool:
    new = sum(shape not in seen for shape in block.shapes)
    return new >= _FEWEST_NEW and new >= _SHARE_NEW * len(block.shapes)


def _squeezed(blocks: Sequence[_Block], read: int) -> LookedBack:
    """Return the lines of blocks, in their order, without most of those that occur very often."""
    output = set(blocks[0].shapes) if len(blocks) > 1 else set()
    texts: list[bytes] = []
    begins: list[int] = []
    places: list[int] = []
    position = 0
    for block in blocks:
        counts = Counter(block.shapes)
        left = {
            shape: _KEPT_OF_OUTPUT if shape in output else _KEPT
            for shape, count in counts.items()
            if count > _OFTEN
        }
        place = block.offset
        is_cut = True
        for line, shape in zip(block.lines, block.shapes, strict=True):
            number = left.get(shape)
            if number is None or number > 0:
                if is_cut:
                    begins.append(position)
                    places.append(place)
                texts.append(line)
                position += len(line) + 1
                if number is not None:
                    left[shape] = number - 1
                is_cut = False
            else:
                is_cut = True
            place += len(line) + 1
    return LookedBack(b"\n".join(texts), begins, places, read)


def _shape(line: bytes) -> bytes:
    """Return the words of a line, which tell what it is about; of one without words how many parts it has."""
    words = _WORD.findall(line[:_LONGEST])
    return b" ".join(words[:_WORDS]) if words else b"%d" % len(line.split())
