"""Writers of results, row by row, so that readers can follow and a killed run keeps its rows."""

from __future__ import annotations

import json
import os
from types import TracebackType
from typing import IO

from runtui.demo.model import Row


class Table:
    """Table of results, written line by line within a ``with`` block.

    Args:
        file: Open file; closed at the end of the block.
        as_json: Whether to write JSON lines; otherwise CSV with a header.
    """

    def __init__(self, file: IO[str], *, as_json: bool) -> None:
        self._file = file
        self._as_json = as_json
        self._is_empty = True

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, row: Row) -> None:
        """Write a row, rounded to seven significant digits, and flush it.

        Raises:
            OSError: It cannot be written.
        """
        rounded = {
            name: value if isinstance(value, int) else float(f"{value:.7g}") for name, value in row.items()
        }
        if self._as_json:
            self._file.write(json.dumps(rounded) + "\n")
        else:
            if self._is_empty:
                self._file.write(",".join(rounded) + "\n")
            self._file.write(",".join(map(repr, rounded.values())) + "\n")
        self._is_empty = False
        self._file.flush()


class Trajectory:
    """File of whole states, appended one by one.

    Args:
        path: The file, or a device.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Unbuffered: after a failed write, closing the file has nothing left to write and fail on.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def append(self, frame: str) -> None:
        """Write a state.

        Raises:
            OSError: It cannot be written, for instance because the disk is full.
        """
        rest = memoryview(frame.encode())
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
