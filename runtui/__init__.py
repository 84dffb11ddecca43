"""runtui: see which of your simulation runs failed, why, and what to do next.

The public names are the library that writes and reads run directories; the browser and the command
line are reached through the ``runtui`` program.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.runtime.pipeline.context import StepContext as StepContext
    from runtui.runtime.pipeline.runner import run_pipeline as run_pipeline
    from runtui.store.errors import InvalidRunIdError as InvalidRunIdError
    from runtui.store.errors import OutsideRunError as OutsideRunError
    from runtui.store.errors import RunExistsError as RunExistsError
    from runtui.store.errors import RunNotFoundError as RunNotFoundError
    from runtui.store.errors import StoreError as StoreError
    from runtui.store.manager import RunManager as RunManager
    from runtui.store.run import Run as Run
    from runtui.store.status import RunStatus as RunStatus

__version__ = "0.2.0"

_HOMES = {
    "InvalidRunIdError": "runtui.store.errors",
    "OutsideRunError": "runtui.store.errors",
    "Run": "runtui.store.run",
    "RunExistsError": "runtui.store.errors",
    "RunManager": "runtui.store.manager",
    "RunNotFoundError": "runtui.store.errors",
    "RunStatus": "runtui.store.status",
    "StepContext": "runtui.runtime.pipeline.context",
    "StoreError": "runtui.store.errors",
    "run_pipeline": "runtui.runtime.pipeline.runner",
}

__all__ = [
    "InvalidRunIdError",
    "OutsideRunError",
    "Run",
    "RunExistsError",
    "RunManager",
    "RunNotFoundError",
    "RunStatus",
    "StepContext",
    "StoreError",
    "run_pipeline",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `runtui ls` must not pay for what it does not use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value
