"""The program on a file system that stops answering."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mounts import Mount, mounted
from tests.run_dirs import make_runs, write_log, write_run
from tests.terminal import Terminal, ended_cleanly, runtui
from tests.waiting import PATIENCE, wait_until

SILENT = "the file system has not answered for"


@pytest.fixture
def mount(runs_dir: Path, tmp_path: Path) -> Iterator[Mount]:
    """A mount of a runs directory of 40 runs that ended and, as the newest, one at work, with a log."""
    make_runs(runs_dir, 40, seed=1)
    write_log(write_run(runs_dir, "gas", status="running", description="a gas"), "all is well\n")
    with mounted(runs_dir, tmp_path / "mount") as made:
        yield made


def test_hung_file_system_is_reported_and_keys_still_work(mount: Mount, runs_dir: Path) -> None:
    with Terminal(runtui(str(mount.point)), 120, 40) as terminal:
        terminal.wait_for(lambda screen: "polling" in screen and "all is well" in screen)
        mount.hang()
        screen = terminal.wait_for(SILENT)
        assert "what is shown is from" in screen
        terminal.press("j")
        terminal.wait_for(lambda screen: "details: gas" not in screen and "reading…" in screen)
        terminal.press("/")
        terminal.type("gas")
        terminal.wait_for("1 of 41 runs")
        terminal.press("Escape")
        terminal.wait_for(lambda screen: "1 of 41" not in screen)
        terminal.press("?")
        terminal.wait_for("The ten keys you need")
        terminal.press("Escape")
        terminal.wait_for(lambda screen: SILENT in screen and "The ten keys you need" not in screen)
        write_run(runs_dir, "fluid", description="a fluid")
        mount.answer()
        terminal.wait_for(lambda screen: SILENT not in screen and "42 runs" in screen)
        mount.hang()
        terminal.press("q")
        ended_cleanly(terminal, 0)


def test_unresponsive_directory_is_named(mount: Mount, tmp_path: Path) -> None:
    write_run(tmp_path / "others", "plate", status="running")
    with Terminal(runtui(str(mount.point), str(tmp_path / "others")), 120, 40) as terminal:
        terminal.wait_for("42 runs")
        mount.hang()
        terminal.wait_for("the file system of mount has not answered for")
        mount.answer()
        terminal.wait_for(lambda screen: "has not answered" not in screen)
        terminal.press("q")
        ended_cleanly(terminal, 0)


@pytest.mark.parametrize("known", [True, False], ids=["known-from-before", "never-seen"])
def test_browser_opens_and_quits_on_a_hung_file_system(mount: Mount, known: bool, tmp_path: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    if known:
        with Terminal(runtui(str(mount.point)), 120, 40, cache) as terminal:
            terminal.wait_for("polling")
            terminal.press("q")
            ended_cleanly(terminal, 0)
    mount.hang()
    with Terminal(runtui(str(mount.point)), 120, 40, cache) as terminal:
        screen = terminal.wait_for(SILENT)
        assert ("a gas" in screen) == known
        assert ("showing the last known state" in screen) == known
        terminal.press("q")
        ended_cleanly(terminal, 0)


@pytest.mark.parametrize(
    "command", [["ls"], ["show", "gas"], ["path", "latest"], ["doctor"], ["trash", "ls"]]
)
def test_ctrl_c_ends_a_read_only_command_on_a_hung_file_system(mount: Mount, command: list[str]) -> None:
    mount.hang()
    process = subprocess.Popen(runtui("-C", str(mount.point), *command))
    tasks = Path(f"/proc/{process.pid}/task")

    def waits_in() -> list[str]:
        assert process.poll() is None, f"it ended with {process.returncode}"
        return [(task / "wchan").read_text() for task in tasks.iterdir()]

    try:
        wait_until(lambda: "request_wait_answer" in waits_in(), "it waits for the file system", seen=waits_in)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT
    finally:
        process.kill()
        process.wait()
