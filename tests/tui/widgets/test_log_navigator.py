"""Going through a log: jumps, landings, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from runtui.logs.read.source import LogChange, Snapshot
from runtui.logs.session import LineChunk, LogUpdate
from runtui.tui.widgets.log_navigator import LogNavigator

LINES = LineChunk((), True, True, 0, 0)
PART = LineChunk((), True, False, 0, 0)


class Session:
    """Answers with what was asked for."""

    def end(self, most: int) -> object:
        return ("end", most)

    def after(self, place: int, most: int = 400) -> object:
        return ("after", place)

    def before(self, place: int, most: int = 400) -> object:
        return ("before", place)

    def around(self, offset: int, most: int) -> object:
        return ("around", offset)


class Reader:
    """Keeps what is to be read until the test has it read."""

    def __init__(self) -> None:
        self.update: LogUpdate | None = None
        self.source: object | None = None
        self.log_name = ""
        self.polls = 0
        self.asked: list[tuple[str, Callable, Callable, Callable | None]] = []

    @property
    def is_opening(self) -> bool:
        return self.update is None

    def poll(self) -> None:
        self.polls += 1

    def read(self, kind, read, take, missed=None) -> None:
        self.asked.append((kind, read, take, missed))

    def answer(self, chunk: LineChunk | None = None) -> object:
        """Answer the first request, with these lines or with what was asked for; return that."""
        _kind, read, take, _missed = self.asked.pop(0)
        asked = read(Session())
        take(chunk or asked)
        return asked

    def fail(self) -> None:
        """Let the first request fail."""
        missed = self.asked.pop(0)[3]
        assert missed is not None
        missed()


class Buffer:
    """Lines, some offsets of which are in memory; notes what it has to show."""

    def __init__(self) -> None:
        self.is_following = True
        self.has_end = True
        self.screenful = 40
        self.top = 70
        self.known: set[int] = set()
        self.calls: list[tuple[object, ...]] = []

    @property
    def behind(self) -> int | None:
        return 500 if self.has_end else None

    def follow(self) -> bool:
        self.is_following = True
        return self.has_end

    def go_to(self, offset: int, *, is_hit: bool) -> bool:
        self.calls.append(("go to", offset))
        return offset in self.known

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **_options: self.calls.append((name, *args))


class Log(SimpleNamespace):
    """A navigator with all around it; `done` are the actions that were done."""

    reader: Reader
    buffer: Buffer
    navigator: LogNavigator
    done: list[str]

    def act(self, name: str) -> Callable[[], None]:
        return lambda: self.done.append(name)


def update_of(
    generation: int = 0,
    arrived: int | None = 0,
    chunk: LineChunk | None = None,
    *,
    is_anew: bool = False,
    notice: str = "",
) -> LogUpdate:
    look = Snapshot(LogChange.GREW, 1000, 1.0, generation, notice)
    return LogUpdate((), "a.log", look, chunk, is_anew, arrived)


@pytest.fixture
def opening() -> Log:
    """A log that is being opened."""
    reader, buffer = Reader(), Buffer()
    return Log(reader=reader, buffer=buffer, navigator=LogNavigator(reader, buffer, lambda: None), done=[])


@pytest.fixture
def log(opening: Log) -> Log:
    """A log whose end is on screen."""
    opening.reader.update, opening.reader.source = update_of(), SimpleNamespace(size=1000)
    opening.reader.log_name = "a.log"
    return opening


def test_keys_typed_ahead_act_in_order_once_the_log_is_open(opening: Log) -> None:
    assert opening.navigator.defer(opening.act("first"))
    assert opening.navigator.defer(opening.act("second"))
    assert opening.done == []
    opening.reader.update = update_of(chunk=LINES)
    opening.navigator.show_opened(opening.reader.update)
    assert opening.buffer.calls == [("show", LINES)]
    assert opening.done == ["first", "second"]


def test_actions_are_not_deferred_while_lines_are_in_memory(log: Log) -> None:
    assert not log.navigator.defer(log.act("never"))
    log.navigator.go_to_end()
    log.reader.answer()
    assert log.done == []


def test_keys_wait_for_the_lines_of_a_jump(log: Log) -> None:
    log.navigator.go_to_beginning()
    assert log.navigator.defer(log.act("down"))
    assert log.reader.answer() == ("after", 0)
    assert log.done == ["down"]
    assert not log.navigator.is_waiting


def test_deferred_keys_wait_for_the_latest_jump(log: Log) -> None:
    log.navigator.go_to_beginning()
    log.navigator.defer(log.act("down"))
    log.navigator.go_to_end()
    log.reader.answer()
    assert log.navigator.is_waiting
    assert log.done == []
    log.reader.answer()
    assert log.done == ["down"]


def test_deferred_keys_act_after_a_failed_jump(log: Log) -> None:
    log.navigator.go_to_end()
    log.navigator.defer(log.act("down"))
    log.reader.fail()
    assert log.buffer.calls == []
    assert log.done == ["down"]


def test_at_most_a_hundred_actions_are_deferred(log: Log) -> None:
    log.navigator.go_to_end()
    assert all(log.navigator.defer(log.act("down")) for _press in range(500))
    log.reader.answer()
    assert len(log.done) == 100


def test_switching_logs_drops_deferred_actions(log: Log) -> None:
    log.navigator.go_to_end()
    log.navigator.defer(log.act("down"))
    log.navigator.clear()
    assert log.buffer.calls == [("clear",)]
    log.navigator.show_opened(update_of(chunk=LINES))
    assert log.done == []


def test_search_result_in_memory_is_shown_without_reading(log: Log) -> None:
    log.buffer.known = {300}
    log.navigator.when_landed(log.act("next match"))
    log.navigator.go_to_found(300)
    assert log.buffer.calls == [("go to", 300)]
    assert log.reader.asked == []
    assert log.done == ["next match"]


def test_search_result_outside_memory_is_read_first(log: Log) -> None:
    log.navigator.when_landed(log.act("next match"))
    log.navigator.go_to_found(300)
    assert log.done == []
    assert log.reader.answer() == ("around", 300)
    assert log.buffer.calls[-1] == ("show", ("around", 300), 300)
    assert log.done == ["next match"]


def test_line_of_another_log_is_not_shown(log: Log) -> None:
    log.navigator.go_to_line_of("b.log", 300)
    assert log.buffer.calls == []
    log.navigator.go_to_line_of("a.log", 300)
    assert log.buffer.calls == [("go to", 300)]


@pytest.mark.parametrize(("share", "offset"), [(0.0, 0), (0.5, 500), (1.0, 1000)])
def test_percentage_goes_to_the_line_at_that_offset(log: Log, share: float, offset: int) -> None:
    log.navigator.go_to_share(share)
    assert log.reader.answer() == ("around", offset)


def test_following_reads_the_end_only_if_it_is_not_in_memory(log: Log) -> None:
    log.navigator.follow()
    assert log.reader.asked == []
    log.buffer.has_end = False
    log.navigator.follow()
    assert log.reader.answer() == ("end", 40)
    assert log.reader.polls == 2


def test_following_replaces_a_pending_jump(log: Log) -> None:
    log.navigator.go_to_beginning()
    log.navigator.follow()
    log.reader.answer()
    assert log.navigator.is_waiting
    assert log.reader.answer() == ("end", 40)


@pytest.mark.parametrize(("is_following", "asked"), [(True, ("end", 40)), (False, ("around", 70))])
def test_reloading_keeps_the_position(log: Log, is_following: bool, asked: tuple[str, int]) -> None:
    log.buffer.is_following = is_following
    log.navigator.reload()
    assert log.reader.answer() == asked


def test_reloading_waits_until_the_log_is_open(opening: Log) -> None:
    opening.navigator.reload()
    assert opening.reader.asked == []
    opening.reader.update, opening.reader.source = update_of(chunk=LINES), SimpleNamespace(size=1000)
    opening.navigator.show_opened(opening.reader.update)
    assert opening.reader.answer() == ("end", 40)


def test_new_lines_are_counted_when_not_following(log: Log) -> None:
    log.buffer.is_following = False
    for arrived in (3, 0, 4):
        log.navigator.show_update(update_of(), update_of(arrived=arrived, chunk=LINES))
    assert log.navigator.new_lines == 7
    log.navigator.show_update(update_of(), update_of(arrived=None, chunk=LINES))
    log.navigator.show_update(update_of(), update_of(arrived=1, chunk=LINES))
    assert log.navigator.new_lines is None
    log.navigator.note_move()
    assert log.navigator.new_lines is None
    log.buffer.is_following = True
    log.navigator.note_move()
    assert log.navigator.new_lines == 0


def test_consecutive_new_lines_are_appended(log: Log) -> None:
    log.navigator.show_update(update_of(), update_of(arrived=1, chunk=LINES))
    assert log.buffer.calls == [("add_news", LINES)]
    assert log.navigator.new_lines == 0


@pytest.mark.parametrize(("is_following", "call"), [(True, ("show", LINES)), (False, ("miss_news",))])
def test_skipped_lines_move_only_a_following_screen(
    log: Log, is_following: bool, call: tuple[object, ...]
) -> None:
    log.buffer.is_following = is_following
    log.navigator.show_update(update_of(), update_of(arrived=9000, chunk=LINES, is_anew=True))
    assert log.buffer.calls == [call]


def test_replaced_log_continues_below_a_notice(log: Log) -> None:
    replaced = update_of(1, chunk=LINES, is_anew=True, notice="the log was truncated")
    log.navigator.show_update(update_of(), replaced)
    assert log.buffer.calls == [("restart", b"", "the log was truncated", LINES)]


@pytest.mark.parametrize(
    ("chunk", "call"),
    [(LINES, ("add_news", LINES)), (PART, ("miss_news",))],
)
def test_lines_written_while_reading_the_end_are_read_next(
    log: Log, chunk: LineChunk, call: tuple[object, ...]
) -> None:
    log.buffer.is_following = False
    log.navigator.show_update(update_of(), update_of(arrived=5))
    assert log.reader.answer(chunk) == ("after", 500)
    assert log.buffer.calls == [call]


def test_too_many_new_lines_jump_to_the_end(log: Log) -> None:
    log.navigator.show_update(update_of(), update_of(arrived=5))
    log.reader.answer(PART)
    assert log.reader.answer() == ("end", 40)


@pytest.mark.parametrize(("backwards", "asked"), [(True, ("before", 30)), (False, ("after", 30))])
def test_more_lines_are_read_at_either_edge(log: Log, backwards: bool, asked: tuple[str, int]) -> None:
    log.navigator.read_more(30, backwards=backwards)
    assert log.reader.answer() == asked
    assert log.buffer.calls == [("add_more", asked, 30)]


def test_unreadable_lines_can_be_requested_again(log: Log) -> None:
    log.navigator.read_more(30, backwards=True)
    log.reader.fail()
    assert log.buffer.calls == [("ask_again",)]
