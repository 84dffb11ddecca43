"""Processes are found by the mark in their environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runtui.store.marked_processes import MARK_VARIABLE, count_marked, mark_of, marked_processes
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")


def test_process_is_found_by_its_mark_while_it_lives(tmp_path: Path) -> None:
    mark = f"{tmp_path.name}-{os.getpid()}"
    with subprocess.Popen(["sleep", "600"], env={**os.environ, MARK_VARIABLE: mark}) as process:
        try:
            wait_until(lambda: mark_of(process.pid) == mark, "it carries the mark")
            assert marked_processes(mark) == [process.pid]
            assert marked_processes(mark[:-1]) == []
            wait_until(lambda: count_marked(mark) == 1, "it is counted")
        finally:
            process.kill()
    assert marked_processes(mark) == []
    assert mark_of(process.pid) == ""


def test_empty_mark_matches_no_process() -> None:
    assert marked_processes("") == []
