"""Executing a pipeline as a run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from runtui.batch.intervals import INTERVAL
from runtui.batch.registry import LOCAL, SYSTEMS, places
from runtui.runtime.pipeline.compute_framework_executor import ComputeFrameworkExecutor
from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager
from runtui.runtime.pipeline.execution_orchestrator import ExecutionOrchestrator, StepEvent, StepState
from runtui.runtime.pipeline.plan import CallWork, Mode, Plan
from runtui.runtime.pipeline.progress import Entry, Progress, ended_entries, entries_of
from runtui.runtime.pipeline.spec import Pipeline, PipelineError, read_pipeline
from runtui.runtime.pipeline.tasks import StepInterruptedError
from runtui.runtime.pipeline.up_to_date import entry_of, up_to_date_steps
from runtui.runtime.pipeline.worker_manager import WorkerManager
from runtui.runtime.process.environment import as_text, environment_facts
from runtui.runtime.process.interpreter import python_command
from runtui.runtime.process.process_tree import Family
from runtui.runtime.process.recorder import Recorder, Starter
from runtui.runtime.process.run_paths import STEP_VARIABLE, run_additions, run_paths
from runtui.runtime.process.signals import Signals
from runtui.runtime.process.supervisor import guarded_run, interruption_text, record_killed_supervisor
from runtui.store.edits.fold import read_overlaid
from runtui.store.errors import MetadataError, RunExistsError, StoreError
from runtui.store.git import git_facts
from runtui.store.metadata import read_metadata
from runtui.store.ownership import is_out_of_reach
from runtui.store.paths import LOGS_DIR, PRIVATE_DIR
from runtui.store.process import is_alive
from runtui.store.run import Run
from runtui.store.safe_directory import SafeDirectory, split_at
from runtui.store.sealed_record import RecordKind, executed_pipeline, read_sealed_record, write_sealed_record
from runtui.store.status import is_live_status
from runtui.store.timestamps import timestamp_now
from runtui.store.writer import read_writer
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.runtime.batch.framework import BatchFramework

_EXECUTOR = "runtui.runtime.pipeline.process_entry"
_DATA_DIR = "data"
_MOST_NAMED = 5  # steps
_MOST_AT_ONCE = 4  # steps

_OPTIONS_KEY = "executed"
_OPTION_NAMES = ("mode", "workers", "on")
_MOST_WORKERS = 1024  # workers

_OUTPUT = "runtui-exec.log"
"""File for messages about the steps when nobody is there to read them."""

_PATIENCE = 60.0
"""Seconds in which a resumed pipeline must have begun, on however slow a file system."""

_LOOK_AGAIN = 0.05  # seconds
_LONGEST_ANSWER = 10_000  # bytes

OnMessage = Callable[[str], None]


class ExecutionOptions(NamedTuple):
    """Options for executing a pipeline.

    Attributes:
        mode: Where functions run, whatever the steps say; None for what they say.
        workers: How many steps run at once; None for what the pipeline says.
        on: The compute framework of all steps; None for what they say.
        interval: Seconds between two questions to a batch system.
    """

    mode: Mode | None = None
    workers: int | None = None
    on: str | None = None
    interval: float = INTERVAL


def create(base: str, pipeline: Pipeline, *, description: str | None = None, tags: Sequence[str] = ()) -> str:
    """Create a run that waits for a pipeline to be executed in it, and return its id.

    Args:
        base: The runs directory; made when missing.
        pipeline: The pipeline.
        description: By default the pipeline's own, or its name.
        tags: Added to the pipeline's.

    Raises:
        OSError: It cannot be created; nothing is left of it.
    """
    shown = description or pipeline.description or safe_text(os.path.basename(pipeline.source), 120)
    all_tags = dict.fromkeys([*pipeline.tags, *tags])
    facts = git_facts(pipeline.here)
    name = Starter(base).create_run(
        shown,
        tags=list(all_tags),
        pipeline=as_text(pipeline.source),
        git_commit=facts["git_commit"],
        git_dirty=facts["git_dirty"],
    )
    _note_pipeline(base, name, {"pipeline": pipeline.source})
    return name


def pipeline_of(base: str, name: str) -> str:
    """Return the file or folder of the pipeline that was executed in a run.

    Raises:
        RunNotFoundError: There is no such run, or it cannot be read.
        PipelineError: None was, or another user could have said which.
    """
    metadata = Run(os.path.join(base, name)).metadata
    source = executed_pipeline(base, name)
    if source:
        _check_out_of_reach(source, name)
        return source
    if metadata.get("pipeline") is not None:
        raise PipelineError(
            f"another user may have written which pipeline run {safe_text(name)} is of: say which, as in "
            "runtui exec PIPELINE --resume RUN"
        )
    raise PipelineError(f"run {safe_text(name)} is none of a pipeline")


def _check_out_of_reach(source: str, name: str) -> None:
    """Check that a pipeline which only the run names is still what its user wrote.

    Raises:
        PipelineError: Others could have changed it.
    """
    if os.path.lexists(source) and not is_out_of_reach(source):
        raise PipelineError(
            f"others may write to {safe_text(source)}, or beside it: look at it, and name it, as in "
            f"runtui exec PIPELINE --resume {safe_text(name)}"
        )


def execute(base: str, name: str, pipeline: Pipeline, options: ExecutionOptions, told: OnMessage) -> int:
    """Execute a pipeline in the run `name`, and return 0 if all of its steps are done, otherwise 1.

    The steps of an earlier attempt in the same run that stand are not done again. To be called in the main
    thread of a process that has no other. SIGINT, SIGTERM and SIGHUP end all steps.

    Args:
        base: The runs directory.
        name: The run.
        pipeline: Its pipeline.
        options: How.
        told: Callback for messages, a line of text each.

    Raises:
        StoreError: The pipeline cannot be executed there, or somebody is at it.
        OSError: Its process cannot be made.
    """
    base = os.path.abspath(base)
    _check_not_at_work(base, name)
    # Faults are reported before anything is started.
    pipeline.plan_for(run_paths(base, name), options.mode, options.on)
    work = partial(_execute, base, name, pipeline, options, told)
    ended = partial(record_killed_supervisor, base, name, partial(_end_steps, base, name))
    return guarded_run(base, name, work, ended)


def run_pipeline(
    source: str | os.PathLike[str],
    runs: str | os.PathLike[str] = "runs",
    *,
    description: str | None = None,
    tags: Sequence[str] = (),
    mode: str | None = None,
    workers: int | None = None,
) -> Run:
    """Execute a pipeline as a new run, and return the run at its end.

    It is executed by another process; what that says of the steps goes to this one's output. Whether it
    completed is the run's `status`.

    Args:
        source: A TOML file of steps, or a folder of numbered scripts: ``10_fetch.py``, ``20_clean.sh``, ….
            Scripts of one number may run at the same time.
        runs: The runs directory; made when missing.
        description: One line for people.
        tags: The run's tags.
        mode: Where functions run: ``sync``, ``thread`` or ``process``; by default what the steps say.
        workers: How many steps run at once; by default what the pipeline says, or as many as there are
            processors, but no more than four.

    Raises:
        ValueError: There is no such mode.
        StoreError: The pipeline makes no sense; the message says where.
        OSError: The run cannot be created.
        KeyboardInterrupt: On SIGINT, after all steps have ended.
    """
    pipeline = read_pipeline(os.fspath(source))
    wanted = None if mode is None else Mode(mode)
    base = os.path.abspath(runs)
    name = create(base, pipeline, description=description, tags=tags)
    with subprocess.Popen(
        _executor_command(base, name, pipeline, ExecutionOptions(wanted, workers))
    ) as process:
        try:
            process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    return Run(os.path.join(base, name))


def resume_pipeline(base: str, name: str) -> None:
    """Start the pipeline of a run that has ended once more in the same run, and return when it has begun.

    It is executed as it was the last time, in a process that outlives this one; steps that stand are not done
    again. May be called from any thread.

    Raises:
        StoreError: There is no such pipeline that is the user's own, it makes no sense any more, or somebody
            is at it.
        OSError: No process can be made.
    """
    base = os.path.abspath(base)
    source = executed_pipeline(base, name)
    if not source:
        raise PipelineError("it is no pipeline that runtui executed, or not your own")
    _check_out_of_reach(source, name)
    options = _options_from_json(read_sealed_record(base, name, RecordKind.PIPELINE).get(_OPTIONS_KEY))
    metadata = Run(os.path.join(base, name)).metadata
    _check_not_at_work(base, name)
    pipeline = read_pipeline(source)
    paths = run_paths(base, name)
    pipeline.plan_for(paths, options.mode, options.on)
    output = SafeDirectory(paths["run"]).open(f"{LOGS_DIR}/{_OUTPUT}", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    with open(output, "r+b") as file:
        before = file.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            _executor_command(base, name, pipeline, options),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=pipeline.here,
            start_new_session=True,
        )
        # Somebody must take note of its end, or it stays in the table of processes.
        threading.Thread(target=process.wait, name="runtui-executor", daemon=True).start()
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if _has_resumed(base, name, metadata):
                return
            time.sleep(_LOOK_AGAIN)
        if process.poll() is None or not _has_resumed(base, name, metadata):
            file.seek(before)
            said = file.read(_LONGEST_ANSWER).decode(errors="replace").strip()
            raise StoreError(safe_text(said.rpartition("\n")[2], 300) or "it did not begin")


def _has_resumed(base: str, name: str, before: Mapping[str, object]) -> bool:
    try:
        return read_metadata(os.path.join(base, name)).get("resumptions") != before.get("resumptions")
    except MetadataError:
        return False


def _executor_command(base: str, name: str, pipeline: Pipeline, options: ExecutionOptions) -> list[str]:
    words = [base, name, pipeline.source, options.mode or "", str(options.workers or ""), options.on or ""]
    return python_command(_EXECUTOR, words)


def _note_pipeline(base: str, name: str, facts: Mapping[str, object]) -> None:
    try:
        write_sealed_record(SafeDirectory(os.path.join(base, name)), RecordKind.PIPELINE, facts)
    except OSError:
        pass  # on a full disk it is executed all the same; to resume it, it must be named again


def _options_as_json(options: ExecutionOptions) -> dict[str, object]:
    return {part: value for part in _OPTION_NAMES if (value := getattr(options, part)) is not None}


def _options_from_json(told: object) -> ExecutionOptions:
    """Return the options that a pipeline was executed with, from its record."""
    if not isinstance(told, dict):
        return ExecutionOptions()
    mode, workers, on = (told.get(key) for key in _OPTION_NAMES)
    return ExecutionOptions(
        Mode(mode) if mode in tuple(Mode) else None,
        workers if isinstance(workers, int) and 0 < workers <= _MOST_WORKERS else None,
        on if on in places() else None,
    )


def _end_steps(base: str, name: str, metadata: Mapping[str, object]) -> dict[str, object]:
    """Cancel the jobs of steps whose runner was killed, and return metadata about the steps."""
    from runtui.batch.base import BatchError

    submitted = read_sealed_record(base, name, RecordKind.STEP_JOBS).get("jobs")
    jobs: dict[str, list[str]] = {}
    for step, entry in entries_of(metadata).items():
        job = submitted.get(step) if isinstance(submitted, dict) else None
        if entry.get("state") == StepState.RUNNING and isinstance(job, dict):
            jobs.setdefault(str(job.get("system")), []).append(str(job.get("id")))
    for system, ids in jobs.items():
        try:
            SYSTEMS[system]().cancel(ids)
        except (BatchError, KeyError):
            pass  # then they go on to their end, which nobody waits for
    return ended_entries(metadata)


def _check_not_at_work(base: str, name: str) -> None:
    run_dir = str(Run(os.path.join(base, name)).run_dir)
    metadata = read_overlaid(base, name).metadata  # with what its user said of it
    writer = read_writer(run_dir)
    if writer is None or not is_live_status(metadata.get("status")) or writer.pid == os.getpid():
        return
    if metadata.get("steps") is not None and is_alive(writer) is not False:
        where = f"as process {writer.pid} on {safe_text(writer.host, 80)}"
        raise RunExistsError(f"run {safe_text(name)} is at work, {where}: mark it failed first if it is lost")


def _execute(base: str, name: str, pipeline: Pipeline, options: ExecutionOptions, told: OnMessage) -> int:
    recorder = Recorder(base, name)
    guard = os.getppid()
    paths = run_paths(base, name)
    plan = pipeline.plan_for(paths, options.mode, options.on)
    earlier = entries_of(recorder.metadata)
    kept = _kept(plan, earlier)
    progress = Progress(recorder, plan, earlier)
    recorder.prepare()
    at_once = options.workers or _default_workers()
    # Functions in this process, too, find where the run is in its environment; workers inherit it.
    os.environ.update(run_additions(base, name))
    os.environ.pop(STEP_VARIABLE, None)  # of a step that this whole pipeline is
    started_in = os.getcwd()
    try:
        os.chdir(pipeline.here)
    except OSError:
        pass  # each command says so itself
    workers = WorkerManager()
    try:
        workers.start_ahead(min(at_once, _processes_at_first(plan, kept)))
        record = {"pipeline": pipeline.source, _OPTIONS_KEY: _options_as_json(options)}
        _note_pipeline(base, name, record)
        recorder.begin(
            **_first_facts(pipeline, options, started_in, recorder.metadata, kept, is_again=bool(earlier)),
            **progress.facts,
        )
    except BaseException:
        workers.join()
        raise
    with Signals() as signals:
        family = Family(signals)  # adopts what the steps leave behind
        try:
            with progress:
                states = _carry_out(
                    plan, paths, signals, progress, kept, options.interval, at_once, workers, told
                )
            failure = _failure(states, progress, signals, guard)
        except BaseException as error:
            failure = f"runtui failed: {type(error).__name__}: {safe_text(str(error), 500)}"
            raise
        finally:
            left = family.end_all()
            facts: dict[str, object] = {"still_running": left} if left else {}
            recorder.end(failure, **progress.facts, **facts)
    if signals.number is not None:
        return 128 + signals.number
    return 1 if failure else 0


def _carry_out(
    plan: Plan,
    paths: Mapping[str, str],
    signals: Signals,
    progress: Progress,
    kept: frozenset[str],
    interval: float,
    at_once: int,
    workers: WorkerManager,
    told: OnMessage,
) -> Mapping[str, StepState]:
    data_folder = os.path.join(paths["run"], PRIVATE_DIR, _DATA_DIR)
    _remove_data(data_folder)  # of an attempt that was killed
    systems = {step.on for step in plan.steps} - {LOCAL}
    jobs = _StepJobs(SafeDirectory(paths["run"]), progress)
    batch = _batch_frameworks(systems, interval, data_folder, jobs.note) if systems else {}
    executor = ComputeFrameworkExecutor(
        workers,
        paths["run"],
        data_folder,
        interruptible=partial(signals.striking, StepInterruptedError),
        batch=batch,
    )
    lifecycle = DataLifecycleManager(
        plan.consumers,
        {step.name: step.outputs for step in plan.steps},
        frozenset(step.name for step in plan.steps if step.is_temporary),
        workers.drop_in_background,
        collects=False,
    )
    try:
        with ExecutionOrchestrator(
            plan, executor, workers, lifecycle, at_once=at_once, kept=kept, interruption=signals
        ) as orchestrator:
            for event in orchestrator.compute_stream():
                progress.take(event)
                _tell(event, told)
            states = orchestrator.states
    finally:
        for framework in batch.values():
            framework.close()
    _remove_data(data_folder)
    return states


def _batch_frameworks(
    systems: Collection[str], interval: float, data_folder: str, told: Callable[[str, Entry], None]
) -> dict[str, BatchFramework]:
    from runtui.runtime.batch.follower import BatchFollower
    from runtui.runtime.batch.framework import BatchFramework

    return {
        system: BatchFramework(data_folder, BatchFollower(SYSTEMS[system](), interval), told)
        for system in systems
    }


class _StepJobs:
    """Record of the jobs that the steps are, for whoever ends them when this process was killed."""

    def __init__(self, directory: SafeDirectory, progress: Progress) -> None:
        self._directory = directory
        self._progress = progress
        self._jobs: dict[str, dict[str, object]] = {}
        self._lock = threading.Lock()

    def note(self, step: str, facts: Entry) -> None:
        """Record the facts of a step's job, from any thread."""
        self._progress.note_job(step, facts)
        job = {"system": facts.get("system"), "id": facts.get("id")}
        with self._lock:
            if not job["id"] or self._jobs.get(step) == job:
                return
            self._jobs[step] = job
            try:
                write_sealed_record(self._directory, RecordKind.STEP_JOBS, {"jobs": self._jobs})
            except OSError:
                pass  # they are ended all the same, unless this process is killed


def _remove_data(folder: str) -> None:
    directory, relative = split_at(folder, PRIVATE_DIR)
    directory.remove_tree(relative)


def _processes_at_first(plan: Plan, kept: frozenset[str]) -> int:
    """Return how many functions can start at once in other processes of this host."""
    return sum(
        step.on == LOCAL
        and step.mode is Mode.PROCESS
        and isinstance(step.work, CallWork)
        and step.name not in kept
        and kept.issuperset(step.needs)
        for step in plan.steps
    )


def _kept(plan: Plan, earlier: Mapping[str, Entry]) -> frozenset[str]:
    known = {name: found for name, entry in earlier.items() if (found := entry_of(entry)) is not None}
    return up_to_date_steps(plan, known)


def _first_facts(
    pipeline: Pipeline,
    options: ExecutionOptions,
    directory: str,
    metadata: Mapping[str, object],
    kept: frozenset[str],
    *,
    is_again: bool,
) -> dict[str, object]:
    facts: dict[str, object] = {
        "pipeline": as_text(pipeline.source),
        "working_directory": as_text(directory),
        "environment": environment_facts(os.environ),
        "pid": os.getpid(),
        _OPTIONS_KEY: _options_as_json(options),
    }
    if is_again:
        facts |= git_facts(pipeline.here)
        before = metadata.get("resumptions")
        entry = {"at": timestamp_now(), "status": metadata.get("status"), "kept": len(kept)}
        facts["resumptions"] = [*(before if isinstance(before, list) else []), entry]
        facts["completed_at"] = None
    return facts


def _failure(states: Mapping[str, StepState], progress: Progress, signals: Signals, guard: int) -> str:
    """Return the reason of the run's failure, in one line, or ``""``."""
    if signals.number is not None:
        return interruption_text(signals.number, guard)
    failed = [name for name, state in states.items() if state is StepState.FAILED]
    if not failed:
        return ""
    told = "; ".join(f"{name}: {progress.error_of(name)}" for name in failed[:_MOST_NAMED])
    more = f"; and {len(failed) - _MOST_NAMED} more steps" if len(failed) > _MOST_NAMED else ""
    return f"{told}{more}"


def _tell(event: StepEvent, told: OnMessage) -> None:
    name = safe_text(event.step, 200)
    if event.result is not None and event.result.failure:
        what = "failed" if event.state is not StepState.WAITING else "failed, and is tried again"
        told(f"{name}: {what}: {safe_text(event.result.failure, 300)}")
    elif event.state is StepState.KEPT:
        told(f"{name}: stands")
    elif event.state is StepState.BLOCKED:
        told(f"{name}: not done, because a step that it needs failed")
    else:
        told(f"{name}: {event.state}")


def _default_workers() -> int:
    """Return the default number of steps at once: no more than a login node bears."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cpus, _MOST_AT_ONCE)


def print_line(text: str) -> None:
    """Print a message; a closed output must not stop the steps."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
