"""The stretch of a log that is in memory."""

from __future__ import annotations

import pytest

from runtui.logs.read.lines import Line
from runtui.logs.session import LineChunk, lines_of
from runtui.logs.viewport import Viewport
from runtui.tui.widgets.log_loaded_lines import LoadedLines

TEXT = b"".join(b"%03d\n" % number for number in range(1000))


def chunk(
    begin: int, end: int, *, is_beginning: bool = False, is_end: bool = False, generation: int = 0
) -> LineChunk:
    """Return lines of the text: those from `begin` to before `end`."""
    lines = tuple(lines_of(TEXT[4 * begin : 4 * end], 4 * begin))
    return LineChunk(lines, is_beginning, is_end, generation, 4 * end)


class Loaded:
    """Lines in memory, and what they asked for."""

    def __init__(self, height: int = 5) -> None:
        self.viewport = Viewport(lambda _kept: 1)
        self.viewport.height = height
        self.asked: list[tuple[int, bool]] = []
        self.lines = LoadedLines(self.viewport, lambda *edge: self.asked.append(edge))

    @property
    def texts(self) -> list[str]:
        return [kept.notice or kept.line.raw.decode() for kept in self.viewport.kept]


@pytest.fixture
def loaded() -> Loaded:
    """Lines 400 to 404 of the text."""
    loaded = Loaded()
    loaded.lines.replace(chunk(400, 405))
    return loaded


def test_both_edges_are_requested_once(loaded: Loaded) -> None:
    loaded.lines.ask_for_more()
    loaded.lines.ask_for_more()
    assert loaded.asked == [(1600, True), (1620, False)]


def test_unreadable_edge_is_requested_again(loaded: Loaded) -> None:
    loaded.lines.ask_for_more()
    loaded.lines.ask_again(backwards=False)
    loaded.lines.ask_for_more()
    assert loaded.asked == [(1600, True), (1620, False), (1620, False)]


def test_no_lines_are_requested_beyond_the_ends_of_the_log() -> None:
    loaded = Loaded()
    loaded.lines.replace(chunk(0, 10, is_beginning=True, is_end=True))
    loaded.lines.ask_for_more()
    assert loaded.asked == []


def test_no_lines_are_requested_far_from_the_edges() -> None:
    loaded = Loaded()
    loaded.lines.replace(chunk(100, 600))
    loaded.viewport.top = 250
    loaded.lines.ask_for_more()
    assert loaded.asked == []


def test_lines_are_added_at_both_edges(loaded: Loaded) -> None:
    assert loaded.lines.extend(chunk(398, 400), 1600, backwards=True)
    assert loaded.lines.extend(chunk(405, 407, is_end=True), 1620, backwards=False)
    assert loaded.texts == [f"{number:03}" for number in range(398, 407)]
    assert loaded.lines.has_end
    assert not loaded.lines.has_beginning


def test_answers_for_an_outdated_edge_are_ignored(loaded: Loaded) -> None:
    assert not loaded.lines.extend(chunk(397, 399), 1596, backwards=True)
    assert not loaded.lines.extend(chunk(406, 408), 1624, backwards=False)
    assert not loaded.lines.extend(chunk(405, 407, generation=1), 1620, backwards=False)
    assert loaded.texts == ["400", "401", "402", "403", "404"]


def test_incomplete_line_is_read_again() -> None:
    loaded = Loaded()
    part = Line(0, 2, b"00", ended=False)
    loaded.lines.replace(LineChunk((part,), True, False, 0, 0))
    loaded.lines.ask_for_more()
    assert loaded.asked == [(0, False)]
    assert loaded.lines.extend(chunk(0, 2), 0, backwards=False)
    assert loaded.texts == ["000", "001"]


def test_new_lines_replace_an_incomplete_last_line() -> None:
    loaded = Loaded()
    lines = (*chunk(0, 2).lines, Line(8, 10, b"00", ended=False))
    loaded.lines.replace(LineChunk(lines, True, True, 0, 8))
    assert loaded.lines.add_news(chunk(2, 4, is_end=True))
    assert loaded.texts == ["000", "001", "002", "003"]
    assert loaded.lines.reached == 16


def test_new_lines_that_are_in_memory_already_are_ignored() -> None:
    loaded = Loaded()
    loaded.lines.replace(chunk(0, 4, is_beginning=True, is_end=True))
    assert loaded.lines.add_news(chunk(2, 6, is_end=True))
    assert loaded.texts == ["000", "001", "002", "003", "004", "005"]
    assert not loaded.lines.add_news(chunk(2, 5, is_end=True))


def test_new_lines_are_ignored_if_the_end_is_not_in_memory(loaded: Loaded) -> None:
    assert not loaded.lines.add_news(chunk(998, 1000, is_end=True))
    assert loaded.texts == ["400", "401", "402", "403", "404"]


def test_missed_lines_mean_that_the_end_is_not_in_memory() -> None:
    loaded = Loaded()
    lines = (*chunk(0, 2).lines, Line(8, 10, b"00", ended=False))
    loaded.lines.replace(LineChunk(lines, True, True, 0, 8))
    loaded.lines.miss_news()
    assert loaded.texts == ["000", "001"]
    assert not loaded.lines.has_end


def test_last_lines_of_a_replaced_log_are_above_the_notice() -> None:
    loaded = Loaded()
    lines = (*chunk(0, 2).lines, Line(8, 10, b"la", ended=False))
    loaded.lines.replace(LineChunk(lines, True, True, 0, 8))
    loaded.lines.restart(
        b"st\nwords\n", "replaced", chunk(0, 1, is_beginning=True, is_end=True, generation=1)
    )
    assert loaded.texts == ["000", "001", "last", "words", "replaced", "000"]
    assert loaded.lines.generation == 1
    assert loaded.lines.place_of(0) == 5


def test_notice_says_that_only_the_end_of_a_new_log_follows() -> None:
    loaded = Loaded()
    loaded.lines.replace(chunk(0, 2, is_beginning=True, is_end=True))
    loaded.lines.restart(b"", "replaced", chunk(900, 905, is_end=True, generation=1))
    assert loaded.texts[2].startswith("replaced; what follows is its end")
    loaded.lines.ask_for_more()
    assert loaded.asked == []  # nothing stands between the old lines and the notice


def test_lines_far_from_the_screen_are_dropped() -> None:
    loaded = Loaded()
    loaded.lines.replace(chunk(0, 1000, is_beginning=True, is_end=True))
    for _part in range(4):
        loaded.viewport.append(loaded.viewport.kept[:1000])
    loaded.viewport.show_end()
    loaded.lines.trim(at_the_beginning=True)
    assert len(loaded.viewport.kept) == 4000
    assert not loaded.lines.has_beginning
    assert loaded.lines.has_end


def test_offset_within_a_line_goes_to_that_line(loaded: Loaded) -> None:
    assert loaded.lines.place_of(1604) == 1
    assert loaded.lines.place_of(1605) is None
    assert loaded.lines.place_near(1605) == 1
    assert loaded.lines.place_near(99_999) == 4
