"""A second attempt at opening a file that was replaced on its server, whose handle can be stale at first."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def opened_again(read: Callable[[], Result]) -> Result:
    """Call `read`, which opens and reads something, once more if the handle is stale; return its result."""
    try:
        return read()
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
    return read()
