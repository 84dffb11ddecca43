"""A run's files that can be read as text: its logs, and the others."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from runtui.logs.read.job_output import job_output
from runtui.logs.read.launcher_output import HYDRA_FOLDER, launcher_logs
from runtui.logs.read.paired_logs import error_log_of
from runtui.store.paths import LOGS_DIR
from runtui.store.record import RunRecord, modified_ns
from runtui.store.run_listing import FoundFile, files_below, regular_files
from runtui.text.lazy_pattern import LazyPattern
from runtui.text.sanitize import safe_text

COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
"""Suffixes of the names of compressed files."""

_LOG_NAME = LazyPattern(
    r"(?:\.(?:log|out|err|stdout|stderr|output)"
    r"|^(?:stdout|stderr|nohup|console|cout|output|log|outp?|err|error|slurm-\d[\w.-]*?)(?:\.txt)?"
    r"|\.p?[oe]\d+)(?:\.?\d+|\[\d+\])?$"
    r"|\d{4,10}\.[oe]$|\.(?-i:OU|ER)$"  # of a job; PBS's names in a folder for output
    r"|^log\."  # LAMMPS, OpenFOAM
    r"|^(?:out|output|err|error|log|job|stdout|stderr)[-_.]\d{4,10}(?:[_.]\d{1,9})?\.txt$"  # with a job's id
    r"|^(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval|loss|run)[-_]?log(?:[-_]?\d[\d_-]*)?\.txt$"
    r"|^log[-_]?(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval|loss)\.txt$"
    r"|log\.lammps$|[._-](?:out|err|stdout|stderr)\.txt$"
    r"|^rsl\.(?:out|error)\.\d+$|^STD(?:OUT|ERR)\.\d+$"  # WRF and MITgcm, of each rank
    r"|^logfile$|\.mdout$|^_output_.*\.txt$|\.outp$"  # Nek5000, Amber, PrePoMax, MCNP
    r"|^OUTCAR(?:[._-]?\w*\d)?$|\.(?:abo|pwo|nwo)\d*$"  # VASP; ABINIT, Quantum ESPRESSO, NWChem
    r"|^(?:outputs?|out|stdout|log)[_-](?=[A-Za-z])\w{1,40}(?<=\d)$",  # output_T300
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

_RANK_FOLDER = LazyPattern(r"(?:mpi[._-]?)?(?:rank|proc|task|worker)[._-]?\d{1,6}$", re.IGNORECASE)
_FOLDERS_OF_RANKS = frozenset(("1", "out", "output", "outputs", "log"))
"""Names of folders in which folders of ranks may lie: Open MPI makes ``OUT/1/rank.0/stdout``."""

_ERROR_LOG = LazyPattern(r"(?:^|[^a-z])(?:err|error|errors|stderr)(?:[^a-z]|$)|\.p?e\d+$", re.IGNORECASE)
_MOST_LOGS = 10_000  # entries
_MOST_NAMES = 4096  # names of files that are remembered: in many runs the same ones
_MOST_ENTRIES = 2000
_MOST_TRIED = 200  # files
_SAMPLE = 1024  # bytes
_DEEPEST = 2  # levels of folders
_DEEPEST_RANKS = 2  # levels of folders below the one that Open MPI was told
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


@lru_cache(maxsize=_MOST_NAMES)
def is_log_name(name: str) -> bool:
    """Return whether a file directly in a run has the name of a log, perhaps compressed or rotated."""
    name = unpacked_name(name)
    return _LOG_NAME.search(name) is not None and _NO_LOG.match(name) is None


def is_rank_folder(name: str) -> bool:
    """Return whether a folder is called like that of one of a parallel program's processes."""
    return _RANK_FOLDER.match(name) is not None


def rank_logs(run_dir: str, folders: Iterable[str], most: int = _MOST_LOGS) -> Iterator[FoundFile]:
    """Yield the logs of the processes of a parallel program that lie in folders of their own.

    Args:
        run_dir: The run's directory.
        folders: Names of folders directly in it; others than those of ranks are passed over.
        most: How many entries of each are looked at.
    """
    for folder in sorted(folders):
        if is_rank_folder(folder):
            yield from files_below(run_dir, folder, most, 0, wanted=is_log_name)
        elif folder in _FOLDERS_OF_RANKS:
            found = files_below(run_dir, folder, most, _DEEPEST_RANKS, wanted=_is_of_ranks)
            yield from (file for file in found if is_rank_folder(file.path.split("/")[-2]))


def _is_of_ranks(name: str) -> bool:
    return name == "1" or is_rank_folder(name) or is_log_name(name)


def unpacked_name(name: str) -> str:
    """Return the name of a file without the ending that tells of its compression."""
    return os.path.splitext(name)[0] if name.endswith(COMPRESSED) else name


def is_error_log(name: str) -> bool:
    """Return whether a log is called like one for errors, such as ``run.err`` or ``logs/rank.3/stderr``."""
    return _ERROR_LOG.search(os.path.basename(name)) is not None


def is_only_a_log(run_dir: str) -> bool:
    """Return whether a run is the log of a job and nothing else, so that its path is that of a file."""
    # The output of a job may have any name, if its errors lie beside it.
    may_be = run_dir.endswith((".txt", ".o")) or is_log_name(os.path.basename(run_dir))
    return may_be and os.path.isfile(run_dir)


def log_path(run_dir: str, name: str) -> str:
    """Return the path of a run's log.

    Args:
        run_dir: The run's directory.
        name: The log's path below it, or its name if the run is only a log, beside which it lies.
    """
    if is_only_a_log(run_dir):
        return os.path.join(os.path.dirname(run_dir), name)
    return os.path.join(run_dir, name)


def find_logs(run_dir: str, most: int = _MOST_LOGS, *, may_have_job: bool = True) -> FoundLogs:
    """Return a run's logs.

    These are all files in ``logs/`` and in folders up to four levels below it, files directly in the run
    that are called like logs, as programs and schedulers leave them, those in folders of ranks and at the
    places of a few other programs, and the output of the run's Slurm job beside the run. Links are followed:
    logs are written to other disks.

    Args:
        run_dir: The run's directory.
        most: How many entries are looked at, of ``logs/`` and of the run each.
        may_have_job: Whether its metadata may name a job, whose output may lie outside of the run.
    """
    problems: list[str] = []
    if is_only_a_log(run_dir):
        return FoundLogs(_newest_first(_logs_of_a_log(run_dir)))
    found: list[FoundFile] = []
    hidden: list[str] = []
    for file in files_below(run_dir, LOGS_DIR, most, _DEEPEST_LOGS, follow=True, problems=problems):
        if not os.path.basename(file.path).startswith("."):
            found.append(file)
        elif file.status.st_size:  # others, such as .gitkeep, hold no log
            hidden.append(file.path)
    folders: set[str] = set()
    of_ranks: set[str] = set()

    def is_wanted(name: str) -> bool:
        if name in _LOG_PATHS or name == HYDRA_FOLDER:
            folders.add(name)
        elif name in _FOLDERS_OF_RANKS or is_rank_folder(name):
            of_ranks.add(name)
        return is_log_name(name)

    found += files_below(run_dir, "", most, 0, follow=True, problems=problems, wanted=is_wanted)
    found += _elsewhere(run_dir, folders)
    found += rank_logs(run_dir, of_ranks, most)
    if may_have_job and (output := job_output(run_dir, problems)) is not None:
        found.append(output)
    # A file that is reached by several paths is one log; its own path counts before a link.
    found.sort(key=lambda file: file.target != "")
    unique: dict[tuple[int, int], LogFile] = {}
    for path, status, target in found:
        log = LogFile(path, status.st_size, status.st_mtime, target)
        unique.setdefault((status.st_dev, status.st_ino), log)
    return FoundLogs(_newest_first(list(unique.values())), tuple(problems), _hidden_text(hidden))


def _logs_of_a_log(path: str) -> list[LogFile]:
    """Return the log that is a run, and that with the errors of the same job."""
    folder, name = os.path.split(path)
    status = os.stat(path)
    found = [LogFile(name, status.st_size, status.st_mtime)]
    errors = error_log_of(name)
    try:
        status = os.lstat(os.path.join(folder, errors or name))
    except OSError:
        return found
    if errors is not None and stat.S_ISREG(status.st_mode):
        found.append(LogFile(errors, status.st_size, status.st_mtime))
    return found


def _elsewhere(run_dir: str, folders: Iterable[str]) -> Iterator[FoundFile]:
    """Yield the logs of other programs that lie neither in ``logs/`` nor directly in the run."""
    for folder in folders:
        if folder == HYDRA_FOLDER:
            yield from launcher_logs(run_dir)
        else:
            yield from regular_files(run_dir, [f"{folder}/{_LOG_PATHS[folder]}"])


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
