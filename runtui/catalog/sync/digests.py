"""Failure digests of runs, for which only the logs of runs that failed or look dead are read."""

from __future__ import annotations

from collections.abc import Sequence

from runtui.store.concurrent_work import in_order
from runtui.store.record import RunRecord

_SLOW = 0.005  # seconds for a digest, above which the disk and not the patterns take the time


def lacks_digest(run: RunRecord) -> bool:
    """Return whether the reason of a run's failure is not known yet."""
    return run.digest is None and run.is_failed


def with_digest(run: RunRecord, previous: RunRecord | None) -> RunRecord:
    """Return a run that was read again with its previous digest, until there is a new one."""
    if not run.is_failed:
        return run if run.digest is None else run._replace(digest=None)
    if run.digest is not None or previous is None or previous.digest is None:
        return run
    return run._replace(digest=previous.digest)


def is_same_failure(run: RunRecord, other: RunRecord) -> bool:
    """Return whether the digest of a run holds for another state of it, too."""
    return (run.stamp, run.reason, run.is_reason_typed, run.stale_reason == "") == (
        other.stamp,
        other.reason,
        other.is_reason_typed,
        other.stale_reason == "",
    )


def digested(base: str, run: RunRecord) -> RunRecord:
    """Return a run with its digest; reads files only if it failed or looks dead."""
    if not lacks_digest(run):
        return run
    from runtui.logs.diagnose.digest import (  # compiles a hundred patterns
        Facts,
        read_digest,
    )

    kind = run.step_kinds[0] if run.step_kinds else None
    facts = Facts(run.reason, run.stale_reason, run.is_reason_typed, kind)
    has_job = run.job is not None
    return run._replace(digest=read_digest(f"{base}/{run.name_there}", facts, may_have_job=has_job))


def all_digested(base: str, runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return runs, in the same order, with their digests; on a slow file system, read several at once."""
    failed = [run for run in runs if run.is_failed]
    found = in_order(failed, lambda run: digested(base, run), slow=_SLOW)
    return [next(found) if run.is_failed else run for run in runs]
