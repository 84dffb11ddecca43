"""Jobs of signac: ``workspace/<id>/`` with a state point, and a document of results.

Source: signac's documentation, "Jobs" (``signac_statepoint.json``, ``signac_job_document.json``), versions 1
and 2. Whether a job was done is nowhere recorded, so a log in its directory tells how it ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from runtui.layouts.base import Entries
from runtui.layouts.evidence import first_written, iso_time, read_json
from runtui.layouts.log_evidence import end_by_logs
from runtui.logs.read.log_files import is_log_name

_STATE_POINT = "signac_statepoint.json"
_DOCUMENT = "signac_job_document.json"


class Signac:
    """The layout of signac's jobs."""

    name = "signac"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a job's, which may have lost its state point."""
        return _STATE_POINT in entries.files or _DOCUMENT in entries.files

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return how the job ended as far as a log tells, when it was created, and its document."""
        found = end_by_logs(run_dir, filter(is_log_name, entries.files))
        created = first_written(run_dir, entries.files & {_STATE_POINT, _DOCUMENT})
        if created is not None:
            found["created_at"] = iso_time(created)
        document = read_json(run_dir, _DOCUMENT)
        if document:
            found["document"] = document
        return found

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the job's state point."""
        return read_json(run_dir, _STATE_POINT)

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the state point, the document and the logs."""
        return (_STATE_POINT, _DOCUMENT, *filter(is_log_name, entries.files))

    def is_part(self, folder: str) -> bool:
        """Return False: a job's folders are the user's own."""
        return False
