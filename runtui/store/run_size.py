"""Size of a run on disk, by a bounded look at its files."""

from __future__ import annotations

import os
from typing import NamedTuple

SIZE_ON_DISK = "size on disk"
"""The key with which runs are read for the bytes of their files."""

SIZE_IS_PARTIAL = "size on disk, at least"
"""The key of a run's values that says that not all of its files were counted."""

_MOST_LOOKS = 20_000  # files and folders of a run


class RunSize(NamedTuple):
    """The bytes of a run's files, and whether there may be more."""

    size: int
    is_partial: bool


def run_size(path: str, most_looks: int = _MOST_LOOKS) -> RunSize:
    """Return the bytes of the files below a run's directory; links are not followed.

    Args:
        path: The directory, or a file that is a run by itself.
        most_looks: The number of files and folders after which the rest is left out.
    """
    size = looks = 0
    is_partial = False
    folders = [path]
    while folders:
        try:
            with os.scandir(folders.pop()) as listing:
                for entry in listing:
                    looks += 1
                    if looks > most_looks:
                        return RunSize(size, True)
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        else:
                            size += entry.stat(follow_symlinks=False).st_size
                    except FileNotFoundError:
                        continue  # deleted meanwhile
                    except OSError:
                        is_partial = True
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            size += os.lstat(path).st_size if os.path.lexists(path) else 0
        except OSError:
            is_partial = True
    return RunSize(size, is_partial)
