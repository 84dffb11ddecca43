"""The plan of a cleanup: which runs go to the trash, their sizes, and which ones stay and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from textual import on
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Input

from runtui.catalog.query.query import Query, QueryError, parse_query
from runtui.catalog.sync.job_states import as_listed, waiting_runs
from runtui.layouts.kept_runs import with_advice
from runtui.layouts.run_tree import holds_other_runs
from runtui.operations.parallel import in_parallel
from runtui.operations.run_operations import KnownRuns, PlaceOf
from runtui.render.styled import StyledLine, StyledText
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.cleanup.plan import CleanupPlan, Decision, PlanInputs, choose_old
from runtui.store.errors import explain
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text
from runtui.tui.dialogs.disk_usage import Measuring
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows
from runtui.tui.dialogs.titles import path_in_list

Plans = Mapping[str, CleanupPlan]
"""The cleanup plans by runs directory."""

_ASKED_FOR = "selected"


class _Row(NamedTuple):
    """A run of the plan."""

    base: str
    decision: Decision
    is_taken: bool


class CleanupScreen(BoxedList[Plans]):
    """Shows what a cleanup would do; returns the plans that the user confirms.

    Args:
        names: The runs to move to the trash, if that is safe.
        place_of: Returns a run's directory and its name there.
        known: Returns the known runs of a runs directory by their names there.
    """

    HINT = "{key:accept} move to the trash  {key:tick} exclude  {key:leave} cancel"
    EMPTY = "planning…"

    def __init__(self, names: Sequence[str], place_of: PlaceOf, known: KnownRuns) -> None:
        super().__init__(f"Move {run_count(len(names))} to the trash")
        self._known = known
        self._wanted: dict[str, list[Decision]] = {}
        for name in names:
            base, there = place_of(name)
            self._wanted.setdefault(base, []).append(Decision(there, _ASKED_FOR))
        self._left_out: set[tuple[str, str]] = set()
        self._plan_inputs: dict[str, PlanInputs] = {}
        self._rows: list[_Row] = []
        self._plans: Plans | None = None
        self._sizes = Measuring()

    def begin(self) -> None:
        self._read()

    def on_unmount(self) -> None:
        self._sizes.stop()

    def _read(self) -> None:
        assert self.background is not None
        self.background.submit("premises", partial(_read, self.bases(), self._known), self._take_inputs)

    def bases(self) -> Collection[str]:
        """Return the runs directories to plan for."""
        return tuple(self._wanted)

    def candidates(self, inputs: Mapping[str, PlanInputs]) -> Mapping[str, Sequence[Decision]]:
        """Return the runs to move, if that is safe, by runs directory. Not called on the event loop."""
        return self._wanted

    def _take_inputs(self, found: Mapping[str, PlanInputs] | str) -> None:
        if isinstance(found, str):
            self.list.show((), f"cannot plan the cleanup: {found}")
            return
        self._plan_inputs = dict(found)
        self.replan()

    def replan(self) -> None:
        """Plan without the excluded runs."""
        self._plans = None
        if self._plan_inputs:
            assert self.background is not None
            left_out = frozenset(self._left_out)
            adopting = self.key("adopt")

            def planned(decisions: Mapping[str, Sequence[Decision]]) -> Plans:
                return {
                    base: with_advice(base, self._plan_inputs[base].plan(some), adopting)
                    for base, some in decisions.items()
                }

            def plan() -> tuple[Plans, Plans]:
                wanted = self.candidates(self._plan_inputs)
                whole = planned(wanted)
                if not left_out:
                    return whole, whole
                kept = {
                    base: [decision for decision in decisions if (base, decision.name) not in left_out]
                    for base, decisions in wanted.items()
                }
                return whole, planned(kept)

            self.background.submit("plan", plan, self._take_plans)

    def _take_plans(self, plans: tuple[Plans, Plans]) -> None:
        whole, self._plans = plans
        taken = {(base, one.name) for base, plan in self._plans.items() for one in plan.taken}
        movable = [
            _Row(base, one, (base, one.name) in taken) for base, plan in whole.items() for one in plan.taken
        ]
        staying = [_Row(base, one, False) for base, plan in whole.items() for one in plan.kept_back]
        # The few come first: one that stays would not be seen behind hundreds that do not.
        self._rows = [*staying, *movable] if len(staying) < len(movable) else [*movable, *staying]
        kept_back = {(base, one.name): one for base, plan in self._plans.items() for one in plan.kept_back}
        # A run that stays only because another one was excluded shows that reason.
        self._rows = [row._replace(decision=kept_back.get(_key(row), row.decision)) for row in self._rows]
        self._show()
        if not self._left_out and not self.list.cursor:  # it begins on a run that can be excluded
            first = next((place for place, row in enumerate(self._rows) if row.is_taken), 0)
            self.call_after_refresh(self.list.move_to, first)  # when the rows before it have room
        paths = [os.path.join(row.base, row.decision.name) for row in self._rows]
        assert self.background is not None
        self._sizes.measure(paths, self.background, self._show)

    def _show(self) -> None:
        rows = self._rows
        self.list.show(LazyRows(len(rows), lambda place: self._line(rows[place])), self._nothing())
        if self._plans is None:
            return
        taken = [row for row in rows if row.is_taken]
        total = self._sizes.total(os.path.join(row.base, row.decision.name) for row in taken)
        stay = len(rows) - len(taken)
        text = f"{run_count(len(taken))} to the trash, {total}"
        stays = "stays" if stay == 1 else "stay"
        self.say(f"{text}; {run_count(stay)} {stays}" if stay else text)

    def _nothing(self) -> str:
        return "nothing to move"

    def _line(self, row: _Row) -> StyledLine:
        run = self._plan_inputs[row.base].run(row.decision.name)
        size = self._sizes.text(os.path.join(row.base, row.decision.name))
        name = path_in_list(row.base, row.decision.name, self._plan_inputs)
        description = "" if run is None else run.description
        sign = "[x]" if row.is_taken else "[ ]" if _key(row) in self._left_out else " - "
        reason = "excluded" if _key(row) in self._left_out else row.decision.reason
        spans = [StyledText(f"{sign} {name:<9} {size:>9}  ", "" if row.is_taken else "dim")]
        if reason != _ASKED_FOR:
            spans.append(StyledText(f"{safe_text(reason)}  ", "dim" if row.is_taken else "warning"))
        return (*spans, StyledText(description, "dim"))

    def action_tick(self) -> None:
        """Exclude the run under the cursor from the cleanup, or include it again."""
        if not self._rows:
            return
        row = self._rows[self.list.cursor]
        if not row.is_taken and _key(row) not in self._left_out:
            self.hint(f"this run stays: {safe_text(row.decision.reason)}")
            return
        self._left_out ^= {_key(row)}
        self.hint()
        self.list.move_to(self.list.cursor + 1)
        self.replan()

    def action_accept(self) -> None:
        if self._plans is None:
            self.hint(f"Still planning; press {self.key('accept')} again when the plan is shown.")
        elif not any(plan.taken for plan in self._plans.values()):
            self.hint("Nothing to move to the trash.")
        else:
            self.dismiss(self._plans)


class RuleScreen(CleanupScreen):
    """Plans a cleanup by rule.

    Args:
        bases: The runs directories.
        place_of: Returns a run's directory and its name there.
        known: Returns the known runs of a runs directory by their names there.
    """

    HINT_TYPING = "{key:accept} move to the trash  {key:next_pane} to the list  {key:leave} cancel"

    def __init__(self, bases: Sequence[str], place_of: PlaceOf, known: KnownRuns) -> None:
        super().__init__((), place_of, known)
        self._bases = bases
        self._rule = ""
        self._line_to_type = Input(placeholder="keep 20 status:failed age>30d", id="box-line", compact=True)
        self._fault = ""

    def above(self) -> Iterator[Widget]:
        yield self._line_to_type
        yield from super().above()

    def begin(self) -> None:
        self.title_says("Clean up by rule: a filter, and how many of the newest to keep")
        super().begin()

    def first_focus(self) -> Widget:
        return self._line_to_type

    def bases(self) -> Collection[str]:
        return self._bases

    def candidates(self, inputs: Mapping[str, PlanInputs]) -> Mapping[str, Sequence[Decision]]:
        try:
            rule = parse_rule(self._rule)
        except ValueError as error:
            self._fault = str(error)
            return {}
        self._fault = "" if rule is not None else "Type a filter, or keep N."
        if rule is None:
            return {}
        for found in inputs.values():
            found.look_at([one.name for one in rule(found.runs())])
        return {base: rule(found.runs()) for base, found in inputs.items()}

    def _nothing(self) -> str:
        return self._fault or "no run matches this rule"

    @on(Input.Changed)
    def _change_rule(self) -> None:
        if self._rule != self._line_to_type.value:
            self._rule = self._line_to_type.value
            self._left_out.clear()
            self.replan()

    def action_accept(self) -> None:
        self._change_rule()  # the plan is of an older rule if this one arrived in the same packet as Enter
        super().action_accept()

    @property
    def keys_hint(self) -> str:
        return self.with_user_keys(self.HINT_TYPING if self._line_to_type.has_focus else self.HINT)

    @on(DescendantFocus)
    def _show_keys(self) -> None:
        self.hint()


def parse_rule(text: str) -> Callable[[Sequence[RunRecord]], list[Decision]] | None:
    """Return a function that selects runs by a rule: ``keep N``, a filter, or both; None for no rule.

    Raises:
        ValueError: The rule is invalid; the message says why, in one line.
    """
    words = text.split()
    keep = None
    if words[:1] == ["keep"]:
        if len(words) < 2 or not words[1].isdecimal():
            raise ValueError("type how many of the newest to keep: keep 20")
        keep, words = int(words[1]), words[2:]
    try:
        query = parse_query(" ".join(words))
    except QueryError as error:
        raise ValueError(str(error)) from None
    if query.keys:
        what = "checkpoints" if query.keys == {CHECKPOINT_FILES} else "parameters"
        raise ValueError(f"a rule cannot use {what}: filter the table and select the runs")
    if query.asks_why or query.asks_for_warnings:
        what = "reasons" if query.asks_why else "warnings"
        raise ValueError(f"a rule cannot use {what}: filter the table and select the runs")
    if keep is None and query.is_empty:
        return None
    return partial(_chosen, query, keep)


def _chosen(query: Query, keep: int | None, runs: Sequence[RunRecord]) -> list[Decision]:
    chosen = choose_old([run for run in runs if query.matches(run)], keep or 0, None)
    return (
        chosen
        if keep is not None
        else [Decision(one.name, f"matches {safe_text(query.text)}") for one in chosen]
    )


def _key(row: _Row) -> tuple[str, str]:
    return row.base, row.decision.name


def _read(bases: Collection[str], known: KnownRuns) -> Mapping[str, PlanInputs] | str:
    try:
        return {
            base: PlanInputs(
                base,
                known(base),
                each=in_parallel,
                jobs=waiting_runs,
                listing=as_listed,
                holds_runs=holds_other_runs,
            )
            for base in bases
        }
    except OSError as error:
        return explain(error)
