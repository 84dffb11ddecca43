"""Preparation of worker processes for functions that lie in the caller's script or beside it."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from multiprocessing import spawn

from runtui.runtime.pipeline.plan import CallWork, PlanError, Work

_KEYS = ("sys_path", "sys_argv", "init_main_from_name", "init_main_from_path")
_MAIN_KEYS = ("init_main_from_name", "init_main_from_path")

Preparation = Mapping[str, object]
"""What a new process is to know of the caller's, as `multiprocessing.spawn.prepare` takes it."""

_is_importing: list[bool] = [False]


def preparation_for(work: Work) -> Preparation | None:
    """Return what a worker process must know of this one to call a function, or None where it needs nothing.

    The script that was started is imported there under the name ``__mp_main__``, as multiprocessing does, but
    only where the function lies in it.
    """
    if not isinstance(work, CallWork) or isinstance(work.function, str):
        return None
    told = spawn.get_preparation_data("runtui-worker")
    lies_in_script = b"__main__" in pickle.dumps(work.function)
    return {key: told[key] for key in _KEYS if key in told and (lies_in_script or key not in _MAIN_KEYS)}


def prepare(preparation: Preparation) -> None:
    """Make this process one that can call the functions of the process that wrote a preparation.

    Raises:
        BaseException: Whatever the script raises while it is imported.
    """
    _is_importing[0] = True
    try:
        spawn.prepare(dict(preparation))
    finally:
        _is_importing[0] = False


def check_not_importing() -> None:
    """Check that a pipeline is not started by the import of a script in a worker process.

    Raises:
        PlanError: It is; without end one would start the other.
    """
    if _is_importing[0]:
        raise PlanError(
            "the script starts its pipeline when a worker process imports it: "
            'start it below `if __name__ == "__main__":`'
        )
