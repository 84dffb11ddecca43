"""The program where the system lets it watch nothing, or too little."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.terminal import Terminal, ended_cleanly, runtui


def limited(watches: int, instances: int, command: list[str]) -> list[str]:
    """Return the command line that runs `command` with these inotify limits, which hold for nothing else."""
    setting = (
        f"echo {watches} > /proc/sys/user/max_inotify_watches && "
        f"echo {instances} > /proc/sys/user/max_inotify_instances"
    )
    in_namespace = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    try:
        subprocess.run([*in_namespace, setting], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no user namespace with limits of its own can be made here")
    return [*in_namespace, f"{setting} && exec {shlex.join(command)}"]


@pytest.mark.parametrize(
    ("watches", "instances", "words"),
    [
        (3, 100, "all inotify watches of this user are taken"),
        (100, 0, "all inotify instances of this user are taken"),
    ],
    ids=["too-few-watches", "no-instances"],
)
def test_browser_polls_at_the_watch_limit_and_says_why(
    runs_dir: Path, watches: int, instances: int, words: str
) -> None:
    for number in range(5):
        write_run(runs_dir, f"gas-{number}", status="running")
    shell = {"SHELL": "/bin/sh", "PS1": "here> "}
    with Terminal(limited(watches, instances, runtui(str(runs_dir))), 160, 30, shell) as terminal:
        terminal.wait_for(lambda screen: words in screen and "live (polling)" in screen)
        terminal.wait_for("5 runs  ● 5 running")
        write_run(runs_dir, "gas-1", status="failed")
        terminal.wait_for("✗ 1 failed  ● 4 running")
        write_run(runs_dir, "new", status="running")
        terminal.wait_for("6 runs  ✗ 1 failed  ● 5 running")
        # Other programs give back what they took, and the user asks for a new look.
        terminal.press("!")
        terminal.wait_for("here>")
        terminal.type(
            "cd /proc/sys/user; echo 100 > max_inotify_watches; echo 100 > max_inotify_instances; exit"
        )
        terminal.press("Enter")
        terminal.wait_for("live (polling)")
        terminal.press("C-r")
        terminal.wait_for(lambda screen: "● live" in screen and "polling" not in screen)
        terminal.press("?")
        terminal.press("G")
        terminal.wait_for("5 runs watched by file events")
        terminal.press("q")
        write_run(runs_dir, "new", status="failed")
        terminal.wait_for("✗ 2 failed  ● 4 running")
        terminal.press("q")
        ended_cleanly(terminal, 0)
