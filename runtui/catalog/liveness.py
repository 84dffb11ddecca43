"""Is a run that says ``running`` really running?

A run whose process was killed, or whose node went down, says ``running`` for ever. The evidence: the
process that wrote its metadata last, where runtui's RunManager left its name, and the age of its output.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from runtui.catalog.format import duration_text
from runtui.store.paths import LOGS_DIR
from runtui.store.process import is_alive
from runtui.store.record import RunRecord
from runtui.store.status import RunStatus
from runtui.store.writer import read_writer

QUIET_AFTER = 600.0
"""Seconds without output after which a run of which nothing else is known looks dead."""

GONE_AFTER = 15.0
"""Seconds without output after which a run whose writing process is gone looks dead: the status may have
been set by a short script beside the simulation, which then still writes its log."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about a run that claims to be running.

    Attributes:
        pid: The process that wrote its metadata last, when known.
        alive: Whether that process runs; None when nothing is known.
        last_output: When the run last wrote a log or its metadata, in seconds since the epoch.
    """

    pid: int | None
    alive: bool | None
    last_output: float | None


def gather_evidence(base: str, run: RunRecord) -> Evidence:
    """Look at a run's writer and the age of its logs. Costs a read, a listing and a stat for each log."""
    run_dir = f"{base}/{run.name}"
    newest = run.stamp.modified_ns / 1e9 if run.stamp is not None else None
    try:
        with os.scandir(f"{run_dir}/{LOGS_DIR}") as listing:
            for entry in listing:
                modified = entry.stat(follow_symlinks=False).st_mtime
                newest = modified if newest is None else max(newest, modified)
    except OSError:
        pass
    writer = read_writer(run_dir)
    if writer is None:
        return Evidence(None, None, newest)
    return Evidence(writer.pid, is_alive(writer), newest)


def doubt_about(run: RunRecord, evidence: Evidence, now: float) -> str:
    """Return why a run looks dead, in one line; ``""`` when it does not, or does not claim to run.

    Args:
        run: The run.
        evidence: What was found out about it.
        now: The present moment, in seconds since the epoch.
    """
    if run.status != RunStatus.RUNNING or evidence.alive:
        return ""
    silence = None if evidence.last_output is None else now - evidence.last_output
    if evidence.alive is False:
        if silence is not None and silence < GONE_AFTER:
            return ""
        return f"its process {evidence.pid} is gone"
    if silence is not None and silence >= QUIET_AFTER:
        return f"no output for {duration_text(silence)}"
    return ""
