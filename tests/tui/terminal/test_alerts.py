"""Alerts reach the terminals that know them, and tmux, whatever the text."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from runtui.tui.terminal.alerts import Alert, sequence
from tests.run_dirs import write_run
from tests.terminal import Terminal, runtui

GAS = "#(touch touched) 5%d"
"""A description that tmux would expand: by running a command, and with the day of the month."""

ALERT = Alert("failed: a gas; cold", "oom: killed")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b]99;i=runtui:d=0;failed: a gas; cold\x1b\\"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "\x1b]99;i=runtui:d=0;"),
        ({"TERM": "foot"}, "\x1b]777;notify;failed: a gas, cold;oom: killed\x07"),
        ({"TERM": "xterm-ghostty"}, "\x1b]777;notify;"),
        (
            {"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"},
            "\x1b]9;runtui: failed: a gas; cold: oom: killed\x07",
        ),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "\x1b]9;runtui: "),
    ],
    ids=["kitty", "in-kitty", "foot", "ghostty", "iterm-over-ssh", "iterm"],
)
def test_terminal_gets_the_sequence_that_it_knows(environ: dict[str, str], expected: str) -> None:
    assert sequence(ALERT, environ).startswith(expected)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "xterm-256color"},
        {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"},
        {"TERM": "screen", "STY": "1.x", "KITTY_WINDOW_ID": "1"},
        {"TERM": "xterm-kitty", "TMUX": "/tmp/x,1,0"},
    ],
    ids=["nothing", "xterm", "remote-tmux", "screen", "tmux"],
)
def test_other_terminals_get_nothing(environ: dict[str, str]) -> None:
    assert sequence(ALERT, environ) == ""


def test_long_alert_is_cut(runs_dir: Path) -> None:
    assert len(sequence(Alert("x" * 5000, "y" * 5000), {"TERM": "foot"})) < 1000


def test_failed_run_is_told_by_tmux_and_the_users_command(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    config = tmp_path / "config" / "runtui"
    config.mkdir(parents=True)
    told = tmp_path / "told"
    (config / "settings.toml").write_text(
        f'notify = "failed"\nnotify_command = "echo $RUNTUI_RUN_ID $RUNTUI_STATUS >> {told}"\n'
    )
    monkeypatch.chdir(tmp_path)
    write_run(runs_dir, "ant", status="running", description=GAS)
    write_run(runs_dir, "bee", status="running", description="a fine one")
    socket = f"runtui-{uuid.uuid4().hex[:12]}"
    inner = shlex.join([*runtui(str(runs_dir))])
    command = ["env", "-u", "TMUX", "tmux", "-L", socket, "-f", os.devnull, "new-session", inner]
    try:
        with Terminal(command, 140, 30, {"XDG_CONFIG_HOME": str(config.parent)}) as terminal:
            terminal.wait_for("● 2 running")
            terminal.wait_for("● live")
            write_run(runs_dir, "bee", status="completed", description="a fine one")
            write_run(runs_dir, "ant", status="failed", description=GAS)
            terminal.wait_for(lambda screen: screen.splitlines()[-1].startswith(f"runtui: failed: {GAS}"))
            assert told.read_text() == "ant failed\n"
            assert not Path("touched").exists()
            terminal.press("q")
            terminal.wait_for("ended with 0")
    finally:
        subprocess.run(["tmux", "-L", socket, "kill-server"], check=False, capture_output=True)
