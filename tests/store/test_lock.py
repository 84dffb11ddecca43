"""A lock file lets one process in at a time, and a dead one stops nobody."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from runtui.store.errors import LockTimeoutError
from runtui.store.lock import STALE_AFTER, FileLock
from runtui.store.process import this_process
from tests.store.children import finish, output_of, start_together

COUNT = """
    import sys
    from runtui.store.lock import FileLock
    def increment(folder):
        with open(f"{folder}/counter", "r+") as file:
            count = int(file.read())
            file.seek(0)
            file.write(str(count + 1))
"""


def test_concurrent_increments_under_the_lock_are_not_lost(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    code = f"""{COUNT}
    ready()
    for _ in range(40):
        with FileLock(sys.argv[1] + "/lock"):
            increment(sys.argv[1])
    """
    finish(start_together(code, [[tmp_path]] * 5))
    assert (tmp_path / "counter").read_text() == "200"
    assert sorted(os.listdir(tmp_path)) == ["counter"]


def test_process_that_dies_holding_the_lock_does_not_block_others(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    code = f"""{COUNT}
    import os
    ready()
    for _ in range(40):
        child = os.fork()
        if not child:
            FileLock(sys.argv[1] + "/lock").__enter__()
            increment(sys.argv[1])
            os._exit(0)
        os.waitpid(child, 0)
    """
    finish(start_together(code, [[tmp_path]] * 5))
    assert (tmp_path / "counter").read_text() == "200"


def test_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    output_of("import sys; from runtui.store.lock import *; FileLock(sys.argv[1]).__enter__()", lock)
    assert lock.exists()
    with FileLock(lock, timeout=5.0):
        assert json.loads(lock.read_bytes())["pid"] == os.getpid()
    assert os.listdir(tmp_path) == []


def elsewhere(lock: Path, age: float) -> None:
    """Leave a lock of another host that was taken `age` seconds ago."""
    lock.write_text(json.dumps(this_process()._replace(host="elsewhere").as_json() | {"token": "theirs"}))
    os.utime(lock, (time.time() - age, time.time() - age))


def test_an_old_lock_of_another_host_is_taken_over(tmp_path: Path) -> None:
    elsewhere(tmp_path / "lock", STALE_AFTER + 5)
    with FileLock(tmp_path / "lock"):
        assert json.loads((tmp_path / "lock").read_bytes())["pid"] == os.getpid()
    assert os.listdir(tmp_path) == []


def test_old_unreadable_lock_is_taken_over(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_bytes(b"[" * 4096)
    os.utime(lock, (1, 1))
    # One that died while it broke the lock is in the way as well.
    (tmp_path / "lock.breaking").touch()
    os.utime(tmp_path / "lock.breaking", (1, 1))
    with FileLock(lock):
        pass
    assert os.listdir(tmp_path) == []


def test_a_fresh_lock_of_another_host_is_respected(tmp_path: Path) -> None:
    elsewhere(tmp_path / "lock", 0)
    before = (tmp_path / "lock").read_bytes()
    with pytest.raises(LockTimeoutError, match="held by another program"), FileLock(tmp_path / "lock", 0.2):
        pass
    assert (tmp_path / "lock").read_bytes() == before


def test_waiting_for_a_live_lock_holder_times_out(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    refused: list[str] = []

    def wait_for_it() -> None:
        try:
            FileLock(lock, timeout=0.2).__enter__()
        except LockTimeoutError as error:
            refused.append(str(error))

    with FileLock(lock):
        other = threading.Thread(target=wait_for_it)
        other.start()
        other.join()
    assert len(refused) == 1
    assert str(lock) in refused[0]
    assert os.listdir(tmp_path) == []


def test_release_does_not_remove_a_lock_held_by_another_process(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"):
        elsewhere(tmp_path / "lock", 0)
    assert json.loads((tmp_path / "lock").read_bytes())["token"] == "theirs"


def test_exception_releases_the_lock_and_propagates(tmp_path: Path) -> None:
    with pytest.raises(KeyError), FileLock(tmp_path / "lock"):
        raise KeyError
    assert os.listdir(tmp_path) == []


def test_lock_in_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), FileLock(tmp_path / "gone" / "lock"):
        pass


def test_exception_in_a_signal_handler_does_not_leave_the_lock_held(
    tmp_path: Path,
) -> None:
    code = """
    import random, signal, sys
    from runtui.store.lock import FileLock
    def interrupt(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGALRM, interrupt)
    choice = random.Random(1)
    struck = 0
    for _ in range(400):
        try:
            # Again and again: an exception that strikes where a finalizer runs is printed, not raised.
            signal.setitimer(signal.ITIMER_REAL, choice.uniform(1e-6, 4e-4), 1.0)
            while True:
                with FileLock(sys.argv[1], timeout=5.0):
                    pass
        except KeyboardInterrupt:
            signal.setitimer(signal.ITIMER_REAL, 0)
            struck += 1
    with FileLock(sys.argv[1], timeout=5.0):
        print(struck)
    """
    assert output_of(code, tmp_path / "lock").strip() == "400"


def test_forked_child_does_not_own_the_lock_of_its_parent(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with FileLock(lock):
        child = os.fork()
        if not child:
            try:
                FileLock(lock, timeout=0.1).__enter__()
            except LockTimeoutError:
                os._exit(7)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
