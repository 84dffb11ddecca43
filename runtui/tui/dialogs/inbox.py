"""The inbox: open failures by reason, with the number of new ones.

The keys that change runs act on selected groups only, so that a filter typed here by mistake does nothing. A
group is selected with the runs that it is shown with; one with runs whose reasons are still being read, which
may belong to other groups, only once the user confirms it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from runtui.operations.triage import FailureGroup, failed_at
from runtui.render.styled import StyledLine, StyledText
from runtui.text.format import ago_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.list_dialog import BoxedList

_REFRESH_INTERVAL_SECONDS = 1.0


class InboxChoice(NamedTuple):
    """The runs of groups, and the name of the browser's action for them; ``""`` shows them."""

    names: tuple[str, ...]
    action: str


class InboxScreen(BoxedList[InboxChoice]):
    """Shows the open failures; returns the action for the selected groups.

    Args:
        groups: Returns the current groups of failures.
        settle: Marks the failures of runs as dealt with.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.INBOX)
    HINT = (
        "{key:accept} show  {key:tick} select  {key:tag_group} tag  {key:mark_group} mark  "
        "{key:resume_group} resume  {key:rerun_group} rerun  {key:clean_group} trash  "
        "{key:settle} dismiss  {key:leave} close"
    )

    def __init__(
        self, groups: Callable[[], Sequence[FailureGroup]], settle: Callable[[Sequence[str]], None]
    ) -> None:
        super().__init__("Open failures by reason")
        self._groups_now = groups
        self._settle = settle
        self._groups: Sequence[FailureGroup] = ()
        # Runs, not groups: a run moves to another group when the reason for its failure has been read.
        self._selected: frozenset[str] = frozenset()
        self._confirming: frozenset[str] = frozenset()  # runs of a group that is selected when asked again
        self._rows: list[StyledLine] | None = None

    def begin(self) -> None:
        self._show()
        self.set_interval(_REFRESH_INTERVAL_SECONDS, self._show)

    def _show(self) -> None:
        before = self._group_here()
        groups = self._groups = self._groups_now()
        if self._selected:
            self._selected &= {run.name for group in groups for run in group.runs}
        cells = [_cells(group, self._selected) for group in groups]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        rows = [
            _row(group, texts, widths, is_selected=self._is_selected(group))
            for group, texts in zip(groups, cells, strict=True)
        ]
        if rows == self._rows:
            return  # drawing the same list again each second would take 1 % of a core
        self._rows = rows
        self.list.show(rows, "no open failures")
        if before is not None:  # the cursor stays on its group while others change
            keys = [group.key for group in groups]
            self.list.move_to(keys.index(before.key) if before.key in keys else self.list.cursor)
        total = sum(len(group.runs) for group in groups)
        new = sum(group.new for group in groups)
        unread = sum(group.unread for group in groups)
        reading = f"; reading the reasons of {unread:,}" if unread else ""
        self.say(f"{total:,} open, {new:,} new since your last visit{reading}" if total else "")

    def _group_here(self) -> FailureGroup | None:
        """Return the group under the cursor, as it is shown."""
        return self._groups[self.list.cursor] if self._groups else None

    def action_tick(self) -> None:
        """Select or deselect the group under the cursor."""
        group = self._group_here()
        if group is None or self._asks_first(group):
            return
        is_selected = self._is_selected(group)
        self._selected = self._selected - group.names if is_selected else self._selected | group.names
        self.list.move_to(self.list.cursor + 1)
        self.hint()
        self._show()

    def _asks_first(self, group: FailureGroup) -> bool:
        """Ask whether to select a group that may fall apart, unless that was asked; return whether it did."""
        if not group.unread or self._is_selected(group) or self._confirming == group.names:
            self._confirming = frozenset()
            return False
        self._confirming = group.names
        self.hint(
            f"Still reading the reasons of {group.unread:,} of these {len(group.runs):,}: "
            f"press {self.key('tick')} again to select them all."
        )
        return True

    def _is_selected(self, group: FailureGroup) -> bool:
        return bool(self._selected) and not self._selected.isdisjoint(group.names)

    def _selected_runs(self) -> tuple[str, ...]:
        return tuple(run.name for group in self._groups for run in group.runs if run.name in self._selected)

    def _choose(self, action: str) -> None:
        if names := self._selected_runs():
            self.dismiss(InboxChoice(names, action))
        else:
            self._ask_for_selection()

    def _ask_for_selection(self) -> None:
        if self._groups:
            self.hint(f"Press {self.key('tick')} to select a group first.")

    def action_accept(self) -> None:
        """Show the runs of the selected groups, or of the one under the cursor."""
        if (group := self._group_here()) is not None:
            here = tuple(run.name for run in group.runs)
            self.dismiss(InboxChoice(self._selected_runs() or here, ""))

    def action_tag_group(self) -> None:
        self._choose("tag")

    def action_mark_group(self) -> None:
        self._choose("mark")

    def action_resume_group(self) -> None:
        self._choose("resume")

    def action_rerun_group(self) -> None:
        self._choose("rerun")

    def action_clean_group(self) -> None:
        self._choose("clean")

    def action_settle(self) -> None:
        """Mark the selected groups as dealt with, without changing their runs."""
        if names := self._selected_runs():
            self._settle(names)
            self._show()
        else:
            self._ask_for_selection()


def _cells(group: FailureGroup, selected: Set[str]) -> tuple[str, str, str, str]:
    """Return the number of runs, also of selected ones, of new ones, the newest one's age, and the kind."""
    new = f"{group.new:,} new" if group.new else ""
    age = ago_text(failed_at(group.runs[0]), time.time())
    chosen = len(group.names & selected)
    count = f"{chosen:,} of {len(group.runs):,}" if 0 < chosen < len(group.runs) else f"{len(group.runs):,}"
    return count, new, age, group.kind


def _row(
    group: FailureGroup, texts: Sequence[str], widths: Sequence[int], *, is_selected: bool
) -> StyledLine:
    count, new, age, kind = (
        f"{text:>{width}}" if place < len(texts) - 1 else f"{text:<{width}}"
        for place, (text, width) in enumerate(zip(texts, widths, strict=True))
    )
    return (
        StyledText(f"{'*' if is_selected else ' '} {count}  "),
        StyledText(f"{new}  " if new else "", "warning"),
        StyledText(f"{age}  ", "dim"),
        StyledText(f"{kind}  " if kind else "", "error"),
        StyledText(group.message),
    )
