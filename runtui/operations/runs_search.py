"""Search in the logs of many runs, by a few processes of low priority.

The processes are given runs one after the other, a few ahead of what each searches, so that all of them are
busy until the end.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from runtui.logs.search.pattern import compile_pattern
from runtui.logs.search.run_matches import RunMatches, SearchLimits, UnreadLog
from runtui.logs.search.run_search_worker import FoundPart, first_line, part_of, run_line
from runtui.store.worker_process import start_helper

MOST_PROCESSES = 2
"""Processes of a search: a login node has other users."""

_AHEAD_RUNS = 4  # runs that a process is given ahead
_MOST_WAITING_LINES = 50_000  # lines found and not taken yet, from which on the processes wait
_PIECE_BYTES = 65536
_MOST_REASONS = 3  # reasons why logs were not read, in one line
_WORKER = "runtui.logs.search.run_search_worker"
_DIED = UnreadLog("", "the process that searched it ended")


class SearchedRun(NamedTuple):
    """A run to be searched: its directory, and whether its metadata may name a job, as for `find_logs`."""

    run_dir: str
    may_have_job: bool = True


class RunsSearch:
    """A search in the logs of runs, begun at once.

    Args:
        runs: The runs.
        pattern: The text to look for, as for `compile_pattern`.
        limits: Limits of what is kept of each run.
        ignore_case: As for `compile_pattern`.
        in_order: Whether parts are given in the order of the runs; else as they come.
        processes: The most processes.

    Raises:
        PatternError: The pattern cannot be used.
        OSError: No process can be started.
    """

    def __init__(
        self,
        runs: Sequence[SearchedRun],
        pattern: str,
        limits: SearchLimits,
        *,
        ignore_case: bool | None = None,
        in_order: bool = False,
        processes: int = MOST_PROCESSES,
    ) -> None:
        compile_pattern(pattern, ignore_case=ignore_case)
        self._runs = runs
        self._in_order = in_order
        self._head = first_line(pattern, ignore_case, limits)
        self._changed = threading.Condition()
        self._pending = deque(range(len(runs)))
        self._parts: dict[int, deque[FoundPart]] = {}
        self._waiting_lines = 0
        self._next = 0  # the first run that is not given wholly, if in order
        self._given = 0  # runs that were given wholly
        self._is_stopped = False
        self._heard_at = time.monotonic()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._alive = 0
        for _ in range(min(processes, len(runs))):
            try:
                self._start()
            except OSError:
                if not self._processes:
                    raise

    @property
    def total(self) -> int:
        """The number of runs."""
        return len(self._runs)

    @property
    def given(self) -> int:
        """The number of runs all of whose parts were taken."""
        return self._given

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to take."""
        return self._is_stopped or self._given == len(self._runs)

    def silence(self) -> float:
        """Return for how many seconds no process has found or computed anything."""
        return 0.0 if self.is_done else time.monotonic() - self._heard_at

    def take(self, most_lines: int) -> list[FoundPart]:
        """Return parts that have come, without waiting, until they have `most_lines`."""
        found: list[FoundPart] = []
        count = 0
        while count < most_lines and (part := self._take_one(0.0)) is not None:
            found.append(part)
            count += len(part.matches.lines) + 1
        return found

    def results(self, wait: float) -> Iterator[FoundPart | None]:
        """Yield all parts, and None whenever there is none for `wait` seconds."""
        while not self.is_done:
            yield self._take_one(wait)

    def stop(self) -> None:
        """Stop the search. Does not wait: a process in a hanging call cannot end."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        for process in self._processes:
            process.kill()

    def _take_one(self, wait: float) -> FoundPart | None:
        with self._changed:
            if not self._has_part() and wait:
                self._changed.wait_for(self._has_part, wait)
            if not self._has_part() or self._is_stopped:
                return None
            run = self._next if self._in_order else next(iter(self._parts))
            parts = self._parts[run]
            part = parts.popleft()
            if not parts:
                del self._parts[run]
            self._waiting_lines -= len(part.matches.lines)
            if part.is_last:
                self._given += 1
                self._next += 1
            self._changed.notify_all()
            return part

    def _has_part(self) -> bool:
        return self._next in self._parts if self._in_order else bool(self._parts)

    # The processes, each with a thread that hears it

    def _start(self) -> None:
        process = start_helper(_WORKER)
        self._processes.append(process)
        self._alive += 1
        threading.Thread(target=self._hear, args=(process,), name="runtui-search", daemon=True).start()

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        asked: deque[int] = deque()
        rest = b""
        try:
            os.write(process.stdin.fileno(), self._head)
            while self._ask(process, asked):
                data = os.read(process.stdout.fileno(), _PIECE_BYTES)
                if not data:
                    break
                self._heard_at = time.monotonic()
                *lines, rest = (rest + data).split(b"\n")
                for line in filter(None, lines):
                    part = part_of(line)
                    if part.is_last:
                        asked.popleft()
                        self._ask(process, asked)  # before it has to wait for it
                    self._put(part)
        except OSError:
            pass  # it has ended
        finally:
            self._give_back(asked)
            process.kill()
            process.stdin.close()
            process.stdout.close()
            process.wait()

    def _ask(self, process: subprocess.Popen[bytes], asked: deque[int]) -> bool:
        """Give a process runs to search; return whether it has any."""
        with self._changed:
            new = [self._pending.popleft() for _ in range(_AHEAD_RUNS - len(asked)) if self._pending]
            if self._is_stopped:
                return False
        asked.extend(new)
        lines = [run_line(run, self._runs[run][0], may_have_job=self._runs[run][1]) for run in new]
        if lines:
            assert process.stdin is not None
            os.write(process.stdin.fileno(), b"".join(lines))
        return bool(asked)

    def _put(self, part: FoundPart) -> None:
        with self._changed:
            while self._waiting_lines > _MOST_WAITING_LINES and not self._is_stopped:
                # Whoever takes the parts in order waits for this run.
                if self._in_order and part.run == self._next:
                    break
                self._changed.wait()
            self._parts.setdefault(part.run, deque()).append(part)
            self._waiting_lines += len(part.matches.lines)
            self._changed.notify_all()

    def _give_back(self, asked: deque[int]) -> None:
        """Let the other processes search the runs that one left: but not the one that it died of."""
        with self._changed:
            self._alive -= 1
            lost = [asked.popleft()] if asked and not self._is_stopped else []
            self._pending.extendleft(reversed(asked))
            if not self._alive and not self._is_stopped:
                lost += self._pending
                self._pending.clear()
            for run in lost:
                part = FoundPart(run, True, RunMatches(unread=(_DIED,)))
                self._parts.setdefault(run, deque()).append(part)
            self._changed.notify_all()


def match_count(count: int, *, is_cut: bool = False) -> str:
    """Return a number of matching lines in words; `is_cut` if there are more of them."""
    return "1 match" if count == 1 and not is_cut else f"{count:,}{'+' if is_cut else ''} matches"


def unread_text(unread: Mapping[str, int]) -> str:
    """Return how many logs were not read and why, in one line; ``""`` if all were.

    Args:
        unread: The number of logs by the reason.
    """
    total = sum(unread.values())
    if not total:
        return ""
    ordered = sorted(unread.items(), key=lambda one: (-one[1], one[0]))
    reasons = [reason if len(unread) == 1 else f"{reason} ({count:,})" for reason, count in ordered]
    more = f", and {len(reasons) - _MOST_REASONS:,} other reasons" if len(reasons) > _MOST_REASONS else ""
    logs = "1 log" if total == 1 else f"{total:,} logs"
    return f"{logs} not read: {', '.join(reasons[:_MOST_REASONS])}{more}"
