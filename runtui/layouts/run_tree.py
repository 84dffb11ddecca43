"""The runs below a directory: those that lie in it, and those in folders that hold runs."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence

from runtui.layouts.base import FOLDERS_OF_SOURCES, MOST_ENTRIES, entries_of
from runtui.layouts.job_logs import is_job_log, is_named_by_scheduler, job_logs
from runtui.layouts.registry import (
    PLAIN,
    SCRIPT_DIRECTORY,
    TRAINING,
    DirectoryKind,
    examine,
    folders_to_look_into,
    layout_of,
    read_run,
)
from runtui.layouts.script_outputs import FOLDERS_OF_LOGS
from runtui.logs.read.log_files import is_log_name
from runtui.store.paths import METADATA_FILE
from runtui.store.record import RecordState, RunRecord
from runtui.store.run_listing import list_directory
from runtui.text.sanitize import safe_text

DEEPEST = 4
"""Levels of folders below the runs directory in which runs are found."""

MOST_LOOKS = 2000
"""Folders below the runs directory that are listed in search of runs.

A listing costs 0.02 ms on a local disk, and 1 to 5 ms on a network file system.
"""

_MOST_LOOKS_IN_ONE = 300  # folders of a single run that are listed in search of runs
_MOST_BELOW = 200_000  # entries of a folder that is looked into for runs
_MOST_NAMED = 4  # directories
_LONGEST_NAME = 40  # characters
_LOOKS_AT_ONCE = 100  # folders that are listed again at a listing of the directory
_POINTERS = FOLDERS_OF_SOURCES.union(
    ("latest", "latest-run", "latest-sweep", "last", "checkpoints", "models", "logs", "results", "output")
)
"""Names of links to the newest run or to another disk, which lead nowhere in a copy."""

_ENDINGS_OF_OUTPUTS = (".out", ".log", ".txt", ".output", ".stdout", ".pwo", ".nwo", ".abo")
_BEGINNINGS_OF_OUTPUTS = (
    "log.",
    "log_",
    "log-",
    "out_",
    "out-",
    "output_",
    "output-",
    "outputs_",
    "stdout_",
    "out.",
    "output.",
    "stdout.",
)
_PARTS_OF_RUNS = frozenset((PLAIN, "tensorboard"))
"""Layouts of directories that are no runs of their own within a run of another program."""

_PARTS_OF_RECORDED = frozenset((TRAINING,))
"""The same within a run of a tracker or a launcher: elsewhere a sweep may have a log of its own."""


_NUMBERED = re.compile(r"(?:.*/)?[^/]*[^/\d]_\d{1,4}", re.ASCII | re.DOTALL)
"""Names of directories that Stable-Baselines makes for the event files of each of several runs: ``PPO_3``."""


class RunTree:
    """The names of the runs below a directory, as paths from it.

    A folder without a record that holds runs is a runs directory of its own, and a run of another program may
    hold runs. Which folders these are is found out by looking into directories without a record; into runs
    with a metadata.json, of which there may be a hundred thousand, nobody looks unless they were adopted.

    Args:
        base: The directory.
        only: The only entries of the directory that count, into which is looked in any case; none for all.
        most_looks: How many folders are listed in search of runs.
    """

    def __init__(self, base: str, only: Sequence[str] = (), most_looks: int = MOST_LOOKS) -> None:
        self._base = base
        self._only = only
        self._looks_left = most_looks
        self._folders: dict[str, list[str]] = {}
        self._others: dict[str, None] = {}
        self._seen: dict[str, int] = {}
        self._foreign: dict[str, str] = {}
        self._to_look_into: list[str] = []
        self._holding: set[str] = set()
        self._plain: dict[str, set[str]] = {}
        self._of_scripts: set[str] = set()
        self._files: Sequence[str] = ()
        self._outputs: list[str] = []
        self._job_logs: dict[str, list[str]] = {"": []}
        self._of_logs: set[str] = set()
        self._missed = 0
        self._cut: dict[str, None] = {}
        self._rotation = 0

    @property
    def folders(self) -> list[str]:
        """The folders that were looked into for runs, without the directory itself."""
        return list(self._folders)

    @property
    def others(self) -> list[str]:
        """The entries of the directory that are no runs and hold none, as far as they were looked into."""
        holding = {name.partition("/")[0] for folder in self._folders.values() for name in folder}
        return sorted(name for name in self._others if "/" not in name and name not in holding)

    @property
    def problem(self) -> str:
        """The folders that were not looked into, or not to their ends, in one line, or ``""``."""
        parts = []
        if self._missed:
            parts.append(
                f"{self._missed:,} folders were not looked into for runs: name one of them to open it"
            )
        if self._cut:
            named = ", ".join(safe_text(name, _LONGEST_NAME) for name in list(self._cut)[:_MOST_NAMED])
            parts.append(f"only the first {_MOST_BELOW:,} entries were looked at of {named}")
        return "; ".join(parts)

    @property
    def others_text(self) -> str:
        """The entries that are no runs, in one line that is safe to show, or ``""``."""
        others = self.others
        if not others:
            return ""
        named = ", ".join(safe_text(name, _LONGEST_NAME) for name in others[:_MOST_NAMED])
        more = f" and {len(others) - _MOST_NAMED:,} more" if len(others) > _MOST_NAMED else ""
        subject = f"{len(others):,} directories are no runs" if len(others) > 1 else "one directory is no run"
        return f"{subject} (no {METADATA_FILE} and no known layout): {named}{more}"

    # Reading

    def names(self) -> list[str]:
        """Return the names of the runs, and of directories of which it is not known yet what they are.

        Raises:
            OSError: The directory cannot be listed.
        """
        if self._only:
            found = list(self._only)
        else:
            listing = list_directory(self._base)
            found = listing.folders + listing.links
            if listing.files != self._files:  # of a hundred thousand logs the names take a second
                self._files = listing.files
                self._job_logs[""], self._outputs = _logs_of_runs(self._base, listing.files)
            found += self._outputs
        if self._folders or self._others:
            self._look_again()
            found = [name for name in (*found, *self.below()) if name not in self._others]
        return found + [name for folder in self._of_logs for name in self._job_logs.get(folder, ())]

    def learn(self, names: Iterable[str]) -> None:
        """Note the folders of runs that are known from an earlier look."""
        for name in names:
            folder, _slash, leaf = name.rpartition("/")
            self._holding.add(folder)
            if "." in leaf and folder not in self._of_logs and is_job_log(f"{self._base}/{name}"):
                self._of_logs.add(folder)
            while folder and folder not in self._folders:
                self._folders[folder] = self._listed(folder)
                folder = folder.rpartition("/")[0]

    def take(self, run: RunRecord) -> bool:
        """Note what an entry turned out to be, and return whether it is a run.

        Args:
            run: The run, as it was read.
        """
        name = run.name
        folder, _slash, leaf = name.rpartition("/")
        if run.state is RecordState.DANGLING and (leaf in _POINTERS or is_log_name(leaf)):
            return False
        if run.state is not RecordState.OTHER:
            if run.layout == PLAIN:
                self._plain.setdefault(folder, set()).add(leaf)
            elif run.layout == SCRIPT_DIRECTORY:
                self._of_scripts.add(folder)
            else:
                self._holding.add(folder)
            is_sure = run.layout not in (PLAIN, SCRIPT_DIRECTORY)
            if is_sure and folder in self._of_logs and name not in self._job_logs[folder]:
                self._of_logs.discard(folder)
        if run.state is not RecordState.OTHER and not run.layout:
            self._others.pop(name, None)
            if run.may_hold_runs:
                self._foreign[name] = run.layout
            if (run.may_hold_runs or name in self._only) and name not in self._folders:
                self._to_look_into.append(name)
            return True
        is_run = run.state is not RecordState.OTHER and not self._is_part(run)
        if is_run:
            self._foreign[name] = run.layout
            self._others.pop(name, None)
        else:
            self._others[name] = None
            self._seen[name] = self._modified(name)
        may_hold_runs = run.may_hold_runs or not run.layout
        if (
            may_hold_runs
            and name not in self._folders
            and folder not in self._of_logs
            and not is_link_of_another(os.path.join(self._base, name))
        ):
            self._to_look_into.append(name)
        return is_run

    def _is_part(self, run: RunRecord) -> bool:
        """Return whether a directory that looks like a run is a part of one above it."""
        if run.layout not in _PARTS_OF_RUNS | _PARTS_OF_RECORDED:
            return False
        above = {self._foreign[name] for name in _above(run.name) if name in self._foreign}
        is_numbered = run.layout == "tensorboard" and _NUMBERED.fullmatch(run.name) is not None
        if run.layout in _PARTS_OF_RECORDED or is_numbered:
            above -= _PARTS_OF_RUNS | _PARTS_OF_RECORDED
        return bool(above)

    def take_recorded(self, runs: list[RunRecord]) -> list[RunRecord]:
        """Note, at once, that entries of the directory are runs with a metadata.json, and return them."""
        if self._only or self._others or self._of_logs or any(run.may_hold_runs for run in runs):
            return [run for run in runs if self.take(run)]
        if runs:
            self._holding.add("")
        return runs

    def unread(self) -> list[str]:
        """Look into the directories that may hold runs, and return what lies there and was not read yet."""
        found: list[str] = []
        waiting, self._to_look_into = self._to_look_into, []
        for folder in waiting:
            if folder in self._folders or folder.count("/") >= DEEPEST:
                continue
            if self._looks_left <= 0:
                self._missed += 1
                continue
            self._looks_left -= 1
            self._seen[folder] = self._modified(folder)
            self._folders[folder] = self._listed(folder)
            found += self._folders[folder]
        return found or self._logs_alone()

    def _logs_alone(self) -> list[str]:
        """Return the logs of jobs in directories that hold no other runs, each of which is then a run."""
        fresh = [
            folder for folder, logs in self._job_logs.items() if logs and not self._has_other_runs(folder)
        ]
        self._holding.update(fresh)
        self._of_logs.update(fresh)
        return [name for folder in fresh for name in self._job_logs[folder]]

    def _has_other_runs(self, folder: str) -> bool:
        """Return whether a folder holds runs; one for logs, whether runs lie anywhere beside it.

        A script's directory has a job of its own, and runs that only look like some hold jobs back only
        where they are as many.
        """
        above, _slash, leaf = folder.rpartition("/")
        if folder in self._holding or leaf.lower() not in FOLDERS_OF_LOGS:
            plain = len(self._plain.get(folder, ()))
            return folder in self._holding or plain >= len(self._job_logs.get(folder, ()))
        others = self._holding.union(self._plain, self._of_scripts).difference(self._of_logs)
        return (not above and bool(others)) or any(f"{one}/".startswith(f"{above}/") for one in others)

    def below(self) -> Iterator[str]:
        """Yield the names of what lies in folders, as of the last look."""
        for names in self._folders.values():
            yield from names

    def _look_again(self) -> None:
        """List those of the next few folders again that changed, and forget what became a run or is gone."""
        known = list(dict.fromkeys((*self._folders, *self._others)))
        begin = self._rotation % len(known)
        self._rotation += _LOOKS_AT_ONCE
        for name in (known[begin:] + known[:begin])[:_LOOKS_AT_ONCE]:
            modified = self._modified(name)
            if modified == self._seen.get(name):
                continue
            self._seen[name] = modified
            try:
                kind = examine(os.path.join(self._base, name)).kind
            except OSError:
                kind = None
            if name in self._others and kind is not DirectoryKind.OTHER:
                del self._others[name]
            if kind is None:
                self._folders.pop(name, None)
            elif name in self._folders:
                self._folders[name] = self._listed(name)

    def _listed(self, folder: str) -> list[str]:
        """Return the names of what lies in a folder and may be a run or hold runs."""
        path = os.path.join(self._base, folder)
        try:
            examined = examine(path)
            if len(examined.entries.names) >= MOST_ENTRIES:  # enough to know its kind by
                examined = examined._replace(entries=entries_of(path, _MOST_BELOW))
        except OSError:
            return []
        if len(examined.entries.names) >= _MOST_BELOW:
            self._cut[folder] = None
        if examined.kind is DirectoryKind.RECORDED:
            examined = examined._replace(layout=layout_of(folder, examined.entries))
        is_others = os.path.basename(folder).lower() in FOLDERS_OF_SOURCES
        outputs: list[str] = []
        if examined.kind is DirectoryKind.OTHER and not is_others:
            logs, outputs = _logs_of_runs(path, examined.entries.files)
            self._job_logs[folder] = [f"{folder}/{name}" for name in logs]
        folders = [
            name
            for name in sorted(folders_to_look_into(examined))
            if not (name in examined.entries.links and self._is_inside(f"{folder}/{name}"))
        ]
        return [f"{folder}/{name}" for name in (*folders, *outputs)]

    def _is_inside(self, link: str) -> bool:
        """Return whether a link leads to what lies below the directory, which has a name of its own."""
        above = os.path.realpath(self._base)
        return f"{os.path.realpath(os.path.join(self._base, link))}/".startswith(f"{above}/")

    def _modified(self, name: str) -> int:
        try:
            return os.stat(os.path.join(self._base, name)).st_mtime_ns
        except OSError:
            return 0


def holds_other_runs(base: str, name: str) -> bool:
    """Return whether runs lie in a run; also where there are too many folders to tell."""
    tree = RunTree(base, only=(name,), most_looks=_MOST_LOOKS_IN_ONE)
    tree.take(read_run(base, name))
    while below := tree.unread():
        if any(tree.take(read_run(base, one)) for one in below):
            return True
    return tree.problem != ""


def is_link_of_another(path: str) -> bool:
    """Return whether a path is a link that another user made: it could lead to anything of the caller's."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) and found.st_uid not in (os.geteuid(), 0)


def _logs_of_runs(directory: str, files: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the logs of jobs in a directory, and the other outputs of which each is a run.

    Logs that have their names from no scheduler are outputs among others, where there are any.
    """
    logs = job_logs(files, directory)
    if any(map(is_named_by_scheduler, logs)) or not any(map(_may_be_output, files)):
        return logs, []
    from runtui.layouts.run_outputs import outputs_of_runs  # only for directories with some

    outputs = outputs_of_runs(directory, files)
    return ([], sorted({*logs, *outputs})) if outputs else (logs, [])


def _may_be_output(name: str) -> bool:
    return name.endswith(_ENDINGS_OF_OUTPUTS) or name.startswith(_BEGINNINGS_OF_OUTPUTS)


def _above(name: str) -> Iterator[str]:
    while name := name.rpartition("/")[0]:
        yield name
