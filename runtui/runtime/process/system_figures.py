"""Figures of a run's processes over time: processor, memory, input and output, graphics processors.

They are rows of ``results/system.csv``, a table like those of the program itself. Linux only: elsewhere, and
where the table is another program's, there are none. A look costs a tenth of a millisecond for each process;
where there are so many that this would be more than a thousandth of a core, looks are rarer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from runtui.store.paths import RESULTS_DIR, SYSTEM_TABLE
from runtui.store.safe_directory import SafeDirectory

INTERVAL_VARIABLE = "RUNTUI_SYSTEM_INTERVAL"
"""Environment variable with the seconds between two looks; 0 for none at all."""

_USUAL_INTERVAL = 10.0  # seconds
_LEAST_INTERVAL = 0.1  # seconds
_ROWS_OF_A_RUN = 5000  # after which looks become rarer, so that a table of weeks stays small
_MOST_PROCESSES = 5000  # of a run that are looked at
_MOST_THREADS = 16  # of a process whose children are looked for in each of them
_GPU_PATIENCE = 5.0  # seconds for an answer about graphics processors
_SHARE = 0.001  # of a core may be spent on looks, and of the time on asking about graphics processors
_TICKS = os.sysconf("SC_CLK_TCK")  # of a second of processor time
_PAGE = os.sysconf("SC_PAGESIZE")  # bytes
_MEGA = 1e6  # bytes
_COLUMNS = ("time", "cpu_cores", "memory_mb", "read_mb_s", "write_mb_s", "processes")
_GPU_COLUMNS = ("gpu_percent", "gpu_memory_mb")
_GPU_WORDS = ("--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits")
_VISIBLE_GPUS = "CUDA_VISIBLE_DEVICES"


class Usage(NamedTuple):
    """Use of the machine by some processes.

    Attributes:
        cpu: Seconds of processor time so far, also of children that have ended.
        memory: Resident bytes.
        read, written: Bytes so far from and to disks.
        processes: How many there are.
    """

    cpu: float
    memory: int
    read: int
    written: int
    processes: int


def interval_of(environment: Mapping[str, str]) -> float:
    """Return the seconds between two looks as the environment says; 0 for none at all."""
    try:
        found = float(environment.get(INTERVAL_VARIABLE, _USUAL_INTERVAL))
    except ValueError:
        return _USUAL_INTERVAL
    return max(found, _LEAST_INTERVAL) if 0 < found < float("inf") else 0.0


def usage_below(root: int, *, with_root: bool = False) -> Usage:
    """Return what the descendants of a process use.

    Args:
        root: Its pid.
        with_root: Whether it counts, too.
    """
    waiting = [root] if with_root else list(_children(root))
    cpu, memory, read, written, count = 0.0, 0, 0, 0, 0
    while waiting and count < _MOST_PROCESSES:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # The name of the program may hold blanks and parentheses.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended
        count += 1
        cpu += sum(map(int, fields[11:15])) / _TICKS
        memory += int(fields[21]) * _PAGE
        for key, value in _disk(pid):
            if key == b"read_bytes":
                read += value
            elif key == b"write_bytes":
                written += value
        waiting += _children(pid)
    return Usage(cpu, memory, read, written, count)


def _children(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        for thread in threads if len(threads) <= _MOST_THREADS else [str(pid)]:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                yield from map(int, file.read().split())
    except OSError:
        return


def _disk(pid: int) -> Iterator[tuple[bytes, int]]:
    try:
        with open(f"/proc/{pid}/io", "rb") as file:
            for line in file:
                key, _colon, value = line.partition(b":")
                yield key, int(value)
    except OSError:
        return


class SystemFigures:
    """Writer of the table of a run. Belongs to one thread; never raises for what goes wrong.

    Args:
        run_dir: The run.
        with_self: Whether this process works for the run itself.
        environment: Environment variables with the interval and the graphics processors.
    """

    def __init__(
        self, run_dir: str, *, with_self: bool = False, environment: Mapping[str, str] | None = None
    ) -> None:
        environment = os.environ if environment is None else environment
        self._directory = SafeDirectory(run_dir)
        self._interval = interval_of(environment) if os.path.isdir("/proc/self/task") else 0.0
        self._with_self = with_self
        self._gpus = environment.get(_VISIBLE_GPUS, "")
        self._smi = shutil.which("nvidia-smi", path=environment.get("PATH")) if self._interval else None
        self._ask_gpu_at = 0.0
        self._begun = self._last = time.monotonic()
        self._before = Usage(0.0, 0, 0, 0, 0)
        self._due = self._begun + self._interval
        self._is_begun = False

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the next look is due; None where there is none."""
        return max(0.0, self._due - time.monotonic()) if self._interval else None

    def look(self) -> None:
        """Write a row if one is due."""
        now = time.monotonic()
        if not self._interval or now < self._due:
            return
        used = time.thread_time()
        try:
            self._write(self._row(now))
        except (OSError, ValueError, IndexError):
            self._interval = 0.0  # a full disk, or a kernel that tells something else
        dear = (time.thread_time() - used) / _SHARE if self._interval >= _USUAL_INTERVAL else 0.0
        self._due = now + max(self._interval, (now - self._begun) / _ROWS_OF_A_RUN, dear)

    def _row(self, now: float) -> list[str]:
        found = usage_below(os.getpid(), with_root=self._with_self)
        seconds = max(now - self._last, 1e-3)
        cpu, read, written = (
            max(0.0, new - old)  # what ended unseen is not in the sum any more
            for new, old in (
                (found.cpu, self._before.cpu),
                (found.read, self._before.read),
                (found.written, self._before.written),
            )
        )
        self._last, self._before = now, found
        row = [
            f"{now - self._begun:.1f}",
            f"{cpu / seconds:.3f}",
            f"{found.memory / _MEGA:.1f}",
            f"{read / seconds / _MEGA:.3f}",
            f"{written / seconds / _MEGA:.3f}",
            f"{found.processes}",
        ]
        return row + self._gpu_cells() if self._smi else row

    def _gpu_cells(self) -> list[str]:
        """Return the mean use and the memory of the graphics processors; empty cells between two answers."""
        begun = time.monotonic()
        if begun < self._ask_gpu_at or self._smi is None:
            return ["", ""]
        chosen = ["-i", self._gpus] if self._gpus else []
        try:
            answer = subprocess.run(
                [self._smi, *_GPU_WORDS, *chosen],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_GPU_PATIENCE,
                check=False,
            )
            rows = [tuple(map(float, line.split(","))) for line in answer.stdout.splitlines()]
            percent = f"{sum(row[0] for row in rows) / len(rows):.0f}"
            memory = f"{sum(row[1] for row in rows) * 1024 * 1024 / _MEGA:.0f}"
        except (OSError, ValueError, IndexError, ZeroDivisionError, subprocess.TimeoutExpired):
            self._ask_gpu_at = float("inf")
            return ["", ""]
        # It may start a driver, which takes a second: then it is asked seldom.
        self._ask_gpu_at = begun + (time.monotonic() - begun) / _SHARE
        return [percent, memory]

    def _write(self, row: list[str]) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        if not self._is_begun:
            self._directory.make_shared_folder(RESULTS_DIR)
        head = ",".join((*_COLUMNS, *(_GPU_COLUMNS if self._smi else ()))) + "\n"
        descriptor = self._directory.open(SYSTEM_TABLE, flags)
        try:
            written = b"" if self._is_begun else os.pread(descriptor, len(head), 0)
            if written and written != head.encode():
                raise ValueError("the table is another program's")
            # A job that begins anew, after its node failed, writes to the table of its first attempt.
            begin = "" if self._is_begun or written else head
            os.write(descriptor, f"{begin}{','.join(row)}\n".encode())
        finally:
            os.close(descriptor)
        self._is_begun = True


@contextmanager
def recorded_figures(run_dir: str) -> Iterator[None]:
    """Write the table of a run for as long as the block lasts, in a thread; this process is counted.

    Args:
        run_dir: The run.
    """
    figures = SystemFigures(run_dir, with_self=True)
    has_ended = threading.Event()

    def work() -> None:
        while (left := figures.seconds_left) is not None and not has_ended.wait(left):
            figures.look()

    thread = threading.Thread(target=work, name="system figures", daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()
