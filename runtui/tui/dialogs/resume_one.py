"""The dialog that resumes one run from a checkpoint, runs it again from the start, or starts it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from runtui.batch.base import RESOURCES
from runtui.operations.new_child import input_names
from runtui.operations.resume_facts import ResumeFacts, read_resume_facts
from runtui.operations.run_operations import PlaceOf
from runtui.render.checkpoint_facts import checkpoint_facts
from runtui.render.styled import StyledLine, StyledText
from runtui.store.checkpoint_choice import skipped_text
from runtui.store.checkpoints import Checkpoint
from runtui.store.child_run import ResumeOptions
from runtui.store.details import flatten
from runtui.store.errors import StoreError
from runtui.store.own_command import OwnCommand
from runtui.store.parameter_changes import ChangedValue, parse_changes, typed_value
from runtui.store.record import RunRecord
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.resuming import CHANGE_EXAMPLE, Resuming, ResumingDialog

_KEY_CELLS = 24
_INDENT_CELLS = 4


class _Row(NamedTuple):
    """A row, and what is done when the user chooses it; None for one on which the cursor does not stop."""

    line: StyledLine
    choose: Callable[[], None] | None = None


class ResumeScreen(ResumingDialog):
    """Lets the user choose how to resume or rerun a run.

    Args:
        name: The run's name.
        run: The run.
        place_of: Returns its runs directory and its name there.
        from_start: Whether to run it again from the start, unless the user chooses a checkpoint.
    """

    HINT = (
        "{key:accept} create the child  {key:tick} choose or edit  {key:change_parameter} set a parameter  "
        "{key:launch} launch  {key:leave} cancel"
    )
    HINT_START = "{key:accept} start it  {key:launch} here or as a job  {key:leave} cancel"
    HINT_PIPELINE = "{key:accept} resume the pipeline  {key:leave} cancel"
    HINT_NOTHING = "{key:leave} close"

    def __init__(self, name: str, run: RunRecord, place_of: PlaceOf, *, from_start: bool = False) -> None:
        self._about = f"{short_id(run.run_id)}  {run.description}"
        super().__init__(f"{'Rerun' if from_start else 'Resume'} {self._about}")
        self._run_name = name
        self._run = run
        self._place = place_of(name)
        self._is_rerun_wanted = from_start
        self._found: ResumeFacts | None = None
        self._checkpoint: Checkpoint | None = None
        self._from_start = False
        self._changes: dict[str, Any] = {}
        self._resources: dict[str, str] = {}
        self._rows: list[_Row] = []

    def begin(self) -> None:
        super().begin()
        assert self.background is not None
        read = partial(read_resume_facts, *self._place, self._run, asks_scheduler=True)
        self.background.submit("run", read, self._take)

    def usual_system(self) -> str:
        return "" if self._found is None or self._found.command is None else self._found.command.system

    def must_launch(self) -> bool:
        return self._found is not None and self._found.is_unstarted

    def why_not_launch(self) -> str:
        if self._found is None:
            return "still reading the run"
        return "a pipeline starts by itself" if self._found.pipeline else self._found.no_command

    def _take(self, found: ResumeFacts) -> None:
        self._found = found
        if found.can_resume and not self._is_rerun_wanted:
            self._checkpoint = found.newest
        else:
            self._from_start = found.can_rerun
        if found.command is not None:
            self._resources = dict(found.command.resources)
        if found.proposal is not None:
            self._resources[found.proposal.resource] = found.proposal.value
        self.show()
        self.hint()
        self.list.move_to(next((place for place, row in enumerate(self._rows) if self._is_chosen(row)), 0))

    @property
    def keys_hint(self) -> str:
        found = self._found
        if found is None or self._can_create():
            return self.with_user_keys(self.HINT)
        if found.is_unstarted:
            return self.with_user_keys(self.HINT_START)
        is_resumed = bool(found.pipeline) and not self._is_rerun_wanted
        return self.with_user_keys(self.HINT_PIPELINE if is_resumed else self.HINT_NOTHING)

    def _can_create(self) -> bool:
        return self._from_start or self._checkpoint is not None

    def _is_chosen(self, row: _Row) -> bool:
        return bool(row.line) and row.line[0].text.startswith("(x)")

    def show(self) -> None:
        if self._found is None:
            return
        found = self._found
        if found.is_unstarted and self.target is None:
            self.target = self.usual_target()
        rows: list[_Row] = []
        if not found.pipeline and not found.is_unstarted:
            rows += self._start_rows(found)
        if self._can_create():
            rows += self._parameter_rows(found)
        if self.target or (found.proposal is not None and self._can_create()):
            rows += [_heading("resources", "for its job")]
            rows += [_Row(self._resource_line(key), partial(self._edit_resource, key)) for key in RESOURCES]
        self._rows = rows
        stops = [place for place, row in enumerate(rows) if row.choose is not None]
        self.list.show([row.line for row in rows], " ", stops)
        if self._can_create():
            self.title_says(f"{'Rerun' if self._from_start else 'Resume'} {self._about}")
        self.say("\n".join(self._summary(found)))

    def _start_rows(self, found: ResumeFacts) -> list[_Row]:
        """Return the rows of the checkpoints, and of the start."""
        now = time.time()
        rows = [_heading("start from")]
        for one in reversed(found.details.checkpoints.found):
            choose = None if one.problem else partial(self._choose, one)
            rows.append(_Row(self._checkpoint_line(one, now), choose))
        rows += [
            _Row((StyledText(f"    {problem}", "warning"),)) for problem in found.details.checkpoints.problems
        ]
        if found.can_rerun:
            sign = "(x)" if self._from_start else "( )"
            line = (StyledText(f"{sign} the beginning"), StyledText("  a rerun, without a checkpoint", "dim"))
            rows.append(_Row(line, partial(self._choose, None)))
        else:
            line = (StyledText("    the beginning", "dim"), StyledText(f"  {found.no_rerun}", "warning"))
            rows.append(_Row(line))
        return rows

    def _parameter_rows(self, found: ResumeFacts) -> list[_Row]:
        if found.params is None:
            return [_heading("parameters", f"cannot be changed here: {found.no_params}")]
        rows = [_heading("parameters", "for the child")]
        changed = {one.key: one for one in self._changed(found)}
        known = dict(flatten(found.params))
        for key, value in known.items():
            rows.append(
                _Row(_parameter_line(key, value, changed.get(key)), partial(self._edit_value, key, value))
            )
        for one in changed.values():
            if one.key not in known:
                before = one.old or ""
                rows.append(
                    _Row(_parameter_line(one.key, "", one), partial(self._edit_value, one.key, before))
                )
        add = (StyledText("    + ", "label"), StyledText(f"set or add, such as {CHANGE_EXAMPLE}", "dim"))
        return [*rows, _Row(add, self.action_change_parameter)]

    def _changed(self, found: ResumeFacts) -> tuple[ChangedValue, ...]:
        try:
            return found.changed(self._changes)
        except StoreError:
            return ()  # refused when it was typed

    def _summary(self, found: ResumeFacts) -> list[str]:
        command = self._planned(found)
        if found.pipeline:
            if self._is_rerun_wanted:
                return [found.no_rerun]
            return [f"resumes the pipeline in this run: {found.pipeline}; finished steps are kept"]
        if not self._can_create() and not found.is_unstarted:
            return (
                [found.refusal, f"no rerun either: {found.no_rerun}"] if found.refusal else [found.no_rerun]
            )
        lines: list[str] = []
        if found.is_unstarted:
            lines.append("created and not started yet")
        elif self._checkpoint is not None:
            lines.append(f"resumes at {self._checkpoint.name}")
            skipped = skipped_text(found.details.checkpoints)
            if skipped and self._checkpoint is found.newest:
                lines[0] += f"; {skipped}"
        else:
            lines.append("runs again from the start")
            if found.refusal and not self._is_rerun_wanted:
                lines[0] = f"{found.refusal}; {lines[0]}"
        if count := len(self._changes):
            lines[0] += f"; {count} parameter{'s' if count > 1 else ''} changed"
        if found.proposal is not None:
            more = f"{found.proposal.resource} {self._resources[found.proposal.resource]}"
            lines.append(f"{found.proposal.why}: as a job it gets {more}")
        if self.target is not None and command is not None:
            how = f"as a {self.target} job" if self.target else "here"
            lines += [
                f"starts {how}, in {safe_text(command.directory) or 'its directory'}:",
                f"  {command.text}",
            ]
        elif command is not None:
            whose = "the parent's command" if command is found.command else "its command"
            lines.append(f"not started ({self.key('launch')} starts it); {whose}: {command.text}")
        else:
            lines.append(f"not started: {found.no_command}")
        if command is not None and command.inputs:
            lines.append(f"in a directory of its own, with copies of {input_names(command)}")
        return lines

    def _planned(self, found: ResumeFacts) -> OwnCommand | None:
        """Return the command that the child is started with."""
        if found.command is None or not self._changes:
            return found.command
        try:
            return found.plan(self._changes).command
        except StoreError:
            return found.command  # refused when it was typed

    def _checkpoint_line(self, checkpoint: Checkpoint, now: float) -> StyledLine:
        facts = StyledText(f"  {checkpoint_facts(checkpoint, self._place[1], now)}", "dim")
        if checkpoint.problem:
            name = StyledText(f"    {checkpoint.name}", "dim")
            return (name, StyledText(f"  {checkpoint.problem}", "warning"), facts)
        sign = "(x)" if checkpoint is self._checkpoint else "( )"
        if checkpoint.doubt:
            facts = StyledText(f"  {checkpoint.doubt}", "warning")
        return (StyledText(f"{sign} {checkpoint.name}"), facts)

    def _resource_line(self, key: str) -> StyledLine:
        assert self._found is not None
        value, before = self._resources.get(key), ""
        if self._found.command is not None:
            before = self._found.command.resources.get(key, "")
        if not value:
            return (_key_cell(key), StyledText("scheduler default", "dim"))
        if value == before:
            return (_key_cell(key), StyledText(safe_text(value)))
        was = StyledText(f"  was {safe_text(before) or 'the default'}", "dim")
        return (_key_cell(key), StyledText(safe_text(value), "live"), was)

    def action_tick(self) -> None:
        """Choose the checkpoint under the cursor, or edit the parameter or the resource."""
        row = self._rows[self.list.cursor] if self._rows else None
        if row is not None and row.choose is not None:
            row.choose()

    def _choose(self, checkpoint: Checkpoint | None) -> None:
        self._checkpoint, self._from_start = checkpoint, checkpoint is None
        self.show()

    def action_change_parameter(self) -> None:
        """Type changes of parameters, also of ones that the run does not have."""
        found = self._found
        if found is None or not self._can_create():
            return
        if found.params is None:
            self.hint(f"No parameter can be changed: {found.no_params}.")
            return
        self.list.move_to([row.choose for row in self._rows].index(self.action_change_parameter))
        self.edit_row(_INDENT_CELLS + 2, "", CHANGE_EXAMPLE, self._set)

    def _set(self, text: str) -> str:
        assert self._found is not None
        try:
            changes = self._changes | parse_changes(text)
            self._found.changed(changes)
        except (ValueError, StoreError) as error:
            return safe_text(str(error))
        self._changes = changes
        self.show()
        return ""

    def _edit_value(self, key: str, value: str) -> None:
        assert self._found is not None
        shown = {one.key: one.new for one in self._changed(self._found)}.get(key, value)
        self.edit_row(_column_of(key), shown, key, partial(self._set_value, key, value))

    def _set_value(self, key: str, before: str, text: str) -> str:
        """Take a value as it was typed; one as before, and none for an added parameter, is no change."""
        changes = dict(self._changes)
        changes.pop(key, None)
        if text != before:
            changes[key] = typed_value(text)
        try:
            assert self._found is not None
            self._found.changed(changes)
        except StoreError as error:
            return str(error)
        self._changes = changes
        self.show()
        return ""

    def _edit_resource(self, key: str) -> None:
        self.edit_row(_column_of(key), self._resources.get(key, ""), key, partial(self._set_resource, key))

    def _set_resource(self, key: str, text: str) -> str:
        self._resources[key] = text.strip()
        self.show()
        return ""

    def action_accept(self) -> None:
        found = self._found
        if self.is_editing:
            self.end_editing(is_applied=True)
        elif found is None:
            self.hint("Still reading the run.")
        elif found.is_unstarted:
            given = {key: value for key, value in self._resources.items() if value}
            self.dismiss(Resuming({}, self.target, {self._run_name: given}, starts=(self._run_name,)))
        elif found.pipeline and not self._is_rerun_wanted:
            self.dismiss(Resuming({}, pipelines=(self._run_name,)))
        elif self._can_create():
            path = None if self._checkpoint is None else self._checkpoint.path
            shown = () if found.command is None else found.command.words
            options = ResumeOptions(path, self._changes, from_start=self._from_start, shown=shown)
            given = {key: value for key, value in self._resources.items() if value}
            self.dismiss(Resuming({self._run_name: options}, self.target, {self._run_name: given}))


def _heading(text: str, note: str = "") -> _Row:
    return _Row((StyledText(text, "heading"), StyledText(f"  {note}" if note else "", "dim")))


def _key_cell(key: str) -> StyledText:
    return StyledText(f"    {key:<{_KEY_CELLS}} ", "label")


def _column_of(key: str) -> int:
    """Return the cell in which the value of a key begins."""
    return _INDENT_CELLS + max(len(key), _KEY_CELLS) + 1


def _parameter_line(key: str, value: str, changed: ChangedValue | None) -> StyledLine:
    if changed is None:
        return (_key_cell(key), StyledText(value))
    note = "new" if changed.old is None else f"was {changed.old}"
    return (_key_cell(key), StyledText(changed.new, "live"), StyledText(f"  {note}", "dim"))
