"""Entry point of a process that searches the logs of runs, started by `runtui.operations.runs_search`.

Standard input brings the pattern and the limits in a first line of JSON, then a line for each run; this
process ends when it is closed. Standard output carries a line of JSON for each part of what is found, and
empty lines while it computes: a file system that does not answer is told from a slow pattern by their lack.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from runtui.logs.search.pattern import compile_pattern
from runtui.logs.search.run_matches import (
    MatchedLine,
    RunMatches,
    RunSearcher,
    SearchLimits,
    UnreadLog,
)
from runtui.store.io_priority import read_when_idle
from runtui.store.worker_channel import received_lines, send

_BEAT_SECONDS = 0.5
_COMPUTING_SECONDS = 0.02  # of processor time between two beats; waiting for a disk takes hardly any
_sending = threading.Lock()


class FoundPart(NamedTuple):
    """A part of what was found in a run.

    Attributes:
        run: The run's place in the search.
        is_last: Whether it is the run's last part.
        matches: What was found.
    """

    run: int
    is_last: bool
    matches: RunMatches


def first_line(pattern: str, ignore_case: bool | None, limits: SearchLimits) -> bytes:
    """Return the line that begins a search."""
    return json.dumps([pattern, ignore_case, *limits]).encode() + b"\n"


def run_line(run: int, run_dir: str, *, may_have_job: bool) -> bytes:
    """Return the line that asks for a run's logs to be searched."""
    return json.dumps([run, os.fsencode(run_dir).hex(), may_have_job]).encode() + b"\n"


def part_of(line: bytes) -> FoundPart:
    """Return the part that a line of the worker's output describes."""
    run, is_last, (total, lines, unread, size, is_cut) = json.loads(line)
    found = tuple([_line_of(*fields) for fields in lines])
    return FoundPart(
        run, is_last, RunMatches(total, found, tuple([UnreadLog(*one) for one in unread]), size, is_cut)
    )


def _line_of(
    log: str, number: int, offset: int, time: float | None, text: str, spans: Sequence[Sequence[int]]
) -> MatchedLine:
    return MatchedLine(log, number, offset, time, text, tuple([(begin, end) for begin, end in spans]))


def main() -> None:
    """Search runs until there is nobody who asks for more."""
    read_when_idle()
    threading.Thread(target=_beat, daemon=True).start()
    lines = received_lines()
    pattern, ignore_case, *limits = json.loads(lines.get())
    searcher = RunSearcher(compile_pattern(pattern, ignore_case=ignore_case), SearchLimits(*limits))
    while True:
        run, run_dir, may_have_job = json.loads(lines.get())
        before: RunMatches | None = None
        for matches in searcher.search(os.fsdecode(bytes.fromhex(run_dir)), may_have_job=may_have_job):
            if before is not None:
                _send(FoundPart(run, False, before))
            before = matches
        _send(FoundPart(run, True, before or RunMatches()))


def _beat() -> None:
    """Tell now and then that this process computes."""
    before = 0.0
    while True:
        time.sleep(_BEAT_SECONDS)
        if time.process_time() - before > _COMPUTING_SECONDS:
            _send_line(b"")
        before = time.process_time()


def _send(part: FoundPart) -> None:
    _send_line(json.dumps(part).encode())


def _send_line(line: bytes) -> None:
    with _sending:
        send(line + b"\n")
