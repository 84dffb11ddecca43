"""The dialog that resumes or reruns several runs, with the same changes of parameters for all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from runtui.operations.resume_facts import ResumeFacts, read_resume_facts
from runtui.operations.run_operations import PlaceOf
from runtui.render.styled import StyledLine, StyledText
from runtui.store.checkpoint_choice import skipped_text
from runtui.store.child_run import ResumeOptions
from runtui.store.command_arguments import ArgumentStyle
from runtui.store.errors import StoreError
from runtui.store.parameter_changes import parse_changes
from runtui.store.record import RunRecord
from runtui.text.format import old_text, run_count, short_id
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.list_dialog import LazyRows
from runtui.tui.dialogs.resuming import CHANGE_EXAMPLE, Resuming, ResumingDialog

_SLICE_SECONDS = 0.1
_LEAD = "set for all  "
_CHANGE_ROW = 0
"""Index of the row in which changes for all runs are typed."""


class ResumeManyScreen(ResumingDialog):
    """Shows how several runs will be resumed or rerun, and lets the user change parameters of all.

    Args:
        runs: The runs, by name.
        place_of: Returns a run's directory and its name there.
        from_start: Whether they run again from the start. Otherwise each resumes from its newest checkpoint,
            and one without runs again only if the user includes it.
    """

    HINT = (
        "{key:accept} create the children  {key:tick} include or exclude  "
        "{key:change_parameter} set for all  {key:launch} launch  {key:leave} cancel"
    )

    def __init__(self, runs: Mapping[str, RunRecord], place_of: PlaceOf, *, from_start: bool = False) -> None:
        what = "from the start" if from_start else "each from its newest checkpoint"
        super().__init__(f"{'Rerun' if from_start else 'Resume'} {run_count(len(runs))}, {what}")
        self._runs = runs
        self._names = tuple(runs)
        self._place_of = place_of
        self._from_start = from_start
        self._found: dict[str, ResumeFacts] = {}
        self._toggled: set[str] = set()
        self._text = ""
        self._changes: dict[str, Any] = {}
        self._faults: dict[str, str] = {}

    def begin(self) -> None:
        super().begin()
        self.show()
        self.list.move_to(1)
        self._read(self._names)

    def _read(self, waiting: Sequence[str]) -> None:
        if waiting and self.background is not None:
            self.background.submit(
                "runs", partial(self._some, waiting), lambda found: self._take(found, waiting[len(found) :])
            )

    def usual_system(self) -> str:
        commands = [found.command for found in self._found.values() if found.command is not None]
        return next((command.system for command in commands if command.system), "")

    def must_launch(self) -> bool:
        chosen = self._chosen()
        return bool(chosen) and all(self._found[name].is_unstarted for name in chosen)

    def _some(self, waiting: Sequence[str]) -> dict[str, ResumeFacts]:
        found: dict[str, ResumeFacts] = {}
        end = time.monotonic() + _SLICE_SECONDS
        for name in waiting:
            found[name] = read_resume_facts(*self._place_of(name), self._runs[name])
            if time.monotonic() > end:
                break
        return found

    def _take(self, found: dict[str, ResumeFacts], waiting: Sequence[str]) -> None:
        self._found |= found
        self._check(found)
        self.show()
        self._read(waiting)

    def _check(self, found: Mapping[str, ResumeFacts]) -> None:
        """Find out in which of some runs the changes cannot be made, and why."""
        for name, facts in found.items():
            self._faults.pop(name, None)
            if facts.pipeline or facts.is_unstarted:
                continue
            try:
                facts.changed(self._changes)
            except StoreError as error:
                self._faults[name] = str(error)

    def _is_rerun(self, facts: ResumeFacts) -> bool:
        return facts.can_rerun and (self._from_start or not facts.can_resume)

    def _refusal(self, name: str) -> str:
        """Return why nothing can be done with a run, or ``""``."""
        facts = self._found[name]
        if facts.is_unstarted or (facts.pipeline and not self._from_start):
            return ""
        if self._from_start and not facts.can_rerun:
            return facts.no_rerun
        if not facts.can_resume and not facts.can_rerun:
            return facts.refusal
        return self._faults.get(name, "")

    def _is_included(self, name: str) -> bool:
        """Return whether something is done with a run, which has been read."""
        facts = self._found[name]
        # Whoever asked for resuming does not have a run begin anew without having said so.
        is_usual = self._from_start or not self._is_rerun(facts)
        return not self._refusal(name) and is_usual != (name in self._toggled)

    def _chosen(self) -> list[str]:
        return [name for name in self._found if self._is_included(name)]

    def show(self) -> None:
        names = self._names
        stops = [_CHANGE_ROW] + [
            place
            for place, name in enumerate(names, start=1)
            if name not in self._found or not self._refusal(name)
        ]
        self.list.show(LazyRows(len(names) + 1, self._row), "", stops)
        self.say("; ".join(self._summary()))

    def _summary(self) -> list[str]:
        chosen = self._chosen()
        reruns = sum(self._is_rerun(self._found[name]) for name in chosen)
        starts = sum(self._found[name].is_unstarted for name in chosen)
        told = []
        if not self._from_start:
            told.append(f"{run_count(len(chosen) - reruns - starts)} can be resumed")
        if reruns or self._from_start:
            told.append(f"{run_count(reruns)} {'runs' if reruns == 1 else 'run'} again from the start")
        if starts:
            told.append(f"{run_count(starts)}, created earlier, {'is' if starts == 1 else 'are'} started")
        if left := self._left_out():
            told.append(left)
        if waiting := len(self._names) - len(self._found):
            told.append(f"checking {waiting:,} more")
        if self.target is not None:
            commands = sum(self._found[name].command is not None for name in chosen)
            how = f"as {self.target} jobs" if self.target else "here"
            which = "all" if commands == len(chosen) else "none" if not commands else f"{commands:,}"
            told.append(f"{which} start {how} with their parents' commands")
            if more := sum(self._found[name].proposal is not None for name in chosen) if self.target else 0:
                told.append(f"{more:,} with twice the memory or time that they ran out of")
        return told

    def _left_out(self) -> str:
        """Return how many runs only await the user's word to begin anew."""
        could = [name for name in self._found if not self._refusal(name) and not self._is_included(name)]
        count = sum(self._is_rerun(self._found[name]) and name not in self._toggled for name in could)
        if self._from_start or not count:
            return ""
        return f"{count:,} without checkpoints ({self.key('tick')} reruns one)"

    def _row(self, place: int) -> StyledLine:
        if place == _CHANGE_ROW:
            if self._text:
                return (StyledText(_LEAD, "label"), StyledText(self._text, "live"))
            return (StyledText(_LEAD, "label"), StyledText(f"such as {CHANGE_EXAMPLE}", "dim"))
        name = self._names[place - 1]
        run, facts = self._runs[name], self._found.get(name)
        lead = f"{short_id(run.run_id):<9} "
        if facts is None:
            return (StyledText(f" …  {lead}", "dim"), StyledText(run.description, "dim"))
        if refusal := self._refusal(name):
            return (StyledText(f" -  {lead}", "dim"), StyledText(refusal, "warning"))
        sign = "[x]" if self._is_included(name) else "[ ]"
        rest = run.description
        command = facts.command
        if command is not None and (self.target is not None or command.style is not ArgumentStyle.FILE):
            # What cannot be changed has been refused above.
            rest = (facts.plan(self._changes).command if self._changes else command).text
        return (
            StyledText(f"{sign} {lead}"),
            *self._changed(facts),
            StyledText(f"{self._how(facts)}  "),
            StyledText(rest, "dim"),
        )

    def _how(self, facts: ResumeFacts) -> str:
        """Return how a run goes on, in a few words."""
        if facts.is_unstarted:
            return "not started yet"
        if facts.pipeline:
            return f"resumes in place: {facts.pipeline}"
        if self._is_rerun(facts):
            return "from the start"
        assert facts.newest is not None
        told = [facts.newest.name]
        if facts.newest.created is not None:
            told.append(old_text(facts.newest.created, time.time()))
        if skipped := skipped_text(facts.details.checkpoints):
            told.append(skipped)
        return ", ".join(told)

    def _changed(self, facts: ResumeFacts) -> StyledLine:
        if not self._changes or facts.pipeline or facts.is_unstarted:
            return ()
        return (StyledText("".join(f"{one.text}  " for one in facts.changed(self._changes)), "live"),)

    def action_tick(self) -> None:
        """Exclude the run under the cursor, or include it again."""
        place = self.list.cursor
        if place == _CHANGE_ROW:
            self.action_change_parameter()
            return
        name = self._names[place - 1]
        if name in self._found and not self._refusal(name):
            self._toggled ^= {name}
        self.list.move_to(place + 1)
        self.show()

    def action_change_parameter(self) -> None:
        """Type changes of parameters for all runs."""
        if self.is_editing:
            return
        self.list.move_to(_CHANGE_ROW)
        self.edit_row(len(_LEAD), self._text, CHANGE_EXAMPLE, self._set)

    def _set(self, text: str) -> str:
        try:
            self._changes = parse_changes(text)
        except ValueError as error:
            return safe_text(str(error))
        self._text = safe_text(text.strip(), 200)
        self._check(self._found)
        self.show()
        return ""

    def why_not_launch(self) -> str:
        if any(found.command is not None for found in self._found.values()):
            return ""
        return "the commands of these runs are unknown, or they are not yours"

    def action_accept(self) -> None:
        if self.is_editing:
            self.end_editing(is_applied=True)
        elif len(self._found) < len(self._names):
            self.hint("Still looking for checkpoints.")
        elif chosen := self._chosen():
            self.dismiss(self._resuming(chosen))
        else:
            self.hint("None of these can be resumed.")

    def _options_of(self, facts: ResumeFacts) -> ResumeOptions:
        shown = () if facts.command is None else facts.command.words
        return ResumeOptions(None, self._changes, from_start=self._is_rerun(facts), shown=shown)

    def _resuming(self, chosen: Sequence[str]) -> Resuming:
        starts = tuple(name for name in chosen if self._found[name].is_unstarted)
        pipelines = tuple(name for name in chosen if self._found[name].pipeline and name not in starts)
        options = {
            name: self._options_of(self._found[name])
            for name in chosen
            if name not in pipelines and name not in starts
        }
        resources = {
            name: {**command.resources, proposal.resource: proposal.value}
            for name in chosen
            if (proposal := self._found[name].proposal) is not None
            and (command := self._found[name].command) is not None
        }
        target = self.usual_target() if starts and self.target is None and not options else self.target
        return Resuming(options, target, resources, pipelines, starts)
