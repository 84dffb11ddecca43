"""Failed runs of the same name in two directories, and their triage."""

from __future__ import annotations

from pathlib import Path

from runtui.catalog.query.model import EVERYTHING
from runtui.catalog.run_key import RunDirectories
from runtui.operations.triage import Triage, open_failures
from runtui.store.record import RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_run


class Failures:
    """A failed run of the same name in each of two directories, by the name in the catalog."""

    def __init__(self, folder: Path) -> None:
        self.bases = [str(folder / "one"), str(folder / "two")]
        self.directories = RunDirectories(self.bases)
        self.resumed: set[str] = set()
        self.triage = Triage(self.resumed.__contains__, self.directories.root_of)
        self.runs = {run.name: run for run in map(self._failed, self.bases)}

    def _failed(self, base: str) -> RunRecord:
        write_run(base, "same", status="failed", completed_at="2026-11-01T00:00:00Z")
        return read_record(base, "same").below(self.directories.folder_of(base))

    def open(self) -> list[str]:
        """Return the names of the open failures."""
        return [name for name, run in self.runs.items() if self.triage.is_open(run)]

    def new(self) -> int:
        """Return the number of new failures in the inbox."""
        return open_failures(self.runs.values(), self.triage, EVERYTHING).new
