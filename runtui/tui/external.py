"""Running another program in the terminal, and returning to the screen afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from textual.app import App, SuspendNotSupported

from runtui.text.sanitize import safe_text


def run_outside(app: App[None], words: Sequence[str], directory: str | None = None) -> str:
    """Give the terminal to a program until it ends; return why it could not be started, or ``""``.

    Args:
        app: The app that has the terminal.
        words: The program and its arguments.
        directory: Its working directory; by default the browser's.
    """
    trouble = ""
    try:
        with app.suspend():
            # An exception that leaves this block would not restore the terminal.
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
    """Open the user's shell in an existing directory; return why it could not be started, or ``""``."""
    return run_outside(app, [os.environ.get("SHELL") or "/bin/sh"], directory)
