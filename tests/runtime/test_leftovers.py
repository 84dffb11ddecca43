"""What a launcher that was killed has left behind is found by its mark, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtui.runtime.leftovers import end_leftovers, leftovers
from runtui.store.marked_processes import MARK_VARIABLE
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a shell's command whose environment carries a mark, in a session of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def started_with(mark: str, text: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {MARK_VARIABLE: mark}
        process = subprocess.Popen(["sh", "-c", text], env=environment, start_new_session=True)
        started.append(process)
        return process

    yield started_with
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def mark(tmp_path: Path, name: str = "") -> str:
    """Return a mark that no other test uses."""
    return f"{tmp_path.name}-{os.getpid()}-{name}"


def test_only_marked_processes_are_leftovers(start: Start, tmp_path: Path) -> None:
    mine, other = start(mark(tmp_path), "sleep 600"), start(mark(tmp_path, "other"), "sleep 600")
    wait_until(lambda: leftovers(mark(tmp_path)), "it has begun")
    found = leftovers(mark(tmp_path))
    assert found[mine.pid] == os.getpid()
    assert other.pid not in found
    assert leftovers("") == {}


def test_unmarked_descendants_are_found_but_not_those_of_another_launcher(
    start: Start, tmp_path: Path
) -> None:
    shed = (
        f"env -u {MARK_VARIABLE} sleep 601 & env {MARK_VARIABLE}={mark(tmp_path, 'other')} sleep 602 & wait"
    )
    process = start(mark(tmp_path), shed)
    wait_until(lambda: leftovers(mark(tmp_path, "other")), "the other launcher's has begun")
    [other] = leftovers(mark(tmp_path, "other"))

    def has_shed() -> bool:
        found = leftovers(mark(tmp_path))
        return set(found.values()) == {os.getpid(), process.pid} and other not in found

    wait_until(has_shed, "what has shed the mark is found, and the other is not")


def test_leftovers_are_terminated_then_killed(start: Start, tmp_path: Path) -> None:
    done = tmp_path / "done"
    polite = start(
        mark(tmp_path), f"trap 'touch {done}; exit 0' TERM; touch {tmp_path}/1; while :; do sleep 0.05; done"
    )
    deaf = start(mark(tmp_path), f"trap '' TERM; touch {tmp_path}/2; while :; do sleep 0.05; done")
    wait_until(lambda: (tmp_path / "1").exists() and (tmp_path / "2").exists(), "both have begun")
    assert end_leftovers(mark(tmp_path), grace=1.0) == 0
    assert done.exists()
    assert polite.wait(60.0) == 0
    assert deaf.wait(60.0) == -signal.SIGKILL


def test_ending_no_leftovers_does_not_wait(tmp_path: Path) -> None:
    assert end_leftovers(mark(tmp_path), grace=600.0) == 0
