"""Words in the plan of a cleanup for runs of other programs, none of which is moved before it is adopted."""

from __future__ import annotations

import os

from runtui.layouts.registry import DirectoryKind, examine
from runtui.store.cleanup.plan import CleanupPlan, Decision
from runtui.store.paths import METADATA_FILE

_LOG_ALONE = "it is only a log, without a directory of its own: delete it yourself"


def with_advice(base: str, plan: CleanupPlan, adopting: str) -> CleanupPlan:
    """Return a plan that says of runs of other programs what to do about them.

    Args:
        base: The directory that they lie in.
        plan: The plan.
        adopting: How to adopt a run: a key or a command.
    """

    def advised(kept: Decision) -> Decision:
        path = os.path.join(base, kept.name)
        if not _is_foreign(path):
            return kept
        advice = f"it is a run of another program: adopt it first ({adopting})"
        return Decision(kept.name, _LOG_ALONE if os.path.isfile(path) else advice)

    return CleanupPlan(plan.taken, tuple(map(advised, plan.kept_back)))


def _is_foreign(path: str) -> bool:
    if os.path.lexists(os.path.join(path, METADATA_FILE)) or os.path.islink(path):
        return False
    try:
        return examine(path).kind is DirectoryKind.FOREIGN
    except OSError:
        return False
