"""The output of a run's Slurm job that lies outside of the run, where ``sbatch`` was called."""

from __future__ import annotations

import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.metadata import LARGEST_METADATA
from runtui.store.paths import CURRENT_LINK, METADATA_FILE
from runtui.store.regular_file import read_file
from runtui.store.run_listing import FoundFile
from runtui.store.scheduler_jobs import job_of
from runtui.text.sanitize import safe_text

MOST_LOOKED_AT = 5000
"""Directories that are looked at for other runs of the same job."""

_KEPT_FOR = 60.0  # seconds
_MAY_NAME_JOB = re.compile(rb"job|slurm", re.IGNORECASE)
_DEEPEST = 1  # folders without a record between the job's output and a run


class _Jobs(NamedTuple):
    """How many runs below a folder have each job, if they could be counted, and when that was found."""

    runs: Counter[str] | None
    found: float


_known: dict[str, _Jobs] = {}


def job_output(run_dir: str, problems: list[str]) -> FoundFile | None:
    """Return ``slurm-<id>.out`` of a run's job from the folder of the run, or from the one above.

    It counts only where the run's metadata names the job, and no other run near it has the same one.

    Args:
        run_dir: The run's directory.
        problems: Takes why such a file was not taken for the run's, in a line that is safe to show.
    """
    job = _slurm_job(run_dir)
    if job is None:
        return None
    for path in _places(run_dir, f"slurm-{job}.out"):
        place = os.path.join(run_dir, path)
        try:
            status = os.lstat(place)
        except OSError:
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        runs = _runs_below(os.path.realpath(os.path.dirname(place)))
        if runs is None:
            problems.append(
                f"{path} was not read: there are too many runs to know that it is of this one alone"
            )
        elif runs[job] > 1:
            problems.append(f"{safe_text(path, 200)} was not read: {runs[job]:,} runs are of this job")
        else:
            return FoundFile(path, status)
        return None
    return None


def _slurm_job(run_dir: str) -> str | None:
    """Return the id of the Slurm job that a run's metadata names, or None."""
    try:
        # Most runs have no job, which is seen in a fraction of the time that reading all values takes.
        data, stamp = read_file(os.path.join(run_dir, METADATA_FILE), LARGEST_METADATA)
        if _MAY_NAME_JOB.search(data) is None:
            return None
        job = job_of(parse_object(data, stamp))
    except (MetadataError, OSError):
        return None
    return job.job_id if job is not None and job.system == "slurm" else None


def _places(run_dir: str, name: str) -> Iterator[str]:
    """Yield where the file may lie, seen from the run; behind links also where the links lie."""
    yield os.path.join(os.pardir, name)
    yield os.path.join(os.pardir, os.pardir, name)
    path = os.path.abspath(run_dir)
    above = os.path.dirname(path)
    if os.path.islink(path) or _is_behind_link(above):
        yield os.path.join(above, name)
        yield os.path.join(os.path.dirname(above), name)


@lru_cache(maxsize=64)
def _is_behind_link(directory: str) -> bool:
    return os.path.realpath(directory) != directory


def _runs_below(folder: str) -> Counter[str] | None:
    """Return how many runs below a folder have each job, as of a minute ago at most; None for too many."""
    now = time.monotonic()
    known = _known.get(folder)
    if known is None or now - known.found > _KEPT_FOR:
        known = _known[folder] = _Jobs(_counted(folder), now)
    return known.runs


def _counted(folder: str) -> Counter[str] | None:
    found: Counter[str] = Counter()
    waiting = [(folder, 0)]
    looked_at = 0
    while waiting:
        here, depth = waiting.pop()
        for directory in _directories(here, folder):
            looked_at += 1
            if looked_at > MOST_LOOKED_AT:
                return None
            job = _slurm_job(directory)
            if job is not None:
                found[job] += 1
            elif depth < _DEEPEST and not os.path.lexists(os.path.join(directory, METADATA_FILE)):
                waiting.append((directory, depth + 1))
    return found


def _directories(here: str, folder: str) -> list[str]:
    """Return the directories in a folder, without links to what is counted anyway."""
    try:
        with os.scandir(here) as listing:
            entries = [entry for entry in listing if entry.name[0] != "." and entry.name != CURRENT_LINK]
            return [
                entry.path
                for entry in entries
                if entry.is_dir()
                and not (entry.is_symlink() and os.path.realpath(entry.path).startswith(f"{folder}/"))
            ]
    except OSError:
        return []
