"""The files that a step reads: of a command those that it names, of a function its module."""

from __future__ import annotations

import os

from runtui.runtime.pipeline.command_files import command_files, module_files
from runtui.runtime.pipeline.plan import CallWork, Work
from runtui.store.paths import CONFIG_FILE, METADATA_FILE, PARAMS_FILE, PRIVATE_DIR


def named_files(work: Work, run: str = "") -> tuple[str, ...]:
    """Return the paths of the files that a step's work names and that are there.

    Args:
        work: The work.
        run: The run's directory, whose record is left out, and its parameters: of these the values count.
    """
    if isinstance(work, CallWork):
        module = work.function.partition(":")[0] if isinstance(work.function, str) else ""
        found = module_files(module, work.search) if module else set()
    else:
        found = command_files(work.words, work.directory or os.getcwd())
    found -= {os.path.join(run, name) for name in (PARAMS_FILE, CONFIG_FILE, METADATA_FILE)}
    private = os.path.join(run, PRIVATE_DIR) + os.sep
    return tuple(sorted(path for path in found if not path.startswith(private)))
