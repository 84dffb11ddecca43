"""Entry point of the searching process: search a log that another process has open, and report progress.

Started by `runtui.logs.search.search_process`. Standard input brings the task; this process ends when it is
closed. Standard output carries one JSON list of numbers a line for each result.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Sequence

from runtui.logs.read.source import Handle, LogChange, Snapshot, read_at, read_into_at
from runtui.logs.search.line_filter import Filter
from runtui.logs.search.search import MatchCount, Search
from runtui.logs.search.task import SearchKind, SearchTask
from runtui.store.worker_channel import end_with_starter, send

_INTERVAL = 0.05  # seconds between two reports


def main() -> None:
    """Read a task from standard input and do it."""
    descriptor, size, task = pickle.load(sys.stdin.buffer)
    end_with_starter()
    work(LentSource(Handle(descriptor), size), task)


class LentSource:
    """Log as another process last saw it.

    Args:
        handle: The open file.
        size: Bytes that it held then.
    """

    path = ""
    modified = 0.0
    generation = 0

    def __init__(self, handle: Handle, size: int) -> None:
        self._handle = handle
        self.size = self.settled = size

    def look(self) -> Snapshot:
        return Snapshot(LogChange.NOTHING, self.size, self.modified, self.generation)

    def read(self, offset: int, size: int) -> bytes:
        size = min(size, self.size - offset)
        return read_at(self._handle, offset, size) if size > 0 else b""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        size = min(len(buffer), self.size - offset)
        return read_into_at(self._handle, offset, buffer[:size]) if size > 0 else 0


def work(source: LentSource, task: SearchTask) -> None:
    """Execute a task, and send results for `take` of the search in the other process."""
    match task.kind:
        case SearchKind.FIND:
            _find(Search(source, task.pattern, task.begin, backwards=task.backwards))
        case SearchKind.COUNT:
            _count(MatchCount(source, task.pattern, task.begin))
        case SearchKind.FILTER:
            place, count, context = task.begin, task.count, task.context
            _filter(Filter(source, task.pattern, place, count, context, backwards=task.backwards))


def _find(search: Search) -> None:
    due = 0.0
    while search.step():
        if time.monotonic() > due:
            _send([(search.position,)])
            due = time.monotonic() + _INTERVAL
    found = () if search.found is None else (search.found.begin,)
    _send([(search.position, *found)])


def _count(count: MatchCount) -> None:
    news: list[Sequence[int]] = []
    due = time.monotonic() + _INTERVAL
    while not count.is_done:
        counted = count.count_block()
        count.take(counted)
        news.append(counted)
        if time.monotonic() > due:
            _send(news)
            news.clear()
            due = time.monotonic() + _INTERVAL
    _send(news)


def _filter(gathering: Filter) -> None:
    due = 0.0
    while gathering.step():
        if time.monotonic() > due:
            _send([(gathering.position,)])
            due = time.monotonic() + _INTERVAL
    lines = [number for one in gathering.lines for number in (one.line.begin, one.matches)]
    _send([(gathering.position, len(gathering.lines), *lines)])


def _send(news: Sequence[Sequence[int]]) -> None:
    send(b"".join([json.dumps([*map(int, numbers)]).encode() + b"\n" for numbers in news]))
