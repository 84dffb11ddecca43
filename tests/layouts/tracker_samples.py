"""Runs that experiment trackers and launchers wrote, copied for tests."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from runtui.catalog.sync.scan import read_all
from runtui.store.record import RunRecord

SAMPLES = Path(__file__).parent / "samples"
LONG_AGO = 3 * 86400.0  # seconds


def copied(base: Path, sample: str) -> Path:
    """Copy a sample into a directory, with all of its files written long ago."""
    target = base / sample
    shutil.copytree(SAMPLES / sample, target)
    age(target)
    return target


def age(path: Path, seconds: float = LONG_AGO) -> None:
    """Date a file, or all files of a directory, back."""
    moment = time.time() - seconds
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            os.utime(file, (moment, moment))


def write(run: Path, files: dict[str, str | bytes], seconds: float = LONG_AGO) -> Path:
    """Write files of a run, and date them back."""
    for name, content in files.items():
        path = run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        age(path, seconds)
    return run


def rows(base: Path, *keys: str) -> dict[str, RunRecord]:
    """Return all runs below a directory by their names."""
    return {run.name: run for run in read_all(str(base), frozenset(keys))}


def only(base: Path, *keys: str) -> RunRecord:
    """Return the only run below a directory."""
    (run,) = rows(base, *keys).values()
    return run
