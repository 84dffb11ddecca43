"""runtui: see which of your simulation runs failed, why, and what to do next.

The public names are the library that writes and reads run directories; the browser and the command
line are reached through the ``runtui`` program.
"""

from runtui.store.errors import (
    InvalidRunIdError,
    OutsideRunError,
    RunExistsError,
    RunNotFoundError,
    StoreError,
)
from runtui.store.manager import RunManager
from runtui.store.run import Run
from runtui.store.status import RunStatus

__version__ = "0.1.0"

__all__ = [
    "InvalidRunIdError",
    "OutsideRunError",
    "Run",
    "RunExistsError",
    "RunManager",
    "RunNotFoundError",
    "RunStatus",
    "StoreError",
]
