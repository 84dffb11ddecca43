"""The log of a scheduler's job as a run, of which nothing else is known but its errors beside it."""

from __future__ import annotations

import os
from typing import Any

from runtui.layouts.base import Entries, FileLayout
from runtui.layouts.evidence import derived, first_written, iso_time
from runtui.layouts.job_logs import is_errors_alone, job_of_log_at
from runtui.layouts.job_output import job_end
from runtui.logs.read.paired_logs import error_log_of


class JobLog(FileLayout):
    """The layout of a run that is a log and nothing else: its path is a file's."""

    name = "slurm"

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return the job's id and name, and how it ended by the end of its log and of that for errors."""
        folder, name = os.path.split(run_dir)
        errors = name if is_errors_alone(run_dir) else error_log_of(name)
        beside = [errors] if errors is not None and os.path.isfile(os.path.join(folder, errors)) else []
        found = derived(job_end(folder, [] if errors == name else [name], beside), name)
        started = first_written(folder, (each for each in beside if not os.path.getsize(f"{folder}/{each}")))
        if started is not None:
            found["started_at"] = found["created_at"] = iso_time(started)
        job = job_of_log_at(run_dir)
        if job is None:
            return found
        return found | {job.key: job.job_id} | ({"description": job.name} if job.name else {})
