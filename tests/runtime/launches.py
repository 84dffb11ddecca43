"""Launching commands as a user does, in processes of their own, and looking at what becomes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from runtui.runtime.process.process_tree import descendants
from tests.store.children import ROOT, Child
from tests.waiting import wait_until

PYTHON = sys.executable


def launch_words(base: Path, *words: str, options: Sequence[str] = ()) -> list[str]:
    """Return the command that launches `words` as a run."""
    return [PYTHON, "-m", "runtui", "launch", "-C", str(base), *options, "--", *words]


def launched(base: Path, *words: str, options: Sequence[str] = (), **more: Any) -> Child:
    """Launch `words` in the foreground, as a process that goes on."""
    return Child(
        launch_words(base, *words, options=options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        **more,
    )


def run_to_end(base: Path, *words: str, options: Sequence[str] = (), **more: Any) -> Child:
    """Launch `words` and return when they have ended."""
    with launched(base, *words, options=options, **more) as process:
        process.communicate(timeout=200)  # a gigabyte takes long on a slow disk
    return process


def only_run(base: Path) -> Path:
    """Return the only run there is."""
    (run,) = [path for path in base.iterdir() if not path.name.startswith(".") and not path.is_symlink()]
    return run


def metadata_of(base: Path) -> dict[str, Any]:
    """Return the metadata of the only run there is."""
    found: dict[str, Any] = json.loads((only_run(base) / "metadata.json").read_text())
    return found


def log_of(base: Path) -> str:
    """Return the output of the only run there is."""
    return (only_run(base) / "logs" / "output.log").read_text()


def has_written(base: Path, text: str) -> Callable[[], bool]:
    """Return what tells whether the only run has written `text` and is recorded as running."""

    def look() -> bool:
        try:
            return text in log_of(base) and metadata_of(base)["status"] == "running"
        except (OSError, ValueError):
            return False

    return look


def is_gone(pid: int) -> bool:
    """Return whether a process has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


def wait_until_gone(pids: Sequence[int]) -> None:
    """Return when processes have ended; kill them where they do not."""
    try:
        wait_until(lambda: all(map(is_gone, pids)), "all processes have ended")
    finally:
        for pid in pids:
            if not is_gone(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)


def below(pid: int) -> list[int]:
    """Return the processes below one."""
    return [child for child, _parent in descendants(pid)]
