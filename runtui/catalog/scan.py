"""Reading a whole runs directory once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from runtui.catalog.liveness import doubt_about, gather_evidence
from runtui.store.edits import edited_runs
from runtui.store.listing import Entry, run_entries
from runtui.store.metadata import RunRecord, read_record
from runtui.store.status import RunStatus


def newest_first(base: str, entries: Sequence[Entry]) -> list[str]:
    """Return the names of `entries`, those whose directories changed last first. Costs a stat for each."""
    dated = []
    for entry in entries:
        try:
            changed = os.stat(f"{base}/{entry.name}", follow_symlinks=False).st_mtime_ns
        except OSError:
            changed = 0
        dated.append((changed, entry.name))
    dated.sort(reverse=True)
    return [name for _changed, name in dated]


def scan_runs(base: str, keys: frozenset[str] = frozenset()) -> Iterator[RunRecord]:
    """Yield every run of the runs directory `base`, waiting for writers at work, with doubts looked into.

    Args:
        base: The runs directory.
        keys: The simulation's own keys to fill `RunRecord.values` with.

    Raises:
        OSError: The directory cannot be listed.
    """
    now = time.time()
    edited = edited_runs(base)
    for entry in run_entries(base):
        run = read_record(base, entry.name, attempts=4, pause=0.05, is_edited=entry.name in edited, keys=keys)
        yield judged(base, run, now)


def judged(base: str, run: RunRecord, now: float) -> RunRecord:
    """Return `run` with its doubt looked into, which costs something only where it claims to be running."""
    if run.status != RunStatus.RUNNING:
        return run
    return run._replace(doubt=doubt_about(run, gather_evidence(base, run), now))
