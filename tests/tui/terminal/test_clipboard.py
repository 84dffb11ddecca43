"""What is copied arrives, in tmux, GNU screen and a plain terminal, and the notice says where it went."""

from __future__ import annotations

import base64
import os
import re
import shutil
from pathlib import Path

import pytest

from runtui.tui.terminal.clipboard import Copied, load_tmux_buffer, sequence
from tests.run_dirs import write_log, write_run
from tests.terminal import Terminal, runtui
from tests.tui.screen import browsing
from tests.waiting import wait_until

OSC_52 = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    run = write_run(runs_dir, "ant", description="a gas")
    write_log(run, "".join(f"line {number:03}\n" for number in range(300)))
    return runs_dir


def copied_in(data: bytes) -> list[str]:
    """Return what a terminal was sent for its clipboard."""
    return [base64.b64decode(found).decode() for found in OSC_52.findall(data)]


def script(path: Path, text: str) -> Path:
    """Write a program."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def record_from_start(command: list[str], sent: Path, env: dict[str, str] | None = None) -> Terminal:
    """Run a command in a terminal without the variables of tmux, which puts down all that it is sent."""
    terminal = Terminal(["env", "-u", "TMUX", "sh", "-c", 'read _; exec "$@"', "sh", *command], 100, 30, env)
    terminal.wait_for("before")
    terminal.record(sent)
    terminal.press("Enter")
    return terminal


def test_copy_in_tmux_sets_the_tmux_buffer(runs: Path) -> None:
    with Terminal(runtui(str(runs)), 100, 30) as terminal:
        terminal.wait_for("a gas")
        terminal.press("y")
        terminal.wait_for("Copy from 1 run")
        terminal.press("1")
        terminal.wait_for("copied ant to the tmux buffer")
        assert terminal.buffer() == "ant"
        terminal.wait_for(lambda screen: "copied" not in screen)
        terminal.press("l")
        terminal.wait_for(lambda screen: screen.count("line 29") == 10)
        terminal.press("g")
        terminal.wait_for("line 000")
        terminal.press("V", *["PageDown"] * 12)
        terminal.wait_for("line 299")
        terminal.press("y")
        screen = terminal.wait_for(" lines to the tmux buffer")
        lines = terminal.buffer().splitlines()
        assert f"copied {len(lines)} lines" in screen
        assert lines == [f"line {number:03}" for number in range(300)][-len(lines) :]


def test_copy_in_a_plain_terminal_is_reported_as_sent(runs: Path, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    with record_from_start(["env", "TERM=xterm-256color", *runtui(str(runs))], sent) as terminal:
        terminal.wait_for("a gas")
        terminal.press("y")
        terminal.wait_for("Copy from 1 run")
        terminal.press("1")
        terminal.wait_for("sent ant to the terminal")
        wait_until(lambda: copied_in(sent.read_bytes()) == ["ant"], "it was sent")
        assert terminal.buffer() == ""


def test_gnu_screen_forwards_short_and_long_copies(runs: Path, tmp_path: Path) -> None:
    if shutil.which("screen") is None:
        pytest.skip("GNU screen is not installed")
    sent = tmp_path / "sent"
    sockets = tmp_path / "sockets"
    sockets.mkdir(mode=0o700)
    command = ["screen", "-U", "-c", os.devnull, *runtui(str(runs))]
    with record_from_start(command, sent, {"SCREENDIR": str(sockets)}) as terminal:
        terminal.wait_for("a gas")
        terminal.press("y")
        terminal.wait_for("Copy from 1 run")
        terminal.press("1")
        terminal.wait_for("sent ant to the terminal")
        wait_until(lambda: copied_in(sent.read_bytes()) == ["ant"], "screen passed it on")
        terminal.wait_for(lambda screen: "sent ant" not in screen)
        terminal.press("l")
        terminal.wait_for(lambda screen: screen.count("line 29") == 10)
        terminal.press("g")
        terminal.wait_for("line 000")
        terminal.press("V", *["PageDown"] * 12)
        terminal.wait_for("line 299")
        terminal.press("y")
        terminal.wait_for("lines to the terminal's clipboard, through screen")
        wait_until(lambda: len(copied_in(sent.read_bytes())) == 2, "screen passed on the lines")
        lines = copied_in(sent.read_bytes())[1].splitlines()
        assert len(lines) > 200
        assert lines == [f"line {number:03}" for number in range(300)][-len(lines) :]


@pytest.mark.parametrize("name", ["tmux-256color", "screen-256color"])
async def test_remote_multiplexer_notice_names_the_required_setting(
    runs: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TERM", name)
    async with browsing(runs, size=(160, 40), notices=True) as user:
        await user.press("y", "1")
        await user.sees("sent ant to")
        await user.sees("set-clipboard on")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("echo no server running on /nowhere >&2; exit 1", "no server running on /nowhere"),
        ("exit 3", "exit code 3"),
        ("exec sleep 600", "no answer"),
        (None, "No such file or directory"),
    ],
)
async def test_failed_tmux_copy_falls_back_to_the_terminal(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, reason: str
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    if program is not None:
        script(programs / "tmux", program)
        (programs / "sleep").symlink_to(str(shutil.which("sleep")))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("TMUX", "/nowhere,1,0")
    async with browsing(runs, size=(200, 40), notices=True) as user:
        await user.press("y", "1")
        await user.press("question_mark")  # the browser works meanwhile
        await user.sees("The ten keys you need")
        await user.press("escape")
        await user.sees("sent ant to the terminal")
        await user.sees(reason)


def test_old_tmux_without_clipboard_support_gets_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = f'[ "$1 $2" = "load-buffer -" ] || {{ echo usage >&2; exit 1; }}; exec cat > "{tmp_path}/buffer"'
    programs = script(tmp_path / "programs" / "tmux", old).parent
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert load_tmux_buffer("two\nlines") == ""
    assert (tmp_path / "buffer").read_text() == "two\nlines"


@pytest.mark.parametrize("length", [0, 1, 147, 1000])
def test_gnu_screen_gets_short_control_strings(length: int) -> None:
    text = "x" * length
    parts = re.fullmatch(r"(?:\x1bP([^\x1b]|\x1b\])*\x1b\\)+", sequence(text, is_in_screen=True))
    assert parts is not None
    strings = re.findall(r"\x1bP(.*?)\x1b\\", sequence(text, is_in_screen=True))
    assert max(map(len, strings)) <= 200
    assert "".join(strings) == sequence(text)


@pytest.mark.parametrize(("is_known", "said"), [(True, "copied ant to X"), (False, "sent ant to X")])
def test_only_a_confirmed_copy_is_called_copied(is_known: bool, said: str) -> None:
    assert Copied("X", is_known).text("ant") == said
