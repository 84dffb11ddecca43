"""The plan of an adoption: which runs of other programs get a ``metadata.json``, and which do not and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from runtui.operations.adopting import Adoption, Planned
from runtui.render.styled import StyledLine, StyledText
from runtui.text.format import run_count
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows
from runtui.tui.dialogs.titles import path_in_list


class AdoptScreen(BoxedList[tuple[str, ...]]):
    """Shows what an adoption would do; returns the names of the runs that the user confirms.

    Args:
        names: The runs.
        adoption: Plans it.
    """

    HINT = "{key:accept} adopt  {key:tick} exclude  {key:leave} cancel"
    EMPTY = "planning…"

    def __init__(self, names: Sequence[str], adoption: Adoption) -> None:
        super().__init__(f"Adopt {run_count(len(names))}: write metadata.json, change nothing else")
        self._names = names
        self._adoption = adoption
        self._plan: Sequence[Planned] | None = None
        self._bases: set[str] = set()
        self._left_out: set[str] = set()

    def begin(self) -> None:
        assert self.background is not None
        self.background.submit("plan", partial(self._adoption.plan, self._names), self._take_plan)

    def _take_plan(self, plan: Sequence[Planned]) -> None:
        self._plan = sorted(plan, key=lambda one: one.candidate.refusal != "")
        self._bases = {one.candidate.base for one in plan}
        self._show()

    @property
    def _taken(self) -> tuple[str, ...]:
        """The names of the runs that would be adopted."""
        return tuple(
            one.name
            for one in self._plan or ()
            if not one.candidate.refusal and one.name not in self._left_out
        )

    def _show(self) -> None:
        plan = self._plan or ()
        self.list.show(LazyRows(len(plan), lambda place: self._line(plan[place])))
        taken = len(self._taken)
        skipped = len(plan) - taken
        self.say(f"{run_count(taken)} to adopt" + (f"; {run_count(skipped)} skipped" if skipped else ""))

    def _line(self, planned: Planned) -> StyledLine:
        one = planned.candidate
        name = path_in_list(one.base, one.name, self._bases)
        if one.refusal:
            return (StyledText(f" -  {name:<9} ", "dim"), StyledText(one.refusal, "warning"))
        is_out = planned.name in self._left_out
        spans = [StyledText(f"{'[ ]' if is_out else '[x]'} {name:<9} ", "dim" if is_out else "")]
        if is_out:
            spans.append(StyledText("excluded  ", "warning"))
        return (*spans, StyledText(f"{one.layout}  {one.status}"), StyledText(f"  from {one.source}", "dim"))

    def action_tick(self) -> None:
        """Exclude the run under the cursor, or include it again."""
        if not self._plan:
            return
        planned = self._plan[self.list.cursor]
        if planned.candidate.refusal:
            self.hint(f"this run is skipped: {planned.candidate.refusal}")
            return
        self._left_out ^= {planned.name}
        self.hint()
        self.list.move_to(self.list.cursor + 1)
        self._show()

    def action_accept(self) -> None:
        if self._plan is None:
            self.hint(f"Still planning; press {self.key('accept')} again when the plan is shown.")
        elif not self._taken:
            self.hint("Nothing to adopt.")
        else:
            self.dismiss(self._taken)
