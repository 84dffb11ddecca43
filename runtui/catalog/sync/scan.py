"""Reading a whole runs directory once."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from functools import partial

from runtui.catalog.sync.liveness import OutputTimes, gather_evidence, weighed
from runtui.formats.config.value_reader import parameter_values
from runtui.layouts.registry import RunReading, is_certain, read_foreign, recognised
from runtui.layouts.run_tree import RunTree
from runtui.store.concurrent_work import in_order
from runtui.store.edits.edit_index import edited_below, edited_runs
from runtui.store.record import RunRecord
from runtui.store.rows import read_records
from runtui.store.scheduler_jobs import job_of_files, may_have_job_by_files

_FRESH = 86400.0  # seconds after the end of a run in which its files are looked at for a job
_MOST_JOINED = 500  # runs, the newest, whose files are looked at for that
_FEW = 300  # runs up to which loading the faster reader takes longer than it saves


def scan_runs(base: str, keys: frozenset[str] = frozenset(), only: Sequence[str] = ()) -> Iterator[RunRecord]:
    """Yield every run of the runs directory `base` with its liveness checked, waiting for current writers.

    On a slow file system, several runs are read at once.

    Args:
        base: The runs directory.
        keys: The metadata and parameter keys to read into `RunRecord.values`.
        only: The only entries of the directory that count; none for all.

    Raises:
        OSError: The directory cannot be listed.
    """
    yield from all_judged(base, read_all(base, keys, only))


def read_all(base: str, keys: frozenset[str] = frozenset(), only: Sequence[str] = ()) -> list[RunRecord]:
    """Return every run of a directory like `scan_runs`, but without checking its liveness."""
    return read_tree(RunTree(base, only), base, keys)


def read_tree(tree: RunTree, base: str, keys: frozenset[str] = frozenset()) -> list[RunRecord]:
    """Return every run of a tree, as `read_all` does of the whole directory.

    Raises:
        OSError: The directory cannot be listed.
    """
    names = tree.names()
    edited = edited_runs(base)
    foreign = _read_foreign(base, names, edited, keys)
    rest = [name for name in names if name not in foreign] if foreign else names
    found = read_records(
        base,
        rest,
        edited=edited,
        keys=keys,
        values_from=parameter_values,
        is_of_few=len(rest) <= _FEW,
    )
    if foreign or not all(map(is_certain, found)):
        found = [recognised(base, run, is_edited=run.name in edited, keys=keys) for run in found]
        runs = [run for run in (*foreign.values(), *found) if tree.take(run)]
    else:
        runs = tree.take_recorded(found)
    reading = RunReading(base)
    while below := tree.unread():
        edited_there = edited | edited_below(base, tree.folders)
        read = partial(_read_any, reading, edited_there, keys)
        runs += [run for run in list(in_order(below, read)) if tree.take(run)]
    return runs


def _read_foreign(
    base: str, names: Sequence[str], edited: Container[str], keys: frozenset[str]
) -> dict[str, RunRecord]:
    """Return the runs of other programs by their names where the first is one; or else none."""

    def read(name: str) -> RunRecord | None:
        return read_foreign(base, name, is_edited=name in edited, keys=keys)

    if not names or read(names[0]) is None:
        return {}
    return {run.name: run for run in in_order(names, read) if run is not None}


def _read_any(reading: RunReading, edited: Container[str], keys: frozenset[str], name: str) -> RunRecord:
    return reading.read(name, 2, is_edited=name in edited, keys=keys)


def all_judged(base: str, runs: Sequence[RunRecord]) -> Iterator[RunRecord]:
    """Yield runs, in the same order, with their liveness checked."""
    now = time.time()
    fresh = sorted((run for run in runs if _may_be_joined(run, now)), key=_last_moment, reverse=True)
    looked_at = {run.name for run in fresh[:_MOST_JOINED]}
    looked_at.update(run.name for run in runs if run.is_live)
    found = in_order([run for run in runs if run.name in looked_at], lambda run: judged(base, run, now))
    for run in runs:
        yield next(found) if run.name in looked_at else run


def _may_be_joined(run: RunRecord, now: float) -> bool:
    """Return whether a run may belong to a job of which only its files tell."""
    is_fresh = run.is_live or now - _last_moment(run) < _FRESH
    return is_fresh and may_have_job_by_files(run)


def _last_moment(run: RunRecord) -> float:
    return run.completed or run.created or 0.0


def judged(base: str, run: RunRecord, now: float, outputs: OutputTimes | None = None) -> RunRecord:
    """Return `run` with its liveness checked, and with the job that its files tell of.

    That costs something only where it claims to be alive, or ended within the last day.

    Args:
        base: The runs directory.
        run: The run.
        now: The current time, in seconds since the epoch.
        outputs: What was seen before of the logs of the directory's runs.
    """
    if _may_be_joined(run, now) and (job := job_of_files(f"{base}/{run.name_there}")) is not None:
        run = run._replace(job=job)
    if not run.is_live:
        return run
    return weighed(run, gather_evidence(base, run, now, outputs or OutputTimes()), now)
