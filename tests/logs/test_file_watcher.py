"""Changes of a file are heard of, those of its neighbours are not, and the end of hearing is told."""

from __future__ import annotations

import os
from pathlib import Path

from runtui.logs.file_watcher import FileWatcher
from tests.waiting import wait_until


class Listener:
    """Notes what a watcher of a file tells."""

    def __init__(self, path: Path) -> None:
        self.changes = 0
        self.is_ready = self.has_failed = False
        self.watcher = FileWatcher(str(path), self._change, self._be_ready, self._fail, pause=0.0)

    def _change(self) -> None:
        self.changes += 1

    def _be_ready(self) -> None:
        self.is_ready = True

    def _fail(self) -> None:
        self.has_failed = True


def test_only_changes_of_the_file_are_told_of(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    listener = Listener(log)
    wait_until(lambda: listener.is_ready, "it listens")
    (tmp_path / "b.log").write_text("another\n")
    (tmp_path / "a.log.1").write_text("another\n")
    for act in (
        lambda: log.write_text("one\n"),
        lambda: os.truncate(log, 0),
        lambda: os.rename(log, tmp_path / "a.log.2"),
        lambda: os.rename(tmp_path / "b.log", log),
        log.unlink,
    ):
        before = listener.changes
        act()
        wait_until(lambda before=before: listener.changes > before, "the change was told of")
    listener.watcher.stop()
    listener.watcher.join()
    assert not listener.has_failed
    assert listener.changes <= 8  # each once, or for each of the three events that writing a file is


def test_the_end_of_the_directory_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    missing = Listener(folder / "a.log")
    wait_until(lambda: missing.has_failed, "there is no such directory")
    assert not missing.is_ready
    folder.mkdir()
    listener = Listener(folder / "a.log")
    wait_until(lambda: listener.is_ready, "it listens")
    folder.rmdir()
    wait_until(lambda: listener.has_failed, "the directory is gone")
    for one in (missing, listener):
        one.watcher.stop()
