"""Leaving the browser for another program in a real terminal, and coming back to the same screen."""

from __future__ import annotations

import os
from pathlib import Path

from tests.run_dirs import write_log, write_run
from tests.terminal import Terminal, runtui
from tests.waiting import wait_until


def test_shell_opens_in_the_run_directory_and_the_screen_returns(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", description="a run")
    with Terminal(runtui(str(runs_dir)), 80, 24, {"SHELL": "/bin/sh", "PS1": "here> "}) as terminal:
        terminal.wait_for("a run")
        before = terminal.wait_for("● live")
        terminal.press("!")
        terminal.wait_for("here>")
        terminal.type("pwd > results/where; echo made it")
        terminal.press("Enter")
        terminal.wait_for("made it\n")
        assert (run / "results" / "where").read_text().strip() == str(run)
        terminal.press("C-d")
        terminal.wait_for(lambda screen: screen.splitlines()[1] == before.splitlines()[1])
        terminal.wait_for("› ")
        terminal.press("?")
        terminal.wait_for("The ten keys you need")


def processes_with(text: str) -> list[int]:
    """Return the processes whose command line has a text, but for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in words and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def test_closing_the_terminal_with_a_shell_open_ends_the_browser(runs_dir: Path) -> None:
    write_run(runs_dir, "r", description="a run")
    with Terminal(runtui(str(runs_dir)), 80, 24, {"SHELL": "/bin/sh", "PS1": "here> "}) as terminal:
        terminal.wait_for("a run")
        terminal.press("!")
        terminal.wait_for("here>")
        assert processes_with(f"runtui\0{runs_dir}")
    wait_until(
        lambda: not processes_with(f"runtui\0{runs_dir}"),
        "all ended",
        seen=lambda: processes_with(str(runs_dir)),
    )


def test_log_opens_in_the_editor_at_the_current_line(runs_dir: Path, tmp_path: Path) -> None:
    run = write_run(runs_dir, "-r", description="a run")
    write_log(run, "".join(f"line {number}\n" for number in range(1, 200)))
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "edits $@"\nread answer\n')
    editor.chmod(0o755)
    with Terminal(runtui(str(runs_dir)), 80, 24, {"EDITOR": str(editor), "VISUAL": ""}) as terminal:
        terminal.wait_for("line 199")
        terminal.press("l")
        terminal.wait_for("Esc back")
        terminal.press(":")
        terminal.type("42")
        terminal.press("Enter")
        terminal.wait_for("line 42\n")
        terminal.press("O")
        screen = terminal.wait_for("edits ")
        assert "+42 " in screen
        # Nothing in it can be taken for an option.
        assert f" {runs_dir}" in screen.replace("\n", "")
        terminal.press("Enter")
        terminal.wait_for("Esc back")
