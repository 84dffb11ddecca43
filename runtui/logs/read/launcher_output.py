"""The output of the job in which Hydra's launcher for submitit ran a run: it lies beside the run.

Source: hydra_plugins/hydra_submitit_launcher. The job's id is in ``.hydra/hydra.yaml``, and what it wrote in
``.submitit/JOB/`` of the folder that the runs of the sweep lie in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from runtui.store.errors import MetadataError
from runtui.store.regular_file import read_file
from runtui.store.run_listing import FoundFile, regular_files

HYDRA_FOLDER = ".hydra"
"""The folder of a run in which Hydra keeps its configuration."""

_JOBS = ".submitit"
_RECORD = f"{HYDRA_FOLDER}/hydra.yaml"
_LARGEST_RECORD = 1024 * 1024  # bytes
_JOB_ID = re.compile(rb"^  job:\n(?:    .*\n)*?    id: ['\"]?([\w-][\w.-]*)['\"]?$", re.MULTILINE)


def launcher_job(run_dir: str) -> tuple[str, str] | None:
    """Return the id of the job that ran a run, and its folder as seen from the run; None for others."""
    jobs = os.path.join(os.pardir, _JOBS)
    if not os.path.isdir(os.path.join(run_dir, jobs)):
        return None
    try:
        data, _stamp = read_file(os.path.join(run_dir, _RECORD), _LARGEST_RECORD)
    except (MetadataError, OSError):
        return None
    found = _JOB_ID.search(data)
    if found is None:
        return None
    job = found[1].decode()
    return job, os.path.join(jobs, job)


def launcher_logs(run_dir: str) -> Iterator[FoundFile]:
    """Yield the output and the errors of the job that ran a run."""
    known = launcher_job(run_dir)
    if known is None:
        return
    job, folder = known
    names = (f"{job}_0_log.{ending}" for ending in ("out", "err"))
    yield from regular_files(run_dir, [os.path.join(folder, name) for name in names])
