"""Searching and filtering a log: what is done at once, what waits, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot

from runtui.logs.search.pattern import Pattern
from runtui.logs.session import LogUpdate
from runtui.tui.background import Background
from runtui.tui.widgets.log_buffer import LogBuffer
from runtui.tui.widgets.log_navigator import LogNavigator
from runtui.tui.widgets.log_reader import LogReader
from runtui.tui.widgets.log_search_controller import LogSearchController
from tests.waiting import until

HEIGHT = 5


class Owner(App[None]):
    """A log of five rows without a widget; it keeps what is said and marked."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.marks: list[tuple[Pattern | None, Pattern | None]] = []
        self.buffer = LogBuffer(lambda _kept: 1, lambda: None, lambda _place, _backwards: None)
        self.buffer.resize(HEIGHT, 0, keeps_here=False)
        self.reader = LogReader(self, self.buffer, self._show, lambda: None)
        self.navigator = LogNavigator(self.reader, self.buffer, lambda: None)
        self.search = LogSearchController(
            self, self.reader, self.navigator, self.buffer, self._mark, self.said.append, lambda: None
        )

    def _show(self, before: LogUpdate | None, update: LogUpdate) -> None:
        if before is None:
            self.navigator.show_opened(update)

    def _mark(self, pattern: Pattern | None, filtered: Pattern | None) -> None:
        self.marks.append((pattern, filtered))

    def on_background_finished(self, message: Background.Finished) -> None:
        message.action()

    @property
    def shown(self) -> list[str]:
        return [self.buffer.line(place).line.raw.decode() for place, _row in self.buffer.rows()]

    @property
    def here(self) -> str | None:
        """The line at hand."""
        place = self.buffer.selection.place
        return None if place is None else self.buffer.line(place).line.raw.decode()


@asynccontextmanager
async def opened(run: Path, lines: int = 1000) -> AsyncIterator[tuple[Owner, Pilot[None]]]:
    """Open a log of numbered lines."""
    (run / "logs").mkdir()
    (run / "logs" / "a.log").write_text("".join(f"line {number:03}\n" for number in range(lines)))
    owner = Owner()
    async with owner.run_test() as pilot:
        owner.reader.open(str(run))
        await until(pilot, lambda: owner.shown, "the log")
        yield owner, pilot
        owner.reader.stop()
        owner.search.stop()


def reached(owner: Owner, text: str) -> Callable[[], bool]:
    return lambda: owner.here == text


async def test_search_while_following_goes_upwards_from_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        assert owner.search.search("1.5") == ""
        await until(pilot, reached(owner, "line 195"), "the last match")
        owner.search.go_to_match(backwards=True)
        await until(pilot, reached(owner, "line 185"), "the match before")
        owner.search.go_to_match(backwards=False)
        await until(pilot, reached(owner, "line 195"), "the next match")
        await until(pilot, lambda: owner.search.progress == "match 10 of 10", "the count")


async def test_searches_requested_during_a_search_run_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        owner.search.search("1.5")
        owner.search.go_to_match(backwards=True)
        owner.search.go_to_match(backwards=True)
        await until(pilot, reached(owner, "line 175"), "the third match")


async def test_invalid_pattern_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, _pilot):
        for use in (owner.search.search, owner.search.filter_by):
            assert "not a regular expression" in use("line (")
        assert owner.marks == []
        assert owner.search.filter_text is None


async def test_matches_are_marked_only_while_a_pattern_is_typed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, _pilot):
        assert owner.search.preview("line") == ""
        assert owner.search.preview("line (") != ""
        owner.search.end_preview()
        assert [None if pattern is None else pattern.source for pattern, _filter in owner.marks] == [
            "line", None, None,
        ]  # fmt: skip


async def test_filter_shows_matching_lines_and_searches_stay_within_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        assert owner.search.filter_by("00$") == ""
        assert owner.search.filter_text == "00$"
        await until(pilot, lambda: owner.shown == [f"line {number}00" for number in range(5, 10)], "them")
        owner.search.search("line [67]")
        await until(pilot, reached(owner, "line 700"), "a line that is shown")
        assert owner.search.filter_by("") == ""
        await until(pilot, lambda: "line 501" in owner.shown, "all lines")


async def test_context_lines_need_a_filter(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        owner.search.change_context(1)
        assert owner.said == ["context applies to filtered lines: & filters"]
        owner.search.filter_by("500")
        owner.search.change_context(1)
        await until(pilot, lambda: owner.shown == ["line 499", "line 500", "line 501"], "one line around it")
        owner.search.change_context(-5)
        await until(pilot, lambda: owner.shown == ["line 500"], "none around it")


async def test_positions_are_found_and_missing_ones_are_reported(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        assert owner.search.go_to_position(" 301 ") == ""
        await until(pilot, reached(owner, "line 300"), "the line")
        assert owner.search.go_to_position("50%") == ""
        await until(pilot, lambda: "line 500" in owner.shown, "the middle")
        owner.search.go_to_position("1001")
        await until(pilot, lambda: "no line 1,001" in owner.said, "that there is none")
        owner.search.go_to_position("12:30")
        await until(pilot, lambda: "this log has no timestamps" in owner.said, "that there are none")
        assert owner.search.go_to_position("") == ""


async def test_invalid_position_is_refused_while_opening_and_valid_one_is_deferred(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        owner.navigator.clear()
        owner.reader.choose("logs/a.log")
        assert "is not a percentage" in owner.search.go_to_position("x%")
        assert owner.search.go_to_position("301") == ""
        await until(pilot, reached(owner, "line 300"), "the line")


async def test_no_match_is_searched_before_a_search_and_after_its_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        assert not owner.search.go_to_match(backwards=False)
        assert not owner.search.end_by_user()
        owner.search.search("1.5")
        await until(pilot, lambda: owner.search.progress == "match 10 of 10", "the count")
        assert owner.search.go_to_match(backwards=True)
        await until(pilot, reached(owner, "line 185"), "the match before")
        assert owner.search.end_by_user()
        assert (owner.said, owner.search.progress, owner.marks[-1]) == (["search ended"], "", (None, None))
        assert not owner.search.go_to_match(backwards=False)


async def test_no_further_error_is_reported(tmp_path: Path) -> None:
    async with opened(tmp_path) as (owner, pilot):
        owner.search.go_to_error(backwards=False)
        await until(pilot, lambda: owner.said == ["no error below"], "that there is none")
