"""The same is done to many runs, several at a time."""

from __future__ import annotations

import threading
import time

import pytest

from runtui.operations.parallel import in_parallel

NAMES = [f"run{number}" for number in range(200)]


def test_all_names_are_processed_once_and_in_parallel() -> None:
    done: list[str] = []
    together = threading.Barrier(4, timeout=30)

    def work(name: str) -> None:
        if name in NAMES[:4]:
            together.wait()
        done.append(name)

    in_parallel(NAMES, work)
    assert sorted(done) == sorted(NAMES)


def test_more_threads_are_used_for_slow_work() -> None:
    threads: set[int] = set()

    def work(_name: str) -> None:
        threads.add(threading.get_ident())
        time.sleep(0.02)  # as a server that answers late

    in_parallel(NAMES, work)
    assert len(threads) == 16


@pytest.mark.parametrize("count", [5, 200])
def test_failure_stops_new_work_and_waits_for_running_work(count: int) -> None:
    begun: list[str] = []
    ended: list[str] = []

    def work(name: str) -> None:
        begun.append(name)
        if name == "run2":
            raise ValueError(name)
        time.sleep(0.02)
        ended.append(name)

    with pytest.raises(ValueError, match="run2"):
        in_parallel(NAMES[:count], work)
    assert len(begun) < 20
    assert sorted([*ended, "run2"]) == sorted(begun)
