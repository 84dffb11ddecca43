"""One run's directory as a handle: its files, logs and outputs, all through the sandboxed join."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import IO, Any

from runtui.store.errors import MetadataError, OutsideRunError, RunNotFoundError, explain
from runtui.store.metadata import read_metadata
from runtui.store.paths import LOGS_DIR, RESULTS_DIR, sandboxed_join
from runtui.store.record import RunRecord
from runtui.store.regular_file import open_regular
from runtui.store.rows import read_record
from runtui.store.run_listing import files_below
from runtui.store.safe_directory import SafeDirectory
from runtui.store.status import normal_status
from runtui.store.torn_file import ATTEMPTS
from runtui.text.sanitize import safe_text

log = logging.getLogger("runtui")

_BLOCK = 64 * 1024  # bytes
_MOST_LOGS = 2000  # entries of logs/
_DEEPEST_LOGS = 4  # levels of folders below logs/


class Run:
    """A run directory, opened for reading and for placing files in it.

    Args:
        run_dir: The run's directory.

    Raises:
        RunNotFoundError: There is no such directory.
    """

    def __init__(self, run_dir: str | os.PathLike[str]) -> None:
        self.run_dir = Path(run_dir)
        if not self.run_dir.is_dir():
            raise RunNotFoundError(f"there is no run {safe_text(self.run_dir.name)}")
        self.run_id = self.run_dir.name

    def __repr__(self) -> str:
        return f"Run({str(self.run_dir)!r})"

    @property
    def metadata(self) -> dict[str, Any]:
        """The run's metadata as it is on disk now.

        Raises:
            MetadataError: It cannot be read; the text says why.
        """
        return read_metadata(str(self.run_dir))

    @property
    def record(self) -> RunRecord:
        """The run as a row of a table; never raises for what is on disk."""
        return read_record(str(self.run_dir.parent), self.run_id, ATTEMPTS)

    @property
    def status(self) -> str:
        """The run's status as it is on disk now; ``""`` when it cannot be read."""
        try:
            return normal_status(str(self.metadata.get("status") or ""))
        except MetadataError:
            return ""

    def path(self, *parts: str | os.PathLike[str]) -> Path:
        """Return the path of a file of the run, which need not exist.

        Raises:
            OutsideRunError: It would lead out of the run's directory.
        """
        return sandboxed_join(self.run_dir, *parts)

    def file_exists(self, *parts: str | os.PathLike[str]) -> bool:
        """Return whether the run has a file (or directory) of that path.

        Raises:
            OutsideRunError: It would lead out of the run's directory.
        """
        return os.path.exists(self.path(*parts))

    def list_logs(self) -> list[str]:
        """Return the paths below ``logs/`` of all files in it, the one written last first; follows links.

        Those in folders more than four levels down are left out. Of a folder that cannot be read a warning is
        logged.

        Raises:
            OSError: ``logs/`` is there and cannot be read.
        """
        return self._list_logs([])

    def _list_logs(self, problems: list[str]) -> list[str]:
        if not self._has_folder(LOGS_DIR):
            return []
        files = files_below(
            str(self.run_dir), LOGS_DIR, _MOST_LOGS, _DEEPEST_LOGS, follow=True, problems=problems
        )
        # By its own path, where a link leads to another of them.
        unique: dict[tuple[int, int], tuple[int, str]] = {}
        for path, status, _target in sorted(files, key=lambda file: file.target != ""):
            dated = (-status.st_mtime_ns, path.removeprefix(f"{LOGS_DIR}/"))
            unique.setdefault((status.st_dev, status.st_ino), dated)
        self._warn("logs", problems)
        return [name for _age, name in sorted(unique.values())]

    def read_log(self, name: str | None = None, last_lines: int | None = None) -> str:
        """Return the text of a log.

        Args:
            name: The log's name below ``logs/``; by default the one written last.
            last_lines: How many lines from its end; by default the whole log. Reads no more than it needs.

        Raises:
            FileNotFoundError: There is no such log, or none at all.
            OSError: It cannot be read, or ``logs/`` cannot.
            OutsideRunError: The name would lead out of the run's directory, and is not that of a log.
            StoreError: It is a FIFO or a device.
        """
        if name is None:
            problems: list[str] = []
            logs = self._list_logs(problems)
            if not logs:
                why = "; ".join(["has no log", *problems])
                raise FileNotFoundError(f"run {safe_text(self.run_id)} {why}")
            path = self.run_dir / LOGS_DIR / logs[0]
        else:
            path = self._log_path(name)
        with open(path, "rb", opener=_open_to_read) as file:
            data = file.read() if last_lines is None else _last_lines(file, last_lines)
        return data.decode("utf-8", "replace")

    def _log_path(self, name: str) -> Path:
        """Return the path of a log, which may be a link to another disk."""
        try:
            return self.path(LOGS_DIR, name)
        except OutsideRunError:
            if name not in self.list_logs():
                raise
            return self.run_dir / LOGS_DIR / name

    def list_outputs(self) -> list[str]:
        """Return the files below ``results/``, as sorted paths relative to it. Links are not followed.

        Of a folder below it that cannot be read a warning is logged.

        Raises:
            OutsideRunError: ``results/`` is a link that leads out of the run's directory.
            OSError: ``results/`` is there and cannot be read.
        """
        root = str(self.path(RESULTS_DIR))
        if not self._has_folder(RESULTS_DIR):
            return []
        found = []
        unread: dict[str, OSError] = {}
        for directory, _subdirectories, files in os.walk(root, onerror=lambda error: _note(unread, error)):
            for file in files:
                path = os.path.join(directory, file)
                try:
                    is_output = stat.S_ISREG(os.lstat(path).st_mode)
                except OSError as error:
                    _note(unread, error, directory)
                    continue
                if is_output:
                    found.append(os.path.relpath(path, root))
        problems = [
            f"{safe_text(os.path.relpath(folder, self.run_dir), 200)}/ cannot be read: "
            f"{explain(error, with_path=False)}"
            for folder, error in unread.items()
        ]
        self._warn("outputs", problems)
        return sorted(found)

    def _has_folder(self, folder: str) -> bool:
        """Return whether the run has a folder.

        Raises:
            OSError: It is there and cannot be read, or is a link to nothing.
        """
        path = self.run_dir / folder
        try:
            os.scandir(path).close()
        except FileNotFoundError:
            if path.is_symlink():
                raise
            return False
        return True

    def _warn(self, what: str, problems: list[str]) -> None:
        for problem in problems:
            log.warning("%s of run %s may be missing: %s", what, safe_text(self.run_id, 80), problem)

    def open_output(self, name: str | os.PathLike[str], mode: str = "r") -> IO[Any]:
        """Open a file below ``results/`` as the built-in `open` does, text as UTF-8.

        Writing makes the directories on the way.

        Raises:
            FileNotFoundError: It is opened for reading and is not there.
            OutsideRunError: The name would lead out of the run's directory, or it is opened for writing and
                the run is a symbolic link to a directory elsewhere.
            StoreError: It is a FIFO or a device, or, for writing, a link.
            NotADirectoryError: It is opened for writing, and a folder on the way is a link.
        """
        path = self.path(RESULTS_DIR, name)
        encoding = None if "b" in mode else "utf-8"
        if not set(mode) & set("wax+"):
            return open(path, mode, encoding=encoding, opener=_open_to_read)
        if self.run_dir.is_symlink():
            raise OutsideRunError(f"run {safe_text(self.run_id)} is a symbolic link: open it where it lies")
        directory = SafeDirectory(self.run_dir)
        relative = os.path.relpath(path, self.run_dir)
        if set(mode) & set("wax"):
            with directory.folder(os.path.dirname(relative), make=True):
                pass
        return open(
            path, mode, encoding=encoding, opener=lambda _path, flags: directory.open(relative, flags)
        )


def _note(unread: dict[str, OSError], error: OSError, folder: str | None = None) -> None:
    """Note why a folder could not be read, unless it was only removed meanwhile."""
    if not isinstance(error, FileNotFoundError):
        unread.setdefault(os.fsdecode(error.filename) if folder is None else folder, error)


def _open_to_read(path: str, _flags: int) -> int:
    """Open a file as the built-in `open` does for reading, but never wait for the other end of a FIFO."""
    return open_regular(path, follow_link=True).descriptor


def _last_lines(file: IO[bytes], count: int) -> bytes:
    """Return the last `count` lines, reading blocks from the end."""
    if count <= 0:
        return b""
    position = file.seek(0, os.SEEK_END)
    blocks: list[bytes] = []
    newlines = 0
    while position > 0 and newlines <= count:
        step = min(_BLOCK, position)
        position -= step
        file.seek(position)
        blocks.append(file.read(step))
        newlines += blocks[-1].count(b"\n")
    lines = b"".join(reversed(blocks)).split(b"\n")
    ends_with_newline = not lines[-1]
    return b"\n".join(lines[-(count + ends_with_newline) :])
