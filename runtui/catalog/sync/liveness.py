"""Liveness of a run whose status is ``running`` or ``initialising``.

A run whose process was killed, or whose node went down, keeps that status for ever. The evidence: the process
that wrote its metadata last, if runtui's RunManager recorded it, and the age of its output.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from runtui.logs.read.log_files import find_logs
from runtui.store.marked_processes import count_marked
from runtui.store.paths import JOB_DIR, PRIVATE_DIR, RESERVE_FILE
from runtui.store.process import boot_id, is_alive
from runtui.store.record import STOP_THEM, FileStamp, RunRecord, modified_ns
from runtui.store.status import RunStatus
from runtui.store.writer import read_supervisor, read_writer
from runtui.text.format import duration_text

QUIET_AFTER = 600.0
"""Seconds without output after which a run looks dead, if nothing else is known about it."""

GONE_AFTER = 15.0
"""Seconds without output after which a run whose writing process is gone looks dead. A short script beside
the simulation may have set the status, and the simulation still writes its log."""

WAITING_AFTER = 6 * 3600.0
"""Seconds without output after which an ``initialising`` run looks dead. Until then it may wait in a queue,
or for its user to launch it, while the process that created it is gone."""

_MOST_LOGS = 200  # entries of logs/, of which a run on many ranks has thousands


class Evidence(NamedTuple):
    """Evidence about a run that claims to be alive.

    Attributes:
        pid: The process that wrote its metadata last, if known.
        alive: Whether that process is alive; None if unknown.
        last_output: When the run last wrote a log or its metadata, in seconds since the epoch. None if
            unknown, or if its process is alive: then its logs are not looked at.
        is_supervised: Whether runtui launched it and could not record its end.
        launcher: The process of runtui that launched it, if that is gone; None if unknown.
        left: How many of the processes that it started are still alive.
    """

    pid: int | None
    alive: bool | None
    last_output: float | None
    is_supervised: bool = False
    launcher: int | None = None
    left: int = 0


class OutputTimes:
    """Times at which runs last wrote a log or their metadata.

    A run's logs are not looked at again while what was seen says that it is not yet quiet.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[FileStamp | None, float]] = {}

    def of(self, run: RunRecord, run_dir: str, now: float, *, is_gone: bool) -> float | None:
        """Return a time, in seconds since the epoch, at which a run wrote; None where nobody can tell.

        It is the last one, or so recent that the run's silence is shorter than `QUIET_AFTER`, or `GONE_AFTER`
        for a run whose process is gone. Costs two listings and a stat for each log.
        """
        stamp, known = self._seen.get(run_dir, (None, None))
        patience = GONE_AFTER if is_gone else QUIET_AFTER
        if known is not None and stamp == run.stamp and 0.0 <= now - known < patience:
            return known
        self._seen.pop(run_dir, None)
        logs, problems, _hidden = find_logs(run_dir, _MOST_LOGS)
        if problems and not logs:
            return None  # it may write where we cannot look
        written = [log.modified for log in logs]
        if run.stamp is not None:
            written.append(modified_ns(run.stamp) / 1e9)
        if not written:
            return None
        self._seen[run_dir] = (run.stamp, max(written))
        return max(written)

    def forget(self, run_dir: str) -> None:
        """Drop what was seen of a run that is gone or has ended."""
        self._seen.pop(run_dir, None)


def gather_evidence(base: str, run: RunRecord, now: float, outputs: OutputTimes) -> Evidence:
    """Look at a run's writer and, unless that is alive, at the age of its logs.

    Args:
        base: The runs directory.
        run: The run.
        now: The current time, in seconds since the epoch.
        outputs: What was seen before of the logs of the directory's runs.
    """
    run_dir = f"{base}/{run.name_there}"
    supervision = read_supervisor(run_dir)
    has_launcher = supervision is not None and supervision.is_alive is not False
    is_waiting = run.status == RunStatus.INITIALISING and (supervision is None or has_launcher)
    if is_waiting and os.path.isdir(f"{run_dir}/{PRIVATE_DIR}/{JOB_DIR}"):
        return Evidence(None, None, None)  # it waits in a queue, which may take days
    pid: int | None
    if supervision is not None:
        pid, alive = supervision.process.pid, supervision.is_alive
    else:
        writer = read_writer(run_dir)
        pid, alive = (writer.pid, is_alive(writer)) if writer is not None else (None, None)
    if alive:
        return Evidence(pid, alive, None)
    last_output = outputs.of(run, run_dir, now, is_gone=alive is False)
    if alive is None:
        return Evidence(pid, alive, last_output)
    if supervision is None:
        # The supervision record exists only until the end of the run has been recorded.
        was_ours = os.path.exists(f"{run_dir}/{PRIVATE_DIR}/{RESERVE_FILE}")
        return Evidence(pid, alive, last_output, was_ours)
    is_of_this_boot = supervision.process.boot_id == boot_id()
    left = count_marked(supervision.mark) if supervision.mark and is_of_this_boot else 0
    return Evidence(pid, alive, last_output, is_supervised=True, launcher=pid, left=left)


def weighed(run: RunRecord, evidence: Evidence, now: float) -> RunRecord:
    """Return a run with the verdict whether it is alive.

    Args:
        run: The run.
        evidence: The evidence about it.
        now: The current time, in seconds since the epoch.
    """
    stale_reason = stale_reason_of(run, evidence, now)
    return run._replace(
        stale_reason=stale_reason, is_lost=bool(stale_reason) and _is_known(run, evidence, now)
    )


def _is_known(run: RunRecord, evidence: Evidence, now: float) -> bool:
    """Return whether a run that looks dead is known to be dead."""
    if evidence.launcher is not None:
        return True
    if run.status != RunStatus.RUNNING or evidence.alive is not False:
        return False
    # A simulation whose status was set by a short script may be running after the script has ended.
    return evidence.is_supervised or (
        evidence.last_output is None or now - evidence.last_output >= QUIET_AFTER
    )


def stale_reason_of(run: RunRecord, evidence: Evidence, now: float) -> str:
    """Return why a run that claims to be alive looks dead, in one line; ``""`` if it does not.

    Args:
        run: The run.
        evidence: The evidence about it.
        now: The current time, in seconds since the epoch.
    """
    if not run.is_live or evidence.alive:
        return ""
    if evidence.launcher is not None:
        gone = f"its launcher, process {evidence.launcher}, is gone"
        if not evidence.left:
            return gone
        still = "still runs" if evidence.left == 1 else "still run"
        return f"{gone}; {evidence.left} of its processes {still}: {STOP_THEM}"
    is_gone = evidence.alive is False
    patience = GONE_AFTER if is_gone else QUIET_AFTER
    if run.status == RunStatus.INITIALISING:
        patience = WAITING_AFTER
    if evidence.last_output is None:
        return f"its process {evidence.pid} is gone" if is_gone and patience == GONE_AFTER else ""
    silence = now - evidence.last_output
    if silence < patience:
        return ""
    if is_gone:
        return f"its process {evidence.pid} is gone"
    return f"no output for {duration_text(silence)}"
