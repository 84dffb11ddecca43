"""Settings and saved views as plain data, with their defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from runtui.catalog import fields
from runtui.catalog.sorting import NEWEST_FIRST, Sort
from runtui.text.folding import composed

if TYPE_CHECKING:
    from runtui.catalog.sync.watch_plan import WatchBudget
    from runtui.logs.diagnose.own_rules import OwnRule

NOTHING: Mapping[str, Any] = MappingProxyType({})


class ColumnChoice(NamedTuple):
    """Column to show.

    Attributes:
        key: Its key.
        width: Its width in cells where the user set one, else None.
    """

    key: str
    width: int | None = None


USUAL_COLUMNS = tuple(map(ColumnChoice, fields.USUAL_COLUMNS))
"""Default columns."""

_WITH_QUEUE = (*USUAL_COLUMNS[:3], ColumnChoice(fields.QUEUE), *USUAL_COLUMNS[3:])


_DESCRIPTION = ColumnChoice("description")


def usual_columns(*, has_jobs: bool, has_descriptions: bool = True) -> tuple[ColumnChoice, ...]:
    """Return the default columns.

    Args:
        has_jobs: Whether any live run is a job of a scheduler.
        has_descriptions: Whether any run has a description; those of other programs seldom have one.
    """
    columns = _WITH_QUEUE if has_jobs else USUAL_COLUMNS
    return columns if has_descriptions else tuple(one for one in columns if one != _DESCRIPTION)


class SavedView(NamedTuple):
    """Named view of the runs: filter, order, columns and grouping.

    Attributes:
        name: Its name, safe to show.
        query: The filter.
        sort: ``KEY`` or ``-KEY``; ``""`` for the default order.
        columns: The columns; empty for the default ones.
        group: The key to group by, or ``""``.
        is_own: Whether the user saved it, and so can rename or delete it.
    """

    name: str
    query: str = ""
    sort: str = ""
    columns: tuple[ColumnChoice, ...] = ()
    group: str = ""
    is_own: bool = True


ALL = SavedView("all", is_own=False)
"""All runs, in the default order."""

_DISK = tuple(
    map(ColumnChoice, (fields.SIZE, "id", "status", "description", fields.FOLDER, "user", "created"))
)

FIRST_VIEWS: tuple[SavedView, ...] = (
    ALL,
    SavedView("live", "is:live -is:dead", is_own=False),
    # By the day it ended: a run that was started yesterday and failed overnight belongs here.
    SavedView("failed today", "is:failed completed:today", "-completed", is_own=False),
    SavedView("mine", "user:me", is_own=False),
    SavedView("stale", "is:dead", is_own=False),
    SavedView("triage", "is:failed", "-completed", group="reason", is_own=False),
    SavedView("last 24h", "created:24h or completed:24h", is_own=False),
    SavedView("last night", "completed:last-night", "status,completed", is_own=False),
    SavedView("disk", sort="size", columns=_DISK, is_own=False),
    SavedView("disk by folder", sort="size", columns=_DISK, group=fields.FOLDER, is_own=False),
    SavedView("disk by user", sort="size", columns=_DISK, group="user", is_own=False),
)
"""Built-in views; a view that the user saved by the same name replaces one."""


class Notify(StrEnum):
    """Runs that the user is notified of when they end while the browser is open, besides those watched."""

    WATCHED = "watched"
    FAILED = "failed"
    ALL = "all"


class Panes(StrEnum):
    """Panes that are shown beside the table of runs."""

    BOTH = "both"
    LOG = "log"
    DETAILS = "details"
    NONE = "none"


SHARES = (30, 45, 60, 75)
"""Shares of the screen that the panes can have, in per cent."""


class Settings(NamedTuple):
    """Settings of a user, with defaults for the rest.

    Attributes:
        theme: Name of the theme, or ``""`` for the default.
        columns: Columns of the table; empty for the default ones.
        sort: Order at start.
        keys: Keys of actions that the user changed, by action, as written.
        budgets: Limits for watching, or None for the default.
        own_views: Views that the user saved.
        bell: Whether to ring the terminal's bell, too, when the user is notified that a run has ended.
        notify: Which runs the user is notified of.
        notify_command: The user's own command for each of them, for ``sh``; ``""`` for none.
        key_set: Name of the key set that `keys` change, or ``""`` for the default.
        panes: The panes to show.
        panes_share: The share of the screen that they have, in per cent; one of `SHARES`.
        low_bandwidth: Whether to send less to the terminal.
        digest_rules: Rules for failures of the user's own programs.
        problem: First error in the file and its consequence, in one line, or ``""``.
        document: Contents of the file, as far as they are valid TOML.
        is_broken: Whether the file must not be written to until its user has corrected it.
    """

    theme: str = ""
    columns: tuple[ColumnChoice, ...] = ()
    sort: Sort = NEWEST_FIRST
    keys: Mapping[str, str] = NOTHING
    budgets: WatchBudget | None = None
    own_views: tuple[SavedView, ...] = ()
    bell: bool = True
    notify: Notify = Notify.WATCHED
    notify_command: str = ""
    key_set: str = ""
    panes: Panes = Panes.BOTH
    panes_share: int = SHARES[1]
    low_bandwidth: bool = False
    digest_rules: tuple[OwnRule, ...] = ()
    problem: str = ""
    document: Mapping[str, Any] = NOTHING
    is_broken: bool = False

    @property
    def views(self) -> tuple[SavedView, ...]:
        """All views: the built-in ones, then the user's own."""
        own = {folded(view.name): view for view in self.own_views}
        first = (own.pop(folded(view.name), view) for view in FIRST_VIEWS)
        return (*first, *own.values())


DEFAULTS = Settings()


def view_of(views: Iterable[SavedView], name: str) -> SavedView | None:
    """Return the view of that name, or None. Case and ``-`` or ``_`` for spaces do not matter."""
    return next((view for view in views if folded(view.name) == folded(name)), None)


def folded(name: str) -> str:
    """Return the form by which names of views are compared."""
    return " ".join(composed(name.casefold()).replace("-", " ").replace("_", " ").split())
