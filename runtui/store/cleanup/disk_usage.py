"""Disk usage of a directory."""

from __future__ import annotations

import os
from collections.abc import Callable

_FILES_PER_REPORT = 1000  # files between two reports of progress


def usage(path: str, progress: Callable[[int], None] = lambda _count: None) -> tuple[int, int]:
    """Return the bytes and the number of the files below `path`; links are not followed.

    Args:
        path: A directory.
        progress: Callback, called now and then with the number of files counted.
    """
    size = count = 0
    folders = [path] if os.path.isdir(path) and not os.path.islink(path) else []
    while folders:
        try:
            with os.scandir(folders.pop()) as listing:
                for entry in listing:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    try:
                        size += entry.stat(follow_symlinks=False).st_size
                    except OSError:
                        continue
                    count += 1
                    if count % _FILES_PER_REPORT == 0:
                        progress(count)
        except OSError:
            continue
    return size, count
