"""Everything about one run, read when it is opened."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from runtui.store.checkpoints import Checkpoints, resumable_checkpoints
from runtui.store.edits.edit_files import UnreadableEdit, look_for_edits
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.model import Edit
from runtui.store.errors import MetadataError, explain
from runtui.store.failure import USER_REASON
from runtui.store.json_object import parse_object
from runtui.store.lineage import Ancestry, ancestry_on_disk, checkpoint_line
from runtui.store.notes import NOTE_KEY, note_in
from runtui.store.paths import METADATA_FILE, PARAMS_FILE, PRIVATE_DIR
from runtui.store.regular_file import read_file
from runtui.store.steps import STEPS_KEY, StepRecord, read_steps
from runtui.text.sanitize import safe_text

KNOWN_KEYS = (
    "run_id",
    "created_at",
    "description",
    "status",
    "tags",
    "hostname",
    "user",
    "git_commit",
    "parent_run_id",
    "resumed_from",
    "checkpoints",
    "started_at",
    "completed_at",
)
"""The keys of metadata.json that the format defines; all others are the simulation's own."""

MOST_FILES = 2000
MOST_VALUES = 1000
_MOST_LINKS = 20  # links
_LARGEST_TEXT = 1024 * 1024  # bytes
_VALUE_WIDTH = 1000  # characters


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run: its path below the run, safe to show, and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class ConfigContents:
    """A file of a run that holds parameters. All text is safe to show.

    Attributes:
        path: Its path below the run.
        values: Its values, flattened to dotted keys.
        lines: Its lines, where its format is not understood.
        problem: Why it cannot be read, or ``""``.
    """

    path: str
    values: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    problem: str = ""


ConfigReader = Callable[[str], tuple[ConfigContents, ...]]
"""Function that returns the parameter files but ``run_params.json`` in a run's directory. Raises nothing."""


def no_configs(_run_dir: str) -> tuple[ConfigContents, ...]:
    """Read nothing, where parameter files are not needed."""
    return ()


@dataclass(frozen=True, slots=True)
class RunDetails:
    """The contents of a run's detail pane. All text is safe to show.

    Attributes:
        name: The run's directory.
        git_commit: The commit the simulation was started from, or ``""``.
        extra: The simulation's own metadata, flattened to dotted keys.
        params: ``run_params.json``, flattened to dotted keys.
        params_problem: Why it cannot be read, or ``""``.
        configs: The other files that hold its parameters.
        files: The run's files, sorted by path; at most `MOST_FILES`.
        files_left_out: Whether there are more.
        files_missed: Folders that cannot be read, and links, which are not followed; in lines.
        total_size: Bytes of `files` together.
        ancestry: The run's parents.
        checkpoints: The checkpoints that its metadata lists and those that lie on disk, with what is wrong
            with each.
        history: The edits that users made, folded in or not, in their order.
        problem: Why its metadata cannot be read, or ``""``.
        steps: Of a pipeline its steps, in their order.
        unreadable: The edits that cannot be read, and so do not count.
        typed_reason: The reason that a user typed last for the status, or ``""``.
    """

    name: str
    git_commit: str
    extra: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]
    params_problem: str
    configs: tuple[ConfigContents, ...]
    files: tuple[RunFile, ...]
    files_left_out: bool
    total_size: int
    ancestry: Ancestry
    checkpoints: Checkpoints
    history: tuple[Edit, ...]
    problem: str
    steps: tuple[StepRecord, ...] = ()
    unreadable: tuple[UnreadableEdit, ...] = ()
    files_missed: tuple[str, ...] = ()
    typed_reason: str = ""

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The run's parameters from all files that hold some: of each key the first value."""
        found: dict[str, str] = {}
        for values in (self.params, *(config.values for config in self.configs)):
            for key, value in values:
                found.setdefault(key, value)
        return tuple(found.items())


class _Listing(NamedTuple):
    """The files of a run, whether there are more, and what was not looked at, in lines."""

    files: tuple[RunFile, ...]
    has_more: bool
    missed: tuple[str, ...]


def read_details(base: str, name: str, configs_from: ConfigReader = no_configs) -> RunDetails:
    """Read everything about the run `name`. Never raises for what is on disk.

    Args:
        base: The runs directory.
        name: The run's directory in it.
        configs_from: Reader of the parameter files.
    """
    run_dir = os.path.join(base, name)
    problem = ""
    try:
        metadata = read_overlaid(base, name).metadata
    except MetadataError as error:
        metadata, problem = {}, str(error)
    commit, typed = metadata.get("git_commit"), metadata.get(USER_REASON)
    params, params_problem = read_values(run_dir, PARAMS_FILE)
    files, left_out, missed = _list_files(run_dir)
    line = ancestry_on_disk(base, name, metadata)
    steps = read_steps(metadata)
    edits = look_for_edits(run_dir)
    shown_apart = (*KNOWN_KEYS, USER_REASON, *((STEPS_KEY,) if steps else ()))
    if note_in(metadata.get(NOTE_KEY)):
        shown_apart = (*shown_apart, NOTE_KEY)
    return RunDetails(
        name,
        safe_text(commit, 40) if isinstance(commit, str) else "",
        flatten({key: value for key, value in metadata.items() if key not in shown_apart}),
        params,
        params_problem,
        configs_from(run_dir),
        files,
        left_out,
        sum(file.size for file in files),
        line,
        resumable_checkpoints(base, name, metadata, checkpoint_line(base, name, metadata)),
        tuple(edit for edit in edits if isinstance(edit, Edit)),
        problem,
        steps,
        tuple(edit for edit in edits if isinstance(edit, UnreadableEdit)),
        missed,
        safe_text(typed, _VALUE_WIDTH) if isinstance(typed, str) else "",
    )


def flatten(value: Any) -> tuple[tuple[str, str], ...]:
    """Return nested objects as dotted keys with their values as text, in their order, safe to show.

    Short lists stay one value; at most `MOST_VALUES` are returned.
    """
    found: list[tuple[str, str]] = []
    for key, item in flat_items(value) if value else ():
        if len(found) == MOST_VALUES:
            found.append(("…", f"more than {MOST_VALUES} values, the rest is not shown"))
            break
        found.append((safe_text(key, 200), _value_text(item)))
    return tuple(found)


def flat_items(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield nested objects as dotted keys with their values, in the order of the file.

    An empty object within another is a value; one that holds all the rest yields nothing.
    """
    # A stack, not recursion: the depth is the file's choice.
    stack: list[tuple[str, Any]] = [] if value == {} else [("", value)]
    while stack:
        key, item = stack.pop()
        if isinstance(item, dict) and item:
            stack.extend((f"{key}.{name}" if key else name, inner) for name, inner in reversed(item.items()))
        elif isinstance(item, list) and any(isinstance(inner, (dict, list)) for inner in item):
            stack.extend((f"{key}[{place}]", item[place]) for place in range(len(item) - 1, -1, -1))
        else:
            yield key, item


def _value_text(value: Any) -> str:
    if isinstance(value, str):
        return safe_text(value, _VALUE_WIDTH)
    try:
        return safe_text(json.dumps(value, ensure_ascii=False), _VALUE_WIDTH)
    except (ValueError, RecursionError):
        return "(cannot be shown)"


def read_values(run_dir: str, filename: str) -> tuple[tuple[tuple[str, str], ...], str]:
    try:
        data, _stamp = read_file(os.path.join(run_dir, filename), _LARGEST_TEXT)
        return flatten(parse_object(data, name=filename)), ""
    except (FileNotFoundError, NotADirectoryError):
        return (), ""
    except MetadataError as error:
        return (), str(error)
    except OSError as error:
        return (), f"{filename} cannot be read: {error.strerror or error}"


def _list_files(run_dir: str) -> _Listing:
    """Return the run's files, without runtui's own; links are not followed, but named."""
    if os.path.isfile(run_dir):
        return _Listing((RunFile(safe_text(os.path.basename(run_dir)), os.stat(run_dir).st_size),), False, ())
    found: list[RunFile] = []
    notes: list[str] = []
    links: list[str] = []
    folders = [""]
    is_whole = True
    while folders and is_whole:
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(run_dir, folder)) as listing:
                for entry in listing:
                    path = os.path.join(folder, entry.name)
                    if path in (METADATA_FILE, PRIVATE_DIR):
                        continue
                    if entry.is_symlink():
                        links.append(f"{safe_text(path, 200)} → {safe_text(os.readlink(entry.path), 200)}")
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif len(found) == MOST_FILES:
                        is_whole = False
                        break
                    else:
                        size = entry.stat(follow_symlinks=False).st_size
                        found.append(RunFile(safe_text(path, 300), size))
        except FileNotFoundError:
            continue
        except OSError as error:
            shown = f"{safe_text(folder, 200)}/" if folder else "the run's directory"
            notes.append(f"{shown} cannot be read: {explain(error, with_path=False)}")
    notes += [f"link, not followed: {link}" for link in sorted(links)[:_MOST_LINKS]]
    if len(links) > _MOST_LINKS:
        notes.append(f"{len(links) - _MOST_LINKS:,} more links, not followed")
    return _Listing(tuple(sorted(found, key=lambda file: file.path)), not is_whole, tuple(notes))
