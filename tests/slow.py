"""A file system on which each call waits, as across a network, for the program under test."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bench.slow import build


class Calls(NamedTuple):
    """What a program asked of a file system.

    Attributes:
        count: How many calls name a path there.
        at_once: How many of them were under way at once, at most.
    """

    count: int
    at_once: int


def calls_of(command: list[str], base: Path, folder: Path, milliseconds: int = 20) -> Calls:
    """Run a program to whose calls for paths in `base` each answer takes so long; return what it asked.

    Args:
        command: The program.
        base: The directory.
        folder: Where to put what is needed for that.
        milliseconds: How long each answer takes.
    """
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    folder.mkdir(exist_ok=True)
    library = folder / "slow.so"
    if not library.exists():
        build(folder)
    report = folder / "report"
    report.write_bytes(bytes(12))
    slow = {
        "LD_PRELOAD": str(library),
        "SLOW_PATH": str(base),
        "SLOW_REPORT": str(report),
        "SLOW_MICROSECONDS": str(milliseconds * 1000),
    }
    subprocess.run(
        command, env=os.environ | slow, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _under_way, count, at_once = struct.unpack("3i", report.read_bytes())
    return Calls(count, at_once)
