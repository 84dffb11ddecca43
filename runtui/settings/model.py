"""Settings and saved views as plain data, with their defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from runtui.catalog import fields
from runtui.catalog.sorting import NEWEST_FIRST, Sort

if TYPE_CHECKING:
    from runtui.catalog.sync.watch_plan import WatchBudget

NOTHING: Mapping[str, Any] = MappingProxyType({})


class ColumnChoice(NamedTuple):
    """A column to show: its key, and its width in cells where the user set one."""

    key: str
    width: int | None = None


USUAL_COLUMNS = tuple(map(ColumnChoice, fields.USUAL_COLUMNS))
"""The columns of those who chose none."""

_WITH_QUEUE = (*USUAL_COLUMNS[:3], ColumnChoice(fields.QUEUE), *USUAL_COLUMNS[3:])


def usual_columns(*, has_jobs: bool) -> tuple[ColumnChoice, ...]:
    """Return the columns of those who chose none.

    Args:
        has_jobs: Whether any run that is at work is a job of a batch system.
    """
    return _WITH_QUEUE if has_jobs else USUAL_COLUMNS


class SavedView(NamedTuple):
    """A way of looking at the runs that has a name.

    Attributes:
        name: Its name, safe to show.
        query: The filter.
        sort: ``KEY`` or ``-KEY``; ``""`` for the usual order.
        columns: The columns; none for the usual ones.
        group: The key to group by, or ``""``.
        is_own: Whether the user saved it, and so may rename or delete it.
    """

    name: str
    query: str = ""
    sort: str = ""
    columns: tuple[ColumnChoice, ...] = ()
    group: str = ""
    is_own: bool = True


ALL = SavedView("all", is_own=False)
"""Every run, in the usual order."""

FIRST_VIEWS: tuple[SavedView, ...] = (
    ALL,
    SavedView("live", "is:live -is:dead", is_own=False),
    # By the day it ended, for one that was started yesterday and failed over night is news as well.
    SavedView("failed today", "is:failed completed:today", "-completed", is_own=False),
    SavedView("mine", "user:me", is_own=False),
    SavedView("stale", "is:dead", is_own=False),
    SavedView("triage", "is:failed", "-completed", group="reason", is_own=False),
)
"""The views to begin with; one that the user saved by the same name takes the place of one of these."""


class Settings(NamedTuple):
    """What a user set, the defaults in place of all else.

    Attributes:
        theme: The theme's name, or ``""`` for the default one.
        columns: The columns of the table; none for the default ones.
        sort: The order to begin with.
        keys: For actions that the user gave other keys, those, as they were written.
        budgets: What watching may cost, or None for the default.
        own_views: The views that the user saved.
        bell: Whether the terminal's bell tells of a run that ended, too.
        key_set: The name of the set of keys that `keys` are laid over, or ``""`` for the usual one.
        low_bandwidth: Whether the line to the terminal is to be spared.
        problem: What is wrong with the file and what was done about it, in one line, or ``""``.
        document: What the file has, as far as it can be used.
        is_broken: Whether the file must not be written to before its user has mended it.
    """

    theme: str = ""
    columns: tuple[ColumnChoice, ...] = ()
    sort: Sort = NEWEST_FIRST
    keys: Mapping[str, str] = NOTHING
    budgets: WatchBudget | None = None
    own_views: tuple[SavedView, ...] = ()
    bell: bool = False
    key_set: str = ""
    low_bandwidth: bool = False
    problem: str = ""
    document: Mapping[str, Any] = NOTHING
    is_broken: bool = False

    @property
    def views(self) -> tuple[SavedView, ...]:
        """All views: those to begin with, then the user's own."""
        own = {folded(view.name): view for view in self.own_views}
        first = (own.pop(folded(view.name), view) for view in FIRST_VIEWS)
        return (*first, *own.values())


DEFAULTS = Settings()


def view_of(views: Iterable[SavedView], name: str) -> SavedView | None:
    """Return the view of a name, whose case does not matter, nor hyphens in place of spaces."""
    return next((view for view in views if folded(view.name) == folded(name)), None)


def folded(name: str) -> str:
    """Return what two names of views that are taken for the same have in common."""
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())
