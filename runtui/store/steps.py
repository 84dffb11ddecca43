"""The steps of a run that is executed as a pipeline, as its metadata has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from runtui.store.failure import FailureKind
from runtui.text.sanitize import safe_text

STEPS_KEY = "steps"

DONE_STATES = frozenset({"done", "kept"})
_STATES = frozenset({"waiting", "running", "failed", "blocked", "cancelled"}) | DONE_STATES
_MOST = 10_000  # steps
_KINDS = frozenset(FailureKind)
_TOLD_OF_NAME = 30  # characters of a step's name at the beginning of a reason, at most


class StepRecord(NamedTuple):
    """One step. All text is safe to show.

    Attributes:
        name: What it is called.
        state: ``waiting``, ``running``, ``done``, ``kept`` (from an earlier attempt), ``failed``, ``blocked``
            (what it needs failed) or ``cancelled``.
        note: Why it failed, or what is known of its job, in one line, or ``""``.
    """

    name: str
    state: str
    note: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it need not be done any more."""
        return self.state in DONE_STATES


def read_steps(metadata: Mapping[str, object]) -> tuple[StepRecord, ...]:
    """Return the steps in a run's metadata; none where that key holds something else."""
    steps = metadata.get(STEPS_KEY)
    if not isinstance(steps, list) or len(steps) > _MOST:
        return ()
    found = []
    for step in steps:
        if not isinstance(step, dict):
            return ()
        name, state = step.get("name"), step.get("state")
        if not isinstance(name, str) or not isinstance(state, str) or state not in _STATES:
            return ()
        found.append(StepRecord(safe_text(name, 200), state, _note(step)))
    return tuple(found)


def failed_kinds(metadata: Mapping[str, object], reason: str) -> tuple[FailureKind, ...]:
    """Return the kinds of the failed steps by which a run failed, each once, that of its reason first.

    Args:
        metadata: The run's metadata.
        reason: The recorded reason, which begins with the name of a failed step; else there are no kinds.
    """
    steps = metadata.get(STEPS_KEY)
    found: list[FailureKind] = []
    told: FailureKind | None = None
    for step in steps if isinstance(steps, list) and len(steps) <= _MOST else []:
        if not isinstance(step, dict) or step.get("state") != "failed":
            continue
        name, word = step.get("name"), step.get("kind")
        if isinstance(word, str) and word in _KINDS:
            kind = FailureKind(word)
            found.append(kind)
            if told is None and isinstance(name, str) and _begins_with(reason, name):
                told = kind
    return () if told is None else tuple(dict.fromkeys([told, *found]))


def _begins_with(reason: str, name: str) -> bool:
    return reason.startswith(f"{safe_text(name)}: "[:_TOLD_OF_NAME])


def _note(step: Mapping[str, object]) -> str:
    error, job = step.get("error"), step.get("job")
    if isinstance(error, str) and error:
        return safe_text(error, 300)
    if step.get("state") in ("running", "waiting") and isinstance(job, dict):
        words = [job.get(key) for key in ("id", "state", "reason", "node")]
        return safe_text(" ".join(word for word in words if isinstance(word, str)), 200)
    return ""
