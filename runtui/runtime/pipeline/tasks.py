"""Tasks for workers, their results, and the call of a step's function."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runtui.runtime.pipeline.context import StepContext
from runtui.runtime.pipeline.frameworks import StepData
from runtui.runtime.pipeline.plan import CallWork, Work
from runtui.store.ownership import is_private
from runtui.store.paths import LOGS_DIR
from runtui.store.safe_directory import split_at
from runtui.store.user_dirs import user_folder

if TYPE_CHECKING:
    from runtui.runtime.process.process_tree import End


class Task(NamedTuple):
    """One attempt at a step.

    Attributes:
        step: The step's name.
        work: What it does.
        inputs: The data of the steps that it needs, as files where another process does it.
        place: Where what a function returns is to be put, or None where it is handed over as it is.
        run: The run's directory.
        log: The file that what it prints is added to.
        attempt: As of `StepContext`.
    """

    step: str
    work: Work
    inputs: Mapping[str, StepData]
    place: Path | None
    run: str
    log: str
    attempt: int = 1


class JobTask(NamedTuple):
    """A task for a job.

    Attributes:
        task: One attempt at a step.
        outputs: The step's declared outputs, for jobs that wait for this one only begin where they are there.
    """

    task: Task
    outputs: tuple[str, ...]


class StepResult(NamedTuple):
    """The result of one attempt at a step.

    Attributes:
        step: The step's name.
        failure: Why it failed, in one line, or ``""``.
        data: What its function returned, in the form of the framework that it ran in.
        has_data: Whether there is any; a command, and a function that returns None, have none.
        exit_code: A command's, or None.
        cpu_seconds, peak_memory: As of `runtui.runtime.process.process_tree.End`, where they are known.
    """

    step: str
    failure: str = ""
    data: StepData = None
    has_data: bool = False
    exit_code: int | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None


def command_result(step: str, end: End | None, failure: str = "") -> StepResult:
    """Return the result of a step's command.

    Args:
        step: The step's name.
        end: How it ended; None where it could not be ended.
        failure: Why it failed, where its end does not say so.
    """
    if end is None:
        return StepResult(step, failure or "it could not be ended")
    return StepResult(
        step,
        failure=failure or (end.text if end.code else ""),
        exit_code=end.code if end.code >= 0 else None,
        cpu_seconds=end.cpu_seconds,
        peak_memory=end.peak_memory,
    )


class StepInterruptedError(BaseException):
    """A function was told to end; no ``except Exception`` of its own holds it up."""


_INSTALLED = frozenset({"site-packages", "dist-packages"})


def call(work: CallWork, context: StepContext) -> object:
    """Call a step's function and return what it returns.

    Raises:
        Exception: Whatever it raises, or why it cannot be found.
    """
    return function_of(work)(context)


def function_of(work: CallWork) -> Callable[[StepContext], object]:
    """Return the function that `work` names.

    Raises:
        ImportError: There is no such module, or no such function in it.
    """
    if not isinstance(work.function, str):
        return work.function
    module, _colon, name = work.function.partition(":")
    for directory in reversed(work.search):
        if directory not in sys.path:
            if not is_private(directory):
                _skip_compiled_modules()
            # Behind Python's own modules, of which some are loaded late, and before what was installed.
            sys.path.insert(_place_in_search_path(), directory)
    found: object = import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise ImportError(f"there is no function {name} in {module}")
    return found


def _skip_compiled_modules() -> None:
    """Stop Python from loading compiled modules beside their sources, where others may have put them."""
    if sys.pycache_prefix is None:
        sys.pycache_prefix = user_folder("XDG_CACHE_HOME", ".cache") or os.devnull


def _place_in_search_path() -> int:
    installed = (place for place, entry in enumerate(sys.path) if os.path.basename(entry) in _INSTALLED)
    return next(installed, len(sys.path))


def failure_text(error: BaseException) -> str:
    """Return the reason of a function's failure, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def open_log(path: str) -> int:
    """Open a log of a run for appending: never through a link, which others may have put there.

    Raises:
        OSError: It cannot be opened, or it, or a folder of the run on the way to it, is a link.
    """
    directory, relative = split_at(path, LOGS_DIR)
    return directory.open(relative, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def note_traceback(log: str, error: BaseException) -> None:
    """Add to a step's log the traceback of its function's failure."""
    lines = traceback.format_exception(error)
    try:
        with open(open_log(log), "a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(lines)
    except OSError:
        pass  # the failure itself is recorded all the same


def missing_outputs(outputs: tuple[str, ...]) -> list[str]:
    """Return those of a step's declared outputs that do not exist; a link that leads nowhere is none."""
    return [path for path in outputs if not os.path.exists(path)]
