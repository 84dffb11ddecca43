"""Steps of an earlier attempt at a pipeline that are up to date and need not be done again."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from runtui.runtime.pipeline.execution_orchestrator import StepState
from runtui.runtime.pipeline.file_marks import mark_of
from runtui.runtime.pipeline.plan import CallWork, CommandWork, Plan, Step
from runtui.runtime.pipeline.step_inputs import named_files


class EarlierStep(NamedTuple):
    """The facts known of a step of an earlier attempt.

    Attributes:
        is_done: Whether it was done.
        fingerprint: Of what it did then.
        has_data: Whether its function returned anything, which is gone.
        inputs: Marks of its scripts and its other inputs when it began, by their paths; None where an older
            release did not record them.
        made: Marks of its outputs, declared or not, when all steps had ended, by their paths.
    """

    is_done: bool
    fingerprint: str
    has_data: bool
    inputs: Mapping[str, str] | None = None
    made: Mapping[str, str] = MappingProxyType({})


class Files(NamedTuple):
    """Access to the files of steps.

    Attributes:
        exists: Whether there is a file of a path; a link that leads nowhere is none.
        mark: Returns a text that differs when the contents of a path do.
        named: Returns the files that a step's work names.
    """

    exists: Callable[[str], bool] = os.path.exists
    mark: Callable[[str], str] = mark_of
    named: Callable[[Step], Iterable[str]] = lambda step: named_files(step.work)


def fingerprint(step: Step, run: str) -> str:
    """Return a text that differs whenever a step's definition does.

    Args:
        step: The step.
        run: The run's directory, which may be moved and renamed without a difference.
    """
    work = step.work.words if isinstance(step.work, CommandWork) else (str(step.work.function),)
    parts = (*work, "", *step.needs, "", *step.outputs, "", step.on)
    text = repr([part.replace(run, "{run}") for part in parts])
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def up_to_date_steps(
    plan: Plan,
    earlier: Mapping[str, EarlierStep],
    run: str,
    files: Files | None = None,
    again: Collection[str] = (),
) -> frozenset[str]:
    """Return the steps that need not be done again.

    A step is kept when it was done and is still the same, what it read and what it made have the same
    contents, and all that it needs is kept, too. One of which only temporary outputs or returned data are
    gone is done again when a step that needs these is.

    Args:
        plan: The steps; they do not wait for one another.
        earlier: The facts known of them, by their names.
        run: The run's directory.
        files: Access to their files; by default as they are.
        again: The names of steps to be done again in any case.
    """
    steps = {step.name: step for step in plan.steps}
    files = files or Files()
    look = _Look(plan, earlier, run, files)
    lost = {step.name for step in plan.steps if step.name in again or not look.is_up_to_date(step)}
    lost = _with_followers(lost, look.followers())
    waiting = list(lost)
    while waiting:
        consumer = steps[waiting.pop()]
        for needed in consumer.needs:
            if needed not in lost and _is_missed(steps[needed], earlier[needed], consumer, files.exists):
                lost.add(needed)
                waiting.append(needed)
    return frozenset(steps) - lost


def entry_of(step: object, run: str) -> EarlierStep | None:
    """Return the contents of a step's entry in the metadata of a run; None where it is not one."""
    if not isinstance(step, dict):
        return None
    return EarlierStep(
        step.get("state") in (StepState.DONE, StepState.KEPT),
        str(step.get("fingerprint")),
        step.get("returned") is True,
        _marks(step.get("inputs"), run),
        _marks(step.get("made"), run) or {},
    )


def _marks(told: object, run: str) -> dict[str, str] | None:
    if not isinstance(told, dict):
        return None
    return {os.path.join(run, path): str(mark) for path, mark in told.items()}


class _Look:
    """A look at the files of an earlier attempt's steps.

    Args:
        plan, earlier, run, files: As of `up_to_date_steps`.
    """

    def __init__(self, plan: Plan, earlier: Mapping[str, EarlierStep], run: str, files: Files) -> None:
        self._plan = plan
        self._earlier = earlier
        self._run = run
        self._exists = files.exists
        self._named = cache(lambda name: frozenset(files.named(self._steps[name])))
        self._steps = {step.name: step for step in plan.steps}
        self._mark = cache(files.mark)
        self._consumers = plan.consumers
        self._makers: dict[str, set[str]] = {}
        for step in plan.steps:
            known = earlier.get(step.name)
            for path in (*step.outputs, *(known.made if known else ())):
                self._makers.setdefault(path, set()).add(step.name)
        # What was made only for the steps that need it may be gone.
        self._gone = {path for step in plan.steps for path in step.outputs if not files.exists(path)}

    def is_up_to_date(self, step: Step) -> bool:
        """Return whether a step need not be done again for its own sake."""
        earlier = self._earlier.get(step.name)
        if earlier is None or not earlier.is_done or earlier.fingerprint != fingerprint(step, self._run):
            return False
        return self._has_products(step, earlier) and self._has_same_inputs(step, earlier)

    def followers(self) -> dict[str, set[str]]:
        """Return by each step's name those that follow it: they need it, or read what it made."""
        found = {name: set(names) for name, names in self._consumers.items()}
        for name in found:
            known = self._earlier.get(name)
            named = set((known and known.inputs) or ()).intersection(self._named(name))
            behind = _with_followers([name], self._consumers) if named else ()
            for path in named:
                for maker in self._makers_of(path):
                    if maker not in behind:
                        found[maker].add(name)
        return found

    def _has_products(self, step: Step, earlier: EarlierStep) -> bool:
        """Return whether all that a step made is as it was; temporary outputs may be gone."""
        may_lack = step.is_temporary and bool(self._consumers[step.name])
        for path in dict.fromkeys((*step.outputs, *earlier.made)):
            if not self._exists(path):
                if path not in step.outputs or not may_lack:
                    return False
            elif self._mark(path) != earlier.made.get(path, self._mark(path)):
                return False
        return True

    def _has_same_inputs(self, step: Step, earlier: EarlierStep) -> bool:
        """Return whether a step would read what it read."""
        if earlier.inputs is None:
            return True
        for path, known in earlier.inputs.items():
            if path not in self._gone and self._mark(path) != known:
                return False
        inside = self._run + os.sep
        return all(
            path in earlier.inputs or path.startswith(inside) or path in self._makers
            for path in self._named(step.name)
        )

    def _makers_of(self, path: str) -> Iterator[str]:
        """Yield the steps that made a file, or a folder that it is in."""
        place = path
        while True:
            yield from self._makers.get(place, ())
            if place == (place := os.path.dirname(place)):
                return


def _is_missed(step: Step, earlier: EarlierStep, consumer: Step, exists: Callable[[str], bool]) -> bool:
    """Return whether an output of a step is gone that a step to be done again needs."""
    if earlier.has_data and isinstance(consumer.work, CallWork):
        return True
    return not all(map(exists, step.outputs))


def _with_followers(names: Iterable[str], followers: Mapping[str, Collection[str]]) -> set[str]:
    """Return steps with all that follow them, directly or not."""
    found = set(names)
    waiting = list(found)
    while waiting:
        new = set(followers[waiting.pop()]) - found
        found |= new
        waiting += new
    return found
