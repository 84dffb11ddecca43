"""The lines of a log in memory, filled from a real log without a terminal."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.logs.session import LogSession
from runtui.logs.viewport import Kept
from runtui.tui.widgets.log_buffer import LogBuffer

HEIGHT = 5


def numbered(count: int, begin: int = 0) -> str:
    return "".join(f"{number:06}\n" for number in range(begin, begin + count))


class Screen:
    """A buffer of five rows on a log, with whatever it asks for read at once.

    Attributes:
        asked: What it asked for: offset, and whether lines before it.
        changes: How often it told of a change.
    """

    def __init__(self, log: Path, rows_of: Callable[[Kept], int]) -> None:
        self.log = log
        self.session = LogSession(str(log.parent.parent))
        self.asked: list[tuple[int, bool]] = []
        self.changes = 0
        self.buffer = LogBuffer(rows_of, self._change, lambda *edge: self.asked.append(edge))
        self.buffer.resize(HEIGHT, 0, keeps_here=False)
        self.buffer.show(self.session.look(None).chunk)
        self.paint()

    def _change(self) -> None:
        self.changes += 1

    def paint(self) -> None:
        """Ask for more, as after each painting, until nothing more is wanted."""
        self.buffer.ask_for_more()
        while self.asked:
            place, backwards = self.asked.pop(0)
            chunk = self.session.before(place) if backwards else self.session.after(place)
            self.buffer.add_more(chunk, place, backwards=backwards)
            self.buffer.ask_for_more()

    def scroll(self, rows: int) -> None:
        self.buffer.scroll(rows)
        self.paint()

    def write(self, text: str) -> None:
        """Append to the log, and have what is new added."""
        with self.log.open("a") as file:
            file.write(text)
        update = self.session.look(self.buffer.behind)
        assert update.chunk is not None
        self.buffer.add_news(update.chunk)
        self.paint()

    @property
    def shown(self) -> list[str]:
        return [self.buffer.line(place).line.raw.decode() for place, _row in self.buffer.rows()]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "a.log"
    path.parent.mkdir()
    path.write_text(numbered(10_000))
    return path


@pytest.fixture
def screen(log: Path) -> Screen:
    return Screen(log, lambda _kept: 1)


def lines(first: int, count: int = HEIGHT) -> list[str]:
    return numbered(count, first).split()


def test_log_opens_at_its_end_and_is_followed(screen: Screen) -> None:
    assert screen.shown == lines(9995)
    screen.write(numbered(2, 10_000))
    assert screen.shown == lines(9997)
    assert screen.buffer.is_following


@pytest.mark.parametrize("wrapped", [1, 3])
def test_scrolling_shows_the_same_lines_as_the_whole_log(log: Path, wrapped: int) -> None:
    screen = Screen(log, lambda kept: wrapped if kept.line.raw.endswith(b"7") else 1)
    rows = [(line, row) for line in lines(0, 10_000) for row in range(wrapped if line[-1] == "7" else 1)]
    top = len(rows) - HEIGHT
    choose = random.Random(1)
    for _step in range(60):
        step = choose.randint(-400, 380)
        top = min(len(rows) - HEIGHT, max(0, top + step))
        # At most 200 rows are owed until lines are read, so it goes there in steps of that size.
        for part in [100 if step > 0 else -100] * (abs(step) // 100) + [step - int(step / 100) * 100]:
            screen.scroll(part)
        shown = [(screen.buffer.line(place).line.raw.decode(), row) for place, row in screen.buffer.rows()]
        assert shown == rows[top : top + HEIGHT]


def test_scrolling_up_stops_following_and_the_end_resumes_it(screen: Screen) -> None:
    screen.scroll(-1)
    assert not screen.buffer.is_following
    screen.write(numbered(1, 10_000))
    assert screen.shown == lines(9994)
    screen.scroll(2)
    assert screen.buffer.is_following
    assert screen.shown == lines(9996)


def test_number_of_lines_in_memory_is_limited(screen: Screen) -> None:
    for first in range(10_000, 20_000, 100):
        screen.write(numbered(100, first))
    assert screen.shown == lines(19_995)
    assert not screen.buffer.go_to(0)
    assert not screen.buffer.go_to(7 * 10_000)
    assert screen.buffer.go_to(7 * 19_000)


def test_each_edge_is_requested_once_until_answered(screen: Screen) -> None:
    screen.buffer.show(screen.session.around(7 * 5000, 20), 7 * 5000)
    screen.buffer.ask_for_more()
    screen.buffer.ask_for_more()
    assert sorted(backwards for _place, backwards in screen.asked) == [False, True]
    screen.buffer.ask_again(backwards=True)
    screen.buffer.ask_for_more()
    assert [backwards for _place, backwards in screen.asked].count(True) == 2


def test_loading_lines_beyond_the_screen_does_not_scroll(screen: Screen) -> None:
    screen.buffer.show(screen.session.around(7 * 5000, 20), 7 * 5000)
    changes, shown = screen.changes, screen.shown
    screen.paint()
    assert (screen.changes, screen.shown) == (changes, shown)


def test_scrolling_continues_once_rows_have_been_read(screen: Screen) -> None:
    screen.buffer.show(screen.session.around(7 * 5000, 10), 7 * 5000)
    first = int(screen.shown[0])
    screen.buffer.scroll(100)
    assert screen.shown != lines(first + 100)
    screen.paint()
    assert screen.shown == lines(first + 100)


def test_line_written_in_pieces_is_one_line(screen: Screen) -> None:
    screen.write("010")
    assert screen.shown[-1] == "010"
    screen.write("000\n010001\n")
    assert screen.shown == lines(9997)


def test_outdated_new_lines_are_ignored(screen: Screen) -> None:
    chunk = screen.session.after(7 * 9990)
    screen.buffer.add_news(chunk)
    assert screen.shown == lines(9995)
    screen.buffer.show(screen.session.around(0, 20), 0)
    screen.buffer.add_news(chunk)
    assert screen.shown == lines(0)


def test_lines_of_a_replaced_log_stay_above_a_notice(screen: Screen) -> None:
    screen.log.write_text("new\n")
    update = screen.session.look(screen.buffer.behind)
    assert update.look is not None
    assert update.chunk is not None
    screen.buffer.restart(update.look.rest, update.look.notice, update.chunk)
    screen.paint()
    assert screen.shown == ["009997", "009998", "009999", "", "new"]
    assert "truncated" in screen.buffer.line(screen.buffer.rows()[3][0]).notice
    assert screen.buffer.top == 0


def test_search_result_on_screen_becomes_current_without_scrolling(screen: Screen) -> None:
    assert screen.buffer.go_to(7 * 9997, is_hit=True)
    assert screen.shown == lines(9995)
    assert screen.buffer.here == 7 * 9997
    assert screen.buffer.go_to(7 * 9900, is_hit=True)
    assert "009900" in screen.shown


def test_search_begins_after_the_current_line_or_at_the_edge_of_the_screen(screen: Screen) -> None:
    search_from = screen.buffer.search_from
    assert search_from(backwards=True, is_new=True) == 7 * 10_000
    assert search_from(backwards=False, is_new=True) == 7 * 9995
    screen.buffer.go_to(7 * 9997, is_hit=True)
    assert search_from(backwards=False, is_new=False) == 7 * 9998
    assert search_from(backwards=False, is_new=True) == 7 * 9997
    assert search_from(backwards=True, is_new=False) == 7 * 9997
    screen.scroll(-100)
    assert search_from(backwards=False, is_new=False) == 7 * 9895


def test_selection_grows_with_keys_and_survives_new_lines(screen: Screen) -> None:
    screen.buffer.toggle_selecting()
    screen.scroll(-7)
    screen.write(numbered(1, 10_000))
    selected = [kept.line.raw.decode() for kept in screen.buffer.selection.lines()]
    assert selected == lines(9992, 8)
    screen.buffer.toggle_selecting()
    assert not screen.buffer.selection.is_active


def test_first_line_on_screen_is_used_without_a_selection(screen: Screen) -> None:
    assert [kept.line.raw for kept in screen.buffer.selection.lines()] == [b"009995"]
    screen.buffer.go_to(7 * 9997, is_hit=True)
    assert [kept.line.raw for kept in screen.buffer.selection.lines()] == [b"009997"]


def test_current_line_stays_on_a_smaller_screen(screen: Screen) -> None:
    screen.buffer.go_to(7 * 9999, is_hit=True)
    screen.buffer.resize(2, 0, keeps_here=True)
    assert "009999" in screen.shown


def test_empty_buffer_has_no_positions(screen: Screen) -> None:
    screen.buffer.clear()
    buffer = screen.buffer
    assert not buffer.has_lines
    assert (buffer.rows(), buffer.selection.lines(), buffer.here, buffer.top, buffer.bottom) == (
        [], [], None, 0, 0,
    )  # fmt: skip
    buffer.toggle_selecting()
    assert not buffer.selection.is_active
