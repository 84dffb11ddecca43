"""Liveness of a run that says ``running`` or ``initialising``.

A run whose process was killed, or whose node went down, says so for ever. The evidence: the process that
wrote its metadata last, where runtui's RunManager left its name, and the age of its output.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from runtui.store.marked_processes import count_marked
from runtui.store.paths import JOB_DIR, LOGS_DIR, PRIVATE_DIR, RESERVE_FILE
from runtui.store.process import boot_id, is_alive
from runtui.store.record import JobStatus, RunRecord, modified_ns
from runtui.store.status import RunStatus
from runtui.store.writer import Supervision, read_supervisor, read_writer
from runtui.text.format import duration_text

QUIET_AFTER = 600.0
"""Seconds without output after which a run of which nothing else is known looks dead."""

GONE_AFTER = 15.0
"""Seconds without output after which a run whose writing process is gone looks dead: the status may have
been set by a short script beside the simulation, which then still writes its log."""

WAITING_AFTER = 6 * 3600.0
"""Seconds without output after which a run that says ``initialising`` looks dead: before, it may wait in a
queue, or for its user to launch it, while the process that created it is gone."""


class Evidence(NamedTuple):
    """Evidence about a run that claims to be alive.

    Attributes:
        pid: The process that wrote its metadata last, when known.
        alive: Whether that process runs; None when nothing is known.
        last_output: When the run last wrote a log or its metadata, in seconds since the epoch.
        is_supervised: Whether it was runtui that ran it, and did not come to put its end down.
        launcher: The process of runtui that ran it, where that is gone; None where it is not known.
        left: How many of the processes that it had started still run.
    """

    pid: int | None
    alive: bool | None
    last_output: float | None
    is_supervised: bool = False
    launcher: int | None = None
    left: int = 0


STOP_THEM = "cancel it to stop them"
"""Ends what is said of a lost run of which processes still run."""


def gather_evidence(base: str, run: RunRecord) -> Evidence:
    """Look at a run's writer and the age of its logs. Costs a read, a listing and a stat for each log."""
    run_dir = f"{base}/{run.name_there}"
    supervision = read_supervisor(run_dir)
    has_launcher = supervision is not None and supervision.is_alive is not False
    is_waiting = run.status == RunStatus.INITIALISING and (supervision is None or has_launcher)
    if is_waiting and os.path.isdir(f"{run_dir}/{PRIVATE_DIR}/{JOB_DIR}"):
        return Evidence(None, None, None)  # it waits in a queue, which may take days
    newest = modified_ns(run.stamp) / 1e9 if run.stamp is not None else None
    try:
        with os.scandir(f"{run_dir}/{LOGS_DIR}") as listing:
            for entry in listing:
                modified = entry.stat(follow_symlinks=False).st_mtime
                newest = modified if newest is None else max(newest, modified)
    except OSError:
        pass
    if supervision is not None:
        return _evidence_of(supervision, newest)
    writer = read_writer(run_dir)
    if writer is None:
        return Evidence(None, None, newest)
    alive = is_alive(writer)
    # What is kept aside for putting the end down is there only until that is done.
    was_ours = alive is False and os.path.exists(f"{run_dir}/{PRIVATE_DIR}/{RESERVE_FILE}")
    return Evidence(writer.pid, alive, newest, was_ours)


def _evidence_of(supervision: Supervision, last_output: float | None) -> Evidence:
    alive, pid = supervision.is_alive, supervision.process.pid
    if alive is not False:
        return Evidence(pid, alive, last_output)
    is_of_this_boot = supervision.process.boot_id == boot_id()
    left = count_marked(supervision.mark) if supervision.mark and is_of_this_boot else 0
    return Evidence(pid, False, last_output, is_supervised=True, launcher=pid, left=left)


def weighed(run: RunRecord, evidence: Evidence, now: float) -> RunRecord:
    """Return a run with the verdict on whether it is alive.

    Args:
        run: The run.
        evidence: The evidence about it.
        now: The present moment, in seconds since the epoch.
    """
    stale_reason = stale_reason_of(run, evidence, now)
    return run._replace(
        stale_reason=stale_reason, is_lost=bool(stale_reason) and _is_known(run, evidence, now)
    )


def with_job_status(run: RunRecord, status: JobStatus) -> RunRecord:
    """Return a run with its batch system's report, which counts for more than other evidence."""
    if not run.is_live or run.job is None or run.job[:2] != status.note[:2]:
        return run
    return run._replace(job=status.note, stale_reason=status.end, is_lost=bool(status.end))


def _is_known(run: RunRecord, evidence: Evidence, now: float) -> bool:
    """Return whether a run that looks dead is known to be."""
    if evidence.launcher is not None:
        return True
    if run.status != RunStatus.RUNNING or evidence.alive is not False:
        return False
    # What another program said of itself by a short script beside it, may go on without that.
    return evidence.is_supervised or (
        evidence.last_output is None or now - evidence.last_output >= QUIET_AFTER
    )


def stale_reason_of(run: RunRecord, evidence: Evidence, now: float) -> str:
    """Return why a run that claims to be alive looks dead, in one line; ``""`` for any other.

    Args:
        run: The run.
        evidence: The evidence about it.
        now: The present moment, in seconds since the epoch.
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
