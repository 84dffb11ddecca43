"""A plan: steps and their dependencies, as plain data."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from runtui.batch.registry import LOCAL, places
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


class _StepFields(NamedTuple):
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


class Step(_StepFields):
    """One step of a plan.

    Args:
        name: What it is called; unique in its plan.
        work: What it does: a function, which is given a `StepContext`, or a command's words.
        needs: The names of the steps that must have finished before, in the order in which it is given their
            data.
        mode: Where a function runs.
        on: The compute framework that it runs in.
        outputs: Absolute paths of the files or directories that it must have made at its end.
        is_temporary: Whether its outputs are removed as soon as all steps that need it have finished.
        timeout: Seconds after which it is ended, or None.
        retries: How often it is begun anew after a failure.
        resources: Requests to the scheduler, by the names of its options.

    Raises:
        PlanError: There is no such mode, or one of these is of the wrong kind.
    """

    __slots__ = ()

    def __new__(
        cls,
        name: str,
        work: Work | Callable[[StepContext], object] | Sequence[str],
        needs: Iterable[str] = (),
        mode: Mode | str = Mode.PROCESS,
        on: str = LOCAL,
        outputs: Iterable[str] = (),
        is_temporary: bool = False,
        timeout: float | None = None,
        retries: int = 0,
        resources: Mapping[str, str] = MappingProxyType({}),
    ) -> Step:
        return super().__new__(
            cls,
            name,
            _work(name, work),
            _names(name, "needs", needs),
            mode_of(mode),
            on,
            _names(name, "outputs", outputs),
            is_temporary,
            timeout,
            retries,
            resources,
        )


def mode_of(told: Mode | str) -> Mode:
    """Return the mode of a name.

    Raises:
        PlanError: There is none.
    """
    try:
        return Mode(told)
    except ValueError:
        raise PlanError(f"there is no mode {told!r}: there are {', '.join(Mode)}") from None


def _work(name: str, told: Work | Callable[[StepContext], object] | Sequence[str]) -> Work:
    if isinstance(told, (CommandWork, CallWork)):
        return told
    if callable(told):
        return CallWork(told)
    if isinstance(told, str):
        raise PlanError(f"step {name}: a command is a list of words, as ['sh', '-c', {told!r}]")
    words = tuple(told)
    if not words or not all(isinstance(word, str) for word in words):
        raise PlanError(f"step {name}: it takes a function, or a command as a list of words")
    return CommandWork(words)


def _names(step: str, what: str, told: Iterable[str]) -> tuple[str, ...]:
    if isinstance(told, str):
        raise PlanError(f"step {step}: {what} is a list of texts, as [{told!r}], not a text")
    return tuple(told)


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
        PlanError: Two steps have one name, or some need a step that there is not, or wait for one another, or
            are to run where nothing can.
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
    known = places()
    if strange := sorted({step.on for step in plan.steps} - set(known)):
        raise PlanError(f"there is no place {_listed(strange)} to run steps: there are {', '.join(known)}")
    if waiting := _stalled(plan):
        told = [f"{name} waits for {_listed(needs)}" for name, needs in waiting.items()]
        raise PlanError(f"steps wait for one another: {_listed(told, '; ')}")


def check_functions(plan: Plan) -> None:
    """Check that the functions that other processes are to call can be given to them.

    Raises:
        PlanError: One cannot, as a lambda and what is defined within a function.
    """
    for step in plan.steps:
        work = step.work
        if not isinstance(work, CallWork) or isinstance(work.function, str):
            continue
        if step.mode is not Mode.PROCESS and step.on == LOCAL:
            continue
        try:
            packed = pickle.dumps(work.function)
        except Exception as error:  # an object's own way of being pickled raises whatever it likes
            raise PlanError(
                f"step {step.name}: its function cannot be given to another process ({error}): "
                'define it at the top of a module, or use mode="thread"'
            ) from None
        if step.on != LOCAL and b"__main__" in packed:
            raise PlanError(
                f"step {step.name}: a job finds no functions of a script: move its function to a module"
            )


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
