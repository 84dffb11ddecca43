"""The program in a real terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.run_dirs import write_log, write_run
from tests.terminal import Terminal, ended_cleanly, runtui
from tests.waiting import wait_until


def test_demo_shows_a_growing_log_and_restores_the_terminal(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    with Terminal(runtui("demo", str(demo)), 120, 40) as terminal:
        try:
            terminal.wait_for("● running")
            terminal.press("/")
            terminal.type("status:running")
            terminal.press("Enter")
            terminal.press("g", "l")
            first: dict[str, int] = {}
            terminal.wait_for(lambda screen: _grows(screen, first))
            # An escape directly before another key is that key with Alt, to a terminal.
            terminal.press("Escape")
            terminal.wait_for("details:")
            terminal.press("q")
            terminal.wait_for("your demo runs are in")
            ended_cleanly(terminal, 0)
        finally:
            _end_simulations(demo)


def test_demo_no_tui_creates_runs_once(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    try:
        ended = subprocess.run(
            runtui("demo", str(demo), "--no-tui"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        assert f"open them with: runtui {demo}" in ended.stdout
        again = subprocess.run(
            runtui("demo", str(demo), "--no-tui"), capture_output=True, text=True, check=False
        )
        assert again.returncode == 1
        assert again.stderr.count("\n") == 1
        listed = subprocess.run(runtui("-C", str(demo), "ls", "--json"), capture_output=True, check=True)
        statuses = Counter(run["status"] for run in json.loads(listed.stdout))
        assert statuses["completed"] >= 8
        assert statuses["failed"] >= 4
        assert statuses["running"] >= 2
    finally:
        _end_simulations(demo)


def _grows(screen: str, first: dict[str, int]) -> bool:
    """Return whether the log on the screen is further than when it was `first` seen."""
    run = re.search(r"log: (\S+)", screen)
    steps = _steps(screen)
    return run is not None and bool(steps) and steps[-1] > first.setdefault(run[1], steps[-1])


def _steps(screen: str) -> list[int]:
    """Return the numbers of the steps that a log on the screen tells of."""
    return [int(number) for number in re.findall(r"step +(\d+)/", screen)]


def _end_simulations(demo: Path) -> None:
    """End whatever still works in the demo's directory."""

    def pids() -> list[int]:
        found = subprocess.run(["pgrep", "-f", str(demo)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split() if int(pid) != os.getpid()]

    for pid in pids():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_until(lambda: not pids(), "the simulations ended")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_table_filter_and_log_work_in_a_real_terminal(runs_dir: Path, size: tuple[int, int]) -> None:
    write_run(runs_dir, "gas", status="failed", description="a gas", created="2026-11-21T02:00:00Z")
    write_log(runs_dir / "gas", "ERROR: exploded\n")
    write_run(runs_dir, "fluid", description="a fluid", created="2026-11-21T01:00:00Z")
    write_log(runs_dir / "fluid", "all is well\n")
    with Terminal(runtui(str(runs_dir)), *size) as terminal:
        terminal.wait_for("ERROR: exploded")
        terminal.press("j")
        terminal.wait_for("all is well")
        terminal.press("/")
        terminal.type("gas")
        terminal.wait_for("1 of 2 runs")
        terminal.press("Escape")
        terminal.wait_for(lambda screen: "a fluid" in screen and "1 of 2" not in screen)
        terminal.press("q")
        ended_cleanly(terminal, 0)


def test_keys_in_one_packet_reach_the_dialogs_they_open(runs_dir: Path) -> None:
    for number in range(20):
        write_run(runs_dir, f"gas-{number:02d}", created=f"2026-11-21T{number:02d}:00:00Z")
    with Terminal(runtui(str(runs_dir)), 120, 40) as terminal:
        terminal.wait_for("gas-19")
        terminal.press("/", "g", "a", "s", "-", "1", "Enter", "j", "j", "Enter")
        terminal.wait_for(lambda screen: "details: gas-17" in screen and "10 of 20 runs" in screen)
        terminal.press("s", "f", "a", "i", "l", "Enter")
        terminal.wait_for(lambda screen: "✗ failed↑" in screen)
        terminal.press("?", "q", "?", "?", "q", "q")  # the first of the last two closes the details
        ended_cleanly(terminal, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_and_sighup_restore_the_terminal(runs_dir: Path, number: signal.Signals) -> None:
    write_run(runs_dir, "gas", description="a gas")
    with Terminal(runtui(str(runs_dir)), 80, 24) as terminal:
        terminal.wait_for("a gas")
        subprocess.run(["pkill", f"-{number.value}", "-f", f"runtui {runs_dir}$"], check=True)
        ended_cleanly(terminal, 128 + number)


def test_control_sequences_in_a_run_are_shown_as_text(runs_dir: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[31m[red]x[/red][@click=app.quit]y[/]\u202egnp"
    run = write_run(
        runs_dir, "evil\x1b[2Jname", status=evil, description=evil, tags=[evil], hostname=evil, user=evil
    )
    write_log(run, f"{evil}\n", name="a\x1b]0;owned\x07.log")
    with Terminal(runtui(str(runs_dir)), 200, 50) as terminal:
        screen = terminal.wait_for(lambda text: "[red]x[/red]" in text and "0;owned" in text)
        assert "[@click=app.quit]y" in screen
        assert terminal.value("pane_title") != "owned"
        terminal.press("Enter")
        terminal.wait_for("details: evil␛[2Jname")
        terminal.press("q", "q")
        ended_cleanly(terminal, 0)


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ([], {"TERM": "dumb"}, "TERM=dumb"),
        (["no-such-dir"], {}, "there is no directory"),
    ],
)
def test_startup_error_is_reported_in_one_line(
    runs_dir: Path, arguments: list[str], environment: dict[str, str], words: str
) -> None:
    command = ["env", *(f"{key}={value}" for key, value in environment.items())]
    command += runtui(*(arguments or [str(runs_dir)]))
    with Terminal(command, 120, 24) as terminal:
        screen = terminal.wait_for("ended with 1")
        assert words in screen
        assert [line for line in screen.splitlines() if line.strip()][1].startswith("runtui: ")


def test_browser_without_a_terminal_suggests_runtui_ls(runs_dir: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "runtui", str(runs_dir)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "runtui ls" in ended.stderr
