"""Executing a pipeline as a run, in the main thread of a process that does nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from runtui.batch.registry import LOCAL, SYSTEMS
from runtui.runtime.batch.follower import BatchFollower
from runtui.runtime.batch.framework import BatchFramework
from runtui.runtime.pipeline.compute_framework_executor import ComputeFrameworkExecutor
from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager
from runtui.runtime.pipeline.execution_options import (
    OPTIONS_KEY,
    ExecutionOptions,
    default_workers,
    options_as_json,
)
from runtui.runtime.pipeline.execution_orchestrator import ExecutionOrchestrator, StepEvent, StepState
from runtui.runtime.pipeline.file_marks import parameters_mark
from runtui.runtime.pipeline.pipeline_run import check_not_at_work, note_pipeline
from runtui.runtime.pipeline.plan import CallWork, Mode, Plan, check_steps
from runtui.runtime.pipeline.progress import PARAMETERS_KEY, Entry, Progress, entries_of
from runtui.runtime.pipeline.spec import PipelineSpec
from runtui.runtime.pipeline.step_jobs import StepJobs, end_steps
from runtui.runtime.pipeline.tasks import StepInterruptedError
from runtui.runtime.pipeline.up_to_date import entry_of, up_to_date_steps
from runtui.runtime.pipeline.worker_manager import WorkerManager
from runtui.runtime.process.environment import as_text, environment_facts
from runtui.runtime.process.process_tree import Family
from runtui.runtime.process.recorder import Recorder
from runtui.runtime.process.run_paths import STEP_VARIABLE, run_additions, run_paths
from runtui.runtime.process.signals import Signals
from runtui.runtime.process.supervisor import guarded_run, interruption_text, record_killed_supervisor
from runtui.runtime.process.system_figures import recorded_figures
from runtui.store.git import git_facts
from runtui.store.paths import PRIVATE_DIR
from runtui.store.safe_directory import SafeDirectory, split_at
from runtui.store.timestamps import timestamp_now
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.runtime.batch.framework import BatchFramework, OnJobNews

_DATA_DIR = "data"
_MOST_NAMED = 5  # steps
_LONGEST_REASON = 190  # characters of the reasons of several steps together

OnMessage = Callable[[str], None]


def execute(base: str, name: str, pipeline: PipelineSpec, options: ExecutionOptions, told: OnMessage) -> int:
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
    check_not_at_work(base, name)
    # Faults are reported before anything is started.
    plan = pipeline.plan_for(run_paths(base, name), options.mode, options.on)
    check_steps(plan, options.again)
    work = partial(_execute, base, name, pipeline, options, told)
    ended = partial(record_killed_supervisor, base, name, partial(end_steps, base, name))
    return guarded_run(base, name, work, ended)


def _execute(base: str, name: str, pipeline: PipelineSpec, options: ExecutionOptions, told: OnMessage) -> int:
    recorder = Recorder(base, name)
    guard = os.getppid()
    paths = run_paths(base, name)
    plan = pipeline.plan_for(paths, options.mode, options.on)
    earlier = entries_of(recorder.metadata)
    kept = _kept(plan, earlier, options, recorder.metadata, paths["run"])
    progress = Progress(recorder, plan, earlier)
    recorder.prepare()
    at_once = options.workers or default_workers()
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
        record = {"pipeline": pipeline.source, OPTIONS_KEY: options_as_json(options)}
        note_pipeline(base, name, record)
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
            with progress, recorded_figures(paths["run"]):
                states = _carry_out(
                    plan, paths, signals, progress, kept, options.interval, at_once, workers, told
                )
            failure = _failure(states, progress, signals, guard, paths["run"])
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
    jobs = StepJobs(SafeDirectory(paths["run"]), progress, lambda step: told(_line(step, StepState.RUNNING)))
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
                _tell(event, progress, told)
            states = orchestrator.states
    finally:
        for framework in batch.values():
            framework.close()
    _remove_data(data_folder)
    return states


def _batch_frameworks(
    systems: Collection[str], interval: float, data_folder: str, told: OnJobNews
) -> dict[str, BatchFramework]:
    return {
        system: BatchFramework(data_folder, BatchFollower(SYSTEMS[system](), interval), told)
        for system in systems
    }


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


def _kept(
    plan: Plan,
    earlier: Mapping[str, Entry],
    options: ExecutionOptions,
    metadata: Mapping[str, object],
    run: str,
) -> frozenset[str]:
    parameters = metadata.get(PARAMETERS_KEY)
    if options.is_forced or parameters not in (None, parameters_mark(run)):
        return frozenset()
    known = {name: found for name, entry in earlier.items() if (found := entry_of(entry, run)) is not None}
    return up_to_date_steps(plan, known, run, again=options.again)


def _first_facts(
    pipeline: PipelineSpec,
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
        OPTIONS_KEY: options_as_json(options),
    }
    if is_again:
        facts |= git_facts(pipeline.here)
        before = metadata.get("resumptions")
        entry = {"at": timestamp_now(), "status": metadata.get("status"), "kept": len(kept)}
        facts["resumptions"] = [*(before if isinstance(before, list) else []), entry]
        facts["completed_at"] = None
    return facts


def _failure(
    states: Mapping[str, StepState], progress: Progress, signals: Signals, guard: int, run_dir: str
) -> str:
    """Return the reason of the run's failure, in one line, or ``""``."""
    if signals.number is not None:
        return interruption_text(signals.number, guard, run_dir)
    failed = [name for name, state in states.items() if state is StepState.FAILED]
    if not failed:
        return ""
    if len(failed) == 1:
        return f"{failed[0]}: {progress.error_of(failed[0])}"
    # The run's kind of failure is that of the step that is named first.
    failed.sort(key=progress.is_consequence)
    # Rows keep only the beginning of a reason: each step's is to be in there.
    share = _LONGEST_REASON // min(len(failed), _MOST_NAMED)
    told = "; ".join(
        safe_text(f"{name}: {progress.error_of(name, with_kind=place > 0)}", share)
        for place, name in enumerate(failed[:_MOST_NAMED])
    )
    more = f"; and {len(failed) - _MOST_NAMED} more steps" if len(failed) > _MOST_NAMED else ""
    return f"{told}{more}"


def _tell(event: StepEvent, progress: Progress, told: OnMessage) -> None:
    name = safe_text(event.step, 200)
    if event.result is not None and event.result.failure:
        what = "failed" if event.state is not StepState.WAITING else "failed, and is tried again"
        told(f"{name}: {what}: {safe_text(progress.error_of(event.step), 300)}")
    elif event.state is StepState.KEPT:
        told(f"{name}: up to date")
    elif event.state is StepState.BLOCKED:
        told(f"{name}: not done, because a step that it needs failed")
    elif changed := progress.changed_inputs(event.step):
        files = ", ".join(safe_text(os.path.basename(path), 80) for path in changed[:_MOST_NAMED])
        told(f"{name}: {event.state}, but {files} changed while it ran: --resume runs it again")
    else:
        told(_line(event.step, progress.state_of(event.step)))


def _line(step: str, state: str) -> str:
    return f"{safe_text(step, 200)}: {state}"


def print_line(text: str) -> None:
    """Print a message; a closed output must not stop the steps."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
