"""``runtui why``: tell why a program failed, by any log, without a run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from runtui.cli.arguments import examples
from runtui.cli.serializers import digest_as_json
from runtui.cli.sigint import ended_by_interrupt
from runtui.logs.diagnose.digest import digest_of_ends
from runtui.logs.diagnose.pieces import MOST_BYTES, Piece, ends_of, read_end
from runtui.logs.read.compressed import open_source
from runtui.logs.search.line_numbers import LineNumbers
from runtui.store.errors import StoreError
from runtui.store.failure import FailureKind, FailureSummary
from runtui.text.sanitize import safe_text

_STANDARD_INPUT = "-"
_KEPT = 4 * 1024 * 1024  # bytes of the end of standard input
_CHUNK = 256 * 1024  # bytes


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    why = commands.add_parser(
        "why",
        epilog="The exit code is 0 where a reason was found, and 1 where there was none.\n\n"
        + examples(
            ("runtui why slurm-4711.out", "what failed, and the line that says so"),
            ("runtui why rank-*.log --json", "for each log a JSON object"),
            ("./sim 2>&1 | runtui why -", "of what a command writes"),
        ),
    )
    why.add_argument(
        "logs", nargs="+", metavar="FILE", help="a log, which may be compressed; - is standard input"
    )
    why.add_argument("--json", action="store_true", help="print a JSON array with an object for each file")
    why.set_defaults(command=why_command)


@ended_by_interrupt()
def why_command(arguments: argparse.Namespace) -> int:
    """Print what failed by each log, and where it says so; return 1 where none tells."""
    found = [_standard_input() if path == _STANDARD_INPUT else _file(path) for path in arguments.logs]
    if arguments.json:
        print(json.dumps([answer.as_json() for answer in found], indent=2))
    else:
        for answer in found:
            print(answer.as_text())
    return 0 if any(answer.is_reason for answer in found) else 1


class _Answer(NamedTuple):
    """The reason that a log tells.

    Attributes:
        log: The log, as it was named.
        found: What it tells.
        line_number: The number of the line that says so, counted from 1; None where there is none.
    """

    log: str
    found: FailureSummary
    line_number: int | None

    @property
    def is_reason(self) -> bool:
        """Whether it is more than the last words of a log."""
        return self.found.kind is not FailureKind.UNKNOWN

    def as_text(self) -> str:
        """Return the place and the reason, in one line."""
        place = safe_text(self.log) + (f":{self.line_number}" if self.line_number is not None else "")
        if not self.is_reason:
            return (
                f"{place}: no reason found"
                + (f"; it ends with: {self.found.line}" if self.found.line else "")
                + ("" if self.found.read is None else f" ({self.found.read.text})")
            )
        share = "" if self.found.read is None else f" ({self.found.read.text})"
        return f"{place}: {self.found.text}{share}"

    def as_json(self) -> dict[str, Any]:
        """Return the reason for `--json`."""
        return {
            **digest_as_json(self.found),
            "log": safe_text(self.log),
            "line_number": self.line_number,
        }


def _file(path: str) -> _Answer:
    if not os.path.isfile(path):
        problem = "it is no file" if os.path.exists(path) else "there is no such file"
        raise StoreError(f"{safe_text(path)} cannot be read: {problem}; name a log, or - for standard input")
    pieces, problem = read_end(os.path.dirname(path) or os.curdir, os.path.basename(path), MOST_BYTES)
    if problem:
        raise StoreError(problem)
    source = open_source(path)
    while source.look().progress < 1:
        pass
    found = digest_of_ends(pieces, source.read)
    return _Answer(path, found, LineNumbers(source).counted_to(found.offset) if found.line else None)


def _standard_input() -> _Answer:
    kept = _KeptStream(sys.stdin.buffer)
    pieces: list[Piece] = ends_of(_STANDARD_INPUT, kept.size, 0.0, MOST_BYTES, kept.read)
    found = digest_of_ends(pieces, kept.read)
    return _Answer("standard input", found, kept.line_of(found.offset) if found.line else None)


class _KeptStream:
    """The beginning and the end of a stream, which is read to its end.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._beginning = b""
        self._end = bytearray()
        self._end_begins = 0
        self._lines_before = 0
        read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        while chunk := read(_CHUNK):
            if len(self._beginning) < MOST_BYTES:
                self._beginning += chunk[: MOST_BYTES - len(self._beginning)]
            self._end += chunk
            if len(self._end) > 2 * _KEPT:
                dropped = len(self._end) - _KEPT
                self._lines_before += self._end.count(b"\n", 0, dropped)
                self._end_begins += dropped
                del self._end[:dropped]

    @property
    def size(self) -> int:
        """Bytes of the stream."""
        return self._end_begins + len(self._end)

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes from an offset; what was not kept in between is missing."""
        if offset < self._end_begins:
            return self._beginning[offset : offset + count]
        return bytes(self._end[offset - self._end_begins : offset - self._end_begins + count])

    def line_of(self, offset: int) -> int:
        """Return the number of the line at an offset, counted from 1."""
        if offset < self._end_begins:
            return self._beginning.count(b"\n", 0, offset) + 1
        return self._lines_before + self._end.count(b"\n", 0, offset - self._end_begins) + 1
