"""Runs with many files, and the program that takes its time over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

MakeLarge: TypeAlias = Callable[[Path, str, int], Path]
"""Function that writes an old run: of a runs directory, a name, and the number of the run's files."""

ON_A_TERMINAL = """
import sys
import runtui.cli.cleaning
# Every file is reported, so that the program stands still while nobody reads what it says.
runtui.cli.cleaning._REPORT_EVERY = 0.0
sys.exit(runtui.cli.main(["-C", sys.argv[1], *sys.argv[2].split()]))
"""
"""The command line, of a runs directory and the words that follow it, with all of its progress."""
