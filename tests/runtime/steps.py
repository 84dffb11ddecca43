"""Functions for steps, and plans of them. Functions that other processes call must lie in a module."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runtui.runtime.pipeline.compute_framework_executor import ComputeFrameworkExecutor
from runtui.runtime.pipeline.context import StepContext
from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager
from runtui.runtime.pipeline.execution_orchestrator import ExecutionOrchestrator
from runtui.runtime.pipeline.plan import CallWork, CommandWork, Plan, Step
from runtui.runtime.pipeline.tasks import StepInterruptedError, Task
from runtui.runtime.pipeline.worker_manager import WorkerManager
from runtui.runtime.process.signals import Signals


def nothing(_context: StepContext) -> None:
    """Do nothing."""


def pid(_context: StepContext) -> int:
    """Tell which process does it."""
    return os.getpid()


def inputs(context: StepContext) -> dict[str, object]:
    """Return what it was given."""
    return dict(context.inputs)


def shout(context: StepContext) -> str:
    """Print something, and return something."""
    print(f"this is {context.name}")
    print("an error", file=sys.stderr)
    return context.name.upper()


def fail(context: StepContext) -> None:
    """Fail, and say why."""
    raise ValueError(f"{context.name} went\nwrong")


def leave(_context: StepContext) -> None:
    """End the whole process as if all were well."""
    os._exit(0)


def end_politely(_context: StepContext) -> None:
    """End as a script does."""
    sys.exit("no input")


def kill_itself(_context: StepContext) -> None:
    """Be killed, as for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def sleep_long(_context: StepContext) -> None:
    """Take long."""
    time.sleep(600)


def wait_for_another(_context: StepContext) -> None:
    """Start a process, tell its pid, and wait for it."""
    with subprocess.Popen(["sleep", "600"]) as process:
        print(process.pid, flush=True)


def refuse_to_end(context: StepContext) -> None:
    """Take long, and ignore whatever asks for an end."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    (context.run / "deaf").touch()
    time.sleep(600)


def unpicklable(_context: StepContext) -> object:
    """Return what no other process can be given."""
    return lambda: 1


def works_at_the_third(context: StepContext) -> int:
    """Fail twice."""
    if context.attempt < 3:
        raise OSError("not yet")
    return context.attempt


@dataclass(frozen=True)
class Recorded:
    """Notes its beginning and end, checks that what it needs is there, and returns a sum of its inputs.

    Attributes:
        number: What it adds.
        needs: Whose files must be there.
        fails: Whether it fails in the end.
        pause: Seconds that it takes.
    """

    number: int
    needs: tuple[str, ...] = ()
    fails: bool = False
    pause: float = 0.0

    def __call__(self, context: StepContext) -> int:
        note(context.run, f"begin {context.name}")
        for needed in self.needs:
            assert (context.run / f"{needed}.out").exists(), f"{needed} was removed too early"
        time.sleep(self.pause)
        if self.fails:
            note(context.run, f"end {context.name}")
            raise RuntimeError("as planned")
        (context.run / f"{context.name}.out").write_text(str(self.number))
        note(context.run, f"end {context.name}")
        return self.number + sum(value for value in context.inputs.values() if isinstance(value, int))


def note(run: Path, line: str) -> None:
    """Add a line to the notes of a run; whole, whoever else does so."""
    with open(run / "notes", "ab", buffering=0) as file:
        file.write(f"{line}\n".encode())


def step(name: str, function: object = nothing, *needs: str, **more: object) -> Step:
    """Return a step that calls a function."""
    return Step(name, CallWork(function), needs, **more)  # type: ignore[arg-type]


def command(name: str, *words: str, needs: tuple[str, ...] = (), **more: object) -> Step:
    """Return a step that runs a command."""
    return Step(name, CommandWork(words), needs, **more)  # type: ignore[arg-type]


def task(run: Path, done: Step, place: Path | None = None, **inputs: object) -> Task:
    """Return a step's first attempt, for those who do tasks."""
    return Task(done.name, done.work, inputs, place, str(run), str(run / f"{done.name}.log"), 1)


@dataclass
class Carried:
    """A plan that was carried out."""

    states: dict[str, str]
    results: dict[str, object]
    artifacts: dict[str, tuple[str, ...]]
    failures: dict[str, str] = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)
    executor: ComputeFrameworkExecutor | None = None
    lifecycle: DataLifecycleManager | None = None


def carry_out(
    plan: Plan,
    run: Path,
    *,
    at_once: int = 2,
    grace: float = 5.0,
    signals: Signals | None = None,
    kept: frozenset[str] = frozenset(),
) -> Carried:
    """Carry out a plan with all components, in this process."""
    (run / "logs").mkdir(exist_ok=True)
    workers = WorkerManager(grace=grace)
    interruptible = nullcontext if signals is None else partial(signals.striking, StepInterruptedError)
    executor = ComputeFrameworkExecutor(workers, str(run), str(run / "data"), interruptible=interruptible)
    lifecycle = DataLifecycleManager(
        plan.consumers,
        {each.name: each.outputs for each in plan.steps},
        frozenset(each.name for each in plan.steps if each.is_temporary),
        workers.drop_in_background,
    )
    carried = Carried({}, {}, {}, executor=executor, lifecycle=lifecycle)
    with ExecutionOrchestrator(
        plan, executor, workers, lifecycle, at_once=at_once, interruption=signals, kept=kept
    ) as orchestrator:
        for event in orchestrator.compute_stream():
            carried.events.append((event.step, event.state.value))
            if event.result is not None and event.result.failure:
                carried.failures[event.step] = event.result.failure
        carried.states = {name: state.value for name, state in orchestrator.states.items()}
    carried.results, carried.artifacts = lifecycle.get_result(), lifecycle.get_artifacts()
    return carried
