"""Facts about a run that may be resumed, rerun or started: what can be done, and why the rest cannot."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from runtui.batch.base import BatchError
from runtui.batch.more_resources import UNKNOWN_USAGE, JobUsage, Proposal, more_memory, more_time
from runtui.batch.registry import SYSTEMS
from runtui.layouts.commands import run_command
from runtui.operations.new_child import ChildPlan, plan_child, run_params
from runtui.store.checkpoint_choice import choose_checkpoint
from runtui.store.checkpoints import Checkpoint
from runtui.store.command_arguments import ArgumentStyle
from runtui.store.details import RunDetails, read_details
from runtui.store.errors import StoreError
from runtui.store.failure import FailureKind
from runtui.store.own_command import OwnCommand, planned_command
from runtui.store.parameter_changes import ChangedValue, ParameterChanges, changed_params
from runtui.store.paths import PARAMS_FILE
from runtui.store.record import RunRecord
from runtui.store.sealed_record import executed_pipeline
from runtui.store.unstarted import unstarted_parent
from runtui.text.sanitize import safe_text

_CAUSES = {"OUT_OF_MEMORY": FailureKind.OOM, "TIMEOUT": FailureKind.TIMEOUT}
_PROPOSALS = {FailureKind.OOM: more_memory, FailureKind.TIMEOUT: more_time}


class ResumeFacts(NamedTuple):
    """Facts about a run that may be resumed, rerun or started. Text is safe to show.

    Attributes:
        details: Its details.
        newest: The newest usable checkpoint, or None.
        refusal: Why it cannot be resumed from a checkpoint, or ``""``.
        command: Its command; None if that cannot be run again.
        no_command: Why it cannot, or ``""``.
        pipeline: The progress of its pipeline if that can be resumed in place, or ``""``.
        params: Its parameters; None where they cannot be changed.
        no_params: Why they cannot, or ``""``.
        is_unstarted: Whether it is a child that waits to be started with its parent's command.
        proposal: More of the resource that its job ran out of, or None.
    """

    details: RunDetails
    newest: Checkpoint | None
    refusal: str
    command: OwnCommand | None
    no_command: str
    pipeline: str
    params: Mapping[str, Any] | None
    no_params: str
    is_unstarted: bool
    proposal: Proposal | None

    @property
    def can_resume(self) -> bool:
        """Whether it can be resumed from a checkpoint."""
        return self.newest is not None and not self.pipeline and not self.is_unstarted

    @property
    def can_rerun(self) -> bool:
        """Whether it can be run again from the start."""
        return self.command is not None and not self.pipeline and not self.is_unstarted

    @property
    def no_rerun(self) -> str:
        """The reason why it cannot be run again from the start, or ``""``."""
        if self.pipeline:
            name = safe_text(self.details.name, 40)
            return f"a pipeline: `runtui exec --resume {name} --force` does all its steps again"
        if self.is_unstarted:
            return "not started yet"
        return self.no_command

    def changed(self, changes: ParameterChanges) -> tuple[ChangedValue, ...]:
        """Return what changes of parameters come to in a child.

        Raises:
            StoreError: They cannot be applied; the text says why.
        """
        if not changes:
            return ()
        if self.params is None:
            raise StoreError(f"no parameter can be changed: {self.no_params}")
        return self.plan(changes).changes if self.command else changed_params(self.params, changes)[1]

    def plan(self, changes: ParameterChanges) -> ChildPlan:
        """Return what a child with changed parameters is started with; only where there is a command.

        Raises:
            StoreError: They cannot be applied; the text says why.
        """
        assert self.command is not None
        return plan_child(self.command, self.params or {}, changes)


def read_resume_facts(base: str, name: str, run: RunRecord, *, asks_scheduler: bool = False) -> ResumeFacts:
    """Read what can be done with a run. Never raises for what is on disk.

    Args:
        base: The runs directory.
        name: The run's name there.
        run: The run, with the kind of its failure.
        asks_scheduler: Whether to ask the scheduler's accounting what its job used, which may take seconds.
    """
    details = read_details(base, name)
    try:
        newest, refusal = choose_checkpoint(details.checkpoints, None, name), ""
    except StoreError as error:
        newest, refusal = None, str(error)
    parent = unstarted_parent(base, name)
    found, no_command = _command(base, parent or name, name)
    is_unstarted = bool(parent) and found is not None
    params, no_params = _params(base, name, found)
    return ResumeFacts(
        details,
        newest,
        refusal,
        found,
        no_command,
        _pipeline(base, name, details),
        params,
        no_params,
        is_unstarted,
        None if found is None else _proposal(run, found, asks_scheduler=asks_scheduler),
    )


def _command(base: str, name: str, child: str) -> tuple[OwnCommand | None, str]:
    """Return the command of a run, or that planned for its child; or why it cannot be run again."""
    try:
        return planned_command(base, child) or run_command(base, name), ""
    except StoreError as error:
        return None, safe_text(str(error), 300)


def _pipeline(base: str, name: str, details: RunDetails) -> str:
    source = executed_pipeline(base, name) if details.steps else ""
    if not source:
        return ""
    done = sum(step.is_done for step in details.steps)
    return f"{done:,} of {len(details.steps):,} steps of {safe_text(source, 200)} are done"


def _params(base: str, name: str, command: OwnCommand | None) -> tuple[Mapping[str, Any] | None, str]:
    reads_file = command is None or command.style is ArgumentStyle.FILE
    if reads_file and not os.path.lexists(os.path.join(base, name, PARAMS_FILE)):
        return None, f"the run has no {PARAMS_FILE}"
    try:
        return run_params(base, name), ""
    except StoreError as error:
        return None, str(error)


def _proposal(run: RunRecord, command: OwnCommand, *, asks_scheduler: bool) -> Proposal | None:
    """Return more of the resource that a run's job ran out of, or None."""
    cause = None if run.digest is None else run.digest.kind
    if run.job is not None:
        cause = _CAUSES.get(run.job.state, cause)
    if not command.system or cause not in _PROPOSALS:
        return None
    usage = _usage(command) if asks_scheduler else UNKNOWN_USAGE
    return _PROPOSALS[cause](command.resources, usage)


def _usage(command: OwnCommand) -> JobUsage:
    if command.system not in SYSTEMS or not command.job:
        return UNKNOWN_USAGE
    try:
        return SYSTEMS[command.system]().usage(command.job)
    except BatchError:
        return UNKNOWN_USAGE  # many sites have no accounting; the job's request is known anyway
