"""Other processes beside the one under test: Python code that runs on its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
NOBODY = 65534
PATIENCE = 60.0

_AS_NOBODY = f"""
import os, tempfile
from runtui import RunManager, RunNotFoundError
from runtui.store.edits.run_edits import edit_tags
# What the interpreter loads late may lie where only root can read: let it be loaded now.
with tempfile.TemporaryDirectory() as directory:
    RunManager(directory).create_run()
    RunManager(directory).cleanup_old_runs(keep_count=0)
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
"""


class Child(subprocess.Popen[str]):
    """A process that is ended, not waited for without end, where a test gives it up."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, error, trace)


def start(code: str, *arguments: object, before: Sequence[str] = ()) -> Child:
    """Start `code` with `arguments` in ``sys.argv[1:]``; its stdin and stdout are pipes.

    Args:
        code: A program; it finds `runtui` and `tests`.
        arguments: Its arguments, as text.
        before: A command to start it by.
    """
    return Child(
        [*before, sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def output_of(code: str, *arguments: object, before: Sequence[str] = ()) -> str:
    """Run `code` to its end and return what it printed; fail when it does."""
    with start(code, *arguments, before=before) as process:
        printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, printed
    return printed.strip()


def output_as_nobody(code: str, *arguments: object) -> str:
    """Run `code` as a user without any rights and return what it printed. Needs root."""
    return output_of(_AS_NOBODY + textwrap.dedent(code), *arguments)


def start_together(code: str, arguments: Sequence[Sequence[object]]) -> list[Child]:
    """Start `code` once for each of `arguments`; all wait for the last one, and then go on at once.

    The code calls ``ready()`` where it is to wait.
    """
    waiting = "def ready():\n    print('ready', flush=True)\n    input()\n"
    processes = [start(waiting + textwrap.dedent(code), *given) for given in arguments]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return processes


def finish(processes: Sequence[Child]) -> None:
    """Wait for `processes` to end, all of them well."""
    for process in processes:
        with process:
            process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in processes] == [0] * len(processes)
