"""Which state of a program's sources a directory holds, where git knows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

_PATIENCE = 5.0
"""Seconds: a repository on a slow file system must not hold up a simulation for longer."""


def git_commit(directory: str | None = None) -> str | None:
    """Return the first 12 digits of a directory's commit, or None where there is none.

    Args:
        directory: By default the working directory.
    """
    answer = _ask(["rev-parse", "HEAD"], directory)
    return None if answer is None else answer.strip()[:12] or None


def git_is_dirty(directory: str | None = None) -> bool | None:
    """Return whether tracked files differ from the commit; None where there is none, or git takes too long.

    Args:
        directory: By default the working directory.
    """
    answer = _ask(["status", "--porcelain", "--untracked-files=no"], directory)
    return None if answer is None else bool(answer.strip())


def _ask(words: Sequence[str], directory: str | None) -> str | None:
    try:
        answer = subprocess.run(
            ["git", *words],
            cwd=directory,
            env=os.environ | {"GIT_OPTIONAL_LOCKS": "0"},  # looking must change nothing
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout if answer.returncode == 0 else None
