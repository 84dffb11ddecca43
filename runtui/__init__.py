"""runtui: see which of your simulation runs failed, why, and what to do next.

The public names are the library that writes and reads run directories; the browser and the command
line are reached through the ``runtui`` program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.2.0"

if TYPE_CHECKING:
    from runtui.logs.diagnose.log_failure import LogFailure as LogFailure
    from runtui.logs.diagnose.log_failure import why_failed as why_failed
    from runtui.runtime.pipeline.context import StepContext as StepContext
    from runtui.runtime.pipeline.separate_process import run_pipeline as run_pipeline
    from runtui.store.errors import InvalidRunIdError as InvalidRunIdError
    from runtui.store.errors import OutsideRunError as OutsideRunError
    from runtui.store.errors import RunExistsError as RunExistsError
    from runtui.store.errors import RunNotFoundError as RunNotFoundError
    from runtui.store.errors import StoreError as StoreError
    from runtui.store.failure import FailureKind as FailureKind
    from runtui.store.manager import RunManager as RunManager
    from runtui.store.run import Run as Run
    from runtui.store.status import RunStatus as RunStatus
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: `runtui ls` must not pay for what it does not use.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "FailureKind": "runtui.store.failure",
            "InvalidRunIdError": "runtui.store.errors",
            "LogFailure": "runtui.logs.diagnose.log_failure",
            "OutsideRunError": "runtui.store.errors",
            "Run": "runtui.store.run",
            "RunExistsError": "runtui.store.errors",
            "RunManager": "runtui.store.manager",
            "RunNotFoundError": "runtui.store.errors",
            "RunStatus": "runtui.store.status",
            "StepContext": "runtui.runtime.pipeline.context",
            "StoreError": "runtui.store.errors",
            "run_pipeline": "runtui.runtime.pipeline.separate_process",
            "why_failed": "runtui.logs.diagnose.log_failure",
        },
    )
