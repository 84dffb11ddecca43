"""Login nodes limit the memory of their users: the browser lives within it, or says how much it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bare_terminal import BareTerminal
from tests.run_dirs import write_log, write_run
from tests.terminal import Terminal, ended_cleanly, runtui

_FAULTY = """
import sys
from runtui.cli import main
from runtui.tui.screens.browser import BrowserScreen

def fails(*_):
    raise {}

BrowserScreen.action_refresh = fails
sys.exit(main(sys.argv[1:]))
"""

_SHOWING = """
import sys
from pathlib import Path
from runtui.cli import main

code = main(["show", *sys.argv[1:]])
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line for line in lines if "VmPeak" in line), file=sys.stderr)
sys.exit(code)
"""


def limited(limit: str, *command: str) -> list[str]:
    return ["bash", "-c", f'ulimit {limit}; exec "$@"', "bash", *command]


@pytest.mark.parametrize("limit", ["-v 400000", "-v 200000", "-d 200000", "-v 200000 -s 65536"])
def test_browser_works_under_a_low_memory_limit(runs_dir: Path, limit: str) -> None:
    for number in range(300):
        status = "failed" if number % 3 else "running"
        run = write_run(runs_dir, f"r{number}", status=status, description=f"number {number}!")
        write_log(run, "".join(f"line {line} of {number}\n" for line in range(100)))
    with Terminal(limited(limit, *runtui(str(runs_dir))), 120, 40) as terminal:
        terminal.wait_for("number 290!")
        terminal.press("l")
        terminal.wait_for("line 64 of")  # at full height: below the table stand fewer lines of its end
        terminal.press("/", "l", "i", "n", "e", "Space", "1", "7")
        terminal.wait_for("line 17")  # as typed, before the search begins
        terminal.press("Enter")
        terminal.wait_for("line 17 of")
        terminal.press("Escape")  # ends the search
        terminal.wait_for("search ended")
        terminal.press("Escape")
        terminal.wait_for("number 290!")
        terminal.press("i")
        terminal.wait_for("x dismiss")
        terminal.press("Escape")
        terminal.wait_for(lambda screen: "x dismiss" not in screen)
        terminal.press("q")
        ended_cleanly(terminal, 0)


def test_too_low_memory_limit_is_reported_in_one_line(runs_dir: Path) -> None:
    with BareTerminal(limited("-v 120000", *runtui(str(runs_dir)))) as terminal:
        assert terminal.wait_for_end() == 1
        said = terminal.wait_for(b"\n")
    assert said == (
        b"runtui: the browser needs 200 MB of memory, but `ulimit -v` allows 123 MB: "
        b"raise the limit, or use `runtui ls`\r\n"
    )


@pytest.mark.parametrize("error", ["MemoryError", 'RuntimeError("can\'t start new thread")'])
def test_browser_reports_out_of_memory_in_one_line(runs_dir: Path, state_dir: Path, error: str) -> None:
    write_run(runs_dir, "gas", description="a gas")
    code = _FAULTY.format(error)
    with BareTerminal(limited("-v 900000", sys.executable, "-c", code, str(runs_dir))) as terminal:
        terminal.wait_for(b"a gas")
        terminal.forget()
        terminal.press(b"\x12")
        assert terminal.wait_for_end() == 1
        after = terminal.wait_for(b"again\r\n").rpartition(b"\x1b[?25h")[2]
    assert after == b"runtui: out of memory: `ulimit -v` allows 922 MB; raise that, and try again\r\n"
    assert not list((state_dir / "runtui").glob("crash-*"))


def test_command_reports_out_of_memory_without_a_traceback(runs_dir: Path) -> None:
    write_run(runs_dir, "small")
    show = [sys.executable, "-c", _SHOWING, "-C", str(runs_dir), "--json"]
    first = subprocess.run([*show, "small"], capture_output=True, text=True, check=True)
    needed = int(first.stderr.split()[-2])  # in kB
    write_run(runs_dir, "huge", text="x" * 7_000_000)
    command = limited(f"-v {needed + 4000}", *show, "huge")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr.splitlines()[0]
    assert said.startswith("runtui: out of memory: `ulimit -v` allows ")
    assert "Traceback" not in done.stderr
