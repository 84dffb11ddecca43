from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.formats.tables.registry import open_table
from runtui.results.row_counter import RowCounter
from runtui.tui.controllers.row_finder import RowFinder
from tests.tui.controllers.fakes import FakeBackground

ROWS = ["1,ant", "2,bee", "3,ant", "4,cow", "5,ant"]
HEADER = "number,name\n"


class Host:
    """A screen that goes where it is sent, and is answered when the test says so."""

    def __init__(self) -> None:
        self.background = FakeBackground(at_once=False)
        self.submit = self.background.submit
        self.at: list[int] = []
        self.said: list[str] = []
        self.states = 0
        self.typed: Callable[[str], None] = str
        self.view: Any = SimpleNamespace(row=None)

    def go_to(self, offset: int, arrived: Callable[[], None] | None = None) -> None:
        self.at.append(offset)
        self.view.row = row_at(offset)
        if arrived is not None:
            arrived()

    def ask(self, _question: str, _text: str, take: Callable[[str], None]) -> None:
        self.typed = take

    def say(self, text: str) -> None:
        self.said.append(text)

    def show_state(self) -> None:
        self.states += 1


def offset_of(number: int) -> int:
    return len(HEADER) + sum(len(row) + 1 for row in ROWS[: number - 1])


def row_at(offset: int) -> Any:
    """Return the row in which an offset lies."""
    number = max(number for number in range(1, len(ROWS) + 1) if offset_of(number) <= offset)
    return SimpleNamespace(begin=offset_of(number), end=offset_of(number + 1))


@pytest.fixture
def host() -> Host:
    host = Host()
    host.view.row = row_at(offset_of(1))
    return host


@pytest.fixture
def search(host: Any, tmp_path: Path) -> RowFinder:
    path = tmp_path / "m.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in ROWS))
    table = open_table(str(path))
    table.look()
    return RowFinder(host, table, host.view, RowCounter(table))


def typed(search_or_row: Callable[[], None], host: Host, text: str) -> None:
    search_or_row()
    host.typed(text)
    host.background.finish()


def test_row_number_and_percentage_go_to_a_row(search: RowFinder, host: Host) -> None:
    typed(search.ask_row, host, " 4 ")
    typed(search.ask_row, host, "0%")
    typed(search.ask_row, host, "100.0%")
    assert host.at[:2] == [offset_of(4), offset_of(1)]
    assert host.at[2] == offset_of(len(ROWS) + 1)
    assert host.said == []


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1e3", "9" * 16, "6"])
def test_invalid_row_is_reported_and_does_not_move_the_cursor(
    search: RowFinder, host: Host, text: str
) -> None:
    typed(search.ask_row, host, text)
    assert host.at == []
    assert len(host.said) == 1
    assert search.task == ""


def test_pattern_is_found_at_the_cursor_then_below_then_above(search: RowFinder, host: Host) -> None:
    typed(search.ask_pattern, host, "ant")
    for backwards in (False, False, True):
        search.find_again(backwards=backwards)
        host.background.finish()
    assert host.at == [offset_of(number) for number in (1, 3, 5, 3)]


def test_search_skips_the_header(search: RowFinder, host: Host) -> None:
    typed(search.ask_pattern, host, "n")
    search.find_again(backwards=True)
    host.background.finish()
    assert host.at == [offset_of(1)]
    assert len(host.said) == 1


def test_searches_during_a_search_are_queued(search: RowFinder, host: Host) -> None:
    search.find_again(backwards=False)  # asks for a pattern, since there is none
    host.typed("ant")
    assert search.task
    for _ in range(2):
        search.find_again(backwards=False)
    while search.task:
        host.background.finish()
    assert host.at == [offset_of(number) for number in (1, 3, 5)]


def test_cancelled_search_does_not_move_the_cursor(search: RowFinder, host: Host) -> None:
    search.ask_pattern()
    host.typed("ant")
    search.find_again(backwards=False)
    search.stop()
    host.background.finish()
    assert host.at == []
    assert search.task == ""


def test_invalid_pattern_is_not_searched_for(search: RowFinder, host: Host) -> None:
    typed(search.ask_pattern, host, "[a")
    assert host.background.kinds == []
    assert len(host.said) == 1
