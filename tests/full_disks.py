"""Disks without a free block, or without a free inode."""

from __future__ import annotations

from pathlib import Path

import pytest

NO_BLOCK = "size=2m"
NO_INODE = "size=4m,nr_inodes=500"

on_full_disks = pytest.mark.parametrize("options", [NO_BLOCK, NO_INODE])
"""Runs a test with the options of a disk for `fill`, once for each kind of fullness."""


def fill(folder: Path, options: str) -> None:
    """Fill the disk that `folder` lies on, which has these options, with files in there."""
    folder.mkdir()
    for size in (4096, 1) if options == NO_BLOCK else (0,):
        with pytest.raises(OSError, match="No space left"):
            _write_files(folder, size)


def _write_files(folder: Path, size: int) -> None:
    for number in range(10_000):
        (folder / f"{size}-{number}").write_bytes(bytes(size))
