"""Leaving the screen for another program, and coming back to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from textual.app import App, SuspendNotSupported

from runtui.text.sanitize import safe_text


def run_outside(app: App[None], words: Sequence[str], directory: str | None = None) -> str:
    """Give the terminal to a program until it ends; return why that could not be, or ``""``.

    Args:
        app: Whose terminal it is.
        words: The program and its arguments.
        directory: Where it runs; by default the working directory.
    """
    trouble = ""
    try:
        with app.suspend():
            # An exception that leaves this block would leave the terminal to nobody.
            try:
                subprocess.run(words, cwd=directory, check=False)
            except OSError as error:
                trouble = f"{safe_text(words[0], 100)} could not be started: {error.strerror or error}"
    except SuspendNotSupported as error:
        trouble = f"{safe_text(words[0], 100)} could not be started: {error}"
    finally:
        app.refresh()
    return trouble


def shell_in(app: App[None], directory: str) -> str:
    """Open the user's shell in a directory that is there; return why that could not be, or ``""``."""
    return run_outside(app, [os.environ.get("SHELL") or "/bin/sh"], directory)
