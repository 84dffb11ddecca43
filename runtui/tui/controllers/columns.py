"""The columns of the table."""

from __future__ import annotations

from collections.abc import Iterable

from runtui.catalog.fields import DIRECTORY
from runtui.settings import ColumnChoice, usual_columns
from runtui.store.record import RunRecord
from runtui.tui.controllers.settings import SettingsController


class ShownColumns:
    """The columns of the view that is shown, or else those that the user chose, or the usual ones.

    Args:
        settings: The columns that the user chose; other ones are kept there.
        of_view: The columns of the view to begin with; none for no columns of its own.
        has_directories: Whether there are several runs directories.

    Attributes:
        of_view: The columns of the view that is shown; none where it has none of its own.
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
        """The columns that are shown."""
        return self.of_view or self._settings.current.columns or self.usual

    @property
    def usual(self) -> tuple[ColumnChoice, ...]:
        """The columns of those who chose none."""
        before = (ColumnChoice(DIRECTORY),) if self._has_directories else ()
        return (*before, *usual_columns(has_jobs=self._has_jobs))

    def update(self, changed: Iterable[RunRecord]) -> bool:
        """Add the queue to the usual columns from the first live job on; return whether that is now.

        Args:
            changed: The runs that changed.
        """
        if self._has_jobs or not any(run.job and run.is_live for run in changed):
            return False
        self._has_jobs = True
        return True

    def choose(self, columns: tuple[ColumnChoice, ...]) -> None:
        """Show other columns; those of a view while it is shown, others are kept in the settings."""
        if self.of_view:
            self.of_view = columns
        else:
            from runtui.settings.saving import set_columns  # not for those who change nothing

            self._settings.change(set_columns(() if columns == self.usual else columns))
