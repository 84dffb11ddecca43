"""The columns of the table."""

from __future__ import annotations

from collections.abc import Iterable

from runtui.catalog.fields import DIRECTORY
from runtui.settings import ColumnChoice, usual_columns
from runtui.store.record import RunRecord
from runtui.tui.controllers.settings import SettingsController


class ShownColumns:
    """The current view's columns, or else those that the user chose, or the default ones.

    Args:
        settings: The columns that the user chose; a new choice is saved there.
        of_view: The columns of the first view; empty if it has none of its own.
        has_directories: Whether there are several runs directories.

    Attributes:
        of_view: The columns of the current view; empty if it has none of its own.
    """

    def __init__(
        self, settings: SettingsController, of_view: tuple[ColumnChoice, ...], *, has_directories: bool
    ) -> None:
        self._settings = settings
        self._has_directories = has_directories
        self.of_view = of_view
        self._has_jobs = False

    @property
    def shown(self) -> tuple[ColumnChoice, ...]:
        """The columns on screen."""
        return self.of_view or self._settings.current.columns or self.usual

    @property
    def usual(self) -> tuple[ColumnChoice, ...]:
        """The default columns."""
        before = (ColumnChoice(DIRECTORY),) if self._has_directories else ()
        return (*before, *usual_columns(has_jobs=self._has_jobs))

    def update(self, changed: Iterable[RunRecord]) -> bool:
        """Add the queue to the default columns once there is a live job; return whether this added it.

        Args:
            changed: The runs that changed.
        """
        if self._has_jobs or not any(run.job and run.is_live for run in changed):
            return False
        self._has_jobs = True
        return True

    def choose(self, columns: tuple[ColumnChoice, ...]) -> None:
        """Show other columns: for this view if it has columns of its own, else saved in the settings."""
        if self.of_view:
            self.of_view = columns
        else:
            from runtui.settings.saving import set_columns  # not for those who change nothing

            self._settings.change(set_columns(() if columns == self.usual else columns))
