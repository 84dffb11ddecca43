"""The trash dialog: restores runs or deletes them permanently."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from runtui.render.styled import StyledLine, StyledText
from runtui.store.cleanup.trash import read_trash, unread_text
from runtui.store.cleanup.trash_folder import TrashedRun
from runtui.store.errors import explain
from runtui.text.format import ago_text, run_count
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.disk_usage import Measuring
from runtui.tui.dialogs.list_dialog import BoxedList, LazyRows
from runtui.tui.dialogs.titles import path_in_list

Located = tuple[str, TrashedRun]
"""A runs directory, and a run in its trash."""


class TrashChoice(NamedTuple):
    """Runs in the trash, and whether to restore them or to delete them permanently."""

    runs: tuple[Located, ...]
    is_restored: bool


class TrashScreen(BoxedList[TrashChoice]):
    """Shows the trash; returns the runs to restore or to delete.

    Args:
        bases: The runs directories.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.TRASH)
    HINT = (
        "{key:accept} restore  {key:tick} select  {key:tick_all} all  "
        "{key:delete} delete for good  {key:leave} close"
    )

    def __init__(self, bases: Sequence[str]) -> None:
        super().__init__("Trash")
        self._bases = bases
        self._runs: list[Located] = []
        self._unread = 0
        self._selected: set[str] = set()
        self._to_delete: tuple[Located, ...] = ()
        self._sizes = Measuring()

    def begin(self) -> None:
        assert self.background is not None
        self.background.submit("trash", partial(_listed, self._bases), self._take)

    def on_unmount(self) -> None:
        self._sizes.stop()

    def _take(self, found: tuple[list[Located], int] | str) -> None:
        if isinstance(found, str):
            self.list.show((), found)
            return
        self._runs, self._unread = found
        self._show()
        assert self.background is not None
        self._sizes.measure([_path(run) for run in self._runs], self.background, self._show)

    def _show(self) -> None:
        self.list.show(LazyRows(len(self._runs), self._line), "the trash is empty")
        total = self._sizes.total(map(_path, self._runs))
        selected = f"; {len(self._selected):,} selected" if self._selected else ""
        unread = f"; {unread_text(self._unread)}" if self._unread else ""
        self.say(f"{run_count(len(self._runs))}, {total}{selected}{unread}")

    def _line(self, place: int) -> StyledLine:
        located = self._runs[place]
        base, run = located
        name = path_in_list(base, run.name, self._bases)
        mark = "*" if run.folder in self._selected else " "
        ago = "" if run.trashed is None else ago_text(run.trashed, time.time())
        whose = f"{run.user}'s  " if run.is_foreign else ""
        return (
            StyledText(f"{mark} {name:<9} {self._sizes.text(_path(located)):>9}  {ago:>10}  "),
            StyledText(f"{whose}{run.reason}  ", "dim"),
            StyledText(run.description),
        )

    def action_tick(self) -> None:
        """Select or deselect the run under the cursor."""
        if self._runs:
            self._selected ^= {self._runs[self.list.cursor][1].folder}
            self.list.move_to(self.list.cursor + 1)
            self._changed()

    def action_tick_all(self) -> None:
        """Select all runs, or none."""
        every = {run.folder for _base, run in self._runs}
        self._selected = set() if self._selected == every else every
        self._changed()

    def _changed(self) -> None:
        self._to_delete = ()
        self.hint()
        self._show()

    def _meant(self) -> tuple[Located, ...]:
        if self._selected:
            return tuple(one for one in self._runs if one[1].folder in self._selected)
        return (self._runs[self.list.cursor],) if self._runs else ()

    def action_accept(self) -> None:
        if meant := self._meant():
            self.dismiss(TrashChoice(meant, is_restored=True))

    def action_delete(self) -> None:
        """Delete the selected runs permanently when the key is pressed a second time."""
        meant = tuple(one for one in self._meant() if not one[1].is_foreign)
        if not meant:
            self.hint("These belong to other users; only they can delete them." if self._runs else "")
        elif meant == self._to_delete:
            self.dismiss(TrashChoice(meant, is_restored=False))
        else:
            self._to_delete = meant
            total = self._sizes.total(map(_path, meant))
            self.hint(
                f"Press {self.key('delete')} again to delete {run_count(len(meant))}, {total}, for good."
            )


def _path(located: Located) -> str:
    return located[1].path


def _listed(bases: Sequence[str]) -> tuple[list[Located], int] | str:
    try:
        trashes = {base: read_trash(base) for base in bases}
    except OSError as error:
        return f"cannot read the trash: {explain(error)}"
    found = [(base, run) for base, trash in trashes.items() for run in trash.runs]
    found.sort(key=lambda one: one[1].trashed or 0.0, reverse=True)
    return found, sum(trash.unread for trash in trashes.values())
