"""A real terminal for tests: tmux, driven from outside."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence

import pytest

from tests.waiting import PATIENCE, wait_until


class Terminal:
    """A program in a tmux session of its own, with a shell around it that reports how it ended."""

    def __init__(
        self, command: Sequence[str], width: int, height: int, env: dict[str, str] | None = None
    ) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("tmux is not installed")
        self._socket = f"runtui-{uuid.uuid4().hex[:12]}"
        quoted = " ".join(shlex.quote(part) for part in command)
        # The end of the program must stay readable: the shell waits until the session is killed.
        shell = f"echo before; {quoted}; echo ended with $?; exec cat"
        environment = os.environ | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | (env or {})
        subprocess.run(
            [*self._tmux, "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), shell],
            check=True,
            env=environment,
        )

    @property
    def _tmux(self) -> list[str]:
        return ["tmux", "-L", self._socket]

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    def record(self, path: os.PathLike[str]) -> None:
        """Have all that programs send to it from now on put down in a file, byte by byte."""
        subprocess.run([*self._tmux, "pipe-pane", f"cat >> {shlex.quote(os.fspath(path))}"], check=True)

    def press(self, *keys: str) -> None:
        """Type keys, as tmux names them."""
        subprocess.run([*self._tmux, "send-keys", *keys], check=True)

    def type(self, text: str) -> None:
        """Type text as it is."""
        subprocess.run([*self._tmux, "send-keys", "-l", text], check=True)

    def screen(self) -> str:
        """Return what is on the screen."""
        return subprocess.run(
            [*self._tmux, "capture-pane", "-p"], check=True, capture_output=True, encoding="utf-8"
        ).stdout

    def styled_screen(self) -> list[str]:
        """Return what is on the screen, row by row, with its colours and styles as sequences."""
        return subprocess.run(
            [*self._tmux, "capture-pane", "-p", "-e"], check=True, capture_output=True, encoding="utf-8"
        ).stdout.splitlines()

    def scribble(self, text: str) -> None:
        """Write something over the first row, as another program would that has the terminal, too."""
        with open(self.value("pane_tty"), "w", encoding="utf-8") as terminal:
            terminal.write(f"\x1b7\x1b[H{text}\x1b8")

    def buffer(self) -> str:
        """Return what was copied last into tmux's own buffer; ``""`` where nothing was."""
        return subprocess.run(
            [*self._tmux, "show-buffer"], check=False, capture_output=True, encoding="utf-8"
        ).stdout

    def resize(self, width: int, height: int) -> None:
        """Give it another size."""
        subprocess.run(
            [*self._tmux, "resize-window", "-x", str(width), "-y", str(height)],
            check=True,
            capture_output=True,
        )

    def value(self, name: str) -> str:
        """Return one of tmux's own values about the terminal, such as ``alternate_on``."""
        return subprocess.run(
            [*self._tmux, "display-message", "-p", f"#{{{name}}}"],
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout.strip()

    def wait_for(self, condition: str | Callable[[str], object], patience: float = PATIENCE) -> str:
        """Return the screen as soon as it shows a text, or fulfils a condition."""
        seen = ""

        def holds() -> bool:
            nonlocal seen
            seen = self.screen()
            return condition in seen if isinstance(condition, str) else bool(condition(seen))

        try:
            wait_until(holds, str(condition), patience)
        except AssertionError:
            pytest.fail(f"the screen never showed {condition!r}:\n{seen}")
        return seen


def runtui(*arguments: str) -> list[str]:
    """Return the command line that runs the program under test."""
    return [sys.executable, "-m", "runtui", *arguments]


def ended_cleanly(terminal: Terminal, code: int) -> None:
    """Wait until the program has ended with `code`, and assert that the terminal is as it was."""
    screen = terminal.wait_for(f"ended with {code}")
    assert "before" in screen
    assert terminal.value("alternate_on") == "0"
    assert terminal.value("mouse_any_flag") == "0"
    assert terminal.value("cursor_flag") == "1"


_SGR = re.compile("\x1b\\[([0-9;]*)m")
_ENDS = {"22": "12", "23": "3", "24": "4", "27": "7", "29": "9"}  # of bold and faint, italic, underlined, …


def cells(rows: Sequence[str]) -> list[list[tuple[str, frozenset[str]]]]:
    """Return the characters of rows as `Terminal.styled_screen` gives them, each with how it looks.

    Of a blank only that counts which is seen of it, and blanks that look like nothing at all end no row.
    """
    looks: dict[str, str] = {}
    found = []
    for row in rows:
        line: list[tuple[str, frozenset[str]]] = []
        place = 0
        for sequence in [*_SGR.finditer(row), None]:
            for char in row[place : len(row) if sequence is None else sequence.start()]:
                seen = (name for name in looks if char != " " or name in ("bg", "4", "7"))
                line.append((char, frozenset(f"{name} {looks[name]}" for name in seen)))
            if sequence is not None:
                place = sequence.end()
                _dress(looks, sequence[1].split(";"))
        while line and line[-1] == (" ", frozenset()):
            line.pop()
        found.append(line)
    return found


def _dress(looks: dict[str, str], codes: list[str]) -> None:
    """Change how what follows looks, by the codes of a sequence."""
    while codes:
        code = codes.pop(0)
        if code in ("", "0"):
            looks.clear()
        elif code in ("38", "48"):
            count = 2 if codes[0] == "5" else 4
            looks["fg" if code == "38" else "bg"] = ";".join(codes[:count])
            del codes[:count]
        elif code in ("39", "49"):
            looks.pop("fg" if code == "39" else "bg", None)
        elif code in _ENDS:
            for name in _ENDS[code]:
                looks.pop(name, None)
        elif len(code) > 1:
            looks["fg" if code[0] in "39" else "bg"] = code
        else:
            looks[code] = ""


def as_painted_anew(terminal: Terminal) -> None:
    """Assert that the screen is what it is after all of it has been painted again."""

    def rows() -> list[str]:
        # The ages of things go on meanwhile.
        return [re.sub(r"written .*? ago|[0-9]+ s\b|just now", "", row) for row in terminal.styled_screen()]

    seen: list[list[str]] = []

    def is_settled() -> bool:
        seen.append(rows())
        # A count that goes on may rest for a while.
        is_counting = any(" in the first " in row for row in seen[-1])
        return len(seen) > 5 and not is_counting and all(one == seen[-1] for one in seen[-5:])

    wait_until(is_settled, "the screen came to rest")
    terminal.scribble("SCRIBBLED")
    terminal.wait_for("SCRIBBLED")
    terminal.press("C-r")
    terminal.wait_for(lambda screen: "SCRIBBLED" not in screen)
    anew: list[list[str]] = []

    def is_same() -> bool:
        anew.append(rows())
        return cells(anew[-1]) == cells(seen[-1])

    wait_until(is_same, "the same screen", seen=lambda: f"\n{seen[-1]}\n{anew[-1]}")
