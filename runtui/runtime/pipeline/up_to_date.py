"""Steps of an earlier attempt at a pipeline that are up to date and need not be done again."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from runtui.runtime.pipeline.execution_orchestrator import StepState
from runtui.runtime.pipeline.plan import CallWork, CommandWork, Plan, Step
from runtui.runtime.pipeline.step_inputs import mark_of


class EarlierStep(NamedTuple):
    """The facts known of a step of an earlier attempt.

    Attributes:
        is_done: Whether it was done.
        fingerprint: Of what it did then.
        has_data: Whether its function returned anything, which is gone.
        inputs: Marks of its script and its other inputs when it began, by their paths.
        made: The paths of files that it made although it declares no outputs.
    """

    is_done: bool
    fingerprint: str
    has_data: bool
    inputs: Mapping[str, str] = MappingProxyType({})
    made: tuple[str, ...] = ()


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
    exists: Callable[[str], bool] = os.path.exists,
    mark: Callable[[str], str] = mark_of,
    again: Collection[str] = (),
) -> frozenset[str]:
    """Return the steps that need not be done again.

    A step stands when it was done, is still the same, its script and its inputs have the same contents, and
    its outputs are there, and all that it needs stands, too. One of which only temporary outputs or returned
    data are gone is done again when a step that needs these is.

    Args:
        plan: The steps; they do not wait for one another.
        earlier: The facts known of them, by their names.
        run: The run's directory.
        exists: Whether there is a file of that path; a link that leads nowhere is none.
        mark: Returns a text that differs when the contents of a path do.
        again: The names of steps to be done again in any case.
    """
    steps = {step.name: step for step in plan.steps}
    consumers = plan.consumers
    # What was made only for the steps that need it may be gone.
    gone = {path for step in plan.steps for path in step.outputs if not exists(path)}
    lost = {
        step.name
        for step in plan.steps
        if step.name in again
        or not _is_up_to_date(step, earlier.get(step.name), run, exists, is_needed=bool(consumers[step.name]))
        or not _has_same_inputs(earlier[step.name], gone, mark)
    }
    lost = _with_followers(lost, consumers)
    waiting = list(lost)
    while waiting:
        consumer = steps[waiting.pop()]
        for needed in consumer.needs:
            if needed not in lost and _is_missed(steps[needed], earlier[needed], consumer, exists):
                lost.add(needed)
                waiting.append(needed)
    return frozenset(steps) - lost


def entry_of(step: object, run: str) -> EarlierStep | None:
    """Return the contents of a step's entry in the metadata of a run; None where it is not one."""
    if not isinstance(step, dict):
        return None
    state, inputs, made = step.get("state"), step.get("inputs"), step.get("made")
    return EarlierStep(
        state in (StepState.DONE, StepState.KEPT),
        str(step.get("fingerprint")),
        step.get("returned") is True,
        {os.path.join(run, path): mark for path, mark in inputs.items()} if isinstance(inputs, dict) else {},
        tuple(os.path.join(run, str(path)) for path in made) if isinstance(made, list) else (),
    )


def _is_up_to_date(
    step: Step, earlier: EarlierStep | None, run: str, exists: Callable[[str], bool], *, is_needed: bool
) -> bool:
    if earlier is None or not earlier.is_done or earlier.fingerprint != fingerprint(step, run):
        return False
    if not all(map(exists, earlier.made)):
        return False
    return (step.is_temporary and is_needed) or all(map(exists, step.outputs))


def _has_same_inputs(earlier: EarlierStep, gone: Collection[str], mark: Callable[[str], str]) -> bool:
    return all(path in gone or mark(path) == known for path, known in earlier.inputs.items())


def _is_missed(step: Step, earlier: EarlierStep, consumer: Step, exists: Callable[[str], bool]) -> bool:
    """Return whether an output of a step is gone that a step to be done again needs."""
    if earlier.has_data and isinstance(consumer.work, CallWork):
        return True
    return not all(map(exists, step.outputs))


def _with_followers(names: Iterable[str], consumers: Mapping[str, frozenset[str]]) -> set[str]:
    found = set(names)
    waiting = list(found)
    while waiting:
        for consumer in consumers[waiting.pop()]:
            if consumer not in found:
                found.add(consumer)
                waiting.append(consumer)
    return found
