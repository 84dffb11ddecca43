"""Commands that stand for a scheduler's, and say what they are told to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.batch.job_memory import memory_path


class Queue:
    """The commands ``squeue`` and ``sacct``, the first on the path.

    Args:
        folder: Where they are put.
        patch: Sets the path, and the directory of caches.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        programs = folder / "programs"
        programs.mkdir()
        for name in ("squeue", "sacct"):
            path = programs / name
            path.write_text(f"#!/bin/sh\necho {name} >> {folder}/questions\nexec cat {folder}/{name}.said\n")
            path.chmod(0o755)
        self.accounts("")
        patch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        path = memory_path()
        assert path is not None
        self.memory = Path(path)

    def says(self, text: str | None) -> None:
        """Have the queue say something from now on, or fail."""
        said = self._folder / "squeue.said"
        said.unlink(missing_ok=True)
        if text is not None:
            aside = self._folder / "aside"
            aside.write_text(text)
            aside.rename(said)

    def accounts(self, text: str) -> None:
        """Have the accounting say something from now on."""
        (self._folder / "sacct.said").write_text(text)

    def forgets_when(self) -> None:
        """Have everybody believe that the queue was asked long ago."""
        kept = json.loads(self.memory.read_text())
        self.memory.write_text(json.dumps({name: said | {"at": 0.0} for name, said in kept.items()}))

    @property
    def questions(self) -> list[str]:
        """Which of the commands were given, in their order."""
        return (self._folder / "questions").read_text().split()
