"""The runs that a user has selected: by name, so that they stay selected wherever their rows move."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from runtui.catalog.grouping import Group
from runtui.catalog.view import RunView
from runtui.store.record import RunRecord


class Selection:
    """Selected runs of a view, including those that its filter hides.

    Args:
        view: The runs.
    """

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._names: dict[str, None] = {}
        self._kept: dict[str, None] = {}
        self._anchor: str | None = None
        self._hidden: int | None = 0

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @property
    def names(self) -> tuple[str, ...]:
        """The selected runs: those with a row in the order of the rows, then the others."""
        shown = [run.name for run in self._view.runs() if run.name in self._names]
        return (*shown, *(self._names.keys() - shown))

    @property
    def hidden(self) -> int:
        """How many selected runs the filter hides."""
        if self._hidden is None:
            names = self._names
            self._hidden = len(names) - sum(run.name in names for run in self._view.runs()) if names else 0
        return self._hidden

    def view_changed(self, place: int) -> bool:
        """Update the selection after the view's rows changed; return whether it changed, too.

        Args:
            place: The cursor's row.
        """
        self._hidden = None
        there = self._view.records()
        gone = [name for name in self._names if name not in there]
        for name in gone:
            del self._names[name]
        return self.extend(place) or bool(gone)

    @property
    def is_ranging(self) -> bool:
        """Whether moving the cursor extends a range."""
        return self._anchor is not None

    def toggle(self, names: Collection[str]) -> None:
        """Select runs, or deselect them if all of them are selected."""
        self._anchor, self._hidden = None, None
        if all(name in self._names for name in names):
            for name in names:
                del self._names[name]
        else:
            self._names.update(dict.fromkeys(names))

    def toggle_all(self) -> None:
        """Select all runs that have a row, or deselect them if all of them are selected."""
        self.toggle([run.name for run in self._view.runs()])

    def select(self, names: Iterable[str]) -> None:
        """Select these runs and no others."""
        self._anchor, self._hidden = None, None
        self._names = dict.fromkeys(names)

    def begin_range(self, place: int) -> None:
        """Begin to select the rows from this one to the cursor."""
        row = self._view.row(place)
        anchor = next(iter(names_in(row)), None)
        if anchor is not None:
            self._kept, self._anchor = dict(self._names), anchor
            self.extend(place)

    def end_range(self) -> None:
        """Stop extending the selection when the cursor moves."""
        self._anchor = None

    def extend(self, place: int) -> bool:
        """Extend the range to the cursor's new row; return whether there is a range."""
        if self._anchor is None:
            return False
        begin = self._view.row_of(self._anchor)
        if begin is None:
            self._anchor = None
            return False
        self._names, self._hidden = dict(self._kept), None
        for row in range(min(begin, place), max(begin, place) + 1):
            self._names.update(dict.fromkeys(names_in(self._view.row(row))))
        return True

    def clear(self) -> bool:
        """Select nothing; return whether something was selected."""
        had_some = bool(self._names)
        self.select(())
        return had_some


def names_in(row: RunRecord | Group) -> list[str]:
    """Return the names of a row's runs: its run, or all runs of the group that it heads."""
    return [run.name for run in row.runs] if isinstance(row, Group) else [row.name]
