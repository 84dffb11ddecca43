from __future__ import annotations

import os
import signal

from runtui.demo.processes import PythonProcess, end_text
from tests.waiting import wait_until


def sleeping() -> PythonProcess:
    return PythonProcess("timeit", ["-n1", "-r1", "import time; time.sleep(60)"])


def test_wait_returns_the_exit_code() -> None:
    assert PythonProcess("timeit", ["-n1", "-r1", "pass"]).wait() == 0
    assert PythonProcess("timeit", ["-n1", "-r1", "import os; os._exit(7)"]).wait() == 7


def test_running_process_has_its_own_session_and_no_exit_code() -> None:
    process = sleeping()
    assert process.poll() is None
    wait_until(lambda: os.getsid(process.pid) == process.pid, "a session of its own")
    process.send(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert process.poll() == -signal.SIGKILL


def test_signal_after_exit_is_ignored() -> None:
    process = PythonProcess("timeit", ["-n1", "-r1", "pass"])
    process.wait()
    process.send(signal.SIGKILL)
    assert process.exit_code == 0


def test_end_text_names_the_exit_code_or_signal() -> None:
    assert end_text(3) == "ended with exit code 3 without recording it"
    assert "SIGKILL" in end_text(-signal.SIGKILL)
    assert "exit code" not in end_text(-signal.SIGKILL)
