"""Case directories of simulation codes: copies of samples, and small ones of given files."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
DAY = 86400.0  # seconds


def sample(base: Path, name: str, *more: str) -> Path:
    """Copy a sample, and add empty files."""
    run = base / name
    shutil.copytree(SAMPLES / name, run)
    for file in more:
        (run / file).touch()
    return run


def age(run: Path, *names: str, seconds: float = 3 * DAY) -> None:
    """Make files old; all of them where no names are given."""
    moment = time.time() - seconds
    for path in map(run.joinpath, names) if names else (path for path in run.rglob("*") if path.is_file()):
        os.utime(path, (moment, moment))


def make(run: Path, **texts: str) -> Path:
    run.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (run / name.replace("__", ".")).write_text(text)
    return run
