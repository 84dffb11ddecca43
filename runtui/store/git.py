"""Which state of a program's sources a directory holds, where git knows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

_PATIENCE = 5.0
"""Seconds: a repository on a slow file system must not hold up a simulation for longer."""


_FATAL = 128


def git_commit(directory: str | None = None) -> str | None:
    """Return the first 12 digits of a directory's commit, or None where there is none.

    Args:
        directory: By default the working directory.
    """
    answer = _ask(["rev-parse", "HEAD"], directory)
    return _digits(answer.stdout) if answer is not None and not answer.returncode else None


def git_facts(directory: str) -> dict[str, object]:
    """Return a directory's commit, as `git_commit` does, and whether tracked files differ from it.

    Both are None where there is no repository; the latter also where git takes too long.
    """
    answer = _ask(["status", "--porcelain=v2", "--branch", "--untracked-files=no"], directory)
    if answer is None or answer.returncode not in (0, _FATAL):  # it takes too long, or is older than 2.11
        return {"git_commit": git_commit(directory), "git_dirty": None}
    commit, is_dirty = None, None if answer.returncode else False
    for line in answer.stdout.splitlines():
        if line.startswith("# branch.oid "):
            commit = _digits(line.split()[2])
        elif not line.startswith("#"):
            is_dirty = True
    return {"git_commit": commit, "git_dirty": is_dirty}


def _digits(text: str) -> str | None:
    return None if text.startswith("(") else text.strip()[:12] or None


def _ask(words: Sequence[str], directory: str | None) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
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
