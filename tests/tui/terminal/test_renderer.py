"""What is sent to the terminal instead of all that changed, judged by what a real terminal shows of it."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from runtui.tui.terminal.renderer import DiffRenderer
from tests.terminal import Terminal

WIDTH, HEIGHT = 30, 12
TOP, BOTTOM = 2, 11  # the rows of a log in the middle of the screen
CONSOLE = Console(color_system="256", force_terminal=True, width=WIDTH)


def row(text: str) -> Strip:
    """Return a row with a frame on both sides."""
    frame = Style(color="blue")
    inner = Strip([Segment(text, Style(color="red" if "7" in text else None))])
    return Strip(
        [Segment("│", frame), *inner.adjust_cell_length(WIDTH - 2, Style()), Segment("│", frame)], WIDTH
    )


class Painted:
    """A screen that is painted as Textual does it, and what was sent for that."""

    def __init__(self) -> None:
        self.rows = [row(f"row {y}") for y in range(HEIGHT)]
        self.shown = DiffRenderer()
        self.sent: list[str] = []
        self.naive = 0
        self._send(LayoutUpdate([[strip] for strip in self.rows], Region(0, 0, WIDTH, HEIGHT)))

    def _send(self, update: CompositorUpdate) -> None:
        assert self.shown.take(update)
        self.sent.append(self.shown.sequences(CONSOLE))
        self.naive += len(update.render_segments(CONSOLE))

    def update(self, first: int, last: int, begin: int = 1, end: int = WIDTH - 1) -> None:
        """Paint part of some rows; cuts are where the frame is and where the part begins and ends."""
        cuts = sorted({0, 1, begin, end, WIDTH - 1, WIDTH})
        chops: list[dict[int, Strip | None]] = [
            {x: strip.crop(x, x_end) for x, x_end in pairwise(cuts)} for strip in self.rows
        ]
        self._send(ChopsUpdate(chops, [(y, begin, end) for y in range(first, last)], [cuts[1:]] * HEIGHT))


def screen_after(sent: str, folder: Path) -> list[str]:
    """Return the rows of a terminal to which this was sent."""
    path = folder / "sent"
    path.write_text(sent + f"\x1b[{HEIGHT + 1}Hdone")
    with Terminal(["cat", str(path)], WIDTH, HEIGHT + 2) as terminal:
        return terminal.wait_for("done").splitlines()[:HEIGHT]


LINES = st.text("ab7 漢é", max_size=40)
STEPS = st.one_of(
    st.tuples(st.just("append"), st.lists(LINES, min_size=1, max_size=12)),
    st.tuples(st.just("back"), st.lists(LINES, min_size=1, max_size=5)),
    st.tuples(st.just("title"), LINES),
    st.tuples(st.just("over"), st.tuples(st.integers(0, 10), st.integers(1, 20), LINES)),
    st.tuples(st.just("forget"), st.none()),
)


@given(st.lists(STEPS, min_size=1, max_size=12))
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_terminal_shows_the_intended_screen(tmp_path_factory, steps) -> None:
    painted = Painted()
    rows = painted.rows
    for what, value in steps:
        if what == "append":
            rows[TOP:BOTTOM] = (rows[TOP:BOTTOM] + [row(text) for text in value])[-(BOTTOM - TOP) :]
            painted.update(TOP, BOTTOM)
        elif what == "back":
            rows[TOP:BOTTOM] = ([row(text) for text in value] + rows[TOP:BOTTOM])[: BOTTOM - TOP]
            painted.update(TOP, BOTTOM)
        elif what == "title":
            rows[0] = row(value)
            painted.update(0, 1, 0, WIDTH)
        elif what == "over":
            # Something comes up over part of the rows, with borders of its own, and stays.
            first, begin, text = value
            over = Strip([Segment(text)]).adjust_cell_length(8, Style())
            for y in range(first, first + 2):
                old = rows[y]
                rows[y] = Strip.join([old.crop(0, begin), over, old.crop(begin + 8, WIDTH)])
            painted.update(first, first + 2, begin, begin + 8)
        else:
            painted.shown.forget()
            painted.update(TOP, BOTTOM)
    shown = screen_after("".join(painted.sent), tmp_path_factory.mktemp("sent"))
    assert shown == [strip.text.rstrip() for strip in rows]


def test_scrolled_rows_are_not_resent(tmp_path: Path) -> None:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    painted = Painted()
    for number in range(500):
        painted.rows[TOP:BOTTOM] = [*painted.rows[TOP + 1 : BOTTOM], row(f"line {number}")]
        painted.update(TOP, BOTTOM)
    assert sum(map(len, painted.sent)) < painted.naive / 3
    assert screen_after("".join(painted.sent), tmp_path) == [strip.text.rstrip() for strip in painted.rows]


def test_accent_with_a_different_style_than_its_letter_is_sent() -> None:
    painted = Painted()
    accent = Segment("\u0301f", Style(color="green"))
    painted.rows[5] = Strip(
        [Segment("caf"), Segment("e", Style(bold=True)), accent, Segment(" " * (WIDTH - 5))]
    )
    painted.update(5, 6, 0, WIDTH)
    assert "\u0301" in painted.sent[-1]


def test_unchanged_cells_are_not_sent(tmp_path: Path) -> None:
    painted = Painted()
    painted.update(0, HEIGHT)
    assert painted.sent[-1] == ""
    painted.shown.forget()
    painted.update(0, HEIGHT)
    assert "row 3" in painted.sent[-1]
