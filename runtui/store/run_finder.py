"""Finding, for a `RunManager`, the files of its current run and the runs of its directory."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from runtui.store.checkpoint_choice import choose_checkpoint, skipped_text
from runtui.store.checkpoints import resumable_checkpoints
from runtui.store.errors import RunNotFoundError
from runtui.store.index import rebuild_index
from runtui.store.lineage import checkpoint_line
from runtui.store.listed_runs import latest_run, list_entries
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, RESULTS_DIR
from runtui.store.run_keeper import RunKeeper
from runtui.store.status import RunStatus
from runtui.text.sanitize import safe_text


class RunFinder(RunKeeper):
    """Finder of the current run's files and of all runs."""

    # Paths

    def get_results_dir(self) -> Path | None:
        """Return the current run's ``results/``; None when no run is loaded."""
        return None if self.run_dir is None else self.run_dir / RESULTS_DIR

    def get_logs_dir(self) -> Path | None:
        """Return the current run's ``logs/``; None when no run is loaded."""
        return None if self.run_dir is None else self.run_dir / LOGS_DIR

    def get_checkpoints_dir(self) -> Path | None:
        """Return the directory in which the current run's checkpoints lie; None when no run is loaded.

        That is the run's own ``checkpoints/``, and of a child that has saved none yet the nearest
        ancestor's that holds some.
        """
        current = self._current
        if current is None:
            return None
        own = Path(current.directory.path, CHECKPOINTS_DIR)
        if _may_have_entries(own):
            return own
        for ancestor in checkpoint_line(str(self.base_runs_dir), current.run_id, current.metadata).names:
            directory = self.base_runs_dir / ancestor / CHECKPOINTS_DIR
            if _may_have_entries(directory):
                return directory
        return own

    def find_checkpoint(self, checkpoint_name: str | os.PathLike[str] | None = None) -> Path | None:
        """Return the file of a checkpoint of the current run, wherever along its ancestors it lies.

        It is the one that ``runtui resume`` takes, listed or not. A warning says what is skipped, and why.

        Args:
            checkpoint_name: Its name or path; by default the newest that can be used.
        """
        current = self._current
        if current is None:
            return None
        base, name, metadata = str(self.base_runs_dir), current.run_id, current.metadata
        wanted = None if checkpoint_name is None else str(checkpoint_name)
        found = resumable_checkpoints(base, name, metadata, checkpoint_line(base, name, metadata))
        if wanted is None and not (found.found or found.problems):
            return None
        try:
            chosen = choose_checkpoint(found, wanted, name, current.directory.path)
        except RunNotFoundError as error:
            self._warn(str(error))
            return None
        skipped = skipped_text(found) if wanted is None else ""
        for problem in (*found.problems, *([skipped] if skipped else [])):
            self._warn(f"checkpoints of run {safe_text(name, 80)}: {problem}")
        return None if chosen.path is None else Path(chosen.path)

    # All runs

    def list_runs(
        self, limit: int | None = None, status_filter: RunStatus | str | None = None
    ) -> list[dict[str, Any]]:
        """Return the summaries (as in the index) of the runs in the directory, newest first.

        Which runs there are is asked of the directory. What the index says of them is returned, and of runs
        that it lacks their metadata; those whose metadata cannot be read are left out.

        Args:
            limit: The greatest number to return; None or 0 for all.
            status_filter: Only runs of that status; None or ``""`` for all.

        Raises:
            OSError: The runs directory cannot be listed; one that is missing has no runs.
        """
        entries = list_entries(str(self.base_runs_dir))
        if status_filter:
            entries = [entry for entry in entries if entry["status"] == str(status_filter)]
        return entries[:limit] if limit else entries

    def get_latest_run(self) -> str | None:
        """Return the id of the run created last, or None when there is none.

        Raises:
            OSError: The runs directory cannot be listed.
        """
        return latest_run(str(self.base_runs_dir))

    def cleanup_old_runs(self, keep_count: int = 10, older_than_days: float | None = None) -> list[str]:
        """Move old runs to the trash (``.trash/`` in the runs directory).

        Spared, however old: live runs, the target of ``current``, runs tagged ``keep``, other users' runs,
        links, and runs whose checkpoints a run that stays may need.

        Args:
            keep_count: How many of the newest runs stay.
            older_than_days: Only runs older than that are taken.

        Returns:
            The ids of the runs taken.

        Raises:
            OSError: The runs directory cannot be listed.
            LockTimeoutError: Another program kept the lock.
        """
        # A third of all that there would be to load.
        from runtui.store.cleanup.plan import carry_out, choose_old, plan_on_disk

        base = str(self.base_runs_dir)
        if not os.path.lexists(base):
            return []
        older_than = None if older_than_days is None else time.time() - older_than_days * 86400
        plan = plan_on_disk(base, lambda runs: choose_old(runs, keep_count, older_than))
        return [decision.name for decision in carry_out(base, plan).moved]

    def rebuild_index(self) -> int:
        """Write ``.run_index.json`` anew from the directories and return the number of its entries.

        Raises:
            OSError: It cannot be written; it is as it was.
            LockTimeoutError: Another program kept its lock.
        """
        return rebuild_index(str(self.base_runs_dir))


def _may_have_entries(directory: Path) -> bool:
    """Return whether a directory has entries; True of one that is there and cannot be read."""
    try:
        with os.scandir(directory) as listing:
            return any(listing)
    except OSError as error:
        return not isinstance(error, (FileNotFoundError, NotADirectoryError))
