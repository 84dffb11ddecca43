"""The table of actions: keys in texts come from it, and nowhere else."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import runtui
from runtui.tui.actions import ACTIONS, NO_KEYS, key_of, with_keys
from tests.run_dirs import write_run

_PACKAGE = Path(runtui.__file__).parent

_NAMED_KEY = re.compile(r"\b(?:Esc|Enter|PgUp|PgDn|Shift[+]\w+|Ctrl[+-]\w)\b")

_NO_USER_READS = ("tui/actions.py", "tui/key_sets.py", "tui/terminal/", "cli/")
"""The table itself, what is sent to a terminal, and the command line, which is ended with Ctrl-C."""


def texts_of(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    docstrings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]


def test_key_placeholder_is_replaced_by_the_remapped_key() -> None:
    assert with_keys("{key:undo} undoes it") == "u undoes it"
    assert with_keys("{key:undo} undoes it", {"undo": ("f8", "ctrl+x")}) == "f8 undoes it"
    assert key_of("leave") == "Esc"
    with pytest.raises(KeyError):
        with_keys("{key:nothing_of_the_sort}")


def test_every_key_placeholder_names_an_action() -> None:
    for action in ACTIONS:
        assert "{key:" not in with_keys(f"{action.title} {action.help}", NO_KEYS)


def test_no_text_contains_a_literal_key() -> None:
    found = []
    for path in sorted(_PACKAGE.rglob("*.py")):
        name = str(path.relative_to(_PACKAGE))
        if not name.startswith(_NO_USER_READS):
            found += [f"{name}: {text!r}" for text in texts_of(path) if _NAMED_KEY.search(text)]
    assert found == []


_ADDED_ACTION = """
import asyncio, sys
from runtui.tui import actions

told = "Says hello; {key:help} shows all keys."
greet = actions.Action("greet", ("f12",), "greet the user", told, actions.Place.BROWSER)
actions.ACTIONS = (*actions.ACTIONS, greet)

from pathlib import Path
from runtui.tui.screens.browser import BrowserScreen
from tests.tui.screen import browsing

BrowserScreen.action_greet = lambda self: self.notify("hello there", markup=False)

async def main(runs: Path) -> None:
    async with browsing(runs, (160, 50), notices=True) as user:
        await user.press("f12")
        await user.sees("hello there")
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        await user.press("G")
        await user.sees("Signs")
        for _page in range(20):
            if "Says hello; ? shows all keys." in user.text:
                break
            await user.press("pageup")
        await user.sees("greet the user")
        await user.sees("Says hello; ? shows all keys.")
        await user.press("escape", "ctrl+p", *"greet")
        await user.sees("greet the user  (f12)")
    assert "| `f12` | greet the user. Says hello; ? shows all keys. | Runs | `greet` |" in actions.key_table()

    config = runs.parent / "settings.toml"
    config.write_text('[keys]\\ngreet = "f9"\\n')
    async with browsing(runs, (160, 50), notices=True, config=config) as user:
        await user.press("f9")
        await user.sees("hello there")

asyncio.run(main(Path(sys.argv[1])))
"""


def test_one_action_row_defines_key_help_palette_and_settings(runs_dir: Path) -> None:
    # In a process of its own: keys are bound when the screens are first imported.
    write_run(runs_dir, "ant")
    subprocess.run([sys.executable, "-c", _ADDED_ACTION, str(runs_dir)], check=True, timeout=240)
