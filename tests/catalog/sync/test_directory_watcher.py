"""Watching directories with names that are not UTF-8."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from runtui.catalog.sync.directory_watcher import Watcher
from tests.waiting import wait_until


class Heard:
    """What a watcher told."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.ready: list[Collection[str]] = []
        self.failures: list[str] = []


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watched(tmp_path: Path, heard: Heard) -> Iterator[Path]:
    """A directory that is watched, with one beside it whose name is not UTF-8."""
    bad = os.fsencode(tmp_path) + b"/b\xff"
    os.mkdir(bad)
    (tmp_path / "runs").mkdir()
    watcher = Watcher(
        [str(tmp_path / "runs"), os.fsdecode(bad)],
        on_change=heard.changed.update,
        on_ready=heard.ready.append,
        on_failure=heard.failures.append,
        step=20,
    )
    yield tmp_path / "runs"
    watcher.stop()
    watcher.join()


def test_directory_whose_name_is_not_utf8_ends_no_watch_of_others(watched: Path, heard: Heard) -> None:
    wait_until(lambda: heard.ready == [[str(watched)]], "the other directory is not watched")
    (watched / "log").touch()
    wait_until(lambda: str(watched / "log") in heard.changed, "no change is heard")
    assert heard.failures == []


def test_change_of_a_name_that_is_not_utf8_ends_no_watch(watched: Path, heard: Heard) -> None:
    wait_until(lambda: len(heard.ready) == 1, "nothing is watched")
    os.mkdir(os.fsencode(watched) + b"/x\xfe")
    wait_until(lambda: len(heard.ready) == 2, "nothing is watched")
    assert {os.path.dirname(path) for path in heard.changed} == {str(watched)}
    (watched / "log").touch()
    wait_until(lambda: str(watched / "log") in heard.changed, "no change is heard")
    assert heard.failures == []
