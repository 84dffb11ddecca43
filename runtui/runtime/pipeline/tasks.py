"""Tasks for workers, their results, and the call of a step's function."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runtui.runtime.pipeline.context import StepContext
from runtui.runtime.pipeline.frameworks import StepData
from runtui.runtime.pipeline.main_module import Preparation, preparation_for
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
        log: The file that what it prints is added to; ``""`` for the output of the process that does it.
        attempt: As of `StepContext`.
    """

    step: str
    work: Work
    inputs: Mapping[str, StepData]
    place: Path | None
    run: str
    log: str
    attempt: int = 1


class Parcel(NamedTuple):
    """A task on its way to a worker process.

    Attributes:
        step: The step's name, for the answer where the task itself cannot be read there.
        task: The task, pickled.
        preparation: What the process must do before it can read it, or None.
    """

    step: str
    task: bytes
    preparation: Preparation | None


class Answer(NamedTuple):
    """A result on its way from a worker process.

    Attributes:
        result: The result, without its exception.
        error: The exception, pickled, or ``b""``.
    """

    result: StepResult
    error: bytes


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
        error: The exception that its function raised, where it is known and another process can be given it.
        cpu_seconds, peak_memory: As of `runtui.runtime.process.process_tree.End`, where they are known.
    """

    step: str
    failure: str = ""
    data: StepData = None
    has_data: bool = False
    exit_code: int | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    error: BaseException | None = None


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


def packed(task: Task) -> Parcel:
    """Return a task as a worker process is sent it.

    Raises:
        Exception: Whatever cannot be pickled raises.
    """
    return Parcel(task.step, pickle.dumps(task), preparation_for(task.work))


def answer_for(result: StepResult) -> Answer:
    """Return a result as a worker process sends it; an exception that others cannot be given is left out."""
    packed_error = b""
    if result.error is not None:
        try:
            packed_error = pickle.dumps(result.error)
            pickle.loads(packed_error)
        except Exception:  # an exception's own way of being pickled raises whatever it likes
            packed_error = b""
    return Answer(result._replace(error=None), packed_error)


def result_from(answer: Answer) -> StepResult:
    """Return the result that a worker process has sent."""
    if not answer.error:
        return answer.result
    try:
        error = pickle.loads(answer.error)
    except Exception:  # as above; its text is told all the same
        return answer.result
    return answer.result._replace(error=error)


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


def failed_call(step: str, error: BaseException) -> StepResult:
    """Return the result of a step whose function raised something."""
    return StepResult(
        step, failure=failure_text(error), error=error if isinstance(error, Exception) else None
    )


def open_log(path: str) -> int:
    """Open a log of a run for appending: never through a link, which others may have put there.

    Without a path it is this process's own output.

    Raises:
        OSError: It cannot be opened, or it, or a folder of the run on the way to it, is a link.
    """
    if not path:
        return os.dup(1)
    directory, relative = split_at(path, LOGS_DIR)
    return directory.open(relative, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def note_traceback(log: str, error: BaseException) -> None:
    """Add to a step's log, where it has one, the traceback of its function's failure."""
    if not log:
        return
    lines = traceback.format_exception(error)
    try:
        with open(open_log(log), "a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(lines)
    except OSError:
        pass  # the failure itself is recorded all the same


def missing_outputs(outputs: tuple[str, ...]) -> list[str]:
    """Return those of a step's declared outputs that do not exist; a link that leads nowhere is none."""
    return [path for path in outputs if not os.path.exists(path)]
