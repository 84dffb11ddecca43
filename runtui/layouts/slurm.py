"""Directories of batch scripts: one job of Slurm, PBS or Grid Engine, with its output beside the inputs.

Sources: as of `runtui.layouts.job_logs`; and for ``job.out`` with ``job.err``, or ``train.err`` alone where
the output goes to ``/dev/null``, sbatch(1) ``--output`` and ``--error``. Several logs of jobs in one
directory are runs of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import PROJECT, Entries
from runtui.layouts.evidence import derived, iso_time, read_text, times_written
from runtui.layouts.job_logs import job_logs, jobs_of
from runtui.layouts.job_output import job_end
from runtui.layouts.run_outputs import outputs_by_names
from runtui.layouts.script_outputs import SCRIPT, JobOfLog
from runtui.layouts.solver_logs import case_end
from runtui.layouts.solvers import is_any_log
from runtui.logs.read.paired_logs import error_log_of
from runtui.store.status import UNKNOWN_STATUS

_PLAIN_OUTPUTS = frozenset({"job.out", "slurm.out", "pbs.out", "sge.out", "lsf.out"})
_OF_OUTPUT = (".out", ".log", ".txt")
_CONDOR_LOGS = ("job.log", "condor.log")
"""Logs in which HTCondor notes what becomes of a job."""

_INPUT = re.compile(
    r"(?:params?|parameters?|config|settings|options|args|hparams)\.\w{1,8}"
    r"|.+\.(?:in|inp|input|nml|ini|cfg|conf|toml|ya?ml)",
    re.IGNORECASE,
)
_JOB_NAME = re.compile(
    r"^#(?:SBATCH\s+(?:--job-name[= ]|-J)|PBS\s+-N|\$\s+-N)\s*([\w.+-]{1,100})", re.MULTILINE
)
_LARGEST_SCRIPT = 64 * 1024  # bytes


class SlurmScript:
    """The layout of a batch script's directory."""

    name = "slurm"

    def recognises(self, entries: Entries) -> bool:
        """Return whether the directory has the output of one job."""
        if job_logs(entries.files, entries.path):
            return False  # of several jobs, each of which is a run
        if jobs_of(entries.files, entries.path):
            return True
        outputs = _PLAIN_OUTPUTS & entries.files
        is_of_one = any(error_log_of(name) in entries.files for name in outputs)
        if not is_of_one and outputs_by_names(entries.files):
            return False
        if _paired(entries.files) and PROJECT.isdisjoint(entries.names):
            return True
        if not outputs and sum(name.endswith(".err") for name in entries.files) != 1:
            return False
        return any(SCRIPT.fullmatch(name) or _INPUT.fullmatch(name) for name in entries.files)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return the job's id and name, its times, and how it ended by the end of its output."""
        log, job = next(iter(jobs_of(entries.files, entries.path).items()), (None, None))
        errors_of_log = None if log is None else error_log_of(log)
        errors = sorted(name for name in entries.files if name.endswith(".err") or name == errors_of_log)
        outputs = sorted(_PLAIN_OUTPUTS & entries.files) if log is None else [log]
        outputs += [name for name in _CONDOR_LOGS if name in entries.files and name not in outputs]
        outputs += [name for name in _paired(entries.files) if name not in outputs]
        others = entries.files.difference(outputs, errors)
        end = job_end(run_dir, outputs, errors, max(times_written(entries, others), default=0.0))
        source = next(iter((*outputs, *errors)))
        if end.status == UNKNOWN_STATUS:
            # What the program in the job says of itself
            case = case_end(run_dir, entries.files, others, None)
            end, source = (case.end, case.source) if case.source else (end, source)
        found = derived(end, source)
        if begun := times_written(entries, entries.files):
            found["created_at"] = iso_time(min(begun))
        if started := times_written(entries, (name for name in errors if _is_empty(entries, name))):
            found["started_at"] = iso_time(min(started))
        if name := _job_name(run_dir, entries, job):
            found["description"] = name
        return found if job is None else found | {job.key: job.job_id}

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return none: files of usual names that hold parameters are read of every run."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the job's outputs and its script, or whatever else may be a log."""
        return [name for name in entries.files if is_any_log(name) or SCRIPT.fullmatch(name)]

    def is_part(self, folder: str) -> bool:
        """Return False: its folders are the user's own."""
        return False


def _paired(files: frozenset[str]) -> list[str]:
    """Return the logs beside which there is one with errors, called like it."""
    if not any(name.endswith(".err") for name in files):
        return []
    names = sorted(name for name in files if name.endswith(_OF_OUTPUT))
    return [name for name in names if error_log_of(name) in files]


def _job_name(run_dir: str, entries: Entries, job: JobOfLog | None) -> str:
    """Return the job's name, by its log's or as its script says; ``""`` where nothing tells it."""
    if job is not None and job.name:
        return job.name
    for name in sorted(filter(SCRIPT.fullmatch, entries.files))[:1]:
        text = read_text(run_dir, name, _LARGEST_SCRIPT)
        if text is not None and (said := _JOB_NAME.search(text)) is not None:
            return said[1]
    return ""


def _is_empty(entries: Entries, name: str) -> bool:
    status = entries.status_of(name)
    return status is not None and status.st_size == 0
