"""A run's files that can be read as text: its logs, and the others."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runtui.logs.read.job_output import job_output
from runtui.store.paths import LOGS_DIR
from runtui.store.record import RunRecord, modified_ns
from runtui.store.run_listing import FoundFile, files_below
from runtui.text.lazy_pattern import LazyPattern
from runtui.text.sanitize import safe_text

COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
"""Suffixes of the names of compressed files."""

_LOG_NAME = LazyPattern(
    r"(?:\.(?:log|out|err|stdout|stderr|output)"
    r"|^(?:stdout|stderr|nohup|console|cout|output|log|out|err|error|slurm-\d[\w.-]*?)(?:\.txt)?"
    r"|\.p?[oe]\d+)(?:\.?\d+)?$"
    r"|^log\."  # LAMMPS, OpenFOAM
    r"|\.log\.lammps$"
    r"|^rsl\.(?:out|error)\.\d+$"  # WRF, of each rank
    r"|^OUTCAR(?:[._-]?\w*\d)?$|\.(?:abo|pwo|nwo)\d*$",  # VASP; ABINIT, Quantum ESPRESSO, NWChem
    re.IGNORECASE,
)
"""Names of logs in the run's own directory, as programs and schedulers leave them; rotated ones, too."""

_NO_LOG = LazyPattern(
    r"P?DOS_"  # CP2K's densities of states; Quantum ESPRESSO's dos.out and bands.out are logs
    r"|(?:a\.out|namelist\.output)$"  # what a compiler makes; WRF's settings with all defaults
    r"|log\..*\.?(?:py|ipynb|csv|json|png|jpe?g|pdf|svg)$"
)
"""Names of what is called like a log and is none."""

_LOG_PATHS = {".guild": "output", "files": "output.log"}
"""Logs elsewhere in a run, by the folders that they lie in: of Guild AI, and of Weights & Biases."""

_ERROR_LOG = LazyPattern(r"(?:^|[^a-z])(?:err|error|errors|stderr)(?:[^a-z]|$)|\.p?e\d+$", re.IGNORECASE)
_MOST_LOGS = 10_000  # entries
_MOST_ENTRIES = 2000
_MOST_TRIED = 200  # files
_SAMPLE = 1024  # bytes
_DEEPEST = 2  # levels of folders
_DEEPEST_LOGS = 4  # levels of folders below logs/: Open MPI has 1/rank.0/stdout there


class LogFile(NamedTuple):
    """A log that a run has.

    Attributes:
        name: Its path below the run, or from there.
        size: Bytes.
        modified: When it was last written, in seconds since the epoch.
        target: Where it leads, for one that is reached through a link; else ``""``.
    """

    name: str
    size: int
    modified: float
    target: str = ""


class FoundLogs(NamedTuple):
    """The logs of a run, the one written last first, empty ones at the end.

    Attributes:
        logs: The logs.
        problems: What could not be looked at, in lines that are safe to show.
        hidden: What was passed over because it is hidden, in one line that is safe to show, or nothing.
    """

    logs: list[LogFile]
    problems: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Names and reasons of unread files that may be logs, in lines that are safe to show."""
        return self.problems + self.hidden


class FoundTexts(NamedTuple):
    """All files of a run that can be read as text.

    Attributes:
        logs: Its logs, as `find_logs` finds them.
        others: Its other files that look like text, the one written last first, empty ones at the end.
        problems: What could not be looked at, or is hidden, in lines that are safe to show.
    """

    logs: list[LogFile]
    others: list[LogFile]
    problems: tuple[str, ...] = ()


def is_log_name(name: str) -> bool:
    """Return whether a file directly in a run has the name of a log, perhaps compressed or rotated."""
    name = unpacked_name(name)
    return _LOG_NAME.search(name) is not None and _NO_LOG.match(name) is None


def unpacked_name(name: str) -> str:
    """Return the name of a file without the ending that tells of its compression."""
    return os.path.splitext(name)[0] if name.endswith(COMPRESSED) else name


def is_error_log(name: str) -> bool:
    """Return whether a log is called like one for errors, such as ``run.err`` or ``logs/rank.3/stderr``."""
    return _ERROR_LOG.search(os.path.basename(name)) is not None


def is_only_a_log(run_dir: str) -> bool:
    """Return whether a run is the log of a job and nothing else, so that its path is that of a file."""
    return is_log_name(os.path.basename(run_dir)) and os.path.isfile(run_dir)


def log_path(run_dir: str, name: str) -> str:
    """Return the path of a run's log.

    Args:
        run_dir: The run's directory.
        name: The log's path below it, or the name of the run if that is only a log.
    """
    if name == os.path.basename(run_dir) and is_only_a_log(run_dir):
        return run_dir
    return os.path.join(run_dir, name)


def find_logs(run_dir: str, most: int = _MOST_LOGS, *, may_have_job: bool = True) -> FoundLogs:
    """Return a run's logs.

    These are all files in ``logs/`` and in folders up to four levels below it, files directly in the run
    that are called like logs, as programs and schedulers leave them, those at the places of a few other
    programs, and the output of the run's Slurm job beside the run. Links are followed: logs are written to
    other disks.

    Args:
        run_dir: The run's directory.
        most: How many entries are looked at, of ``logs/`` and of the run each.
        may_have_job: Whether its metadata may name a job, whose output may lie outside of the run.
    """
    problems: list[str] = []
    if is_only_a_log(run_dir):
        status = os.stat(run_dir)
        return FoundLogs([LogFile(os.path.basename(run_dir), status.st_size, status.st_mtime)])
    found: list[FoundFile] = []
    hidden: list[str] = []
    for file in files_below(run_dir, LOGS_DIR, most, _DEEPEST_LOGS, follow=True, problems=problems):
        if not os.path.basename(file.path).startswith("."):
            found.append(file)
        elif file.status.st_size:  # others, such as .gitkeep, hold no log
            hidden.append(file.path)
    folders: set[str] = set()

    def is_wanted(name: str) -> bool:
        if name in _LOG_PATHS:
            folders.add(name)
        return is_log_name(name)

    found += files_below(run_dir, "", most, 0, follow=True, problems=problems, wanted=is_wanted)
    found += _elsewhere(run_dir, folders)
    if may_have_job and (output := job_output(run_dir, problems)) is not None:
        found.append(output)
    # A file that is reached by several paths is one log; its own path counts before a link.
    found.sort(key=lambda file: file.target != "")
    unique: dict[tuple[int, int], LogFile] = {}
    for path, status, target in found:
        log = LogFile(path, status.st_size, status.st_mtime, target)
        unique.setdefault((status.st_dev, status.st_ino), log)
    return FoundLogs(_newest_first(list(unique.values())), tuple(problems), _hidden_text(hidden))


def _elsewhere(run_dir: str, folders: Iterable[str]) -> Iterator[FoundFile]:
    """Yield the logs of other programs that lie neither in ``logs/`` nor directly in the run."""
    for folder in folders:
        path = f"{folder}/{_LOG_PATHS[folder]}"
        try:
            status = os.lstat(os.path.join(run_dir, path))
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield FoundFile(path, status)


def _hidden_text(paths: Sequence[str]) -> tuple[str, ...]:
    if not paths:
        return ()
    shown = safe_text(min(paths), 200)
    if len(paths) == 1:
        return (f"{shown} is hidden, so it is not read",)
    return (f"{shown} and {len(paths) - 1:,} more are hidden, so they are not read",)


def last_output(run_dir: str, run: RunRecord, most: int = _MOST_LOGS) -> float | None:
    """Return when a run last wrote a log or its metadata, in seconds since the epoch; None where unknown.

    Args:
        run_dir: The run's directory.
        run: The run as read.
        most: As for `find_logs`.
    """
    logs, problems, _hidden = find_logs(run_dir, most, may_have_job=run.job is not None)
    if problems and not logs:
        return None  # it may write where we cannot look
    written = [log.modified for log in logs]
    if run.stamp is not None:
        written.append(modified_ns(run.stamp) / 1e9)
    return max(written, default=None)


def find_texts(run_dir: str) -> FoundTexts:
    """Return a run's logs, and its other files that look like text, of which no links are followed.

    Of a run with very many files the first 2,000 are looked at, two folders deep, and of other files than
    logs the beginnings of the 200 written last.
    """
    found = find_logs(run_dir)
    logs = found.logs
    known = {log.name for log in logs}
    missed: list[str] = []
    others = [
        LogFile(path, status.st_size, status.st_mtime)
        for path, status, _target in files_below(run_dir, "", _MOST_ENTRIES, _DEEPEST, problems=missed)
        if path not in known and not path.startswith(f"{LOGS_DIR}/")
    ]
    texts = [
        file
        for file in _newest_first(others)[:_MOST_TRIED]
        if looks_like_text(os.path.join(run_dir, file.name))
    ]
    return FoundTexts(logs, texts, tuple(dict.fromkeys((*found.unread, *missed))))


def looks_like_text(path: str) -> bool:
    """Return whether a file begins like text: no zero bytes, and nearly all of it UTF-8 or ASCII."""
    from runtui.logs.read.source import open_log, read_at  # to list logs is to open none

    try:
        sample = read_at(open_log(path), 0, _SAMPLE)
    except OSError:
        return False
    if not sample:
        return True
    text = sample.decode("utf-8", "replace")
    strange = sum(not (char.isprintable() or char in "\t\n\r\f\b\x1b") or char == "\ufffd" for char in text)
    return "\0" not in text and strange <= len(text) // 20


def _newest_first(files: list[LogFile]) -> list[LogFile]:
    return sorted(files, key=lambda file: (file.size > 0, file.modified), reverse=True)
