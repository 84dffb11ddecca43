"""Supervisor of the demo: run its simulations as processes, two at a time, in a new runs directory."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtui.demo.models import KINDS
from runtui.demo.plan import PlannedRun, plan_demo
from runtui.demo.processes import PythonProcess, end_text
from runtui.runtime.process.signals import Signals
from runtui.store.errors import RunNotFoundError, StoreError
from runtui.store.manager import RunManager
from runtui.store.process import is_alive
from runtui.store.run import Run
from runtui.store.status import LIVE_STATUSES, RunStatus, is_live_status
from runtui.store.writer import read_writer
from runtui.text.sanitize import safe_text

AT_A_TIME = 2
"""Simulations that run at the same time, not counting those that outlive the supervisor."""

_POLL_INTERVAL = 0.1  # seconds
_GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL, for a simulation to record its end."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Outcome of the demo.

    Attributes:
        finished: Number of runs that ended, by status.
        live: Ids of the runs whose processes still run.
        lost: Ids of the runs whose processes are gone although their status says that they run.
    """

    finished: Mapping[str, int]
    live: tuple[str, ...]
    lost: tuple[str, ...]


def check_demo_directory(base_dir: str) -> None:
    """Check that the directory for the demo is new or empty.

    Args:
        base_dir: The runs directory.

    Raises:
        StoreError: It is not empty, not a directory, or not readable.
    """
    shown = safe_text(base_dir)
    try:
        with os.scandir(base_dir) as listing:
            if any(listing):
                raise StoreError(f"{shown} is not empty: name a new or empty directory for the demo")
    except FileNotFoundError:
        pass
    except NotADirectoryError:
        raise StoreError(f"{shown} is not a directory: name a new or empty directory for the demo") from None
    except OSError as error:
        raise StoreError(
            f"cannot open {shown} ({error.strerror}): name a new or empty directory for the demo"
        ) from None


def run_demo(base_dir: str, *, progress: Callable[[str], None]) -> DemoResult:
    """Run the demo's simulations and return when all but the detached ones have finished.

    The detached ones run for up to two minutes more, as children of this process, and stop by themselves.
    Call it in the main thread: it handles SIGINT, SIGTERM and SIGHUP by stopping all simulations.

    Args:
        base_dir: The runs directory; created when missing. Nothing is written anywhere else.
        progress: Callback for lines of text that report progress.

    Raises:
        StoreError: The directory is not empty, or cannot be created or written.
        OSError: The end of a run cannot be recorded; all simulations have been stopped.
        KeyboardInterrupt: On SIGINT, after all simulations have been stopped.
        SystemExit: On SIGTERM and SIGHUP, likewise.
    """
    check_demo_directory(base_dir)
    base = os.path.abspath(base_dir)
    try:
        os.makedirs(base, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot create {safe_text(base_dir)} ({error.strerror}): name another directory for the demo"
        ) from None
    # Noted, not raised at once: an exception while a process is being started would leave it behind.
    with Signals() as signals:
        demo = _Demo(base, progress)
        try:
            demo.run(plan_demo(), signals)
        except BaseException:
            demo.stop_all()
            raise
    result = demo.result()
    if not result.finished:
        raise StoreError(
            f"no simulation finished in {safe_text(base_dir)}: check that it is writable and has free space"
        )
    return result


def running_processes(base_dir: str) -> list[int]:
    """Return the pids of the simulations that still run in the demo's directory.

    Args:
        base_dir: The runs directory.
    """
    try:
        run_dirs = [entry.path for entry in os.scandir(base_dir) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    writers = (read_writer(run_dir) for run_dir in sorted(run_dirs))
    return [writer.pid for writer in writers if writer is not None and is_alive(writer)]


@dataclass(slots=True)
class _Started:
    """A run whose process was started.

    Attributes:
        planned: The run as planned.
        run_id: Its id.
        process: Its process.
        began: When it was started, in seconds of the monotonic clock.
        is_over: Whether its end was seen and, unless it is one that nobody records, recorded.
    """

    planned: PlannedRun
    run_id: str
    process: PythonProcess
    began: float
    is_over: bool = False

    @property
    def name(self) -> str:
        """Its name in a line of progress."""
        return self.planned.run_id or f"{self.run_id[:8]} ({self.planned.description})"


class _Demo:
    """Processes and runs of one demo.

    Args:
        base: The runs directory.
        progress: Callback for lines of text that report progress.
    """

    def __init__(self, base: str, progress: Callable[[str], None]) -> None:
        self._base = base
        self._progress = progress
        self._started: list[_Started] = []

    def run(self, plan: tuple[PlannedRun, ...], signals: Signals) -> None:
        """Start the planned runs in order; return when all but the detached ones have finished."""
        waiting = deque(plan)
        while True:
            signals.check()
            self._record_ends()
            while waiting and self._can_start(waiting[0]):
                planned = waiting.popleft()
                self._start(planned, f"{len(plan) - len(waiting):2}/{len(plan)}")
            if not waiting and not self._finishing():
                return
            self._kill_due()
            signals.wait(_POLL_INTERVAL)

    def stop_all(self) -> None:
        """Stop the processes that still run, after time for each to record its end."""
        running = [started for started in self._started if started.process.poll() is None]
        for started in running:
            started.process.send(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while any(started.process.poll() is None for started in running) and time.monotonic() < deadline:
            time.sleep(_POLL_INTERVAL)
        for started in running:
            started.process.send(signal.SIGKILL)
        for started in running:
            exit_code = started.process.wait()
            try:
                self._record_end(started, exit_code)
            except (StoreError, OSError) as error:
                self._progress(f"      cannot record the end of {started.name}: {error}")

    def result(self) -> DemoResult:
        """Return the outcome of the runs so far."""
        finished: Counter[str] = Counter()
        live, lost = [], []
        for started in self._started:
            status = self._read_status(started)
            if started.process.poll() is None:
                live.append(started.run_id)
            elif status in LIVE_STATUSES:
                lost.append(started.run_id)
            elif status:
                finished[status] += 1
        return DemoResult(dict(finished), tuple(live), tuple(lost))

    def _read_status(self, started: _Started) -> str:
        try:
            return Run(os.path.join(self._base, started.run_id)).status
        except RunNotFoundError:
            return ""

    def _finishing(self) -> list[_Started]:
        return [started for started in self._started if not (started.is_over or started.planned.is_detached)]

    def _can_start(self, planned: PlannedRun) -> bool:
        finishing = self._finishing()
        if planned.resumes is not None and planned.resumes in [started.run_id for started in finishing]:
            return False
        return planned.is_detached or len(finishing) < AT_A_TIME

    def _start(self, planned: PlannedRun, place: str) -> None:
        run_id = planned.run_id or str(uuid.uuid4())
        process = PythonProcess("runtui.demo.simulate", _arguments(self._base, planned, run_id))
        started = _Started(planned, run_id, process, time.monotonic())
        self._started.append(started)
        self._progress(f"{place} started {started.name}")

    def _record_ends(self) -> None:
        for started in self._started:
            if started.is_over:
                continue
            exit_code = started.process.poll()
            if exit_code is not None:
                started.is_over = True
                self._progress(f"      {self._end_line(started, exit_code)}")

    def _end_line(self, started: _Started, exit_code: int) -> str:
        if not started.planned.is_recorded:
            return f"lost {started.name}: {end_text(exit_code)}, and nobody recorded it"
        metadata = self._record_end(started, exit_code)
        if metadata is None:
            return f"gone {started.name}: {end_text(exit_code)}, before it created its run"
        seconds = time.monotonic() - started.began
        reason = f": {safe_text(str(metadata['error']), 200)}" if "error" in metadata else ""
        return f"{metadata['status']} {started.name} after {seconds:.1f} s{reason}"

    def _record_end(self, started: _Started, exit_code: int) -> dict[str, Any] | None:
        """Record the end of a run that did not do so itself; return its metadata, or None without a run.

        Args:
            started: The run.
            exit_code: As of `PythonProcess`.
        """
        manager = RunManager(self._base, auto_create=False)
        if not manager.load_run(started.run_id):
            return None
        if is_live_status(manager.metadata.get("status")):
            manager.update_status(RunStatus.FAILED, error=end_text(exit_code))
        return manager.metadata

    def _kill_due(self) -> None:
        for started in self._finishing():
            limit = started.planned.kill_at_row
            if limit is not None and self._rows_written(started) >= limit:
                started.process.send(signal.SIGKILL)

    def _rows_written(self, started: _Started) -> int:
        results_file = KINDS[started.planned.model].results_file
        try:
            with Run(os.path.join(self._base, started.run_id)).open_output(results_file) as file:
                return sum(1 for _line in file)
        except (RunNotFoundError, FileNotFoundError):
            return 0


def _arguments(base: str, planned: PlannedRun, run_id: str) -> list[str]:
    arguments = [base, "--run-id", run_id, "--description", planned.description]
    if planned.resumes is not None:
        arguments += ["--resume", planned.resumes]
    else:
        arguments += ["--model", planned.model]
    for tag in planned.tags or ():
        arguments += ["--tag", tag]
    arguments += ["--params", json.dumps(planned.params)]
    return [*arguments, "--pace", str(planned.pace), "--walltime", str(planned.walltime)]
