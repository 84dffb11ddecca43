"""Case directories of simulation codes: a run each, told by the names of the code's inputs, outputs and logs.

None of these codes records whether its run went well: that is derived from the logs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from runtui.layouts.base import BUILD_FILES, Entries
from runtui.layouts.evidence import derived, first_written, iso_time, reason_in
from runtui.layouts.job_logs import jobs_of
from runtui.layouts.packed_log import is_packed
from runtui.layouts.run_outputs import outputs_by_names
from runtui.layouts.solver_logs import CaseEnd, case_end
from runtui.layouts.solvers import SOLVERS, Solver, is_any_log
from runtui.logs.read.log_files import COMPRESSED, is_log_name
from runtui.store.status import UNKNOWN_STATUS, RunStatus
from runtui.text.lazy_pattern import LazyPattern

_PARTS = re.compile(
    r"processors?\d*|pseudos?|pseudo[_-].*|pseudopotentials?|psps?|potentials?|potcars?|.*\.ff|toppar|polyMesh"
    r"|constant|system|0\.orig(?:inal)?|0\.org|postProcessing|VTK|te?mp|_ph\d+|scratch|outdir|.*\.save|errors"
    r"|dumps?|restarts?|figures?|figs?|plots?|images?",
    re.IGNORECASE,
)
"""Names of folders of a run that hold no runs, whatever the code."""

_ONE_RUN_EACH = frozenset(("openfoam", "gromacs", "vasp", "wrf"))
"""Codes whose names of files leave room for one run in a directory."""

_PACKED = re.compile(rf"(?:{'|'.join(map(re.escape, COMPRESSED))})$", re.MULTILINE)
_ANY_NAME = LazyPattern(
    "|".join(
        names.source for solver in SOLVERS for names in (solver.certain, solver.inputs) if names is not None
    )
)
"""Names of which a case has one, whatever the code."""

_MOST_NAMES = 4096  # names of files that are remembered: in many directories the same ones

_MOST_LOGS = 6  # of a run, that are read in search of why it failed
_INPUT_FOLDERS = frozenset(("system", "constant", "0.orig"))
_START_FOLDERS = frozenset(("0", "0.orig", "0.org", "constant"))


class SolverCase:
    """The layout of a code's case directories.

    Args:
        solver: The code.
    """

    def __init__(self, solver: Solver) -> None:
        self.name = solver.name
        self._solver = solver

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a case of the code."""
        solver = self._solver
        if (
            solver.has_folders
            and "system" in entries.folders
            and not _START_FOLDERS.isdisjoint(entries.folders)
        ):
            return True
        listing = _listing_of_case(entries.files)
        if not listing or self._are_of_many_runs(entries.files):
            return False
        if solver.certain is not None and solver.certain.search(listing):
            return True
        return (
            solver.inputs is not None
            and solver.outputs is not None
            and BUILD_FILES.isdisjoint(entries.files)
            and solver.inputs.search(listing) is not None
            and solver.outputs.search(listing) is not None
        )

    def _are_of_many_runs(self, files: frozenset[str]) -> bool:
        """Return whether a directory has outputs each of which is a run; not where the code names its own."""
        if self.name in _ONE_RUN_EACH or not outputs_by_names(files):
            return False
        return not any(pattern.match(name) for pattern in self._solver.own_logs[:1] for name in files)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how and when the run ended, and its job, as far as the names and logs tell."""
        inputs = _inputs(entries.files, self._solver.inputs)
        if self._solver.has_folders:
            inputs += sorted(entries.folders & _INPUT_FOLDERS)
        return case_metadata(run_dir, entries, inputs, self._solver)

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return none: the inputs of the codes are files of usual names, which are read of every run."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the logs, by whatever name, and the results that may stand for them."""
        return [name for name in entries.files if is_any_log(name) or self._tells_the_end(name)]

    def _tells_the_end(self, name: str) -> bool:
        results = self._solver.results
        return any(pattern.match(name) for pattern in self._solver.own_logs) or (
            results is not None and results.match(name) is not None
        )

    def is_part(self, folder: str) -> bool:
        """Return whether a folder of a case holds data, and no cases."""
        own = self._solver.parts
        return is_data_folder(folder) or (own is not None and own.fullmatch(folder) is not None)


def may_be_case(entries: Entries) -> bool:
    """Return whether a directory may be a case of some code: most others are quickly known by that."""
    return "system" in entries.folders or _listing_of_case(entries.files) != ""


@lru_cache(maxsize=1)  # each code in turn is asked about the same directory
def _listing_of_case(files: frozenset[str]) -> str:
    """Return the names of a directory's files as they were before they were packed; ``""`` for no case."""
    if not any(map(_is_of_case, files)):
        return ""
    return _PACKED.sub("", "\n".join(files))


@lru_cache(maxsize=_MOST_NAMES)
def _is_of_case(name: str) -> bool:
    """Return whether a file has a name that only those of a case have, whatever the code."""
    return _ANY_NAME.match(_PACKED.sub("", name)) is not None


@lru_cache(maxsize=1)
def is_data_folder(folder: str) -> bool:
    """Return whether a folder of a run holds data rather than runs, by its name."""
    return _PARTS.fullmatch(folder) is not None


def case_metadata(
    run_dir: str, entries: Entries, inputs: Iterable[str], solver: Solver | None
) -> dict[str, Any]:
    """Return the metadata of a run of which only files tell.

    Args:
        run_dir: The run's directory.
        entries: The names of its entries.
        inputs: The files that were there before the program began.
        solver: The code; None where only the logs can tell which it was.
    """
    case = case_end(run_dir, entries.files, inputs, solver)
    found: dict[str, Any] = derived(case.end, case.source) if case.source else {"status": UNKNOWN_STATUS}
    if case.end.status == RunStatus.FAILED.value and not case.end.reason and _is_one_of_many(entries, case):
        found |= {"reason": reason} if (reason := reason_in(run_dir, case.source)) else {}
    found |= _times(run_dir, entries, inputs, case)
    jobs = jobs_of(entries.files).values()
    if jobs:
        last = max(jobs, key=lambda job: (len(job.job_id), job.job_id))
        found[last.key] = last.job_id
    return found


def _is_one_of_many(entries: Entries, case: CaseEnd) -> bool:
    """Return whether who looks for the reason may not read the log first: among several, or packed."""
    log = case.source
    if is_packed(log) or not is_log_name(log):
        return True
    logs = sum(map(is_log_name, entries.files))
    return logs > _MOST_LOGS or (logs > 1 and case.is_dated)


def _times(run_dir: str, entries: Entries, inputs: Iterable[str], case: CaseEnd) -> dict[str, Any]:
    created = first_written(run_dir, inputs) or first_written(run_dir, entries.files)
    times = [time for time in (created, case.started) if time is not None]
    found: dict[str, Any] = {}
    if times:
        found["created_at"] = iso_time(min(times))
    if case.started is not None:
        found["started_at"] = iso_time(case.started)
    return found


def _inputs(files: Iterable[str], pattern: LazyPattern[str] | None) -> list[str]:
    return [name for name in files if pattern is not None and pattern.match(name) and not is_any_log(name)]


SOLVER_CASES: tuple[SolverCase, ...] = tuple(map(SolverCase, SOLVERS))
"""The layouts of all codes."""
