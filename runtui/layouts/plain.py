"""Directories that look as if a program had run in them: a configuration or an input beside what it wrote."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from runtui.layouts.base import PROJECT, Entries
from runtui.layouts.evidence import derived, last_written
from runtui.layouts.job_logs import job_logs, jobs_of, task_of_log
from runtui.layouts.job_output import job_end
from runtui.layouts.result_folders import is_result_folder
from runtui.layouts.run_outputs import outputs_by_names
from runtui.layouts.script_outputs import SCRIPT
from runtui.layouts.solver_cases import case_metadata, is_data_folder
from runtui.layouts.solvers import is_any_log
from runtui.logs.read.log_files import is_error_log, is_rank_folder, rank_logs
from runtui.logs.read.paired_logs import error_log_of
from runtui.store.paths import CHECKPOINTS_DIR
from runtui.store.status import UNKNOWN_STATUS

_CONFIG = re.compile(
    r"(?:.*[._-])?(?:params?|parameters?|config|configuration|settings?|hparams|hyperparameters|args|flags|options)"
    r"\.(?:json|ya?ml|toml|ini|cfg|conf|txt|dat|nml|in|pkl)",
    re.IGNORECASE,
)
_INPUT = re.compile(
    r"(?!MANIFEST\.in$|Makefile\.in$|configure\.in$|.*\.(?:h|hpp|pc|cmake|sh|py|txt|am|ac|md)\.in$)"
    r"(?:in\.\w+|.*\.(?:inp?|input|nml|mdp|nw|abi|fdf|gjf|com|par|prm|param|params|d3|comm|geo|case|i)"
    r"|(?:input|namelist)(?:[._-].*)?)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"(?:.*[._-])?(?:results?|metrics?|stats?|statistics|output|summary|history|losses|loss|scores?|log|trajectory|thermo|energy|energies)"
    r"\.(?:json|jsonl|csv|tsv|txt|dat|npz|npy|h5|hdf5|nc|pkl|pickle|parquet)"
    r"|.*\.(?:csv|npz|h5|hdf5|pt|pth|ckpt|nc|vtk|vtu|lammpstrj)",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r".*\.(?:py|ipynb|m|jl|r|c|cc|cpp|cu|f|f90|rs|go|java|js|ts|md|rst|tex|html)",
    re.IGNORECASE,
)
_RESULT_FOLDERS = frozenset(
    ("results", "result", "output", "outputs", "out", "checkpoints", "ckpt", "logs", "log")
)
_FOLDERS_OF_MODELS = frozenset(("model", "models", "weights", "checkpoints", "saved_model", "saved_models"))
_OF_ONE_RUN = _RESULT_FOLDERS.union(
    ("model", "models", "saved_models", "saved models", "weights", "samples", "images", "figures", "plots")
)
"""Names of folders that may lie in a run, and hold no runs."""

_RANK_LOG = re.compile(r"(log|out|output|err|stdout|stderr)([._-]?(?:rank|proc)?[._-]?)0", re.ASCII)
_NUMBERED_RUN = re.compile(
    r"(?:run|exp|experiment|trial|sim|simulation|job|case|test_?run)[._-]?\d{1,6}", re.IGNORECASE
)
"""Names that a directory of a run has, and hardly anything else."""

_MOST_RANK_LOGS = 64  # entries of the folders of ranks

_STANDARD_OUTPUTS = frozenset((
    "nohup.out", "stdout", "stderr", "stdout.txt", "stderr.txt", "stdout.log", "stderr.log", "log.txt",
))  # fmt: skip
"""Names of logs that a script's output is sent to, and hardly anything else's."""

_OURS = frozenset(("run_params.json", ".runtui"))


class Plain:
    """The layout of a run of which nothing is known but files of usual names."""

    name = "plain"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a configuration, an input or results lie beside what a program wrote.

        Several jobs of a scheduler are runs of their own, unless the directory has results of one run.
        """
        names = entries.names
        if not (PROJECT.isdisjoint(names) and _OURS.isdisjoint(names)) or outputs_by_names(entries.files):
            return False
        of_jobs = _logs_of_jobs(entries.files, entries.path)
        has_config = has_input = has_result = has_source = has_script = False
        has_ranks = _has_rank_logs(entries.files)
        has_log = has_ranks or any(map(is_rank_folder, entries.folders))
        for name in entries.files:
            if name in of_jobs:
                continue
            if _CONFIG.fullmatch(name):
                has_config = True
            elif is_any_log(name):
                has_log = True
            elif _INPUT.fullmatch(name):
                has_input = True
            elif _RESULT.fullmatch(name):
                has_result = True
            elif _SOURCE.fullmatch(name):
                has_source = True
            elif SCRIPT.fullmatch(name):
                has_script = True
        if of_jobs:
            return has_config and (has_log or has_result) and not has_source
        if has_log and (has_config or has_input or has_ranks):
            return True
        if has_log and not has_source and _is_called_like_a_run(entries):
            return True
        # Above folders of runs, the same are the log and the summary of a sweep.
        is_lowest = all(self.is_part(name) or name in _OF_ONE_RUN for name in entries.folders)
        if is_lowest and has_log and has_result and not has_source:
            return True
        if is_lowest and (has_script or not has_source) and not _STANDARD_OUTPUTS.isdisjoint(entries.files):
            return True
        # What a training came to beside the model that it made.
        if is_lowest and has_result and not has_source and not _FOLDERS_OF_MODELS.isdisjoint(entries.folders):
            return True
        # In a folder of checkpoints, the same is a model that somebody published.
        if os.path.basename(os.path.dirname(entries.path)) == CHECKPOINTS_DIR:
            return False
        # Beside sources, a configuration with some results is a project of many runs.
        if has_config and not has_source and (has_result or len(_RESULT_FOLDERS & entries.folders) == 1):
            return True
        return is_result_folder(entries)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the logs tell; the status is unknown unless one of them says more."""
        found = case_metadata(run_dir, entries, _inputs(entries.files), None)
        if found["status"] != UNKNOWN_STATUS:
            return found
        ranks = [log.path for log in rank_logs(run_dir, entries.folders, _MOST_RANK_LOGS)]
        logs = [*filter(is_any_log, entries.files), *ranks]
        errors = sorted(filter(is_error_log, logs))
        outputs = sorted(set(logs).difference(errors))
        if not errors and not ranks:
            return found
        try:
            end = job_end(run_dir, outputs, errors, last_written(run_dir, entries.files) or 0.0)
        except OSError:
            return found
        return found | derived(end, (outputs or errors)[0])

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return none: the files of usual names that hold parameters are read of every run."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the logs."""
        return [name for name in entries.files if is_any_log(name)]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder holds data or a rank's output, and no runs."""
        return is_data_folder(folder) or is_rank_folder(folder)


def _is_called_like_a_run(entries: Entries) -> bool:
    """Return whether a directory has the name of a numbered run, or that of a log in it."""
    name = entries.directory.lower()
    if _NUMBERED_RUN.fullmatch(name) is not None:
        return True
    own_logs = (f"{name}.out", f"{name}.log")
    return name not in _RESULT_FOLDERS and any(file.lower() in own_logs for file in entries.files)


def _logs_of_jobs(files: frozenset[str], folder: str) -> frozenset[str]:
    """Return the logs of a scheduler's jobs with those of their errors, if there are several jobs."""
    logs = job_logs(files, folder)
    if not logs:
        return frozenset()
    outputs = {*logs, *jobs_of(files, folder), *(name for name in files if task_of_log(name) is not None)}
    return frozenset((*outputs, *(errors for name in outputs if (errors := error_log_of(name)))))


def _has_rank_logs(files: frozenset[str]) -> bool:
    """Return whether ranks of a parallel program have a log each, numbered from 0: others are rotated."""
    return any(
        name.endswith("0")
        and (rank := _RANK_LOG.fullmatch(name)) is not None
        and f"{rank[1]}{rank[2]}1" in files
        and rank[1] not in files
        for name in files
    )


def _inputs(files: Iterable[str]) -> list[str]:
    return [
        name for name in files if _CONFIG.fullmatch(name) or (_INPUT.fullmatch(name) and not is_any_log(name))
    ]
