"""Sending to the terminal only what is not on it yet.

Textual sends every row of a widget that has changed. Over a slow line that is felt, most of all where a log
is followed: each new line moves all others up. So what the terminal shows is remembered row by row; rows
that stay are left alone, and rows that have only moved are moved by the terminal itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_LEAST_MOVED = 3  # rows; for fewer it is not worth it
_MOST_NAMESAKES = 4


class ShownRows:
    """What the terminal shows, as far as it is known: rows of which other programs, or nobody, has written a
    part are not."""

    def __init__(self) -> None:
        self._rows: list[Strip | None] = []
        self._width = 0

    def forget(self) -> None:
        """Take nothing for known, until all has been painted again."""
        self._rows = [None] * len(self._rows)

    def only_changes(self, update: CompositorUpdate) -> CompositorUpdate:
        """Return what is to be painted instead of `update`; it must be painted, or not, in its turn."""
        return _Changes(self, update)

    def sequences(self, update: CompositorUpdate, console: Console) -> str:
        """Return what has to be sent so that the terminal shows an update, and take it for sent."""
        if isinstance(update, LayoutUpdate):
            self._width = update.region.width
            self._rows = [Strip.join(line).simplify() for line in update.strips]
        elif isinstance(update, ChopsUpdate) and len(update.chops) == len(self._rows):
            return self._paint(update, console)
        else:
            self.forget()
        return update.render_segments(console)

    def _paint(self, update: ChopsUpdate, console: Console) -> str:
        shown, wanted = self._rows, list(self._rows)
        unknown: list[str] = []
        for y, begin, end in update.spans:
            pieces = list(_pieces(update.chops[y], update.chop_ends[y], begin, end))
            wanted[y] = _overlaid(wanted[y], pieces, self._width)
            if wanted[y] is None:
                unknown += [_move_to(x, y) + strip.render(console) for x, strip in pieces]
        sent = []
        move = _best_move(shown, wanted)
        if move is not None:
            sent.append(move.sequence)
            move.apply(shown)
        for y, (old, new) in enumerate(zip(shown, wanted, strict=True)):
            if new is not None and old != new:
                x, changed = _changed_part(old, new)
                sent.append(_move_to(x, y) + changed.render(console))
        self._rows = wanted
        return "".join(sent + unknown)


class _Changes(CompositorUpdate):
    """An update of which only that is sent which is not on the terminal yet."""

    def __init__(self, shown: ShownRows, update: CompositorUpdate) -> None:
        self._shown = shown
        self._update = update

    def render_segments(self, console: Console) -> str:
        # Only what is sent is asked for this.
        return self._shown.sequences(self._update, console)


@dataclass(frozen=True, slots=True)
class Move:
    """Rows that the terminal moves by itself.

    Attributes:
        top: The first row, from 0, of those among which they are moved.
        bottom: The row behind the last.
        rows: How far they go up; below 0, down. So many rows become empty.
    """

    top: int
    bottom: int
    rows: int

    @property
    def sequence(self) -> str:
        """What has the terminal do it: lines are deleted or inserted at the top of a scrolling region.

        Every terminal knows these, unlike the sequences that scroll.
        """
        what = f"{self.rows}M" if self.rows > 0 else f"{-self.rows}L"
        return f"\x1b[{self.top + 1};{self.bottom}r\x1b[{self.top + 1}H\x1b[{what}\x1b[r"

    def apply(self, rows: list[Strip | None]) -> None:
        """Do it in a list of rows, with None for those that become empty."""
        empty: list[Strip | None] = [None] * abs(self.rows)
        moved = rows[self.top : self.bottom]
        rows[self.top : self.bottom] = (
            moved[self.rows :] + empty if self.rows > 0 else empty + moved[: self.rows]
        )


def _pieces(
    chops: Mapping[int, Strip | None], ends: Iterable[int], begin: int, end: int
) -> Iterator[tuple[int, Strip]]:
    """Return the parts of a row that Textual would send for a span of it, and where each begins."""
    for chop_end, (x, strip) in zip(ends, chops.items(), strict=True):
        if strip is None or x > end or chop_end <= begin:
            continue
        if end <= x or chop_end > end:
            strip = strip.crop(0, min(chop_end, end) - x)
        if strip:
            yield x, strip


def _overlaid(row: Strip | None, pieces: Iterable[tuple[int, Strip]], width: int) -> Strip | None:
    """Return a row with parts of it replaced; None while not all of it is known."""
    parts = []
    place = 0
    for x, strip in pieces:
        if x > place:
            if row is None:
                return None
            parts.append(row.crop(place, x))
        parts.append(strip)
        place = x + strip.cell_length
    if place < width:
        if row is None:
            return None
        parts.append(row.crop(place, width))
    return Strip.join(parts).simplify()


def _best_move(shown: Sequence[Strip | None], wanted: Sequence[Strip | None]) -> Move | None:
    """Return the move after which the least has to be painted, or None where none is worth it."""
    changed = [y for y, row in enumerate(wanted) if row is not None and row != shown[y]]
    if len(changed) < _LEAST_MOVED:
        return None
    first, last = changed[0], changed[-1] + 1
    places: dict[str, list[int]] = {}
    for y in range(first, last):
        if (row := shown[y]) is not None:
            places.setdefault(row.text, []).append(y)
    votes: Counter[int] = Counter()
    for y in changed:
        row = wanted[y]
        namesakes = [] if row is None else places.get(row.text, [])
        if len(namesakes) <= _MOST_NAMESAKES:
            votes.update(place - y for place in namesakes if place != y)
    if not votes:
        return None
    rows = votes.most_common(1)[0][0]
    begin, end = _longest_run(shown, wanted, first, last, rows)
    top, bottom = (begin, end + rows) if rows > 0 else (begin + rows, end)
    if any(wanted[y] is None for y in range(top, bottom)):
        return None
    kept = sum(wanted[y] == shown[y] for y in range(top, bottom))
    return Move(top, bottom, rows) if end - begin - kept >= _LEAST_MOVED else None


def _longest_run(
    shown: Sequence[Strip | None], wanted: Sequence[Strip | None], first: int, last: int, rows: int
) -> tuple[int, int]:
    """Return the most rows in succession, between two, that stand `rows` further down now."""
    best = (first, first)
    begin = None
    for y in range(max(first, first - rows), min(last, last - rows) + 1):
        row = wanted[y] if y < min(last, last - rows) else None
        if row is not None and row == shown[y + rows]:
            begin = y if begin is None else begin
        elif begin is not None:
            best = max(best, (begin, y), key=lambda run: run[1] - run[0])
            begin = None
    return best


def _changed_part(old: Strip | None, new: Strip) -> tuple[int, Strip]:
    """Return the part of a row that differs from what is shown, and where it begins."""
    if old is None:
        return 0, new
    before, after = list(old), list(new)
    x = 0
    while before and after and before[0] == after[0]:
        x += after[0].cell_length
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    if len(before) == len(after) == 1 and before[0].style == after[0].style:
        was, text = before[0].text, after[0].text
        if len(was) == len(text) and _is_narrow(was) and _is_narrow(text):
            begin = next(place for place in range(len(text)) if was[place] != text[place])
            end = len(text)
            while was[end - 1] == text[end - 1]:
                end -= 1
            return x + begin, Strip([Segment(text[begin:end], after[0].style)])
    return x, Strip(after)


def _is_narrow(text: str) -> bool:
    """Return whether each character takes one cell."""
    return text.isascii() or all(get_character_cell_size(char) == 1 for char in text)


def _move_to(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
