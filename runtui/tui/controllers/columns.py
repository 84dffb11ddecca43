"""The columns of the table."""

from __future__ import annotations

from collections.abc import Iterable

from runtui.catalog.columns import noted_description
from runtui.catalog.fields import FOLDER
from runtui.settings import ColumnChoice, usual_columns
from runtui.store.record import RunRecord
from runtui.tui.controllers.settings import SettingsController


class ShownColumns:
    """The current view's columns, or else those that the user chose, or the default ones.

    Args:
        settings: The columns that the user chose; a new choice is saved there.
        of_view: The columns of the first view; empty if it has none of its own.
        has_folders: Whether there are several runs directories.

    Attributes:
        of_view: The columns of the current view; empty if it has none of its own.
    """

    def __init__(
        self, settings: SettingsController, of_view: tuple[ColumnChoice, ...], *, has_folders: bool
    ) -> None:
        self._settings = settings
        self._has_directories = has_folders
        self._has_folders = has_folders
        self.of_view = of_view
        self._has_jobs = False
        self._has_descriptions = False

    @property
    def shown(self) -> tuple[ColumnChoice, ...]:
        """The columns on screen."""
        return self.of_view or self._settings.current.columns or self.usual

    @property
    def usual(self) -> tuple[ColumnChoice, ...]:
        """The default columns."""
        before = (ColumnChoice(FOLDER),) if self._has_folders else ()
        usual = usual_columns(has_jobs=self._has_jobs, has_descriptions=self._has_descriptions)
        return (*before, *usual)

    def update(
        self, changed: Iterable[RunRecord], removed: Iterable[str] = (), names: Iterable[str] = ()
    ) -> bool:
        """Adjust the default columns to what is of use; return whether that changed them.

        The queue is, once there is a live job, the folder, as long as a run lies in one, and the description,
        once a run has one.

        Args:
            changed: The runs that changed.
            removed: The names of the runs that are gone.
            names: The names of all runs that there are now.
        """
        before = self._has_jobs, self._has_folders, self._has_descriptions
        if not all(before):
            runs = tuple(changed)
            self._has_jobs = self._has_jobs or any(run.job and run.is_live for run in runs)
            self._has_folders = self._has_folders or any("/" in run.name for run in runs)
            self._has_descriptions = self._has_descriptions or any(map(noted_description, runs))
        if self._has_folders and any("/" in name for name in removed):
            self._has_folders = self._has_directories or any("/" in name for name in names)
        return before != (self._has_jobs, self._has_folders, self._has_descriptions)

    def choose(self, columns: tuple[ColumnChoice, ...]) -> None:
        """Show other columns: for this view if it has columns of its own, else saved in the settings."""
        if self.of_view:
            self.of_view = columns
        else:
            from runtui.settings.saving import set_columns  # not for those who change nothing

            self._settings.change(set_columns(() if columns == self.usual else columns))
