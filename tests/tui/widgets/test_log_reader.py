"""A run's logs, read in the background: which answers count, and how often is asked."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from runtui.logs.session import LineChunk, LogUpdate
from runtui.tui.background import Background
from runtui.tui.widgets.log_buffer import LogBuffer
from runtui.tui.widgets.log_reader import LogReader
from tests.waiting import until


class Owner(App[None]):
    """Shows what a reader reads, as the log pane does, and keeps the updates."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[tuple[LogUpdate | None, LogUpdate]] = []
        self.changes = 0
        self.buffer = LogBuffer(lambda _kept: 1, lambda: None, lambda _place, _backwards: None)
        self.reader = LogReader(self, self.buffer, self._show, self._change)

    def _show(self, before: LogUpdate | None, update: LogUpdate) -> None:
        self.updates.append((before, update))
        if before is None:
            self.buffer.show(update.chunk)
        elif update.chunk is not None:
            self.buffer.add_news(update.chunk)

    def _change(self) -> None:
        self.changes += 1

    def on_background_finished(self, message: Background.Finished) -> None:
        message.action()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


def write(run: Path, text: str, name: str = "a.log") -> Path:
    log = run / "logs" / name
    with log.open("a") as file:
        file.write(text)
    return log


@asynccontextmanager
async def opened(run: Path, log: str | None = None) -> AsyncIterator[tuple[Owner, LogReader, Pilot[None]]]:
    """Open a run's logs and wait for the first look."""
    owner = Owner()
    async with owner.run_test() as pilot:
        owner.reader.open(str(run), log)
        await until(pilot, lambda: owner.changes, "the first look")
        yield owner, owner.reader, pilot
        owner.reader.stop()


async def look(owner: Owner, pilot: Pilot[None]) -> None:
    """Look once more, and wait for it."""
    before = owner.changes
    owner.reader.poll()
    await until(pilot, lambda: owner.changes > before, "the look is over")


async def test_log_is_opened_and_new_lines_are_read(run: Path) -> None:
    write(run, "one\n")
    async with opened(run) as (owner, reader, pilot):
        assert (reader.log_name, reader.names, reader.is_opening) == ("logs/a.log", ("logs/a.log",), False)
        write(run, "two\n")
        await look(owner, pilot)
        (first, _opened), (before, update) = owner.updates
        assert first is None
        assert before is not None
        assert update.chunk is not None
        assert [line.raw for line in update.chunk.lines] == [b"two"]


async def test_a_run_without_a_log_says_so(run: Path) -> None:
    async with opened(run) as (_owner, reader, _pilot):
        assert reader.notice == "this run has no log yet"
        assert reader.source is None


async def test_dangling_log_link_is_reported(run: Path) -> None:
    (run / "logs" / "run.log").symlink_to("/scratch/gone.out")
    async with opened(run) as (_owner, reader, _pilot):
        assert reader.notice == "logs/run.log is a link to /scratch/gone.out, which does not exist"


async def test_unreadable_log_is_reported_until_it_can_be_read(run: Path) -> None:
    log = write(run, "one\n")
    async with opened(run) as (owner, reader, pilot):
        log.rename(run / "kept")
        os.symlink(log, log)
        await look(owner, pilot)
        assert reader.notice.startswith("a.log cannot be read: ")
        log.unlink()
        (run / "kept").rename(log)
        await look(owner, pilot)
        assert not reader.notice.startswith("a.log cannot be read")


async def test_results_for_a_previous_log_are_ignored(run: Path) -> None:
    write(run, "of a\n")
    write(run, "of b\n", "b.log")
    async with opened(run, "logs/a.log") as (owner, reader, pilot):
        owner.updates.clear()
        reader.choose("logs/b.log")
        assert reader.is_opening
        assert reader.log_name == "logs/b.log"
        reader.choose("logs/a.log")
        await until(pilot, lambda: not reader.is_opening, "it is open")
        assert [update.name for _before, update in owner.updates] == ["logs/a.log"]
        assert owner.updates[0][0] is None


async def test_lines_of_a_previous_log_are_ignored(run: Path) -> None:
    write(run, "of a\n")
    write(run, "of b\n", "b.log")
    async with opened(run, "logs/a.log") as (_owner, reader, pilot):
        taken: list[LineChunk | None] = []
        reader.read("lines", lambda session: session.end(), taken.append, lambda: taken.append(None))
        reader.choose("logs/b.log")
        await until(pilot, lambda: not reader.is_opening, "it is open")
        assert taken == []
        reader.read("lines", lambda session: session.end(), taken.append)
        await until(pilot, lambda: taken, "the lines")
        assert taken[0] is not None
        assert [line.raw for line in taken[0].lines] == [b"of b"]


async def test_unreadable_lines_are_reported_as_missed(run: Path) -> None:
    write(run, "one\n")

    def fail(_session: object) -> LineChunk:
        raise OSError

    async with opened(run) as (_owner, reader, pilot):
        missed: list[bool] = []
        reader.read("lines", fail, lambda _chunk: missed.append(False), lambda: missed.append(True))
        await until(pilot, lambda: missed, "an answer")
        assert missed == [True]


async def test_all_logs_can_be_merged(run: Path) -> None:
    write(run, "2026-01-31 12:00:00 of a\n")
    write(run, "2026-01-31 12:00:01 of b\n", "b.log")
    async with opened(run) as (owner, reader, pilot):
        assert not reader.is_merged
        reader.choose(reader.merged_name)
        await until(pilot, lambda: not reader.is_opening, "it is open")
        assert reader.is_merged
        assert reader.path == str(run)
        chunk = owner.updates[-1][1].chunk
        assert chunk is not None
        assert len(chunk.lines) == 2


async def test_only_a_poll_that_read_lines_delays_the_next(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtui.tui.widgets.log_reader._POLL_INTERVAL", 3600.0)
    write(run, "one\n")
    async with opened(run) as (owner, reader, pilot):
        await look(owner, pilot)
        changes = owner.changes
        write(run, "two\n")
        reader.poll_soon()
        await until(pilot, lambda: owner.changes > changes, "it looked at once")
        changes = owner.changes
        write(run, "three\n")
        reader.poll_soon()
        await pilot.pause()
        assert owner.changes == changes
        await look(owner, pilot)
        assert owner.updates[-1][1].chunk is not None
