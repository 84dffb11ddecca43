"""A plan: steps and their dependencies, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from runtui.batch.registry import LOCAL
from runtui.runtime.pipeline.context import StepContext
from runtui.store.errors import StoreError

_MOST_NAMED = 8  # steps


class PlanError(StoreError):
    """A plan that cannot be carried out; the message says which steps, and why."""


class Mode(StrEnum):
    """The place where a step's function runs. A command is a process of its own in any mode.

    A step in mode `SYNC` holds up the beginning of others while it runs.
    """

    SYNC = "sync"
    THREAD = "thread"
    PROCESS = "process"


class CommandWork(NamedTuple):
    """A command as a step's work.

    Attributes:
        words: The program and its arguments.
        directory: Where it runs; None for the runner's working directory.
    """

    words: tuple[str, ...]
    directory: str | None = None


class CallWork(NamedTuple):
    """A function as a step's work.

    Attributes:
        function: The function, or ``module:function``. It is given a `StepContext`; what it returns goes to
            the steps that need this one, across processes if it can be pickled.
        search: Directories to look for the module in, before all others.
    """

    function: str | Callable[[StepContext], object]
    search: tuple[str, ...] = ()


Work = CommandWork | CallWork


class Step(NamedTuple):
    """One step of a plan.

    Attributes:
        name: What it is called; unique in its plan.
        work: What it does.
        needs: The names of the steps that must have finished before, in the order in which it is given their
            data.
        mode: Where a function runs.
        on: The compute framework that it runs in.
        outputs: Absolute paths of the files or directories that it must have made at its end.
        is_temporary: Whether its outputs are removed as soon as all steps that need it have finished.
        timeout: Seconds after which it is ended, or None.
        retries: How often it is begun anew after a failure.
        resources: Requests to the scheduler, by the names of its options.
    """

    name: str
    work: Work
    needs: tuple[str, ...] = ()
    mode: Mode = Mode.PROCESS
    on: str = LOCAL
    outputs: tuple[str, ...] = ()
    is_temporary: bool = False
    timeout: float | None = None
    retries: int = 0
    resources: Mapping[str, str] = MappingProxyType({})


class Plan(NamedTuple):
    """Steps, in an order in which they could be listed; what they need decides when they run."""

    steps: tuple[Step, ...]

    @property
    def consumers(self) -> dict[str, frozenset[str]]:
        """The names of the steps that need each step, by its name."""
        found: dict[str, set[str]] = {step.name: set() for step in self.steps}
        for step in self.steps:
            for needed in step.needs:
                found[needed].add(step.name)
        return {name: frozenset(names) for name, names in found.items()}


def check_plan(plan: Plan) -> None:
    """Check that a plan can be carried out.

    Raises:
        PlanError: Two steps have one name, or some need a step that there is not, or wait for one another.
    """
    count = Counter(step.name for step in plan.steps)
    if doubles := sorted(name for name in count if count[name] > 1):
        raise PlanError(f"several steps are called {_listed(doubles)}: give each a name of its own")
    lacking = [
        f"{step.name} needs {_listed(missing)}"
        for step in plan.steps
        if (missing := [needed for needed in step.needs if needed not in count])
    ]
    if lacking:
        raise PlanError(f"there are no such steps: {_listed(lacking, '; ')}")
    if waiting := _stalled(plan):
        told = [f"{name} waits for {_listed(needs)}" for name, needs in waiting.items()]
        raise PlanError(f"steps wait for one another: {_listed(told, '; ')}")


def check_steps(plan: Plan, names: Iterable[str]) -> None:
    """Check that a plan has the steps of these names.

    Raises:
        PlanError: It lacks some.
    """
    known = [step.name for step in plan.steps]
    if lacking := [name for name in names if name not in known]:
        raise PlanError(f"there is no step {_listed(lacking)}: the steps are {_listed(known)}")


def _stalled(plan: Plan) -> dict[str, list[str]]:
    """Return the steps of a plan's cycles, each with those of them that it waits for."""
    left = {step.name: set(step.needs) for step in plan.steps}
    consumers = plan.consumers
    _take_away(left, consumers, [name for name, needs in left.items() if not needs])
    # Steps merely downstream of a cycle are not its cause: the same from the other end.
    behind = {name: {other for other in consumers[name] if other in left} for name in left}
    _take_away(behind, left, [name for name, others in behind.items() if not others])
    return {name: [needed for needed in sorted(left[name]) if needed in behind] for name in behind}


def _take_away(
    left: dict[str, set[str]], followers: Mapping[str, Iterable[str]], free: Sequence[str]
) -> None:
    """Remove from `left` the steps that are free, and those that this frees in turn."""
    waiting = list(free)
    while waiting:
        name = waiting.pop()
        del left[name]
        for follower in followers[name]:
            if follower in left and name in left[follower]:
                left[follower].discard(name)
                if not left[follower]:
                    waiting.append(follower)


def _listed(texts: Sequence[str], between: str = ", ") -> str:
    more = len(texts) - _MOST_NAMED
    return between.join(texts[:_MOST_NAMED]) + (f"{between}and {more} more" if more > 0 else "")
