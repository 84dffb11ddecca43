"""The dialogs that resume runs: a single one with all options, or many with the same ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from runtui.batch.base import RESOURCES
from runtui.batch.registry import systems_here
from runtui.operations.run_operations import PlaceOf
from runtui.render.checkpoint_facts import checkpoint_facts
from runtui.render.styled import StyledLine, StyledText
from runtui.store.checkpoint_choice import choose_checkpoint, skipped_text
from runtui.store.checkpoints import Checkpoint
from runtui.store.child_run import ResumeOptions
from runtui.store.details import RunDetails, read_details
from runtui.store.errors import StoreError
from runtui.store.own_command import OwnCommand, own_command
from runtui.store.parameter_changes import typed_value
from runtui.store.record import RunRecord
from runtui.store.sealed_record import executed_pipeline
from runtui.text.format import old_text, run_count, short_id
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows

_KEY_CELLS = 24
_SLICE_SECONDS = 0.1


class Resuming(NamedTuple):
    """A request to resume runs.

    Attributes:
        options: The options of each run's child.
        target: The scheduler that starts the children, ``""`` for this host; None to start none of them.
        resources: The jobs' resources; None for those of the parents' jobs.
        pipelines: The runs whose pipelines are resumed in place, without a child.
    """

    options: Mapping[str, ResumeOptions]
    target: str | None = None
    resources: Mapping[str, str] | None = None
    pipelines: tuple[str, ...] = ()


class _Found(NamedTuple):
    """Facts about a run that may be resumed.

    Attributes:
        details: Its details.
        newest: The newest usable checkpoint, or None.
        refusal: Why it cannot be resumed, or ``""``.
        command: Its command, if that can be run again.
        pipeline: The progress of its pipeline if that can be resumed in place, or ``""``.
    """

    details: RunDetails
    newest: Checkpoint | None
    refusal: str
    command: OwnCommand | None
    pipeline: str = ""


def _find(base: str, name: str) -> _Found:
    details = read_details(base, name)
    try:
        newest, refusal = choose_checkpoint(details.checkpoints, None, name), ""
    except StoreError as error:
        newest, refusal = None, str(error)
    return _Found(details, newest, refusal, own_command(base, name), _pipeline_of(base, name, details))


def _pipeline_of(base: str, name: str, details: RunDetails) -> str:
    source = executed_pipeline(base, name) if details.steps else ""
    if not source:
        return ""
    done = sum(step.is_done for step in details.steps)
    return f"{done:,} of {len(details.steps):,} steps of {safe_text(source, 200)} are done"


class _Resuming(BoxedList[Resuming]):
    """The base of both dialogs."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.RESUMING)

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._target: str | None = None
        self._systems: tuple[str, ...] = ()

    def can_launch(self) -> str:
        """Return why nothing can be launched, or ``""``."""
        raise NotImplementedError

    def show(self) -> None:
        """Update the rows and the summary."""
        raise NotImplementedError

    def usual_system(self) -> str:
        """Return the scheduler that ran a parent's job, or ``""``."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin to look for schedulers."""
        assert self.background is not None
        self.background.submit("systems", _systems_here, self._take_systems)

    def _take_systems(self, systems: tuple[str, ...]) -> None:
        self._systems = systems
        self.show()

    def action_launch(self) -> None:
        """Cycle through the ways to start the children: not at all, here, or as jobs."""
        hindrance = self.can_launch()
        if hindrance:
            self.hint(hindrance)
            return
        usual = self.usual_system()
        places: list[str | None] = [None, "", *self._systems]
        if usual in self._systems:  # the parent's scheduler comes first
            places.remove(usual)
            places.insert(1, usual)
        self._target = places[(places.index(self._target) + 1) % len(places)]
        self.hint()
        self.show()


def _systems_here() -> tuple[str, ...]:
    return systems_here()


class _Row(NamedTuple):
    """A row, and the checkpoint, parameter or job resource that it stands for."""

    line: StyledLine
    checkpoint: Checkpoint | None = None
    param: str = ""
    resource: str = ""


class ResumeScreen(_Resuming):
    """Lets the user choose how to resume a run.

    Args:
        name: The run's name.
        run: The run.
        place_of: Returns its runs directory and its name there.
    """

    HINT = "{key:accept} create the child  {key:tick} choose or edit  {key:launch} launch  {key:leave} cancel"

    def __init__(self, name: str, run: RunRecord, place_of: PlaceOf) -> None:
        super().__init__(f"Resume {short_id(run.run_id)}  {run.description}")
        self._run_name = name
        self._place = place_of(name)
        self._found: _Found | None = None
        self._checkpoint: Checkpoint | None = None
        self._params: dict[str, str] = {}
        self._resources: dict[str, str] = {}
        self._rows: list[_Row] = []
        self._edited: _Row | None = None
        self._line = Input(id="box-line", compact=True)

    def above(self) -> Iterator[Widget]:
        yield from super().above()
        self._line.display = False
        yield self._line

    def begin(self) -> None:
        super().begin()
        assert self.background is not None
        self.background.submit("run", partial(_find, *self._place), self._take)

    def usual_system(self) -> str:
        return "" if self._found is None or self._found.command is None else self._found.command.system

    def _take(self, found: _Found) -> None:
        self._found, self._checkpoint = found, found.newest
        if found.command is not None:
            self._resources = dict(found.command.resources)
        self.show()
        place = next((place for place, row in enumerate(self._rows) if row.checkpoint is found.newest), 0)
        self.list.move_to(place)

    def show(self) -> None:
        if self._found is None:
            return
        details, now = self._found.details, time.time()
        rows = [_Row((StyledText("checkpoint", "heading"),))]
        newest_first = list(reversed(details.checkpoints.found))
        rows += [_Row(self._checkpoint_line(one, now), checkpoint=one) for one in newest_first]
        rows += [_Row((StyledText(f"    {problem}", "warning"),)) for problem in details.checkpoints.problems]
        if details.params:
            rows += [
                _Row(()),
                _Row((StyledText("parameters", "heading"), StyledText("  for the child", "dim"))),
            ]
            rows += [_Row(self._param_line(key, value), param=key) for key, value in details.params]
        if self._target:
            rows += [_Row(()), _Row((StyledText("resources", "heading"), StyledText("  for its job", "dim")))]
            rows += [_Row(self._resource_line(key), resource=key) for key in RESOURCES]
        self._rows = rows
        self.list.show([row.line for row in rows])
        self.say("\n".join(self._summary()))

    def _summary(self) -> list[str]:
        assert self._found is not None
        if self._found.pipeline:
            return [f"resumes the pipeline in this run: {self._found.pipeline}; finished steps are kept"]
        if self._checkpoint is None:
            return [self._found.refusal]
        lines = [f"resumes at {self._checkpoint.name}"]
        skipped = skipped_text(self._found.details.checkpoints)
        if skipped and self._checkpoint is self._found.newest:
            lines[0] += f"; {skipped}"
        if self._params:
            lines[0] += f"; {len(self._params)} parameter{'s' if len(self._params) > 1 else ''} changed"
        command = self._found.command
        if self._target is not None and command is not None:
            how = f"as a {self._target} job" if self._target else "here"
            lines.append(f"starts {how}, in {safe_text(command.directory)}:")
            lines.append(f"  {command.text}")
        elif command is not None:
            lines.append(f"not started; the parent's command: {command.text}")
        return lines

    def _checkpoint_line(self, checkpoint: Checkpoint, now: float) -> StyledLine:
        facts = StyledText(f"  {checkpoint_facts(checkpoint, self._place[1], now)}", "dim")
        if checkpoint.problem:
            name = StyledText(f"    {checkpoint.name}", "dim")
            return (name, StyledText(f"  {checkpoint.problem}", "warning"), facts)
        sign = "(x)" if checkpoint is self._checkpoint else "( )"
        if checkpoint.doubt:
            facts = StyledText(f"  {checkpoint.doubt}", "warning")
        return (StyledText(f"{sign} {checkpoint.name}"), facts)

    def _param_line(self, key: str, value: str) -> StyledLine:
        name = StyledText(f"    {key:<{_KEY_CELLS}} ", "label")
        if key not in self._params:
            return (name, StyledText(value))
        return (
            name,
            StyledText(safe_text(self._params[key]), "live"),
            StyledText(f"  was {value}", "dim"),
        )

    def _resource_line(self, key: str) -> StyledLine:
        name = StyledText(f"    {key:<{_KEY_CELLS}} ", "label")
        if value := self._resources.get(key):
            return (name, StyledText(safe_text(value)))
        return (name, StyledText("scheduler default", "dim"))

    def action_tick(self) -> None:
        """Choose the checkpoint under the cursor, or change the parameter or the resource."""
        if not self._rows:
            return
        row = self._rows[self.list.cursor]
        if row.checkpoint is not None and not row.checkpoint.problem:
            self._checkpoint = row.checkpoint
            self.show()
        elif row.checkpoint is not None:
            self.hint(f"{row.checkpoint.name}: {row.checkpoint.problem}. Choose another.")
        elif row.param or row.resource:
            self._edit(row)

    def _edit(self, row: _Row) -> None:
        assert self._found is not None
        self._edited = row
        if row.param:
            key, value = row.param, dict(self._found.details.params)[row.param]
            value = self._params.get(key, value)
        else:
            key, value = row.resource, self._resources.get(row.resource, "")
        self._line.value = value
        self._line.cursor_position = len(value)
        self._line.display = True
        self._line.focus()
        self.hint(f"{key}: {self.key('accept')} apply, {self.key('leave')} keep the old value")

    def _end_editing(self, value: str | None) -> None:
        assert self._found is not None
        assert self._edited is not None
        row, self._edited = self._edited, None
        if value is not None and row.resource:
            self._resources[row.resource] = value.strip()
        elif value is not None:
            self._params[row.param] = value
            if value == dict(self._found.details.params)[row.param]:
                del self._params[row.param]
        self._line.display = False
        self.list.focus()
        self.hint()
        self.show()

    def can_launch(self) -> str:
        if self._found is None or self._found.command is None:
            return "Cannot launch: runtui did not record the command of this run, or it is not your run."
        return ""

    def action_leave(self) -> None:
        if self._edited is not None:
            self._end_editing(None)
        else:
            self.dismiss(None)

    def action_accept(self) -> None:
        if self._edited is not None:
            self._end_editing(self._line.value)
        elif self._found is None:
            self.hint("Still looking for checkpoints.")
        elif self._found.pipeline:
            self.dismiss(Resuming({}, pipelines=(self._run_name,)))
        elif self._checkpoint is None:
            self.hint(self._found.refusal)
        else:
            params = {key: typed_value(value) for key, value in self._params.items()}
            options = ResumeOptions(self._checkpoint.path, params)
            given = {key: value for key, value in self._resources.items() if value}
            self.dismiss(Resuming({self._run_name: options}, self._target, given))


class ResumeManyScreen(_Resuming):
    """Shows how several runs will be resumed, each from its newest checkpoint.

    Args:
        runs: The runs, by name.
        place_of: Returns a run's directory and its name there.
    """

    HINT = "{key:accept} create the children  {key:tick} exclude  {key:launch} launch  {key:leave} cancel"

    def __init__(self, runs: Mapping[str, RunRecord], place_of: PlaceOf) -> None:
        super().__init__(f"Resume {run_count(len(runs))}, each from its newest checkpoint")
        self._runs = runs
        self._names = tuple(runs)
        self._place_of = place_of
        self._found: dict[str, _Found] = {}
        self._left_out: set[str] = set()

    def begin(self) -> None:
        super().begin()
        self.show()
        self._read(self._names)

    def _read(self, waiting: Sequence[str]) -> None:
        if waiting and self.background is not None:
            self.background.submit(
                "runs", partial(self._some, waiting), lambda found: self._take(found, waiting[len(found) :])
            )

    def usual_system(self) -> str:
        commands = [found.command for found in self._found.values() if found.command is not None]
        return next((command.system for command in commands if command.system), "")

    def _some(self, waiting: Sequence[str]) -> dict[str, _Found]:
        found: dict[str, _Found] = {}
        end = time.monotonic() + _SLICE_SECONDS
        for name in waiting:
            found[name] = _find(*self._place_of(name))
            if time.monotonic() > end:
                break
        return found

    def _take(self, found: dict[str, _Found], waiting: Sequence[str]) -> None:
        self._found |= found
        self.show()
        self._read(waiting)

    def _chosen(self) -> list[str]:
        return [
            name
            for name, found in self._found.items()
            if (found.newest is not None or found.pipeline) and name not in self._left_out
        ]

    def show(self) -> None:
        self.list.show(LazyRows(len(self._names), self._line))
        chosen = len(self._chosen())
        waiting = len(self._names) - len(self._found)
        text = f"{run_count(chosen)} can be resumed"
        if waiting:
            text += f"; checking {waiting:,} more"
        if self._target is not None:
            commands = sum(self._found[name].command is not None for name in self._chosen())
            how = f"as {self._target} jobs" if self._target else "here"
            which = "all" if commands == chosen else "none" if not commands else ""
            text += f"; {which or f'{commands:,}'} start {how} with their parents' commands"
        self.say(text)

    def _line(self, place: int) -> StyledLine:
        name = self._names[place]
        run, found = self._runs[name], self._found.get(name)
        sign = "[ ]" if name in self._left_out else "[x]"
        lead = f"{short_id(run.run_id):<9} "
        if found is None:
            return (StyledText(f" …  {lead}", "dim"), StyledText(run.description, "dim"))
        if found.pipeline:
            return (
                StyledText(f"{sign} {lead}"),
                StyledText(f"resumes in place: {found.pipeline}  "),
                StyledText(run.description, "dim"),
            )
        if found.newest is None:
            return (StyledText(f" -  {lead}", "dim"), StyledText(found.refusal, "warning"))
        facts = [found.newest.name]
        if found.newest.created is not None:
            facts.append(old_text(found.newest.created, time.time()))
        if skipped := skipped_text(found.details.checkpoints):
            facts.append(skipped)
        return (
            StyledText(f"{sign} {lead}"),
            StyledText(f"{', '.join(facts)}  "),
            StyledText(
                found.command.text if self._target is not None and found.command else run.description, "dim"
            ),
        )

    def action_tick(self) -> None:
        """Exclude the run under the cursor, or include it again."""
        self._left_out ^= {self._names[self.list.cursor]}
        self.list.move_to(self.list.cursor + 1)
        self.show()

    def can_launch(self) -> str:
        if any(found.command is not None for found in self._found.values()):
            return ""
        return "Cannot launch: runtui did not record the commands of these runs, or they are not yours."

    def action_accept(self) -> None:
        if len(self._found) < len(self._names):
            self.hint("Still looking for checkpoints.")
        elif chosen := self._chosen():
            pipelines = tuple(name for name in chosen if self._found[name].pipeline)
            options = {name: ResumeOptions() for name in chosen if name not in pipelines}
            self.dismiss(Resuming(options, self._target, pipelines=pipelines))
        else:
            self.hint("None of these can be resumed.")
