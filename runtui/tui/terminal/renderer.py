"""Differential drawing: send only the cells that differ from those on the terminal.

Textual sends every row of a widget that has changed. Over a slow line this is noticeable, most of all when a
log is followed, as each new line moves all others up. So the renderer remembers the terminal's rows: it does
not send unchanged rows, and has the terminal itself move rows that have only moved.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color, ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style
from textual.strip import Strip

from runtui.tui.terminal.textual_private import ChopsUpdate, CompositorUpdate, LayoutUpdate

_LEAST_MOVED = 3  # rows; a move of fewer rows saves nothing
_MOST_NAMESAKES = 4  # rows with the same text, above which the text says nothing about a move
_LEAST_GAP = 6  # cells; sending fewer unchanged cells again is shorter than moving the cursor over them
_DIFFERING = re.compile(rb"[^\0](?:\0{0,%d}[^\0])*" % (_LEAST_GAP - 1))
_LAST_OF_BMP = "\uffff"
_BOM_BYTES = 2
"""The length of the byte order mark in UTF-16; the encodings without one would import a module."""

CellStyle = tuple[str, str, str]
"""A text's attributes, foreground and background colour, as parameters of escape sequences."""

_PLAIN: CellStyle = ("", "", "")


class DiffRenderer:
    """The rows on the terminal, as far as they are known, and the rows that it should show.

    A row is unknown if a part of it was written by another program, or not at all.
    """

    def __init__(self) -> None:
        self._shown: list[Strip | None] = []
        self._wanted: list[Strip | None] = []
        self._loose: list[tuple[int, int, Strip]] = []
        self._width = 0

    def forget(self) -> None:
        """Treat the terminal's rows as unknown, so that all rows are sent."""
        self._shown = [None] * len(self._shown)

    def leave_to_others(self) -> None:
        """Treat all rows as unknown until the whole screen is updated."""
        self._shown, self._wanted = [None] * len(self._shown), [None] * len(self._wanted)
        self._loose.clear()

    def take(self, update: CompositorUpdate) -> bool:
        """Accept an update of the screen; return False if Textual must send it itself."""
        if isinstance(update, LayoutUpdate) and not update.region.offset:
            rows = [Strip.join(line).simplify() for line in update.strips]
            if (len(rows), update.region.width) != (len(self._shown), self._width):
                self._shown = [None] * len(rows)
                self._width = update.region.width
            self._wanted = list(rows)
            self._loose.clear()
            return True
        if not isinstance(update, ChopsUpdate) or len(update.chops) != len(self._wanted):
            self.leave_to_others()
            return False
        for y, begin, end in update.spans:
            pieces = list(_pieces(update.chops[y], update.chop_ends[y], begin, end))
            self._wanted[y] = _overlaid(self._wanted[y], pieces, self._width)
            if self._wanted[y] is None:
                self._loose += [(x, y, strip) for x, strip in pieces]
            elif self._loose:
                self._loose = [piece for piece in self._loose if piece[1] != y]
        return True

    def sequences(self, console: Console) -> str:
        """Return the sequences that bring the terminal up to date, and consider them sent."""
        shown, wanted = self._shown, self._wanted
        pen = _Pen(console)
        move = _best_move(shown, wanted)
        if move is not None:
            pen.send(move.sequence)
            move.apply(shown)
        for y, (old, new) in enumerate(zip(shown, wanted, strict=True)):
            if new is not None and old != new:
                pen.draw_row(y, old, new)
        for x, y, strip in self._loose:
            pen.draw(x, y, strip)
        self._loose.clear()
        self._shown = list(wanted)
        return pen.finish()


class _Pen:
    """Writes styled text with as few style sequences as possible.

    Args:
        console: Knows which colours the terminal has.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._colours = COLOR_SYSTEMS[console.color_system] if console.color_system else None
        self._look = _PLAIN
        self._sent: list[str] = []

    def send(self, sequence: str) -> None:
        """Write an escape sequence."""
        self._sent.append(sequence)

    def finish(self) -> str:
        """Return everything written, with the style reset at the end."""
        self._change_to(_PLAIN)
        return "".join(self._sent)

    def draw_row(self, y: int, old: Strip | None, new: Strip) -> None:
        """Draw those parts of a row that differ from the row on the terminal."""
        before = None if old is None else _cells(old, self._colours)
        after = _cells(new, self._colours)
        if after is None:
            self.draw(0, y, new)
            return
        for begin, end in [(0, len(after.texts))] if before is None else _differing(before, after):
            self._draw_cells(begin, end, y, after)

    def draw(self, x: int, y: int, strip: Strip) -> None:
        """Draw a strip as it is."""
        self._change_to(_PLAIN)
        self.send(_move_to(x, y) + strip.render(self._console))

    def _draw_cells(self, begin: int, end: int, y: int, cells: _Cells) -> None:
        self._sent.append(_move_to(begin, y))
        for look_end, look in cells.looks:
            if look_end <= begin:
                continue
            if text := "".join(cells.texts[begin : min(look_end, end)]):
                self._change_to(look)
                self._sent.append(text)
            if look_end >= end:
                return
            begin = look_end

    def _change_to(self, look: CellStyle) -> None:
        if look == self._look:
            return
        if look == _PLAIN:
            said = ""
        elif look[0] == self._look[0]:
            changes = zip(look[1:], self._look[1:], ("39", "49"), strict=True)
            said = ";".join([new or default for new, old, default in changes if new != old])
        else:
            said = ";".join(["0", *(part for part in look if part)])
        self._sent.append(f"\x1b[{said}m")
        self._look = look


@lru_cache(maxsize=8192)
def _look_of(style: Style | None, colours: ColorSystem | None) -> CellStyle:
    """Return the parameters of a style on a terminal with these colours; links are ignored.

    Without colours, text with a background colour is shown in reverse.
    """
    if style is None:
        return _PLAIN
    stands_out = colours is None and style.bgcolor is not None and not style.bgcolor.is_default
    rendered = Style(
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        blink=style.blink,
        reverse=style.reverse or stands_out,
        conceal=style.conceal,
        strike=style.strike,
        overline=style.overline,
    ).render("x", color_system=colours or ColorSystem.STANDARD)
    attributes = rendered.partition("m")[0].removeprefix("\x1b[") if rendered != "x" else ""
    if colours is None:
        return attributes, "", ""
    return attributes, _colour(style.color, colours, True), _colour(style.bgcolor, colours, False)


def _colour(colour: Color | None, colours: ColorSystem, is_foreground: bool) -> str:
    if colour is None or colour.is_default:
        return ""
    return ";".join(colour.downgrade(colours).get_ansi_codes(foreground=is_foreground))


class _Cells(NamedTuple):
    """A row as cells.

    Attributes:
        texts: The text of each cell; a plain string if each holds one character. The second cell of a wide
            character is empty.
        looks: The end of each span of equal style, and its style.
    """

    texts: str | list[str]
    looks: list[tuple[int, CellStyle]]


def _cells(strip: Strip, colours: ColorSystem | None) -> _Cells | None:
    """Return a row as cells; None if that is not possible."""
    texts: str | list[str] = ""
    looks: list[tuple[int, CellStyle]] = []
    for text, style, control in strip:
        if control:
            return None
        if isinstance(texts, str) and _is_simple(text):
            texts += text
        elif (cells := _cells_of(text)) is not None:
            texts = [*texts, *cells]
        else:
            return None
        end = len(texts)
        look = _look_of(style, colours)
        if looks and looks[-1][1] == look:
            looks[-1] = (end, look)
        else:
            looks.append((end, look))
    return _Cells(texts, looks)


def _is_simple(text: str) -> bool:
    """Return whether each character certainly takes one cell."""
    return text.isascii() or _is_simple_beyond_ascii(text)


@lru_cache(maxsize=2048)
def _is_simple_beyond_ascii(text: str) -> bool:
    is_narrow = max(text) <= _LAST_OF_BMP and all(get_character_cell_size(char) == 1 for char in text)
    return is_narrow and cell_len(text) == len(text)


def _cells_of(text: str) -> list[str] | None:
    cells: list[str] = []
    for char in text:
        width = get_character_cell_size(char)
        if width:
            cells.append(char)
            if width > 1:
                cells.append("")
        elif cells:
            cells[-1] += char
        else:
            return None  # it combines with the character before, which has another style
    # Some characters have another width next to others.
    return cells if len(cells) == cell_len(text) else None


def _differing(before: _Cells, after: _Cells) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the parts of a row that differ, without splitting wide characters."""
    if len(before.texts) != len(after.texts):
        yield 0, len(after.texts)
        return
    for found in _DIFFERING.finditer(_differences(before, after)):
        yield _widened(before.texts, after.texts, *found.span())


def _differences(before: _Cells, after: _Cells) -> bytes:
    """Return a byte for each cell, 0 if it is unchanged."""
    old, new = before.texts, after.texts
    if isinstance(old, str) and isinstance(new, str):
        # One integer for all cells, with two bytes for each: ten times as fast as comparing them one by one.
        bits = _number_of(old) ^ _number_of(new)
        texts = (bits | bits >> 8).to_bytes(2 * len(new) + _BOM_BYTES, "little")[_BOM_BYTES::2]
    else:
        texts = bytes(map(operator.ne, old, new))
    if before.looks == after.looks:
        return texts
    looks = map(operator.ne, _each_look(before), _each_look(after))
    return bytes(map(operator.or_, texts, looks))


def _number_of(text: str) -> int:
    return int.from_bytes(text.encode("utf-16", "surrogatepass"), "little")


def _each_look(cells: _Cells) -> list[CellStyle]:
    looks: list[CellStyle] = []
    for end, look in cells.looks:
        looks += [look] * (end - len(looks))
    return looks


def _widened(before: Sequence[str], after: Sequence[str], begin: int, end: int) -> tuple[int, int]:
    while begin and not (before[begin] and after[begin]):
        begin -= 1
    while end < len(after) and not (before[end] and after[end]):
        end += 1
    return begin, end


@dataclass(frozen=True, slots=True)
class Move:
    """A move of rows by the terminal itself.

    Attributes:
        top: The first row, from 0, of the region that scrolls.
        bottom: The row behind the region.
        rows: How many rows up; negative for down. As many rows become empty.
    """

    top: int
    bottom: int
    rows: int

    @property
    def sequence(self) -> str:
        """The escape sequence: lines are deleted or inserted at the top of a scrolling region.

        Every terminal knows these, unlike the sequences that scroll.
        """
        edit = f"{self.rows}M" if self.rows > 0 else f"{-self.rows}L"
        return f"\x1b[{self.top + 1};{self.bottom}r\x1b[{self.top + 1}H\x1b[{edit}\x1b[r"

    def apply(self, rows: list[Strip | None]) -> None:
        """Move the rows of a list, with None for those that become empty."""
        empty: list[Strip | None] = [None] * abs(self.rows)
        moved = rows[self.top : self.bottom]
        rows[self.top : self.bottom] = (
            moved[self.rows :] + empty if self.rows > 0 else empty + moved[: self.rows]
        )


def _pieces(
    chops: Mapping[int, Strip | None], ends: Iterable[int], begin: int, end: int
) -> Iterator[tuple[int, Strip]]:
    """Yield the parts that Textual would send for a span of a row, each with its first column."""
    for chop_end, (x, strip) in zip(ends, chops.items(), strict=True):
        if strip is None or x > end or chop_end <= begin:
            continue
        if end <= x or chop_end > end:
            strip = strip.crop(0, min(chop_end, end) - x)
        if strip:
            yield x, strip


def _overlaid(row: Strip | None, pieces: Iterable[tuple[int, Strip]], width: int) -> Strip | None:
    """Return a row with parts of it replaced; None if it is not entirely known."""
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
    """Return the move that leaves the least to draw, or None if none saves anything."""
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
    """Return the longest block of rows between `first` and `last` that is now shown `rows` further down."""
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


def _move_to(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
