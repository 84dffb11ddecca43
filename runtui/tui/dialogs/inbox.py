"""The inbox: open failures by reason, with the number of new ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from runtui.operations.triage import FailureGroup, failed_at
from runtui.render.styled import StyledLine, StyledText
from runtui.text.format import ago_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.list_dialog import BoxedList

_REFRESH_INTERVAL_SECONDS = 1.0
_WIDEST_KIND_CELLS = 20


class InboxChoice(NamedTuple):
    """The runs of a group, and the name of the browser's action for them; ``""`` shows them."""

    names: tuple[str, ...]
    action: str


class InboxScreen(BoxedList[InboxChoice]):
    """Shows the open failures; returns the action for one group.

    Args:
        groups: Returns the current groups of failures.
        settle: Marks the failures of runs as dealt with.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.INBOX)
    HINT = (
        "{key:accept} show  {key:tag_group} tag  {key:mark_group} mark  {key:resume_group} resume  "
        "{key:clean_group} trash  {key:settle} dismiss  {key:leave} close"
    )

    def __init__(
        self, groups: Callable[[], Sequence[FailureGroup]], settle: Callable[[Sequence[str]], None]
    ) -> None:
        super().__init__("Open failures by reason")
        self._groups_now = groups
        self._settle = settle
        self._groups: Sequence[FailureGroup] = ()
        self._rows: list[StyledLine] | None = None

    def begin(self) -> None:
        self._show()
        self.set_interval(_REFRESH_INTERVAL_SECONDS, self._show)

    def _show(self) -> None:
        groups = self._groups = self._groups_now()
        widest = min(_WIDEST_KIND_CELLS, max((len(group.key.label) for group in groups), default=0))
        has_new = any(group.new for group in groups)
        rows = [_row(group, widest, has_new=has_new) for group in groups]
        if rows == self._rows:
            return  # drawing the same list again each second would take 1 % of a core
        self._rows = rows
        self.list.show(rows, "no open failures")
        total = sum(len(group.runs) for group in groups)
        new = sum(group.new for group in groups)
        self.say(f"{total:,} open, {new:,} new since your last visit" if total else "")

    def _choose(self, action: str) -> None:
        if self._groups:
            names = tuple(run.name for run in self._groups[self.list.cursor].runs)
            self.dismiss(InboxChoice(names, action))

    def action_accept(self) -> None:
        self._choose("")

    def action_tag_group(self) -> None:
        self._choose("tag")

    def action_mark_group(self) -> None:
        self._choose("mark")

    def action_resume_group(self) -> None:
        self._choose("resume")

    def action_clean_group(self) -> None:
        self._choose("clean")

    def action_settle(self) -> None:
        """Mark the group as dealt with, without changing its runs."""
        if self._groups:
            self._settle([run.name for run in self._groups[self.list.cursor].runs])
            self._show()


def _row(group: FailureGroup, widest: int, *, has_new: bool) -> StyledLine:
    new = f"{group.new:,} new" if group.new else ""
    newest = group.runs[0]
    return (
        StyledText(f"{len(group.runs):>6,}  "),
        StyledText(f"{new:>9}  " if has_new else "", "warning"),
        StyledText(f"{group.key.label:<{widest}}  ", "error"),
        StyledText(f"last {ago_text(failed_at(newest), time.time()):<8}  ", "dim"),
        StyledText("" if newest.digest is None or newest.is_reason_typed else newest.digest.line),
    )
