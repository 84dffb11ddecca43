"""A program's output as a run, of which nothing else is known but what it says."""

from __future__ import annotations

import os
from typing import Any

from runtui.layouts.base import Entries, FileLayout
from runtui.layouts.evidence import derived, first_written, iso_time
from runtui.layouts.job_output import job_end
from runtui.layouts.output_ends import ends_as_others
from runtui.layouts.solver_logs import case_end
from runtui.store.status import UNKNOWN_STATUS, RunStatus


class OutputLog(FileLayout):
    """The layout of a run that is an output and nothing else: its path is a file's."""

    name = "plain"

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how and when it ended, as its end tells."""
        folder, name = os.path.split(run_dir)
        case = case_end(folder, [name], (), None)
        end, started = case.end, case.started
        if end.status == UNKNOWN_STATUS:
            end = job_end(folder, [name])
        if end.status == UNKNOWN_STATUS and ends_as_others(run_dir):
            end = end._replace(status=RunStatus.COMPLETED.value)
        found = derived(end, name)
        begun = started if started is not None else first_written(folder, [name])
        return found if begun is None else found | {"created_at": iso_time(begun)}
