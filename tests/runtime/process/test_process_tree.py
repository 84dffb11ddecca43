"""Processes, and all that they start, are seen to their end."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from runtui.runtime.process.process_tree import End, descendants, is_group, send_to, signal_group, status_of
from tests.runtime.launches import is_gone
from tests.store.children import output_of
from tests.waiting import wait_until

FAMILY = """
    import os
    from runtui.runtime.process.process_tree import Family
    from runtui.runtime.process.signals import Signals
    with Signals() as signals:
        family = Family(signals)
        def start(text, output=2):
            words = ["sh", "-c", text]
            return family.start(words, directory="/", environment=dict(os.environ), output=output)
        def end(text):
            pid = start(text)
            while (found := family.end_of(pid)) is None:
                signals.wait()
            return found
"""


def said(code: str) -> list[str]:
    """Return the lines that code prints which has a `family`, in a process of its own."""
    indented = "\n".join(f"        {line}" for line in code.strip().splitlines())
    return output_of(FAMILY + indented).splitlines()


def test_end_has_an_exit_code_or_a_signal() -> None:
    assert said(
        "for found in (end('exit 3'), end('kill -9 $$')):\n    print(found.text, found.shell_code)"
    ) == [
        "exit code 3 3",
        "killed by signal 9 (SIGKILL) 137",
    ]
    assert End(0, 0.0, None).shell_code == 0


def test_command_has_empty_input_and_its_own_session() -> None:
    assert said("print(end('test $(cat | wc -c) = 0 && test $(ps -o sid= -p $$) = $$').code)") == ["0"]


def test_leftover_processes_of_a_command_are_counted_and_ended() -> None:
    code = """
pid = start('setsid sleep 600 >/dev/null 2>&1 & exit 0')
while family.end_of(pid) is None:
    signals.wait()
print(family.count_left_behind())
print(family.end_all(5.0), family.reap())
"""
    assert said(code) == ["1", "0 False"]


def test_process_that_ends_soon_after_its_command_is_no_leftover() -> None:
    assert said("end('sleep 0.05 & exit 0')\nprint(family.count_left_behind())") == ["0"]


def test_process_that_ignores_sigterm_is_killed_and_reported() -> None:
    code = """
reader, writer = os.pipe()
pid = start("trap '' TERM; echo ready; while :; do sleep 0.1; done", writer)
os.read(reader, 5)
told = []
print(family.end_all(0.3, told.append), family.end_of(pid).text, told)
"""
    assert said(code) == ["0 killed by signal 9 (SIGKILL) ['what did not end within 0.3 s is killed']"]


def test_descendants_are_listed_with_their_parents() -> None:
    process = subprocess.Popen(["sh", "-c", "sleep 600 & wait"], start_new_session=True)
    try:
        wait_until(lambda: len(descendants(process.pid)) == 1, "the shell has started its child")
        [(child, parent)] = descendants(process.pid)
        assert parent == process.pid
        found = status_of(child)
        assert found is not None
        assert (found.parent, found.session, found.is_dead) == (process.pid, process.pid, False)
        assert (child, parent) in descendants(os.getpid())
        assert is_group(process.pid)
        signal_group(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    wait_until(lambda: is_gone(child), "the child has ended")
    signal_group(process.pid, signal.SIGKILL)


def test_zombie_is_distinguished_from_a_reaped_process() -> None:
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    found = status_of(process.pid)
    assert found is not None
    assert found.is_dead
    assert not send_to(process.pid, os.getpid(), signal.SIGTERM)
    process.wait()
    assert status_of(process.pid) is None


@pytest.mark.parametrize("is_parent", [True, False])
def test_signal_reaches_only_a_child_of_the_given_parent(is_parent: bool) -> None:
    process = subprocess.Popen(["sleep", "600"])
    try:
        parent = os.getpid() if is_parent else process.pid
        assert send_to(process.pid, parent, signal.SIGTERM) is is_parent
    finally:
        process.kill() if not is_parent else None
        assert process.wait(60.0) == (-signal.SIGTERM if is_parent else -signal.SIGKILL)


def test_suspended_process_can_be_terminated() -> None:
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    os.kill(process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    signal_group(process.pid, signal.SIGTERM)
    assert process.wait(60.0) == -signal.SIGTERM
