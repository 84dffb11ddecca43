"""Restoring runs from the trash: by a rename back, with their entries in the index."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from runtui.store.atomic import naming
from runtui.store.cleanup.trash_folder import (
    TrashedRun,
    below_base,
    is_in_trash,
    record_of,
    remove_if_done,
    trash_path,
)
from runtui.store.cleanup.unrecorded import unrecorded_run
from runtui.store.edits.run_edits import STOPPED, Outcome, ProgressCallback, no_progress
from runtui.store.errors import (
    MetadataError,
    OutsideRunError,
    RunExistsError,
    RunNotFoundError,
    StoreError,
    explain,
)
from runtui.store.index import Returned, summary_of, update_cached_index
from runtui.store.index_lock import index_lock
from runtui.store.metadata import read_metadata
from runtui.store.paths import check_run_id
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import parse_timestamp
from runtui.text.sanitize import safe_text


def restore(base: str, run: TrashedRun) -> str:
    """Restore a run to its place and to the index.

    Returns:
        What else did not go as it should, in one line, or ``""``.

    Raises:
        StoreError: It belongs to another user; nothing was changed.
        RunExistsError: There is another run of its name by now; nothing was changed.
        RunNotFoundError: It is no longer in the trash.
        InvalidRunIdError, OutsideRunError: It is no run of this trash; nothing was changed.
        OSError: It cannot be moved; it is where it was.
        LockTimeoutError: Another program kept the lock.
    """
    _check_restorable(base, run)
    with index_lock(base):
        returned = _bring_back(base, run)
    return update_cached_index(base, () if returned is None else (returned,))


def restore_all(
    base: str, runs: Sequence[TrashedRun], told: ProgressCallback = no_progress
) -> tuple[list[Outcome], str]:
    """Restore several runs to their places and to the index; those that cannot be restored stay.

    Args:
        base: The runs directory.
        runs: The runs.
        told: Progress callback.

    Returns:
        What became of each, by its name, and what else did not go as it should, in one line, or ``""``.

    Raises:
        OSError: The lock file cannot be made.
        LockTimeoutError: Another program kept the lock.
    """
    outcomes: list[Outcome] = []
    back: list[Returned] = []
    with index_lock(base):
        for run in runs:
            if not told(len(outcomes), len(runs)):
                outcomes.append(Outcome(run.name, False, STOPPED))
                continue
            try:
                _check_restorable(base, run)
                returned = _bring_back(base, run)
            except StoreError as error:
                outcomes.append(Outcome(run.name, False, safe_text(str(error))))
            except OSError as error:
                outcomes.append(Outcome(run.name, False, safe_text(explain(error))))
            else:
                back += [] if returned is None else [returned]
                outcomes.append(Outcome(run.name, True, "is back"))
    return outcomes, update_cached_index(base, back) if any(outcome.done for outcome in outcomes) else ""


def _check_restorable(base: str, run: TrashedRun) -> None:
    check_run_id(run.name)
    trash_path(base)
    if not is_in_trash(base, run.folder) or os.path.islink(run.folder):
        shown = safe_text(repr(os.path.basename(run.folder)), 80)
        raise OutsideRunError(f"{shown} is no folder of this trash")
    if run.is_foreign:
        raise StoreError(f"{run.run_id} belongs to another user: ask its owner to restore it")


def _bring_back(base: str, run: TrashedRun) -> Returned | None:
    home = os.path.join(base, run.name)
    record = {} if unrecorded_run(run.folder) else record_of(run.folder)
    if record is None:
        raise RunNotFoundError(f"{run.run_id} is no longer in the trash")
    if os.path.lexists(home):
        raise RunExistsError(f"there is a run {run.run_id} already: rename or clean that one first")
    directory = SafeDirectory(base, follow=True)
    try:
        parent, name = os.path.split(below_base(base, run.path))
        with directory.folder() as around, directory.folder(parent) as place:
            os.rename(name, run.name, src_dir_fd=place, dst_dir_fd=around)
    except FileNotFoundError:
        raise RunNotFoundError(f"{run.run_id} is no longer in the trash") from None
    except OSError as error:
        raise naming(home, error) from error
    if run.path != run.folder:
        remove_if_done(base, run.folder)
    return _returned(home, run.name, record)


def _returned(home: str, name: str, record: dict[str, Any]) -> Returned | None:
    """Return the index entry of a run that has come back: what it was, but for what the run says by now."""
    entry = record.get("entry")
    if not isinstance(entry, dict):
        entry = {}
    try:
        entry = entry | summary_of(read_metadata(home, attempts=1))
    except MetadataError:
        return None
    moment = parse_timestamp(record.get("trashed_at")) if record.get("was_latest") is True else None
    return Returned(entry | {"run_id": name}, moment)
