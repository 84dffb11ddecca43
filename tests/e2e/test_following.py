"""A log that another process writes, followed in real terminals."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.terminal import Terminal, as_painted_anew, runtui

_WRITER = """
import sys, time
sys.stdin.read()
with open(sys.argv[1], "a") as file:
    for number in range(4000):
        colour = 31 + number % 7
        file.write(f"step {number:06} \\x1b[{colour}m漢字 {'x' * (number % 90)}\\x1b[0m tab\\tend\\n")
        if number % 7 == 0:
            file.flush()
            time.sleep(0.01)
    file.write("the last line\\n")
"""


@pytest.mark.parametrize("inner", ["", "screen"], ids=["tmux", "screen"])
def test_growing_log_is_drawn_correctly_in_tmux_and_screen(
    runs_dir: Path, tmp_path: Path, inner: str
) -> None:
    within: Sequence[str] = []
    if inner:
        if shutil.which(inner) is None:
            pytest.skip(f"{inner} is not installed")
        # By itself it would go on, with what runs in it, when its terminal goes.
        (tmp_path / "screenrc").write_text("autodetach off\n")
        within = [inner, "-U", "-c", str(tmp_path / "screenrc")]
    run = write_run(runs_dir, "r", status="running", hostname="elsewhere")
    log = run / "logs" / "simulation.log"
    log.write_text("there before\n")
    writing = subprocess.Popen([sys.executable, "-c", _WRITER, str(log)], stdin=subprocess.PIPE)
    with writing as writer, Terminal([*within, *runtui(str(runs_dir))], 100, 30) as terminal:
        terminal.wait_for("there before")
        writer.stdin.close()
        terminal.press("l")
        terminal.wait_for("step 0003")
        terminal.resize(90, 25)
        terminal.press("?")
        terminal.wait_for("─ Keys ─")
        terminal.press("Escape")
        # Or any later line: on a busy machine the writer is ahead of the screen.
        terminal.wait_for(lambda screen: re.search(r"step 00(0[7-9]|[1-9])", screen) is not None)
        terminal.press("k", "k")
        terminal.wait_for("paused, F to follow")
        terminal.press("PageUp", "j", "j", "F")
        terminal.press("/")
        terminal.type("step")
        terminal.press("Enter")
        terminal.wait_for("match")
        terminal.press("F")
        terminal.wait_for("the last line")
        as_painted_anew(terminal)
        terminal.press("k", "k", "k", "k", "j")
        as_painted_anew(terminal)
        terminal.press("PageUp", "w", "j", "j", "j", "PageUp", "k", "k")
        as_painted_anew(terminal)
        # Beside other panes only parts of the rows are its.
        terminal.press("Escape", "Tab", "k", "k")
        as_painted_anew(terminal)
