"""Hearing at once of what is written to the log on screen."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from textual.app import App

from runtui.catalog.sync.directory_watcher import Watcher
from runtui.tui.widgets import log_watch
from runtui.tui.widgets.log_watch import LogWatch
from tests.mounts import mounted
from tests.waiting import until


class Listener(App[None]):
    """Counts how often it hears of a log."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = 0

    def on_log_watch_heard(self, _message: LogWatch.Heard) -> None:
        self.heard += 1


def at_once(_kind: str, job: Callable[[], bool], done: Callable[[bool], None]) -> None:
    done(job())


def is_watching() -> bool:
    return any(thread.name == "runtui-watcher" for thread in threading.enumerate())


async def test_writes_are_noticed_through_rotations_until_stopped(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    app = Listener()
    async with app.run_test() as pilot:
        watch = LogWatch(app, at_once)
        watch.attend(str(log))
        await until(pilot, lambda: app.heard, "that it listens")
        for what in ("append", "rename", "append"):
            before = app.heard
            if what == "rename":
                os.rename(log, tmp_path / "a.log.1")
            with log.open("a") as file:
                file.write("more\n")
            watch.attend(str(log))
            await until(pilot, lambda before=before: app.heard > before, what)
        assert is_watching()
        watch.end()
        await until(pilot, lambda: not is_watching(), "that it listens no longer")


async def test_only_the_watched_log_is_noticed(tmp_path: Path) -> None:
    logs = [tmp_path / name / "a.log" for name in ("first", "second")]
    for log in logs:
        log.parent.mkdir()
        log.write_text("one\n")
    app = Listener()
    async with app.run_test() as pilot:
        watch = LogWatch(app, at_once)
        for log in (*logs, logs[0]):
            watch.attend(str(log))
            before = app.heard
            await until(pilot, lambda before=before: app.heard > before, "that it listens")
            before = app.heard
            log.write_text("two\n")
            await until(pilot, lambda before=before: app.heard > before, "the write")
        watch.end()


async def test_write_to_a_neighbouring_file_is_ignored(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    seen: set[str] = set()
    is_ready = threading.Event()
    slower = Watcher([str(tmp_path)], seen.update, lambda _paths: is_ready.set(), seen.add)
    app = Listener()
    async with app.run_test() as pilot:
        watch = LogWatch(app, at_once)
        watch.attend(str(log))
        await until(pilot, lambda: app.heard and is_ready.is_set(), "that both listen")
        heard = app.heard
        (tmp_path / "a.log.1").write_text("another\n")
        await until(pilot, lambda: str(tmp_path / "a.log.1") in seen, "the write")
        assert app.heard == heard
        watch.end()
    slower.stop()
    slower.join()


async def test_silent_log_is_unwatched_until_the_next_request(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(log_watch, "_SILENCE", 0.3)
    log = tmp_path / "a.log"
    log.write_text("one\n")
    app = Listener()
    async with app.run_test() as pilot:
        watch = LogWatch(app, at_once)
        for _time in range(2):
            before = app.heard
            watch.attend(str(log))
            await until(pilot, lambda before=before: app.heard > before, "that it listens")
            await until(pilot, lambda: not is_watching(), "that it listens no longer")


async def test_log_is_not_watched_without_file_events(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.log").write_text("one\n")
    with mounted(source, tmp_path / "shared") as mount:
        async with Listener().run_test() as pilot:
            LogWatch(pilot.app, at_once).attend(str(mount.point / "a.log"))
            assert not is_watching()
