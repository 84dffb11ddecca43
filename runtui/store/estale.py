"""Opening once more what was replaced on its server: a file handle there can be stale at first sight."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def opened_again(read: Callable[[], Result]) -> Result:
    """Return what `read` does, which opens and reads something, and is called again when that is stale."""
    try:
        return read()
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
    return read()
