"""Worker processes that read for the one at a terminal, and yield to it.

They talk by `runtui.store.worker_channel`, and are killed when nobody waits for them any more. Processes
that do a run's work are none of these: they have sessions of their own, are asked to end, and outlive their
starter.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Sequence

from runtui.store.memory import memory_variables

_PROGRAM = """\
import json, os, sys
os.nice(10)
sys.path[:] = json.loads(sys.argv[1])
from importlib import import_module
try:
    import_module(sys.argv[2]).main(*sys.argv[3:])
except BrokenPipeError:
    os._exit(0)
"""

_PIPE_SIZE = 1 << 20  # bytes


def start_helper(
    module: str, arguments: Sequence[str] = (), descriptors: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a process that calls the ``main`` of a module, with pipes to its standard input and output.

    Args:
        module: The module's dotted name.
        arguments: What ``main`` is given.
        descriptors: Those that it inherits.

    Raises:
        OSError: It cannot be started.
    """
    flags = "-SEB" if sys.dont_write_bytecode else "-SE"
    process = subprocess.Popen(
        [sys.executable, flags, "-c", _PROGRAM, json.dumps(sys.path), module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | memory_variables(),
        pass_fds=descriptors,
        process_group=0,  # of the same session: between two of them being nice counts for nothing
    )
    assert process.stdout is not None
    try:
        # Whoever reads at its other end draws at the same time, and gets to it late.
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    except (AttributeError, OSError):
        pass  # not on Linux, or the user has many: then it waits now and then
    return process
