"""Digests of runs by their logs: of those that failed or look dead why, of completed ones signs of errors.

Logs of other runs are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtui.store.concurrent_work import in_order
from runtui.store.record import RunRecord

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule

_SLOW = 0.005  # seconds for a digest, above which the disk and not the patterns take the time


def lacks_digest(run: RunRecord) -> bool:
    """Return whether the reason of a run's failure is not known yet."""
    return run.digest is None and run.is_failed


def lacks_warning(run: RunRecord) -> bool:
    """Return whether the logs of a completed run have not been read for signs yet."""
    return run.warning is None and run.can_have_warning


def with_digest(run: RunRecord, previous: RunRecord | None) -> RunRecord:
    """Return a run that was read again with its previous digest, until there is a new one."""
    if run.digest is not None and not run.is_failed:
        run = run._replace(digest=None)
    if previous is None:
        return run
    if run.is_failed and run.digest is None and previous.digest is not None:
        return run._replace(digest=previous.digest)
    is_unchanged = (run.stamp, run.values_stamp) == (previous.stamp, previous.values_stamp)
    if previous.warning is not None and is_unchanged and lacks_warning(run):
        return run._replace(warning=previous.warning)
    return run


def is_same_failure(run: RunRecord, other: RunRecord) -> bool:
    """Return whether the digest of a run holds for another state of it, too."""
    return (run.stamp, run.reason, run.is_reason_typed, run.stale_reason == "") == (
        other.stamp,
        other.reason,
        other.is_reason_typed,
        other.stale_reason == "",
    )


def digested(base: str, run: RunRecord, rules: Sequence[OwnRule] = ()) -> RunRecord:
    """Return a run with its digest; reads files only if it failed or looks dead.

    Args:
        base: The runs directory.
        run: The run.
        rules: The user's rules.
    """
    if not lacks_digest(run):
        return run
    from runtui.logs.diagnose.digest import (  # compiles a hundred patterns
        Facts,
        read_digest,
    )

    kind = run.step_kinds[0] if run.step_kinds else None
    facts = Facts(run.reason, run.stale_reason, run.is_reason_typed, kind)
    has_job = run.job is not None
    return run._replace(
        digest=read_digest(f"{base}/{run.name_there}", facts, may_have_job=has_job, rules=rules)
    )


def with_warning(base: str, run: RunRecord) -> RunRecord:
    """Return a completed run with the sign in its logs; reads files only if it completed."""
    if not lacks_warning(run):
        return run
    from runtui.logs.diagnose.signs import read_warning  # compiles a dozen patterns

    has_job = run.job is not None
    return run._replace(warning=read_warning(f"{base}/{run.name_there}", may_have_job=has_job))


def all_digested(base: str, runs: Sequence[RunRecord], rules: Sequence[OwnRule] = ()) -> list[RunRecord]:
    """Return runs, in the same order, with their digests; on a slow file system, read several at once."""
    failed = [run for run in runs if run.is_failed]
    found = in_order(failed, lambda run: digested(base, run, rules), slow=_SLOW)
    return [next(found) if run.is_failed else run for run in runs]


def all_with_warnings(base: str, runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return runs, in the same order, with the signs in the logs of those that completed."""
    completed = [run for run in runs if run.can_have_warning]
    found = in_order(completed, lambda run: with_warning(base, run), slow=_SLOW)
    return [next(found) if run.can_have_warning else run for run in runs]
