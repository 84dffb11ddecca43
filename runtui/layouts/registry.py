"""Kinds of directories, and the rows of runs that a layout recognises."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from enum import Enum
from functools import lru_cache, partial
from itertools import islice
from typing import Any, NamedTuple

from runtui.formats.config.value_reader import parameter_values
from runtui.layouts.base import (
    DERIVED_KEY,
    FOLDERS_OF_SOURCES,
    NO_ENTRIES,
    PROJECT,
    Entries,
    Layout,
    entries_of,
)
from runtui.layouts.job_logs import is_job_log
from runtui.store.json_object import LISTED
from runtui.store.paths import (
    CHECKPOINTS_DIR,
    CURRENT_LINK,
    EDITED_DIR,
    INDEX_FILE,
    LOCKS_DIR,
    LOGS_DIR,
    METADATA_FILE,
    PARAMS_FILE,
    PRIVATE_DIR,
    RESULTS_DIR,
    TRASH_DIR,
)
from runtui.store.record import RecordState, RunRecord, stamp_of
from runtui.store.rows import edited_record, read_record, record_of, with_values
from runtui.store.status import UNKNOWN_STATUS
from runtui.store.value_files import ALWAYS_CHANGED, FileValues, files_stamp, joined_stamps
from runtui.store.values import find_values
from runtui.text.sanitize import is_utf8

LAYOUT_KEY = "layout"
"""The key of the metadata under which the name of a run's layout stands."""

NOT_A_RUN = f"not a run: no {METADATA_FILE} and no known layout"

_ASKED_AGAIN_AFTER = 2.0  # seconds, as folders change without the directory
_FIRST_FOLDERS = 16  # folders of a directory by which it is known to hold runs of ours
_MOST_EVIDENCE = 16  # files of a run whose state is checked rather than the run read again

PLAIN = "plain"
"""The layout of a directory that only looks as if a program had run in it."""

TRAINING = "training"
"""The layout of a directory with a log or a table of a library that trains models."""
SCRIPT_DIRECTORY = "slurm"
"""The layout of a batch script's directory, and of the log of a job."""


_NEVER_PLAIN = FOLDERS_OF_SOURCES | {"logs", "log", CHECKPOINTS_DIR}
"""Names of folders that never are a run of which nothing but files of usual names is known."""

_OWN_NAMES = frozenset((PARAMS_FILE, PRIVATE_DIR))
_USUAL_FOLDERS = frozenset((LOGS_DIR, RESULTS_DIR, CHECKPOINTS_DIR))
_BESIDE_RUNS = frozenset((INDEX_FILE, CURRENT_LINK, TRASH_DIR))

_NEVER = frozenset(
    ("_sources", "__pycache__", "node_modules", "site-packages", "trash", "pretrained", "pretrained_models")
)
"""Names of folders that hold no runs, whoever made them."""

_HIDDEN_WITH_RUNS = frozenset((".guild",))
"""Names of hidden folders that hold runs, where they are no part of one."""

_NEVER_IN_RUNS = _NEVER | {CHECKPOINTS_DIR, LOGS_DIR, "log", RESULTS_DIR}
"""The same of folders in a run: elsewhere a folder of runs is often called so."""


_EDITS = f"{PRIVATE_DIR}/edits"
"""Where a user's edits of another program's run lie, of which the row follows as well."""


class DirectoryKind(Enum):
    """Kinds of directories in a runs directory."""

    RECORDED = "a run with a metadata.json, however broken"
    UNRECORDED = "a run directory of ours that has no metadata.json, or not yet"
    FOREIGN = "a run of another program"
    OTHER = "no run; it may hold runs"


class Examined(NamedTuple):
    """A directory's kind, by the names of its entries.

    Attributes:
        kind: The kind.
        entries: The names.
        layout: The layout of a foreign run; None otherwise.
    """

    kind: DirectoryKind
    entries: Entries
    layout: Layout | None = None


def examine(directory: str) -> Examined:
    """Return the kind of a directory, or of the log of a job. Costs one listing.

    Raises:
        OSError: It is another file, or cannot be listed.
    """
    try:
        entries = entries_of(directory)
    except NotADirectoryError:
        if is_job_log(directory):
            from runtui.layouts.known import layout_of_log

            return Examined(DirectoryKind.FOREIGN, NO_ENTRIES, layout_of_log(os.path.basename(directory)))
        from runtui.layouts.run_outputs import is_output_of_run  # only for what is no directory

        if is_output_of_run(directory):
            from runtui.layouts.known import OUTPUT_LOG

            return Examined(DirectoryKind.FOREIGN, NO_ENTRIES, OUTPUT_LOG)
        raise
    if METADATA_FILE in entries.files or METADATA_FILE in entries.folders:
        return Examined(DirectoryKind.RECORDED, entries)
    if (layout := layout_of(directory, entries)) is not None:
        return Examined(DirectoryKind.FOREIGN, entries, layout)
    names = entries.names
    # One that is empty, too: its writer may just have made it. A configuration or a folder of a usual name
    # alone says nothing: sources and pretrained models lie like that, and projects have several.
    looks_like_ours = len(_USUAL_FOLDERS & entries.folders) > 1 and PROJECT.isdisjoint(names)
    is_ours = not names or looks_like_ours or not _OWN_NAMES.isdisjoint(names)
    if is_ours and not _is_kept_for_runs(directory, names):
        return Examined(DirectoryKind.UNRECORDED, entries)
    return Examined(DirectoryKind.OTHER, entries)


def layout_of(directory: str, entries: Entries) -> Layout | None:
    """Return the first layout that recognises a directory; None where none does."""
    from runtui.layouts.known import possible_layouts  # only for directories without a record

    if PRIVATE_DIR in entries.folders and _has_only_edits(entries.path or directory):
        entries = entries._replace(folders=entries.folders - {PRIVATE_DIR})
    for layout in possible_layouts(entries):
        if layout.recognises(entries) and not (
            layout.name == PLAIN and os.path.basename(directory).lower() in _NEVER_PLAIN
        ):
            return layout
    return None


def is_beside_runs(base: str) -> bool:
    """Return whether a directory may be one of ours, by its first entries and those in their folders.

    Only there an empty folder is taken for a run that begins: projects and other programs have empty ones.
    """
    try:
        modified = os.stat(base).st_mtime_ns
    except OSError:
        return True
    return _is_beside_runs(base, modified, time.monotonic() // _ASKED_AGAIN_AFTER)


@lru_cache(maxsize=16)  # of a hundred thousand empty folders each asks
def _is_beside_runs(base: str, _modified: int, _period: float) -> bool:
    if any(os.path.lexists(f"{base}/{name}") for name in (INDEX_FILE, CURRENT_LINK)):
        return True
    try:
        first = entries_of(base)
        folders = [f"{base}/{name}" for name in islice(sorted(first.folders), _FIRST_FOLDERS)]
        if any(os.path.lexists(f"{path}/{METADATA_FILE}") for path in folders):
            return True
        return not first.files and not any(entries_of(path).files for path in folders)
    except OSError:
        return True


def _has_only_edits(directory: str) -> bool:
    """Return whether a user's edits are all that runtui keeps in a directory: they do not make it ours."""
    from runtui.store.edits.edit_files import EDITS_DIR, HISTORY_DIR  # only for runs with edits
    from runtui.store.edits.fold import RUN_LOCK

    try:
        return {EDITS_DIR, HISTORY_DIR, RUN_LOCK}.issuperset(os.listdir(f"{directory}/{PRIVATE_DIR}"))
    except OSError:
        return False


def _is_kept_for_runs(directory: str, names: frozenset[str]) -> bool:
    """Return whether a directory without a record has what runtui keeps beside runs, and not in a run."""
    if not _BESIDE_RUNS.isdisjoint(names):
        return True
    return PRIVATE_DIR in names and any(
        os.path.lexists(f"{directory}/{PRIVATE_DIR}/{part}") for part in (EDITED_DIR, LOCKS_DIR)
    )


def folders_to_look_into(examined: Examined) -> list[str]:
    """Return the folders of a directory in which runs may lie, or folders of runs."""
    layout = examined.layout
    is_other = examined.kind is DirectoryKind.OTHER
    if is_other and examined.entries.directory in _NEVER:
        return []
    never = _NEVER if is_other else _NEVER_IN_RUNS
    return [
        name
        for name in examined.entries.folders
        if (not name.startswith(".") or (is_other and name in _HIDDEN_WITH_RUNS))
        and name not in never
        and name != CURRENT_LINK
        and not (layout is not None and layout.is_part(name))
    ]


def read_run(
    base: str,
    name: str,
    attempts: int = 1,
    *,
    is_edited: bool = False,
    keys: frozenset[str] = frozenset(),
) -> RunRecord:
    """Return a run as a row, whoever wrote it. Never raises for what is on disk.

    Args:
        base: A directory.
        name: The run's path below it.
        attempts: As of `read_until_whole`, without a pause in between.
        is_edited: Whether the run is known to have edits, which are then applied.
        keys: Keys of the metadata and the parameters to fill `RunRecord.values` with.
    """
    folder, slash, leaf = name.rpartition("/")
    there = f"{base}/{folder}" if folder else base
    run = read_record(
        there, leaf, attempts, 0.0, is_edited=is_edited, keys=keys, values_from=parameter_values
    )
    if not is_certain(run):
        run = recognised(there, run, is_edited=is_edited, keys=keys, is_nested=bool(folder))
    return run.from_above(folder + slash)


def recognised(
    base: str,
    run: RunRecord,
    *,
    is_edited: bool = False,
    keys: frozenset[str] = frozenset(),
    is_nested: bool = False,
) -> RunRecord:
    """Return a run without a record with the facts from its layout; others unchanged.

    Args:
        base: The runs directory.
        run: The run, as it was read.
        is_nested: Whether the directory was found in a folder, where an empty one is no run. Elsewhere it
            may be a run that begins, unless what lies beside it is no run of ours.
        is_edited: Whether the run is known to have edits, which are then applied to the layout's metadata.
        keys: Keys of the metadata and the parameters to fill `RunRecord.values` with.
    """
    is_of_another = _is_of_another_program(run)
    if not is_of_another and (run.state is RecordState.READ or run.stamp is not None):
        return run
    try:
        examined = examine(f"{base}/{run.name}")
        if is_of_another:
            examined = _by_layout(f"{base}/{run.name}", examined)
            if examined.layout is None or (run.state is RecordState.READ and examined.layout.name == PLAIN):
                return run
        is_empty = examined.layout is None and not examined.entries.names
        is_empty = is_empty and (is_nested or not is_beside_runs(base))
        if examined.kind is DirectoryKind.OTHER or is_empty:
            return run._replace(state=RecordState.OTHER, problem=NOT_A_RUN)
        return _row_of(base, run.name, examined, is_edited=is_edited, keys=keys) or run
    except OSError:
        return run  # its row says why it cannot be read


def is_certain(run: RunRecord) -> bool:
    """Return whether a row needs no other look: its metadata.json was read, and is that of a run."""
    return run.state is RecordState.READ and run.status != UNKNOWN_STATUS


def _is_of_another_program(run: RunRecord) -> bool:
    """Return whether a metadata.json is no run's: other programs use that name for other things."""
    if run.state is RecordState.READ:
        return run.status == UNKNOWN_STATUS and run.created_is_guess and not run.tags
    return run.state is RecordState.BROKEN and run.problem == LISTED


def _by_layout(directory: str, examined: Examined) -> Examined:
    """Return a directory as another program's run in spite of a metadata.json, if a layout recognises it."""
    entries = examined.entries._replace(files=examined.entries.files - {METADATA_FILE})
    layout = layout_of(directory, entries)
    return examined if layout is None else Examined(DirectoryKind.FOREIGN, entries, layout)


class RunReading:
    """Reads runs one after the other, whoever wrote them.

    After a run of another program the next is taken for one, too, which spares the look for its record.

    Args:
        base: A directory.

    Attributes:
        was_foreign: Whether the last one was of another program.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self.was_foreign = False

    def read(
        self, name: str, attempts: int = 1, *, is_edited: bool = False, keys: frozenset[str] = frozenset()
    ) -> RunRecord:
        """Return a run as `read_run` does."""
        run = None
        if self.was_foreign:
            run = read_foreign(self._base, name, is_edited=is_edited, keys=keys)
        if run is None:
            run = read_run(self._base, name, attempts, is_edited=is_edited, keys=keys)
        self.was_foreign = run.layout != ""
        return run


def read_foreign(base: str, name: str, *, is_edited: bool, keys: frozenset[str]) -> RunRecord | None:
    """Return a run of another program as a row; None for what is none. Costs no look for a record.

    Args:
        base, name, is_edited, keys: As for `read_run`.
    """
    folder, slash, leaf = name.rpartition("/")
    there = f"{base}/{folder}" if folder else base
    try:
        run = _row_of(there, leaf, examine(f"{there}/{leaf}"), is_edited=is_edited, keys=keys)
    except OSError:
        return None
    return run and run.from_above(folder + slash)


def _row_of(
    base: str, name: str, examined: Examined, *, is_edited: bool, keys: frozenset[str]
) -> RunRecord | None:
    """Return the run of another program that was examined; None for what is none.

    Raises:
        OSError: It cannot be read.
    """
    if examined.layout is None:
        return None
    evidence = _evidence_stamp(examined)
    row = row_by_layout(base, name, examined.layout, examined.entries, is_edited=is_edited)
    may_hold_runs = bool(examined.entries.folders and folders_to_look_into(examined))
    run = with_values(base, row.run, row.edited, keys, partial(_values_of, examined))
    return run._replace(may_hold_runs=may_hold_runs, values_stamp=joined_stamps(evidence, run.values_stamp))


def _evidence_stamp(examined: Examined) -> str:
    """Return the state of the files that a run's row follows from, to be taken before they are read."""
    entries = examined.entries
    evidence = None if examined.layout is None else examined.layout.evidence(entries)
    if evidence is None or len(evidence) > _MOST_EVIDENCE:
        return ALWAYS_CHANGED
    if PRIVATE_DIR in entries.folders:
        evidence = (*evidence, _EDITS)
    if not evidence:
        return ""
    if not all(path.isprintable() and is_utf8(path) for path in evidence):
        return ALWAYS_CHANGED
    statuses = {path: entries.status_of(path) for path in evidence}
    return files_stamp({path: b"" if found is None else stamp_of(found) for path, found in statuses.items()})


class LayoutRow(NamedTuple):
    """A run as its layout tells of it.

    Attributes:
        run: Its row, with the user's edits.
        metadata: What the layout tells, without edits.
        edited: The same with them.
    """

    run: RunRecord
    metadata: dict[str, Any]
    edited: dict[str, Any]


def row_by_layout(
    base: str, name: str, layout: Layout, entries: Entries, *, is_edited: bool = False
) -> LayoutRow:
    """Return a run of another program as a layout tells of it.

    Args:
        base: The directory that it lies in.
        name: Its name there.
        layout: The layout.
        entries: The names in its directory.
        is_edited: Whether it is known to have edits; those that lie in it are found in any case.

    Raises:
        OSError: It cannot be read.
    """
    run_dir = f"{base}/{name}"
    stamp = stamp_of(os.stat(run_dir))
    metadata = _metadata_of(layout, run_dir, entries)
    if is_edited or PRIVATE_DIR in entries.folders:
        run, edited = edited_record(base, name, metadata, stamp, is_recorded=False)
    else:
        run, edited = record_of(name, metadata, stamp), metadata
    derived = metadata.get("status") if DERIVED_KEY in metadata else None
    is_derived = derived is not None and edited.get("status") == derived
    return LayoutRow(run._replace(layout=layout.name, is_derived=is_derived), metadata, edited)


def _values_of(examined: Examined, run_dir: str, keys: Collection[str]) -> FileValues:
    """Return the values of the parameters that a layout knows, or else the run's parameter files."""
    if examined.layout is None:
        return parameter_values(run_dir, keys)
    parameters = examined.layout.parameters(run_dir, examined.entries)
    own, missing = find_values(parameters, keys)
    if missing and any(name != name.strip() for name in parameters):
        # A blank at the end of a name is not seen, and not typed.
        more, missing = find_values({name.strip(): value for name, value in parameters.items()}, missing)
        own |= more
    if not missing:
        return FileValues(own, ())
    in_files = parameter_values(run_dir, missing)
    return in_files._replace(values={**in_files.values, **own})


def foreign_metadata(run_dir: str) -> dict[str, Any] | None:
    """Return an equivalent of the metadata.json of another program's run; None for other directories."""
    try:
        examined = examine(run_dir)
        if examined.kind is DirectoryKind.RECORDED:
            examined = _by_layout(run_dir, examined)
        if examined.layout is not None:
            return _metadata_of(examined.layout, run_dir, examined.entries)
    except OSError:
        pass
    return None


def _metadata_of(layout: Layout, run_dir: str, entries: Entries) -> dict[str, Any]:
    found = layout.metadata(run_dir, entries)
    return {"run_id": run_dir.rpartition("/")[2], **found, LAYOUT_KEY: layout.name}
