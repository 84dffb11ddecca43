"""However the program ends or stops, the terminal is as it was, and the truth is told."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bare_terminal import BareTerminal
from tests.run_dirs import write_run
from tests.terminal import Terminal, ended_cleanly, runtui

_FAULTY = """
import sys, threading
from runtui.cli import main
from runtui.tui.screens.browser import BrowserScreen

def fails(*_):
    raise RuntimeError("the roof fell in\\x1b[2J")

if sys.argv[1] == "in a key":
    BrowserScreen.action_refresh = fails
elif sys.argv[1] == "in the background":
    BrowserScreen.action_refresh = lambda self: self._background.submit("x", fails, fails)
else:
    BrowserScreen.action_refresh = lambda self: threading.Thread(target=fails).start()
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("place", ["in a key", "in the background", "in a thread"])
def test_crash_prints_one_line_and_writes_a_report(runs_dir: Path, state_dir: Path, place: str) -> None:
    write_run(runs_dir, "gas", description="a gas")
    with BareTerminal([sys.executable, "-c", _FAULTY, place, str(runs_dir)]) as terminal:
        terminal.wait_for(b"a gas")
        terminal.forget()
        terminal.press(b"\x12")
        assert terminal.wait_for_end() == 1
        after = terminal.wait_for(b".txt\r\n").rpartition(b"\x1b[?25h")[2]
        assert after.count(b"\n") == 1
        assert after.startswith("runtui: crashed (RuntimeError: the roof fell in␛[2J)".encode())
        assert not terminal.modes_left_on()
        assert terminal.modes() == terminal.modes_before
    (report,) = (state_dir / "runtui").glob("crash-*.txt")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert report.name.encode() in after
    assert 'raise RuntimeError("the roof fell in' in report.read_text() or "in fails" in report.read_text()


def test_sigterm_and_sigquit_restore_the_terminal(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", description="a gas")
    for number in (signal.SIGTERM, signal.SIGQUIT):
        with BareTerminal(runtui(str(runs_dir))) as terminal:
            terminal.wait_for(b"a gas")
            assert terminal.modes() != terminal.modes_before
            terminal.process.send_signal(number)
            assert terminal.wait_for_end() == 128 + number
            assert not terminal.modes_left_on()
            assert terminal.modes() == terminal.modes_before
            assert b"crash" not in terminal.sent


@pytest.mark.parametrize("controls", [True, False], ids=["told by a signal", "told by nobody"])
def test_browser_exits_when_the_terminal_closes(runs_dir: Path, controls: bool) -> None:
    write_run(runs_dir, "gas", description="a gas")
    with BareTerminal(runtui(str(runs_dir)), controls=controls) as terminal:
        terminal.wait_for(b"a gas")
        terminal.hang_up()
        assert terminal.wait_for_end() == 128 + signal.SIGHUP


def test_suspended_browser_is_redrawn_when_resumed(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", description="a gas")
    shell = ["env", "PS1=shell> ", "bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, 80, 24) as terminal:
        terminal.wait_for("shell>")
        terminal.type(" ".join(runtui(str(runs_dir))))
        terminal.press("Enter")
        terminal.wait_for("a gas")
        terminal.press("C-z")
        terminal.wait_for("Stopped")
        assert terminal.value("alternate_on") == "0"
        assert terminal.value("mouse_any_flag") == "0"
        terminal.type("echo made $((6 * 7))")
        terminal.press("Enter")
        terminal.wait_for("made 42")
        terminal.resize(100, 30)
        terminal.type("fg")
        terminal.press("Enter")
        terminal.wait_for(lambda screen: _is_whole(screen, 30))
        # Stopped by somebody who did not ask, it takes the terminal anew.
        subprocess.run(["pkill", "-STOP", "-o", "-f", f"runtui {runs_dir}$"], check=True)
        terminal.wait_for("Stopped")
        terminal.type("fg")
        terminal.press("Enter")
        terminal.wait_for(lambda screen: _is_whole(screen, 30))
        terminal.press("q")
        terminal.wait_for("made 42")
        assert terminal.value("alternate_on") == "0"
        terminal.type("echo $?; exit 7")
        terminal.press("Enter")
        ended_cleanly(terminal, 7)


def _is_whole(screen: str, height: int) -> bool:
    """Return whether the screen has all of the browser, and nothing of the shell."""
    return "a gas" in screen and "help" in screen.splitlines()[height - 1] and "shell>" not in screen


def test_normal_session_writes_nothing_to_stderr(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "gas", description="a gas")
    errors = tmp_path / "errors"
    with BareTerminal(["sh", "-c", f'"$@" 2>{errors}', "sh", *runtui(str(runs_dir))]) as terminal:
        terminal.wait_for(b"a gas")
        terminal.press(b"q")
        assert terminal.wait_for_end() == 0
    assert errors.read_text() == ""


@pytest.mark.parametrize(("redirection", "kind"), [(">out", "xterm"), ("", "dumb"), ("", None)])
def test_unusable_terminal_suggests_runtui_ls(
    runs_dir: Path, tmp_path: Path, redirection: str, kind: str | None
) -> None:
    command = ["sh", "-c", f'cd {tmp_path}; "$@" {redirection}', "sh", *runtui(str(runs_dir))]
    with BareTerminal(command, env={"TERM": kind}) as terminal:
        assert terminal.wait_for_end() == 1
        said = terminal.wait_for(b"\n")
        assert re.fullmatch(rb"runtui: [^\n\x1b]*runtui ls[^\n\x1b]*\r\n", said)
    assert not os.path.exists(tmp_path / "out") or not (tmp_path / "out").read_bytes()
