"""Watched directories change hands without a gap."""

from __future__ import annotations

import queue
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtui.catalog.sync.subscriptions import Identity, Listener
from tests.run_dirs import write_run
from tests.waiting import PATIENCE, wait_until


class Heard:
    """A listener, in the thread of the test, and what it told."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.changed: set[str] = set()
        self.unheard: list[set[str]] = []
        self.failures: list[str] = []
        self._jobs: queue.Queue[Callable[[], None]] = queue.Queue()
        self.listener = Listener(
            str(base),
            f"{base}/.runtui/edited",
            self._jobs.put,
            self.changed.update,
            lambda paths: self.unheard.append(set(paths)),
            self.failures.append,
        )

    def identity(self) -> Identity:
        found = self.base.stat()
        return found.st_dev, found.st_ino

    def listen(self, *names: str, focus: str | None = None) -> set[str]:
        """Listen to some runs and return what was unheard of, when the new watch has begun."""
        count = len(self.unheard)
        self.listener.listen(self.identity(), names, focus)
        while len(self.unheard) == count:
            self._jobs.get(timeout=PATIENCE)()
        return self.unheard[-1]

    def hears_of(self, path: Path) -> bool:
        """Do what the listener wants done, and return whether it has told of a path."""
        try:
            while True:
                self._jobs.get_nowait()()
        except queue.Empty:
            return str(path) in self.changed


@pytest.fixture
def heard(runs_dir: Path) -> Iterator[Heard]:
    for name in "ab":
        write_run(runs_dir, name)
    found = Heard(runs_dir)
    yield found
    found.listener.close()
    found.listener.join()


def test_changes_of_the_directory_and_watched_runs_are_noticed(heard: Heard, runs_dir: Path) -> None:
    assert heard.listen("a") == {str(runs_dir), str(runs_dir / "a")}
    (runs_dir / "new").mkdir()
    (runs_dir / "a" / "metadata.json").touch()
    for path in (runs_dir / "new", runs_dir / "a" / "metadata.json"):
        wait_until(lambda path=path: heard.hears_of(path), f"{path} is heard of", seen=lambda: heard.changed)
    assert heard.failures == []


def test_only_newly_watched_directories_have_to_be_checked(heard: Heard, runs_dir: Path) -> None:
    heard.listen("a")
    assert heard.listen("a", "b") == {str(runs_dir / "b")}
    assert heard.listen("a") == set()


def test_repeated_subscription_starts_no_second_watch(heard: Heard) -> None:
    heard.listen("a")
    heard.listener.listen(heard.identity(), ["a"], None)
    assert not heard.hears_of(Path("nothing"))
    assert len(heard.unheard) == 1


def test_subdirectories_of_the_run_on_screen_are_watched(heard: Heard, runs_dir: Path) -> None:
    shutil.rmtree(runs_dir / "a" / "results")
    parts = {str(runs_dir / "a"), str(runs_dir / "a" / "logs"), str(runs_dir / "a" / "checkpoints")}
    assert not heard.listener.hears("a")
    assert heard.listen(focus="a") == {str(runs_dir), *parts}
    assert heard.listener.hears("a")
    assert not heard.listener.hears(None)
    (runs_dir / "a" / "logs" / "new.log").touch()
    path = runs_dir / "a" / "logs" / "new.log"
    wait_until(lambda: heard.hears_of(path), "the new log is heard of")


def test_replaced_directory_has_to_be_checked_completely(heard: Heard, runs_dir: Path) -> None:
    heard.listen("a")
    runs_dir.rename(runs_dir.with_name("old"))
    write_run(runs_dir, "a")
    assert heard.listen("a") == {str(runs_dir), str(runs_dir / "a")}


def test_no_directory_counts_as_watched_after_restart_or_close(heard: Heard, runs_dir: Path) -> None:
    heard.listen("a")
    heard.listener.restart()
    assert heard.listen("a") == {str(runs_dir), str(runs_dir / "a")}
    heard.listener.close()
    assert not heard.listener.hears("a")
