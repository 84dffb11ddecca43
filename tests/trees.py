"""What lies in a directory, to tell whether something changed it."""

from __future__ import annotations

import os
from pathlib import Path


def everything_below(*roots: Path) -> dict[str, tuple[object, ...]]:
    """Return all below `roots`, them included, with everything but times of access, which reading changes."""
    found: dict[str, tuple[object, ...]] = {}
    for root in roots:
        for path in [root, *root.rglob("*")]:
            status = path.lstat()
            content: object = None
            if path.is_symlink():
                content = os.readlink(path)
            elif path.is_file():
                content = path.read_bytes()
            found[str(path)] = (
                *(status.st_ino, status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns),
                content,
            )
    return found
