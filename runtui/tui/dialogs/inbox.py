"""The inbox: open failures by reason, within the filter of the table, with the number of new ones.

The keys that change runs act on selected groups only, so that a filter typed here by mistake does nothing. A
group is selected with the runs that it is shown with; one with runs whose reasons are still being read, which
may belong to other groups, only once the user confirms it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence, Set
from typing import ClassVar, NamedTuple, Protocol

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from runtui.operations.dismissing import DismissedGroup
from runtui.operations.triage import FailureGroup, GroupOrder, Inbox
from runtui.render.styled import StyledLine, StyledText
from runtui.text.format import ago_text
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.dismissed import DismissedScreen
from runtui.tui.dialogs.list_dialog import BoxedList

_REFRESH_INTERVAL_SECONDS = 1.0
_LONGEST_FILTER = 40  # characters

_COLUMNS = ("count", "new", "kind", "last", "message")
_SORTED_COLUMN = {GroupOrder.COUNT: 0, GroupOrder.AGE: 3}
_STYLES = ("", "warning", "error", "dim", "")


class InboxChoice(NamedTuple):
    """Groups that the user chose.

    Attributes:
        groups: The groups.
        names: Their runs.
        action: The name of the browser's action for them; ``""`` only shows them.
        is_selected: Whether their runs are to be selected: the user selected the groups, or a filter cannot
            tell their runs from others while reasons are being read.
        is_filtered: Whether they were chosen within the filter of the table.
    """

    groups: tuple[FailureGroup, ...]
    names: tuple[str, ...]
    action: str = ""
    is_selected: bool = False
    is_filtered: bool = True


class InboxHost(Protocol):
    """Knows the failures, and changes them.

    Attributes:
        order: The order of the groups, which the user changes.
    """

    order: GroupOrder

    @property
    def filter_text(self) -> str:
        """The filter of the table; ``""`` for none."""

    def failures(self, *, is_filtered: bool) -> Inbox:
        """Return the open failures, all or those that match the filter."""

    def dismissed(self) -> Sequence[DismissedGroup]:
        """Return the dismissed failures."""

    def dismiss(self, names: Sequence[str]) -> None:
        """Dismiss the failures of runs."""

    def bring_back(self, names: Sequence[str]) -> None:
        """Make the dismissed failures of runs open again."""

    def undo(self) -> None:
        """Undo the last operation of this session."""


class InboxScreen(BoxedList[InboxChoice]):
    """Shows the open failures; returns the groups to show or to act upon.

    Args:
        host: Knows the failures.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.INBOX)
    HINT = (
        "{key:accept} show  {key:tick} select  {key:tag_group} tag  {key:mark_group} mark  "
        "{key:resume_group} resume  {key:rerun_group} rerun  {key:clean_group} trash  {key:settle} dismiss  "
        "{key:undo_here} undo  {key:order_groups} order  {key:show_dismissed} dismissed  {key:leave} close"
    )

    def __init__(self, host: InboxHost) -> None:
        super().__init__("Open failures by reason")
        self._host = host
        self._header = Static(id="box-header", markup=False)
        self._is_filtered = True
        self._groups: Sequence[FailureGroup] = ()
        # Runs, not groups: a run moves to another group when the reason for its failure has been read.
        self._selected: frozenset[str] = frozenset()
        self._confirming: frozenset[str] = frozenset()  # runs of a group that is selected when asked again
        self._drawn: object = None

    def above(self) -> Iterator[Widget]:
        yield from super().above()
        yield self._header

    def begin(self) -> None:
        self.show_failures()
        self.set_interval(_REFRESH_INTERVAL_SECONDS, self.show_failures)

    def show_failures(self) -> None:
        """Show the failures as they are now."""
        before = self._group_here()
        inbox = self._host.failures(is_filtered=self._is_filtered)
        groups = self._groups = inbox.groups
        if self._selected:
            self._selected &= {run.name for group in groups for run in group.runs}
        rows, header = _table(groups, self._selected, self._host.order)
        if (rows, header, inbox.outside) == self._drawn:
            return  # drawing the same list again each second would take 1 % of a core
        self._drawn = rows, header, inbox.outside
        self._header.display = bool(rows)
        self._header.update(Content.styled(header, "$text-muted"))
        self.list.show(rows, "no open failures")
        if before is not None:  # the cursor stays on its group while others change
            keys = [group.key for group in groups]
            self.list.move_to(keys.index(before.key) if before.key in keys else self.list.cursor)
        self.say(self._summary(inbox))

    def _summary(self, inbox: Inbox) -> str:
        unread = sum(group.unread for group in inbox.groups)
        reading = f"; reading the reasons of {unread:,}" if unread else ""
        text = f"{inbox.total:,} open, {inbox.new:,} new{reading}" if inbox.total else ""
        if not (filter_text := self._host.filter_text):
            return text
        shown = safe_text(filter_text, _LONGEST_FILTER)
        key = self.key("all_failures")
        within = (
            f"only those of the filter {shown}; {inbox.outside:,} more ({key}: all)"
            if self._is_filtered
            else f"all, whatever the filter {shown} hides ({key}: only its own)"
        )
        return f"{text}\n{within}" if text else within

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
        self.show_failures()

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

    def _selection(self, action: str = "") -> InboxChoice | None:
        """Return the selected groups with an action; None if none is selected."""
        groups = tuple(group for group in self._groups if self._is_selected(group))
        names = tuple(run.name for group in groups for run in group.runs if run.name in self._selected)
        return InboxChoice(groups, names, action, True, self._is_filtered) if names else None

    def _choose(self, action: str) -> None:
        choice = self._selection(action)
        if choice is not None:
            self.dismiss(choice)
        else:
            self._ask_for_selection()

    def _ask_for_selection(self) -> None:
        if self._groups:
            self.hint(f"Press {self.key('tick')} to select a group first.")

    def action_accept(self) -> None:
        """Show the selected groups, or the one under the cursor, in the table."""
        if (group := self._group_here()) is not None:
            names = tuple(run.name for run in group.runs)
            here = InboxChoice((group,), names, "", group.unread > 0, self._is_filtered)
            self.dismiss(self._selection() or here)

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
        """Dismiss the selected groups, without changing their runs."""
        choice = self._selection()
        if choice is not None:
            self._host.dismiss(choice.names)
        else:
            self._ask_for_selection()

    def action_undo_here(self) -> None:
        self._host.undo()

    def action_order_groups(self) -> None:
        """Order the groups by count or by age."""
        is_by_age = self._host.order is GroupOrder.AGE
        self._host.order = GroupOrder.COUNT if is_by_age else GroupOrder.AGE
        self.list.move_to(0)
        self._groups = ()  # the cursor stays at the top
        self.show_failures()

    def action_all_failures(self) -> None:
        """Show all open failures, or only those that match the filter of the table."""
        if self._host.filter_text:
            self._is_filtered = not self._is_filtered
            self.show_failures()
        else:
            self.hint("These are all open failures: the table has no filter.")

    def action_show_dismissed(self) -> None:
        self.app.push_screen(DismissedScreen(self._host.dismissed, self._host.bring_back, self._host.undo))


def _table(
    groups: Sequence[FailureGroup], selected: Set[str], order: GroupOrder
) -> tuple[list[StyledLine], str]:
    """Return a row for each group, and the header above them."""
    titles = [
        f"{title} ▼" if _SORTED_COLUMN[order] == place else title for place, title in enumerate(_COLUMNS)
    ]
    cells = [_cells(group, selected) for group in groups]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    rows = [
        (
            StyledText("* " if not selected.isdisjoint(group.names) else "  "),
            *(
                StyledText(_aligned(place, text, widths), style)
                for place, (text, style) in enumerate(zip(texts, _STYLES, strict=True))
            ),
        )
        for group, texts in zip(groups, cells, strict=True)
    ]
    return rows, "  " + "".join(_aligned(place, title, widths) for place, title in enumerate(titles)).rstrip()


def _aligned(place: int, text: str, widths: Sequence[int]) -> str:
    """Return a cell at its width, numbers and ages to the right; the last one has no width."""
    if place == len(_COLUMNS) - 1:
        return text
    return f"{text:<{widths[place]}}  " if _COLUMNS[place] == "kind" else f"{text:>{widths[place]}}  "


def _cells(group: FailureGroup, selected: Set[str]) -> tuple[str, ...]:
    """Return the numbers of runs, also of selected ones, and of new ones, the kind, age and message."""
    chosen = len(group.names & selected)
    count = f"{chosen:,} of {len(group.runs):,}" if 0 < chosen < len(group.runs) else f"{len(group.runs):,}"
    new = f"{group.new:,}" if group.new else ""
    return count, new, group.kind, ago_text(group.last, time.time()), group.message
