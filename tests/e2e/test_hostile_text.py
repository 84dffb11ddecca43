"""Hostile texts in every place, on a walk through all screens: only known sequences reach the terminal."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from runtui.text.sanitize import is_safe
from runtui.text.shell import directory_word, shell_word
from tests.hostile import (
    TEXTS,
    file_name,
    make_hostile_runs,
    write_hostile_programs,
    write_hostile_settings,
)
from tests.stream import BROWSER, findings
from tests.terminal import Terminal, runtui
from tests.waiting import wait_until

_PATIENCE = 60.0
_LITERAL = "[@click=app.quit]x[/]"
_CLIPBOARD = r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07"

BOXES = [
    ("?", "select or deselect the run"),
    ("C-p", "Search for commands"),
    ("t", "Tags of "),
    ("s", "Set status of "),
    ("r", "resumes at"),
    ("d", "Move 1 run to the trash"),
    ("D", "Clean up by rule"),
    ("T", "Enter restore"),
    ("C", "parameter or metadata key"),
    ("S", "Sort by"),
    ("b", "Group by"),
    ("v", "type to search, or a new name"),
    ("y", "Copy from 1 run"),
    ("c", "a all rows"),
    ("p", "l log scale"),
    ("f", "Results of"),
    ("i", "Open failures by reason"),
]
"""Keys that open a box or a screen, and words that are only there."""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[tuple[Terminal, Path]]:
    """The browser on hostile runs, in a terminal that puts down all that it is sent."""
    runs = tmp_path / "runs"
    make_hostile_runs(runs)
    write_hostile_programs(tmp_path / "programs")
    write_hostile_settings(tmp_path / "config" / "runtui" / "settings.toml")
    environment = {
        "PATH": f"{tmp_path / 'programs'}:{os.environ['PATH']}",
        "TZ": "UTC",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "USER": TEXTS["all"].replace("\udce9", ""),
        "VISUAL": "",
        "EDITOR": TEXTS["title"].replace("\x1b", ""),
    }
    sent = tmp_path / "sent"
    waiting = ["sh", "-c", 'unset TMUX; read _line; exec "$@"', "sh", *runtui(str(runs))]
    with Terminal(waiting, 160, 70, environment) as terminal:
        terminal.wait_for("before")
        terminal.record(sent)
        terminal.press("Enter")
        yield terminal, sent


def test_only_known_escape_sequences_reach_the_terminal(browser: tuple[Terminal, Path]) -> None:
    terminal, sent = browser
    for number in reversed(range(len(TEXTS))):
        # In the details; each has a moment of its own.
        terminal.wait_for(f"created  2026-11-01 12:{number // 60:02}:{number % 60:02} ", _PATIENCE)
        terminal.press("j")
    terminal.press("g")
    for key, words in BOXES:
        terminal.wait_for(partial(_shows_twice, _LITERAL), _PATIENCE)
        terminal.press(key)
        terminal.wait_for(words, _PATIENCE)
        terminal.press("Escape")
        terminal.wait_for(partial(_shows_no, words), _PATIENCE)
    for choice in "123":
        terminal.press("y")
        terminal.wait_for("cd --", _PATIENCE)
        terminal.press(choice)
        terminal.wait_for(partial(_shows_no, "Copy from 1 run"), _PATIENCE)
    # What is wrong with the settings covers some of what follows.
    terminal.wait_for(partial(_shows_no, "settings.toml"), _PATIENCE)
    terminal.press("f")
    terminal.wait_for("Results of", _PATIENCE)
    terminal.press("j", "Enter")
    terminal.wait_for("3 columns", _PATIENCE)
    terminal.press("Escape")
    terminal.wait_for("details:", _PATIENCE)
    terminal.press("l")
    terminal.wait_for(partial(_shows_no, "details:"), _PATIENCE)
    for key, words in (("m", "2 logs by time"), ("m", "1 of 2"), ("]", "2 of 2")):
        terminal.press(key)
        terminal.wait_for(words, _PATIENCE)
    # Each outcome is seen before the next key: a later one would take its place.
    terminal.press("w", "V", "j", "V", "e")
    terminal.wait_for("no error below", _PATIENCE)
    terminal.press("O")
    terminal.wait_for("could not be started", _PATIENCE)
    terminal.press("Escape")
    terminal.wait_for("details:", _PATIENCE)
    terminal.press("q")
    terminal.wait_for("ended with 0", _PATIENCE)
    wait_until(lambda: b"ended with 0" in sent.read_bytes(), "all of it was put down", _PATIENCE)
    data = sent.read_bytes()
    assert findings(data, [*BROWSER, _CLIPBOARD]) == []
    copied = [base64.b64decode(found).decode() for found in re.findall(_CLIPBOARD, data.decode())]
    name = f"{file_name(TEXTS['all'])}{len(TEXTS) - 1:02}"
    word = directory_word(str(sent.parent / "runs" / name))
    assert copied == [shell_word(name), word, f"cd -- {word}"]
    assert all(is_safe(text) for text in copied)


def _shows_twice(words: str, screen: str) -> bool:
    return screen.count(words) >= 2


def _shows_no(words: str, screen: str) -> bool:
    return words not in screen
