"""The log of a scheduler's job as a run, of which nothing else is known."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import Entries
from runtui.layouts.evidence import derived
from runtui.layouts.job_logs import job_of_log
from runtui.layouts.job_output import job_end


class JobLog:
    """The layout of a run that is a log and nothing else: its path is a file's."""

    name = "slurm"

    def recognises(self, entries: Entries) -> bool:
        """Return False: it is no directory."""
        return False

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return the job's id, and how it ended by the end of its log."""
        name = os.path.basename(run_dir)
        found = derived(job_end(os.path.dirname(run_dir), [name]), name)
        job = job_of_log(name)
        return found if job is None else found | dict([job])

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return nothing: the files beside it belong to all jobs of the directory."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return nothing: the log itself is the run."""
        return ()

    def is_part(self, folder: str) -> bool:
        """Return True: it has no folders."""
        return True
