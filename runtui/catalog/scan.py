"""Reading a whole runs directory once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from runtui.catalog.liveness import gather_evidence, weighed
from runtui.store.edited import edited_runs
from runtui.store.listing import run_entries
from runtui.store.metadata import read_record
from runtui.store.record import RunRecord

_FEW = 300  # runs up to which loading the faster reader takes longer than it saves


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
    entries = run_entries(base)
    are_few = len(entries) <= _FEW
    for entry in entries:
        run = read_record(
            base,
            entry.name,
            attempts=4,
            pause=0.05,
            is_edited=entry.name in edited,
            keys=keys,
            is_of_few=are_few,
        )
        yield judged(base, run, now)


def judged(base: str, run: RunRecord, now: float) -> RunRecord:
    """Return `run` with its doubt looked into, which costs something only where it claims to be alive."""
    if not run.is_live:
        return run
    return weighed(run, gather_evidence(base, run), now)
