"""The result files of a run, and the kind of viewer for each.

Programs that know nothing of ``results/`` leave their tables and pictures directly in the run, or in a folder
such as ``plots/``.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import NamedTuple

from runtui.formats.tables.event_file import is_event_file
from runtui.formats.tables.program_logs import is_program_log, may_be_program_log
from runtui.formats.tables.recorded_metrics import MLFLOW_METRICS, is_mlflow_metric
from runtui.formats.tables.registry import FAIRSEQ_LOG, METRICS_LOG, is_named_as_table, may_be_table
from runtui.layouts.base import MOST_ENTRIES, NO_ENTRIES, Entries, entries_of
from runtui.layouts.registry import PLAIN, DirectoryKind, Examined, examine
from runtui.logs.read.log_files import is_log_name
from runtui.store.errors import explain
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, METADATA_FILE, PARAMS_FILE, RESULTS_DIR
from runtui.store.run_listing import files_below
from runtui.text.sanitize import safe_text

_PICTURES = (".png", ".jpg", ".jpeg")
_MOST_ENTRIES = 5000
_DEEPEST = 6  # levels of folders
_MOST_FOLDERS = 50  # folders directly in the run
_MOST_LOOKS = 200  # files that are opened to see what they are

_NO_RESULTS = frozenset((
    RESULTS_DIR, LOGS_DIR, CHECKPOINTS_DIR, "log", "__pycache__", "node_modules", "site-packages",
))  # fmt: skip
"""Names of folders directly in a run that hold no results beside ``results/``."""

_OF_A_MOMENT = re.compile(r"processor\d+|[\d.]+(?:[eE][+-]?\d+)?", re.ASCII)
"""Names of folders of which a simulation makes one for each moment or each process, such as OpenFOAM's."""

_VERSION = re.compile(r"version_\d+", re.ASCII)
_OF_WANDB = re.compile(r"(?:offline-)?run-[\w-]+|files")
"""Names of folders below those of loggers in which their metrics lie."""

_LOGS_WITH_METRICS = (FAIRSEQ_LOG, METRICS_LOG)

_CONFIGURATION = re.compile(
    r"(?:config|params|parameters|hparams|settings|options|args)\b", re.ASCII | re.IGNORECASE
)


class ViewerKind(Enum):
    """Kinds of viewers, by a file's name; the value is what a user reads."""

    TABLE = "table"
    PICTURE = "picture"
    OTHER = "file"


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result of a run: its path below the run, kind, bytes, and when it was last written."""

    name: str
    kind: ViewerKind
    size: int
    modified: float

    @property
    def shown_name(self) -> str:
        """The name by which users know it, safe to show."""
        return shown_name(self.name)


def find_results(run_dir: str, problems: list[str] | None = None) -> list[ResultFile]:
    """Return a run's results: the files below ``results/``, and then tables and pictures beside it.

    Each part is in the order of its paths, event files last; links are not followed. Of a run with very many
    files below ``results/`` the first 5,000 entries are looked at, six folders deep. Beside it, these are
    files directly in the run, and directly in folders of it that are no runs of their own.

    Args:
        run_dir: The run's directory.
        problems: Takes what could not be looked at, in lines that are safe to show.
    """
    said = [] if problems is None else problems
    try:
        examined = examine(run_dir)
    except FileNotFoundError:
        examined = Examined(DirectoryKind.OTHER, NO_ENTRIES)
    except OSError as error:
        said.append(f"the run's directory cannot be read: {explain(error, with_path=False)}")
        examined = Examined(DirectoryKind.OTHER, NO_ENTRIES)
    else:
        if not examined.entries.names:
            return []  # a log and nothing else is a run, too
    links: list[str] = []
    kinds = _Kinds(run_dir)
    found = [
        ResultFile(path, kinds.of(path), status.st_size, status.st_mtime)
        for path, status, _target in files_below(
            run_dir, RESULTS_DIR, _MOST_ENTRIES, _DEEPEST, problems=said, links=links
        )
    ]
    beside = list(_beside(run_dir, examined, kinds, said, links))
    # A link to a folder may lead to tables, too.
    passed_over = (path for path in links if is_named_as_table(path) or "." not in os.path.basename(path))
    said += [f"{safe_text(path, 200)} is a link, which is not followed" for path in passed_over]
    return [*_by_path(found), *_by_path(beside)]


def shown_name(path: str) -> str:
    """Return the name of a result by its path below the run, safe to show.

    That is its path below ``results/``, or else from the run, which then begins with ``./``: a table of the
    same name may lie in both.
    """
    below = path.removeprefix(f"{RESULTS_DIR}/")
    return safe_text(below if below != path else f"./{path}")


def _beside(
    run_dir: str, examined: Examined, kinds: _Kinds, problems: list[str], links: list[str]
) -> Iterator[ResultFile]:
    """Yield the tables and pictures of a run that do not lie below ``results/``."""
    entries = examined.entries
    yield from _directly_in(run_dir, "", entries, kinds, problems, links)
    if LOGS_DIR in entries.folders - entries.links:
        yield from _logs_with_metrics(run_dir, kinds, problems, links)
    folders = [name for name in sorted(entries.folders - entries.links) if _may_hold_results(name)]
    if len(folders) > _MOST_FOLDERS:
        problems.append(f"only {_MOST_FOLDERS} of {len(folders):,} folders of the run were looked at")
    for folder in folders[:_MOST_FOLDERS]:
        try:
            found = examine(os.path.join(run_dir, folder))
        except FileNotFoundError:
            continue  # removed meanwhile
        except OSError as error:
            shown = safe_text(folder, 200)
            problems.append(f"{shown}/ cannot be read: {explain(error, with_path=False)}")
            continue
        is_part = examined.layout is not None and examined.layout.is_part(folder)
        if is_part or not _is_run(found):
            yield from _directly_in(run_dir, folder, found.entries, kinds, problems, links)
        if is_part and found.entries.folders:
            for below in islice(_deeper(run_dir, folder, found.entries), _MOST_FOLDERS):
                yield from _directly_in(run_dir, below.path, below.entries, kinds, problems, links)


def _logs_with_metrics(
    run_dir: str, kinds: _Kinds, problems: list[str], links: list[str]
) -> Iterator[ResultFile]:
    """Yield the logs of a run that are tables, too."""
    try:
        entries = entries_of(os.path.join(run_dir, LOGS_DIR))
    except OSError:
        return  # whoever reads the logs says so
    logs = entries._replace(files=frozenset(filter(may_be_program_log, entries.files)))
    for file in _directly_in(run_dir, LOGS_DIR, logs, kinds, problems, links):
        if is_program_log(os.path.join(run_dir, file.name)):
            yield file


class _Folder(NamedTuple):
    """A folder of a run: its path below the run, and the names in it."""

    path: str
    entries: Entries


def _deeper(run_dir: str, folder: str, entries: Entries) -> Iterator[_Folder]:
    """Yield the folders below a part of a run in which a tracker keeps its metrics."""
    for name in sorted(entries.folders - entries.links):
        if not _may_hold_metrics(folder, name) or folder.count("/") >= _DEEPEST:
            continue
        below = f"{folder}/{name}"
        try:
            inner = entries_of(os.path.join(run_dir, below))
        except OSError:
            continue
        yield _Folder(below, inner)
        yield from _deeper(run_dir, below, inner)


def _may_hold_metrics(folder: str, name: str) -> bool:
    top = folder.partition("/")[0]
    if top == MLFLOW_METRICS:
        return True  # the slashes in a metric's name make folders
    return _OF_WANDB.fullmatch(name) is not None if top == "wandb" else _VERSION.fullmatch(name) is not None


def _directly_in(
    run_dir: str, folder: str, entries: Entries, kinds: _Kinds, problems: list[str], links: list[str]
) -> Iterator[ResultFile]:
    """Yield the tables and pictures directly in a folder."""
    if len(entries.names) >= MOST_ENTRIES:
        where = f"{safe_text(folder, 200)}/" if folder else "the run's directory"
        problems.append(f"only the first {MOST_ENTRIES:,} entries of {where} were looked at")
    for name in entries.files:
        path = os.path.join(folder, name)
        if not (_may_be_result(name) or is_mlflow_metric(path)):
            continue
        kind = kinds.of(path)
        if kind is ViewerKind.OTHER:
            continue
        try:
            status = os.lstat(os.path.join(run_dir, path))
        except OSError:
            continue  # removed meanwhile
        if stat.S_ISREG(status.st_mode):
            yield ResultFile(path, kind, status.st_size, status.st_mtime)
        elif stat.S_ISLNK(status.st_mode):
            links.append(path)
        else:
            problems.append(f"{safe_text(path, 200)} is no regular file, so it is not read")


def _may_hold_results(folder: str) -> bool:
    is_named_so = folder not in _NO_RESULTS and _OF_A_MOMENT.fullmatch(folder) is None
    return is_named_so and not folder.startswith(".")


def _may_be_result(name: str) -> bool:
    is_record = name in (METADATA_FILE, PARAMS_FILE) or _CONFIGURATION.match(name) is not None
    # Of what is called like a log only its contents can tell that it is a table.
    is_log = is_log_name(name) and is_named_as_table(name) and name not in _LOGS_WITH_METRICS
    return not (is_record or name.startswith(".") or is_log)


def _is_run(examined: Examined) -> bool:
    """Return whether a folder of a run is a run of its own."""
    if examined.layout is not None:
        return examined.layout.name != PLAIN  # nearly every folder with a log looks like a plain one
    return examined.kind is not DirectoryKind.OTHER


def _by_path(files: Iterable[ResultFile]) -> list[ResultFile]:
    """Return files by their paths, those of events last, of which the newest comes first.

    What a program wrote into a table has all digits, and an event file is made anew at each start.
    """
    by_path = sorted(files, key=lambda file: file.name)
    events = [file for file in by_path if is_event_file(file.name)]
    others = [file for file in by_path if not is_event_file(file.name)]
    return others + sorted(events, key=lambda file: os.path.basename(file.name), reverse=True)


def kind_of(path: str) -> ViewerKind:
    """Return the kind of viewer for a file, by its name, its place or else its contents."""
    kind = _named_kind(path)
    return ViewerKind.TABLE if kind is ViewerKind.OTHER and may_be_table(path) else kind


def _named_kind(path: str) -> ViewerKind:
    if is_named_as_table(path):
        return ViewerKind.TABLE
    return ViewerKind.PICTURE if path.lower().endswith(_PICTURES) else ViewerKind.OTHER


class _Kinds:
    """The kinds of the files of one run; only so many are opened to see what they are.

    Args:
        run_dir: The run's directory.
    """

    def __init__(self, run_dir: str) -> None:
        self._run_dir = run_dir
        self._looks = _MOST_LOOKS

    def of(self, path: str) -> ViewerKind:
        """Return the kind of viewer for a file, by its path below the run."""
        kind = _named_kind(path)
        if kind is ViewerKind.OTHER and self._looks > 0:
            self._looks -= 1
            return kind_of(os.path.join(self._run_dir, path))
        return kind
