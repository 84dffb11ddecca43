"""Runs with many files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.store.cleanup.large_runs import MakeLarge


@pytest.fixture
def make_large() -> Iterator[MakeLarge]:
    """Function that writes an old run with so many files in several folders.

    In each folder they are names of one and the same: to make thousands of inodes takes long. Afterwards the
    runs directory is deleted: what is kept of a test for a look at it later need not be thousands of files.
    """
    bases: list[Path] = []

    def make(base: Path, name: str, count: int) -> Path:
        bases.append(base)
        run_dir = write_run(base, name, created="2026-01-01T00:00:00Z")
        for number in range(count):
            if number % 1000 == 0:
                folder = run_dir / "results" / str(number)
                folder.mkdir()
                (folder / f"{number}.dat").touch()
                first = f"{folder}/{number}.dat"
            else:
                os.link(first, f"{folder}/{number}.dat")
        return run_dir

    yield make
    for base in bases:
        shutil.rmtree(base, ignore_errors=True)
