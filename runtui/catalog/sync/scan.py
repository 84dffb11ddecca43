"""Reading a whole runs directory once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from runtui.catalog.sync.liveness import gather_evidence, weighed
from runtui.layouts.registry import recognised
from runtui.store.concurrent_work import in_order
from runtui.store.edits.edit_index import edited_runs
from runtui.store.record import RunRecord
from runtui.store.rows import read_records
from runtui.store.run_listing import run_entries

_FEW = 300  # runs up to which loading the faster reader takes longer than it saves


def scan_runs(base: str, keys: frozenset[str] = frozenset()) -> Iterator[RunRecord]:
    """Yield every run of the runs directory `base`, waiting for writers at work, with liveness checked.

    Where the file system is slow to answer several are read at once.

    Args:
        base: The runs directory.
        keys: The simulation's own keys to fill `RunRecord.values` with.

    Raises:
        OSError: The directory cannot be listed.
    """
    yield from all_judged(base, read_all(base, keys))


def read_all(base: str, keys: frozenset[str] = frozenset()) -> list[RunRecord]:
    """Return every run of a directory as `scan_runs` does, but without checking whether it is alive."""
    names = [entry.name for entry in run_entries(base)]
    edited = edited_runs(base)
    runs = read_records(base, names, edited=edited, keys=keys, is_of_few=len(names) <= _FEW)
    return [recognised(base, run, is_edited=run.name in edited, keys=keys) for run in runs]


def all_judged(base: str, runs: Sequence[RunRecord]) -> Iterator[RunRecord]:
    """Yield runs, in their order, with their liveness checked."""
    now = time.time()
    live = [run for run in runs if run.is_live]
    found = in_order(live, lambda run: judged(base, run, now))
    for run in runs:
        yield next(found) if run.is_live else run


def judged(base: str, run: RunRecord, now: float) -> RunRecord:
    """Return `run` with its liveness checked, which costs something only where it claims to be alive."""
    if not run.is_live:
        return run
    return weighed(run, gather_evidence(base, run), now)
