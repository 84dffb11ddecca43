"""Signals are noted, and waited for."""

from __future__ import annotations

import signal
import subprocess
import threading
import time

import pytest

from runtui.runtime.process.signals import Signals, held_back, killed_text, signal_name


def send(number: int) -> None:
    signal.raise_signal(number)


def test_termination_signals_are_counted_and_the_first_is_kept() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals() as signals:
        assert (signals.number, signals.count) == (None, 0)
        signals.check()
        send(signal.SIGTERM)
        send(signal.SIGINT)
        assert (signals.number, signals.count) == (signal.SIGTERM, 2)
        with pytest.raises(SystemExit) as caught:
            signals.check()
    assert caught.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_check_raises_keyboard_interrupt_after_sigint() -> None:
    with Signals() as signals:
        send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signals.check()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as signals:
            send(signal.SIGHUP)
            assert signals.count == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_wait_ends_on_child_exit_signal_or_timeout() -> None:
    with Signals() as signals:
        process = subprocess.Popen(["true"])
        signals.wait(60.0)
        process.wait(60.0)
        timer = threading.Timer(0.05, send, [signal.SIGTERM])
        timer.start()
        began = time.monotonic()
        while signals.number is None and time.monotonic() - began < 60.0:
            signals.wait(60.0)
        timer.join()
        assert signals.number == signal.SIGTERM
        assert time.monotonic() - began < 60.0
        signals.clear()
        signals.wait(0.01)


def test_striking_signal_raises_at_once_and_a_pending_one_on_entry() -> None:
    with Signals() as signals:
        with pytest.raises(InterruptedError, match="SIGTERM"), signals.striking(InterruptedError):
            send(signal.SIGTERM)
        send(signal.SIGTERM)
        with pytest.raises(InterruptedError, match="SIGTERM"), signals.striking(InterruptedError):
            pytest.fail("it was let in")
        assert signals.count == 2


def test_held_back_signal_is_delivered_to_signals() -> None:
    with held_back():
        send(signal.SIGTERM)
        with Signals() as signals:
            assert signals.number == signal.SIGTERM
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.parametrize(
    ("number", "name", "text"),
    [
        (9, "SIGKILL", "killed by signal 9 (SIGKILL)"),
        (40, "signal 40", "killed by signal 40"),
        (200, "signal 200", "killed by signal 200"),
    ],
)
def test_signal_is_described_by_its_name_if_it_has_one(number: int, name: str, text: str) -> None:
    assert (signal_name(number), killed_text(number)) == (name, text)
