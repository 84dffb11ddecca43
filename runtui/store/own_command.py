"""The command that a user had a run launched with, and the job that it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtui.store.sealed_record import RecordKind, read_sealed_record
from runtui.text.shell import shown_command


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """The command that a run was recorded with, whose metadata the calling user owns.

    Attributes:
        words: It, word by word, as it is; never for showing.
        directory: The directory that it ran in.
        system: The scheduler whose job it was, or ``""``.
        resources: What that job was given.
        job: The job's id there, or ``""``.
        has_input: Whether it read a file as its standard input, which is not kept for another run.
    """

    words: tuple[str, ...]
    directory: str
    system: str = ""
    resources: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    has_input: bool = False

    @property
    def text(self) -> str:
        """The command in one line that is safe to show."""
        return shown_command(self.words, 400)


def own_command(base: str, name: str) -> OwnCommand | None:
    """Return the command that the calling user had the run `name` launched with; None where there is none.

    What others may have written is never taken for it: see `sealed_record`.
    """
    record = read_sealed_record(base, name, RecordKind.COMMAND)
    words, directory = record.get("command"), record.get("working_directory")
    if not isinstance(words, list) or not words or not isinstance(directory, str):
        return None
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        return None
    job = _job_of(read_sealed_record(base, name, RecordKind.JOB))
    return OwnCommand(tuple(words), directory, *job, has_input=record.get("has_input") is True)


def _job_of(job: Mapping[str, Any]) -> tuple[str, dict[str, str], str]:
    """Return the scheduler whose job a run was, or ``""``, what the job was given, and its id."""
    if not isinstance(system := job.get("system"), str):
        return "", {}, ""
    given = job.get("resources")
    items = given.items() if isinstance(given, dict) else ()
    resources = {str(key): value for key, value in items if isinstance(value, str) and "\0" not in value}
    job_id = job.get("id")
    return system, resources, job_id if isinstance(job_id, str) else ""
