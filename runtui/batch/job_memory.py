"""Latest answers of schedulers, in a file that all programs of a user on a host share."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from runtui.batch.base import JobPhase, JobReport
from runtui.store.schedulers import SCHEDULERS
from runtui.store.user_dirs import user_folder, write_private

_LARGEST_MEMORY = 16 << 20  # bytes
_MOST_REMEMBERED = 20_000  # jobs

_NOT_KEPT = ("directory",)
"""What nobody needs of an answer of a while ago, and would take most of the file."""

_DEFAULTS = {each.name: each.default for each in fields(JobReport)}


@dataclass(slots=True)
class Said:
    """Latest answer of a scheduler.

    Attributes:
        at: Time of the query, in seconds since the epoch.
        answered: Time of the last query that was answered, in seconds since the epoch.
        silence: Number of unanswered queries in a row.
        problem: Why the last query was not answered, or ``""``.
        queue: States in the queue of the queried jobs; None for unknown ones.
        accounts: States in the accounting of jobs that have ended; None where it has none.
    """

    at: float = 0.0
    answered: float = 0.0
    silence: int = 0
    problem: str = ""
    queue: dict[str, JobReport | None] = field(default_factory=dict)
    accounts: dict[str, JobReport | None] = field(default_factory=dict)


def memory_path() -> str | None:
    """Return the file with the latest answers of the schedulers of this host, or None where there is no home.

    Several clusters often share a home directory, and give out the same job ids.
    """
    folder = user_folder("XDG_CACHE_HOME", ".cache")
    if folder is None:
        return None
    name = re.sub(r"[^A-Za-z0-9.-]", "_", os.uname().nodename)
    variables = [name for names in SCHEDULERS.values() for name in names.cluster if name in os.environ]
    if variables:
        chosen = json.dumps([(name, os.environ[name]) for name in variables])
        name += "-" + hashlib.sha256(chosen.encode()).hexdigest()[:12]
    return os.path.join(folder, f"queue-{name}.json")


def read_memory() -> dict[str, Said]:
    """Return the latest answers by scheduler; empty where they cannot be read."""
    path = memory_path()
    try:
        if path is None:
            return {}
        with open(path, encoding="utf-8") as file:
            kept = json.loads(file.read(_LARGEST_MEMORY))
        return {str(name): _said_of(entry) for name, entry in kept.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def write_memory(memory: Mapping[str, Said]) -> None:
    """Keep the latest answers for the next program of this user; where that fails, it asks again."""
    path = memory_path()
    if path is None:
        return
    kept = {name: _plain_said(said) for name, said in memory.items()}
    try:
        write_private(path, json.dumps(kept).encode())
    except OSError:
        pass


def _plain_said(said: Said) -> dict[str, Any]:
    for job in list(said.queue)[:-_MOST_REMEMBERED]:
        del said.queue[job]
    return {
        "at": said.at,
        "answered": said.answered,
        "silence": said.silence,
        "problem": said.problem,
        "queue": {job: _plain_report(report) for job, report in said.queue.items()},
        "accounts": {
            job: _plain_report(report) for job, report in said.accounts.items() if job in said.queue
        },
    }


def _plain_report(report: JobReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    told = {name: getattr(report, name) for name in _DEFAULTS if name not in _NOT_KEPT}
    return {name: value for name, value in told.items() if value != _DEFAULTS[name]} | {
        "phase": report.phase.value
    }


def _said_of(entry: dict[str, Any]) -> Said:
    return Said(
        float(entry["at"]),
        float(entry["answered"]),
        int(entry["silence"]),
        str(entry["problem"]),
        _reports_of(entry["queue"]),
        _reports_of(entry["accounts"]),
    )


def _reports_of(kept: dict[str, Any]) -> dict[str, JobReport | None]:
    return {
        job: None if told is None else JobReport(**told | {"phase": JobPhase(told["phase"])})
        for job, told in kept.items()
    }
