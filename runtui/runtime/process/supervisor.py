"""One command as a run: started, waited for, ended on demand, and recorded."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from runtui.runtime.process import standard_input
from runtui.runtime.process.cancellation import cancellation
from runtui.runtime.process.environment import as_text, environment_facts
from runtui.runtime.process.guard import guarded
from runtui.runtime.process.process_tree import End, Family
from runtui.runtime.process.recorder import Recorder
from runtui.runtime.process.run_paths import run_environment
from runtui.runtime.process.signals import Signals, signal_name
from runtui.runtime.process.system_figures import SystemFigures
from runtui.store.errors import RunExistsError, RunNotFoundError, StoreError, explain
from runtui.store.git import git_facts
from runtui.store.marked_processes import MARK_VARIABLE
from runtui.store.paths import LOGS_DIR
from runtui.store.process import process_of
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from runtui.store.status import is_live_status
from runtui.store.writer import own_supervisor
from runtui.text.sanitize import safe_text

OUTPUT_LOG = "output.log"

_NOT_FOUND = 127  # exit code of a shell
_NOT_EXECUTABLE = 126  # exit code of a shell


class Command(NamedTuple):
    """A command to run.

    Attributes:
        words: The program and its arguments.
        directory: Where it runs.
        is_detached: Whether nobody sees what is said on standard error.
        takes_input: Whether it reads this process's standard input; otherwise it finds nothing there.
    """

    words: tuple[str, ...]
    directory: str
    is_detached: bool = False
    takes_input: bool = True


def supervise(base: str, name: str, command: Command, on_start: Callable[[int, str], None]) -> int:
    """Run a command as the run `name` to its end, and return its exit code as a shell tells it.

    SIGINT, SIGTERM and SIGHUP end the command and all that it started. What it leaves behind when it ends is
    ended, too.

    Args:
        base: The runs directory.
        name: A run that waits to be started.
        command: What to run.
        on_start: Callback for the command's pid as soon as it runs, or the reason why it does not.

    Raises:
        RunNotFoundError: There is no such run.
        RunExistsError: It was started before.
        OSError: The log cannot be written, or what becomes of the run cannot be recorded. Nothing of the
            command is left running.
    """
    try:
        return _supervise(base, name, command, on_start)
    except StoreError as error:
        on_start(0, str(error))
        raise
    except OSError as error:
        on_start(0, explain(error))
        raise


def _supervise(base: str, name: str, command: Command, on_start: Callable[[int, str], None]) -> int:
    recorder = Recorder(base, name)
    if recorder.metadata.get("run_id", name) != name:
        raise RunNotFoundError(f"another run has taken the place of {safe_text(name)}: launch it again")
    guard = os.getppid()
    try:
        output = _open_log(base, name)
    except RunExistsError:
        raise  # it is another process's
    except OSError as error:
        recorder.end(f"its log cannot be written: {explain(error)}")
        raise
    try:
        if command.is_detached:
            os.dup2(output, sys.stderr.fileno())
        with Signals() as signals:
            family = Family(signals)
            try:
                return _run(recorder, family, signals, command, _Run(base, name, output, guard), on_start)
            except BaseException as error:
                left = family.end_all()
                why = f"runtui failed: {type(error).__name__}: {safe_text(str(error), 500)}"
                try:
                    recorder.end(why, **_left_facts(left))
                except (OSError, StoreError):
                    pass  # what went wrong first is what counts
                raise
    finally:
        os.close(output)


class _Run(NamedTuple):
    base: str
    name: str
    output: int
    guard: int


def _run(
    recorder: Recorder,
    family: Family,
    signals: Signals,
    command: Command,
    run: _Run,
    on_start: Callable[[int, str], None],
) -> int:
    recorder.prepare()
    environment = run_environment(run.base, run.name)
    facts: dict[str, object] = {
        "command": [as_text(word) for word in command.words],
        "working_directory": as_text(command.directory),
        **git_facts(command.directory),
        "environment": environment_facts(environment),
        "log": f"{LOGS_DIR}/{OUTPUT_LOG}",
    }
    if signals.number is not None:
        recorder.end(
            f"{interruption_text(signals.number, run.guard, recorder.directory.path)} before it started",
            **facts,
        )
        on_start(0, "it was ended before its command was started")
        return 128 + signals.number
    launched = {
        "command": list(command.words),
        "working_directory": command.directory,
        "has_input": command.takes_input and standard_input.is_file(),
    }
    try:
        write_sealed_record(recorder.directory, RecordKind.COMMAND, launched)
    except OSError:
        pass  # on a full disk the command runs all the same; it cannot be launched again
    try:
        pid = family.start(
            command.words,
            directory=command.directory,
            environment=environment,
            output=run.output,
            takes_input=command.takes_input,
            is_kept=MARK_VARIABLE in environment,
        )
    except (OSError, ValueError) as error:
        code, why = _start_failure(command, error)
        recorder.end(why, exit_code=code, **facts)
        _tell(why)
        on_start(0, why)
        return code
    recorder.begin(pid=pid, process=process_of(pid).as_json(), **facts)
    on_start(pid, "")
    figures = SystemFigures(recorder.directory.path, environment=environment)
    while (end := family.end_of(pid)) is None and signals.number is None:
        signals.wait(figures.seconds_left)
        figures.look()
    is_over = end is not None
    run_dir = recorder.directory.path
    reason = "" if is_over else interruption_text(signals.number or 0, run.guard, run_dir)
    left_behind = family.count_left_behind() if is_over else 0
    left = family.end_all(told=_tell)
    end = family.end_of(pid)
    failure = reason or (end.text if end is not None and end.code else "")
    more: dict[str, object] = {"left_behind": left_behind} if left_behind else {}
    recorder.end(failure, **_end_facts(end), **more, **_left_facts(left))
    if not is_over:
        return 128 + (signals.number or 0)
    return end.shell_code if end is not None else 1


def _tell(text: str) -> None:
    print(f"runtui: {text}", file=sys.stderr, flush=True)


def interruption_text(number: int, guard: int, run_dir: str) -> str:
    """Return why a signal to this process, whose parent was `guard`, ended the run in `run_dir`."""
    if cancelled := cancellation(run_dir):
        return cancelled
    if os.getppid() != guard:
        return "its launcher was killed"
    verb = "interrupted" if signal_name(number) == "SIGINT" else "terminated"
    return f"{verb} by {signal_name(number)}"


def _end_facts(end: End | None) -> dict[str, object]:
    if end is None:
        return {}
    facts: dict[str, object] = {"exit_code": end.code if end.code >= 0 else None}
    if end.code < 0:
        facts["signal"] = signal_name(-end.code)
    facts["cpu_seconds"] = end.cpu_seconds
    if end.peak_memory is not None:
        facts["peak_memory"] = end.peak_memory
    return facts


def _left_facts(left: int) -> dict[str, object]:
    return {"still_running": left} if left else {}


def _start_failure(command: Command, error: OSError | ValueError) -> tuple[int, str]:
    """Return the exit code and the reason of a command that could not be started, as a shell does."""
    shown = safe_text(command.words[0], 200)
    if not isinstance(error, OSError):
        return _NOT_EXECUTABLE, f"{shown} cannot be started: {safe_text(str(error))}"
    if not os.path.isdir(command.directory):
        return 1, f"its working directory {safe_text(command.directory, 200)} is gone"
    if error.errno == errno.ENOENT:
        return _NOT_FOUND, f"{shown}: command not found"
    return _NOT_EXECUTABLE, f"{shown} cannot be started: {safe_text(explain(error, with_path=False))}"


def _open_log(base: str, name: str) -> int:
    """Open the run's log, which must be new: a run is started once.

    Raises:
        RunExistsError: Somebody has.
        OSError: It cannot be made.
    """
    # A scheduler that begins a job anew, after its node failed, begins the same run anew.
    once = 0 if int(os.environ.get("SLURM_RESTART_COUNT", "0") or 0) else os.O_EXCL
    flags = os.O_WRONLY | os.O_CREAT | once | os.O_APPEND
    try:
        return SafeDirectory(os.path.join(base, name)).open(f"{LOGS_DIR}/{OUTPUT_LOG}", flags)
    except FileExistsError:
        raise RunExistsError(f"run {safe_text(name)} was started before: resume it into a new one") from None


def record_killed_supervisor(
    base: str, name: str, more: Callable[[Mapping[str, object]], dict[str, object]], number: int
) -> None:
    """Record the end of a run on behalf of its supervisor, which was killed.

    Args:
        base: The runs directory.
        name: The run.
        more: Returns further metadata, given those there are.
        number: The signal that killed the supervisor.
    """
    recorder = Recorder(base, name)
    if not is_live_status(recorder.metadata.get("status")):
        return  # it was killed after it had said so itself
    why = f"the process that supervised it was killed by {signal_name(number)}"
    recorder.end(why, **more(recorder.metadata))


def guarded_run(base: str, name: str, work: Callable[[], int], when_killed: Callable[[int], None]) -> int:
    """Do the work on a run in a process of its own, as `guarded` does, and return its exit code.

    Whatever becomes of that, the run does not wait to be started any more.

    Args:
        base: The runs directory.
        name: The run.
        work, when_killed: As of `guarded`.

    Raises:
        OSError: No process can be made, or the end cannot be recorded.
    """
    when_failed = partial(_record_abandoned_run, base, name, os.getpid())
    try:
        return guarded(work, when_killed, when_failed)
    except OSError as error:
        when_failed(f"its process cannot be made: {explain(error)}")
        raise


def _record_abandoned_run(base: str, name: str, guard: int, why: str) -> None:
    """Record the end of a run whose supervisor, the calling process, gave it up without saying so.

    Nothing is recorded where another process supervises the run, as when it was started twice.

    Args:
        base: The runs directory.
        name: The run.
        guard: The pid of the process that guards this one.
        why: Why, in one line.
    """
    recorder = Recorder(base, name)
    supervision = own_supervisor(os.path.join(base, name))
    if supervision is None or supervision.process.pid not in (os.getpid(), guard):
        return
    if is_live_status(recorder.metadata.get("status")):
        recorder.end(why)


def check_command(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command's words, if there is one.

    Raises:
        ValueError: There is none.
    """
    if not words or not words[0]:
        raise ValueError("there is no command to run")
    return tuple(words)
