"""The inbox: failures that have not been dealt with, by reason, with those that are new."""

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

_REFRESH_INTERVAL = 1.0
_WIDEST = 20


class InboxChoice(NamedTuple):
    """What is to be done with which runs: the name of one of the browser's actions, ``""`` to show them."""

    names: tuple[str, ...]
    action: str


class InboxScreen(BoxedList[InboxChoice]):
    """Shows the failures that have not been dealt with; ends with what is to be done with one group.

    Args:
        groups: Gives them as they are now.
        settle: Takes runs as dealt with.
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
        self.set_interval(_REFRESH_INTERVAL, self._show)

    def _show(self) -> None:
        groups = self._groups = self._groups_now()
        widest = min(_WIDEST, max((len(group.key.label) for group in groups), default=0))
        has_new = any(group.new for group in groups)
        rows = [_row(group, widest, has_new=has_new) for group in groups]
        if rows == self._rows:
            return  # to draw the same again each second takes a hundredth of a core
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
        """Take the group as dealt with; nothing is changed in its runs."""
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
