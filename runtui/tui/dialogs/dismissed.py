"""Dismissed failures, which can be brought back into the inbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from runtui.operations.dismissing import DismissedGroup
from runtui.render.styled import StyledLine, StyledText
from runtui.text.format import ago_text, run_count
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows

_REFRESH_INTERVAL_SECONDS = 1.0


class DismissedScreen(BoxedList[None]):
    """Shows the dismissed failures; stays open while the user brings some back.

    Args:
        groups: Returns them as they are now.
        bring_back: Makes the failures of runs open again.
        undo: Undoes the last operation of this session.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.DISMISSED)
    HINT = "{key:accept} bring back  {key:tick} select  {key:undo_here} undo  {key:leave} close"

    def __init__(
        self,
        groups: Callable[[], Sequence[DismissedGroup]],
        bring_back: Callable[[Sequence[str]], None],
        undo: Callable[[], None],
    ) -> None:
        super().__init__("Dismissed failures")
        self._groups_now = groups
        self._bring_back = bring_back
        self._undo = undo
        self._groups: Sequence[DismissedGroup] = ()
        self._selected: frozenset[str] = frozenset()

    def begin(self) -> None:
        self.show_failures()
        self.set_interval(_REFRESH_INTERVAL_SECONDS, self.show_failures)

    def show_failures(self) -> None:
        """Show the dismissed failures as they are now."""
        self._groups = self._groups_now()
        names = {name for group in self._groups for name in group.failures.names}
        self._selected &= names
        self.list.show(LazyRows(len(self._groups), self._row), "no dismissed failures")
        self.say(f"{run_count(len(names))}, in the inbox again if they fail again" if names else "")

    def _row(self, place: int) -> StyledLine:
        at, failures = self._groups[place]
        mark = "*" if failures.names <= self._selected else " "
        ago = ago_text(at, time.time()) if at else "earlier"
        return (
            StyledText(f"{mark} {run_count(len(failures.runs)):>9}  "),
            StyledText(f"dismissed {ago}  ", "dim"),
            StyledText(f"{failures.kind}  " if failures.kind else "", "error"),
            StyledText(failures.message),
        )

    def action_tick(self) -> None:
        """Select or deselect the failures under the cursor."""
        if self._groups:
            names = self._groups[self.list.cursor].failures.names
            is_selected = names <= self._selected
            self._selected = self._selected - names if is_selected else self._selected | names
            self.list.move_to(self.list.cursor + 1)
            self.show_failures()

    def action_accept(self) -> None:
        """Bring back the selected failures, or those under the cursor."""
        if self._groups:
            self._bring_back(tuple(self._selected or self._groups[self.list.cursor].failures.names))

    def action_undo_here(self) -> None:
        self._undo()
