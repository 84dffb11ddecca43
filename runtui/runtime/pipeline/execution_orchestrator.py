"""Execution of a plan: the order of its steps, and the consequences of a failure for dependent steps."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import partial
from types import TracebackType
from typing import NamedTuple, Protocol

from runtui.batch.registry import LOCAL
from runtui.runtime.pipeline.compute_framework_executor import ComputeFrameworkExecutor, timeout_text
from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager
from runtui.runtime.pipeline.main_module import check_not_importing
from runtui.runtime.pipeline.plan import Mode, Plan, PlanError, Step, check_functions, check_plan
from runtui.runtime.pipeline.tasks import StepResult
from runtui.runtime.pipeline.worker_manager import WorkerManager


class StepState(StrEnum):
    """States of a step."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    KEPT = "kept"  # done in an earlier run; its outputs stand
    FAILED = "failed"
    BLOCKED = "blocked"  # a step that it needs failed
    CANCELLED = "cancelled"  # the run was ended before


class StepEvent(NamedTuple):
    """A step's change of state.

    Attributes:
        step: Its name.
        state: The new state.
        attempt: How often it was begun.
        result: What became of it, at its end.
    """

    step: str
    state: StepState
    attempt: int = 0
    result: StepResult | None = None


class Interruption(Protocol):
    """Source of early endings of a plan, such as `Signals`."""

    @property
    def number(self) -> int | None:
        """The signal that asked for the end, or None."""

    def fileno(self) -> int:
        """A descriptor that can be read when `number` may have changed."""

    def clear(self) -> None:
        """Drain `fileno`, which then waits for the next signal."""


class ExecutionOrchestrator:
    """Owner of the plan and of the flags of what is done and what is running.

    To be used in a ``with`` block, which ends with no worker left. Steps that do not need a step that failed
    are done all the same.

    Args:
        plan: The steps.
        executor: Does them.
        workers: Where their answers come in.
        lifecycle: Keeps what they made for as long as it is needed.
        at_once: How many steps run at the same time.
        kept: Steps that need not be done again.
        interruption: Ends the plan, or None.

    Raises:
        ValueError: `at_once` is less than 1.
        PlanError: On entering, when the plan cannot be carried out.
    """

    def __init__(
        self,
        plan: Plan,
        executor: ComputeFrameworkExecutor,
        workers: WorkerManager,
        lifecycle: DataLifecycleManager,
        *,
        at_once: int = 1,
        kept: frozenset[str] = frozenset(),
        interruption: Interruption | None = None,
    ) -> None:
        if at_once < 1:
            raise ValueError(f"at_once is {at_once}: at least 1 step must run at a time")
        self._plan = plan
        self._executor = executor
        self._workers = workers
        self._lifecycle = lifecycle
        self._at_once = at_once
        self._interruption = interruption
        self._steps: dict[str, Step] = {}
        self._kept = kept
        self._states: dict[str, StepState] = {}
        self._attempts: dict[str, int] = {}
        self._deadlines: dict[str, float] = {}
        self._running: set[str] = set()
        self._lacking: dict[str, int] = {}
        self._ready: deque[str] = deque()
        self._ready_elsewhere: deque[str] = deque()
        self._handed_over: set[tuple[str, str]] = set()
        self._is_ending = False
        self._is_used = False
        self._is_entered = False

    def __enter__(self) -> ExecutionOrchestrator:
        if self._is_used:
            raise RuntimeError("a plan is carried out once: make a new ExecutionOrchestrator")
        check_not_importing()
        check_plan(self._plan)
        check_functions(self._plan)
        self._is_used = self._is_entered = True
        self._steps = {step.name: step for step in self._plan.steps}
        self._consumers = self._plan.consumers
        self._states = dict.fromkeys(self._steps, StepState.WAITING)
        self._attempts = dict.fromkeys(self._steps, 0)
        self._lacking = {step.name: len(set(step.needs)) for step in self._plan.steps}
        for name, count in self._lacking.items():
            if not count:
                self._make_ready(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_entered = False
        self._workers.join()

    @property
    def states(self) -> Mapping[str, StepState]:
        """The state of each step, in the plan's order."""
        return self._states

    def compute(self) -> Mapping[str, StepState]:
        """Carry out the plan and return the final state of each step."""
        for _event in self.compute_stream():
            pass
        return self._states

    def compute_stream(self) -> Iterator[StepEvent]:
        """Carry out the plan, yielding each step's change of state.

        Raises:
            PlanError: No step can be done any more, and some are not done.
            RuntimeError: It is not within its ``with`` block.
        """
        if not self._is_entered:
            raise RuntimeError(
                "a plan is carried out in a block: with ExecutionOrchestrator(…) as orchestrator:"
            )
        while True:
            self._look_for_interruption()
            while (queue := self._next_queue()) is not None:
                yield from self._execute_step(self._steps[queue.popleft()])
                self._look_for_interruption()
            for result in self._workers.get_done_steps_of_multiprocessing_result_queue():
                yield from self._process_step_result(self._steps[result.step], result)
            if self._running:
                if self._next_queue() is not None:
                    continue
                self._cancel_overdue()
                self._workers.wait(self._next_deadline(), self._interruption_descriptors())
                continue
            if self._is_ending:
                yield from self._cancel_waiting()
            if self._next_queue() is None:
                self._raise_if_stalled()
                return

    # Flags

    def currently_running_step(self, step: Step) -> bool:
        """Return whether a step is running."""
        return step.name in self._running

    def _is_step_done(self, step: Step) -> bool:
        """Return whether a step is done, now or in an earlier run."""
        return self._states[step.name] in (StepState.DONE, StepState.KEPT)

    def _can_run_step(self, step: Step) -> bool:
        """Return whether a step may begin now."""
        if self._is_ending or self._lacking[step.name] or self._states[step.name] is not StepState.WAITING:
            return False
        if step.on != LOCAL:
            return True  # how many of those run at once is the scheduler's business
        # One that runs alone waits for nobody, but nobody begins beside it.
        return len(self._running_here) < self._at_once and not any(
            self._steps[name].mode is Mode.SYNC for name in self._running_here
        )

    @property
    def _running_here(self) -> list[str]:
        return [name for name in self._running if self._steps[name].on == LOCAL]

    def _next_queue(self) -> deque[str] | None:
        """Return the queue whose first step can begin now."""
        for queue in (self._ready, self._ready_elsewhere):
            if queue and self._can_run_step(self._steps[queue[0]]):
                return queue
        return None

    def _make_ready(self, name: str) -> None:
        (self._ready if self._steps[name].on == LOCAL else self._ready_elsewhere).append(name)

    def _free(self, consumer: str) -> None:
        """Lower the number of steps that another one waits for."""
        self._lacking[consumer] -= 1
        if not self._lacking[consumer] and self._states[consumer] is StepState.WAITING:
            self._make_ready(consumer)

    def _hand_over(self, step: Step) -> None:
        """Submit early the steps that can wait in the scheduler for a step that is submitted there."""
        for consumer in sorted(self._consumers[step.name]):
            if self._executor.hands_over(step, self._steps[consumer]):
                self._handed_over.add((step.name, consumer))
                self._free(consumer)

    def _mark_step_as_finished(self, step: Step, state: StepState) -> None:
        """Record a step's last state, free those that need it, and drop what is needed no more."""
        self._running.discard(step.name)
        self._deadlines.pop(step.name, None)
        self._states[step.name] = state
        is_done = self._is_step_done(step)
        self._lifecycle.settle(
            step.name, step.needs, self._executor.cfw_collection.values(), has_failed=not is_done
        )
        for consumer in sorted(self._consumers[step.name]):
            if is_done and (step.name, consumer) not in self._handed_over:
                self._free(consumer)

    # Doing

    def _execute_step(self, step: Step) -> Iterator[StepEvent]:
        if step.name in self._kept:
            self._lifecycle.note_outputs(step.name)
            self._mark_step_as_finished(step, StepState.KEPT)
            yield StepEvent(step.name, StepState.KEPT)
            return
        self._attempts[step.name] += 1
        attempt = self._attempts[step.name]
        self._states[step.name] = StepState.RUNNING
        self._running.add(step.name)
        if step.timeout is not None and step.on == LOCAL:  # a scheduler has limits of its own
            self._deadlines[step.name] = time.monotonic() + step.timeout
        yield StepEvent(step.name, StepState.RUNNING, attempt)
        result = self._executor.execute(step, attempt)
        self._look_for_interruption()
        if result is not None:
            yield from self._process_step_result(step, result)
        elif step.on != LOCAL:
            self._hand_over(step)

    def _process_step_result(self, step: Step, result: StepResult) -> Iterator[StepEvent]:
        """Handle a step's result: keep its data, retry it, or block what needs it."""
        if not self.currently_running_step(step):
            return
        result = self._executor.take_in(step, result)
        attempt = self._attempts[step.name]
        if not result.failure:
            self._lifecycle.note_outputs(step.name)
            if result.has_data:
                self._lifecycle.add_to_result_data_collection(
                    step.name, partial(self._executor.object_of, step.name)
                )
            self._mark_step_as_finished(step, StepState.DONE)
            yield StepEvent(step.name, StepState.DONE, attempt, result)
            return
        if attempt <= step.retries and not self._is_ending:
            self._running.discard(step.name)
            self._deadlines.pop(step.name, None)
            self._states[step.name] = StepState.WAITING
            self._make_ready(step.name)
            yield StepEvent(step.name, StepState.WAITING, attempt, result)
            return
        state = StepState.CANCELLED if self._is_ending else StepState.FAILED
        self._mark_step_as_finished(step, state)
        yield StepEvent(step.name, state, attempt, result)
        yield from self._give_up_behind(step)

    def _give_up_behind(self, step: Step) -> Iterator[StepEvent]:
        """Block all steps that need one that failed, and those that need them."""
        waiting = [step.name]
        while waiting:
            for consumer in sorted(self._consumers[waiting.pop(0)]):
                if self._is_ending or self._states[consumer] not in (StepState.WAITING, StepState.RUNNING):
                    continue
                if self.currently_running_step(self._steps[consumer]):  # it was handed over
                    self._workers.cancel(consumer, "a step that it needs failed")
                self._mark_step_as_finished(self._steps[consumer], StepState.BLOCKED)
                yield StepEvent(consumer, StepState.BLOCKED)
                waiting.append(consumer)

    # The end before its time

    def _look_for_interruption(self) -> None:
        if self._interruption is not None and self._is_ending:
            self._interruption.clear()  # or whoever waits for it is woken for ever
        if self._interruption is None or self._is_ending:
            return
        self._interruption.clear()
        if self._interruption.number is not None:
            self._is_ending = True
            for name in self._running:
                self._workers.cancel(name, "the run was ended")

    def _interruption_descriptors(self) -> list[int]:
        return [] if self._interruption is None else [self._interruption.fileno()]

    def _cancel_waiting(self) -> Iterator[StepEvent]:
        self._ready.clear()
        self._ready_elsewhere.clear()
        for name, state in self._states.items():
            if state is StepState.WAITING:
                self._mark_step_as_finished(self._steps[name], StepState.CANCELLED)
                yield StepEvent(name, StepState.CANCELLED)

    def _next_deadline(self) -> float | None:
        if not self._deadlines:
            return None
        return max(0.0, min(self._deadlines.values()) - time.monotonic())

    def _cancel_overdue(self) -> None:
        now = time.monotonic()
        for name, deadline in list(self._deadlines.items()):
            if now >= deadline:
                del self._deadlines[name]
                self._workers.cancel(name, timeout_text(self._steps[name]))

    def _raise_if_stalled(self) -> None:
        """Raise an error where steps wait that nothing will ever free."""
        waiting = [step for step in self._plan.steps if self._states[step.name] is StepState.WAITING]
        if waiting:
            told = [
                f"{step.name} waits for "
                + ", ".join(needed for needed in step.needs if not self._is_step_done(self._steps[needed]))
                for step in waiting
            ]
            raise PlanError(f"no step can be done any more: {'; '.join(told)}")
