"""The command that a user had a run launched with, and the job that it was."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtui.store.command_arguments import ArgumentStyle
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, read_sealed_record, write_sealed_record
from runtui.text.shell import shown_command


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """The command that a run was started with, as the calling user's files tell it.

    Attributes:
        words: It, word by word, as it is; never for showing.
        directory: The directory that it ran in; ``""`` for one that runs in the directory of its run.
        system: The scheduler whose job it was, or ``""``.
        resources: What that job was given.
        job: The job's id there, or ``""``.
        has_input: Whether it read a file as its standard input, which is not kept for another run.
        style: How its program takes parameters that it does not give.
        inputs: Files that a run with it has copies of, by their paths.
        script: The name of the one of them that is its script, or ``""``.
    """

    words: tuple[str, ...]
    directory: str
    system: str = ""
    resources: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    has_input: bool = False
    style: ArgumentStyle = ArgumentStyle.FILE
    inputs: tuple[str, ...] = ()
    script: str = ""

    @property
    def text(self) -> str:
        """The command in one line that is safe to show."""
        return shown_command(self.words, 400)


def own_command(base: str, name: str) -> OwnCommand | None:
    """Return the command that the calling user had the run `name` launched with; None where there is none.

    What others may have written is never taken for it: see `sealed_record`.
    """
    record = read_sealed_record(base, name, RecordKind.COMMAND)
    found = _command_in(record)
    if found is None or not found.directory:
        return None
    job = _job_of(read_sealed_record(base, name, RecordKind.JOB))
    return OwnCommand(found.words, found.directory, *job, has_input=record.get("has_input") is True)


def planned_command(base: str, name: str) -> OwnCommand | None:
    """Return the command that the child `name` is to be started with, if that is not its parent's."""
    record = read_sealed_record(base, name, RecordKind.PLAN)
    found = _command_in(record)
    if found is None:
        return None
    names = record.get("inputs")
    names = [each for each in names if isinstance(each, str)] if isinstance(names, list) else []
    script = record.get("script")
    return OwnCommand(
        found.words,
        found.directory,
        *_job_of(record),
        style=ArgumentStyle(record.get("style", ArgumentStyle.FILE.value)),
        inputs=tuple(os.path.join(base, name, os.path.basename(each)) for each in names),
        script=script if isinstance(script, str) else "",
    )


def plan_command(directory: SafeDirectory, command: OwnCommand) -> None:
    """Record the command that a child is to be started with, which its user was shown.

    Args:
        directory: The child's directory.
        command: The command.

    Raises:
        OSError: It cannot be written.
    """
    facts = {
        "command": list(command.words),
        "working_directory": command.directory,
        "system": command.system or None,
        "resources": dict(command.resources),
        "style": command.style.value,
        "inputs": [os.path.basename(path) for path in command.inputs],
        "script": command.script,
    }
    write_sealed_record(directory, RecordKind.PLAN, facts)


def _command_in(record: Mapping[str, Any]) -> OwnCommand | None:
    words, directory = record.get("command"), record.get("working_directory")
    if not isinstance(words, list) or not words or not isinstance(directory, str):
        return None
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        return None
    return OwnCommand(tuple(words), directory)


def _job_of(job: Mapping[str, Any]) -> tuple[str, dict[str, str], str]:
    """Return the scheduler whose job a run was, or ``""``, what the job was given, and its id."""
    if not isinstance(system := job.get("system"), str):
        return "", {}, ""
    given = job.get("resources")
    items = given.items() if isinstance(given, dict) else ()
    resources = {str(key): value for key, value in items if isinstance(value, str) and "\0" not in value}
    job_id = job.get("id")
    return system, resources, job_id if isinstance(job_id, str) else ""
