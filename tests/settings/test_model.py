from __future__ import annotations

import pytest

from runtui.catalog import fields
from runtui.settings.model import (
    ALL,
    FIRST_VIEWS,
    USUAL_COLUMNS,
    SavedView,
    Settings,
    usual_columns,
    view_of,
)


def test_view_saved_under_a_built_in_name_replaces_the_built_in_view() -> None:
    mine = SavedView("Failed Today", "is:failed user:me")
    other = SavedView("night shift", "tag:night")
    views = Settings(own_views=(other, mine)).views
    assert [view.name for view in views] == [
        "all",
        "live",
        "Failed Today",
        "mine",
        "stale",
        "triage",
        "last 24h",
        "last night",
        "disk",
        "disk by folder",
        "disk by user",
        "night shift",
    ]
    assert views[2] is mine


@pytest.mark.parametrize("name", ["failed today", "Failed-Today", "failed_today", "  FAILED   today "])
def test_view_names_ignore_case_and_separators(name: str) -> None:
    assert view_of(FIRST_VIEWS, name) is FIRST_VIEWS[2]


def test_view_is_not_found_by_part_of_its_name() -> None:
    assert view_of(FIRST_VIEWS, "failed") is None
    assert view_of((), ALL.name) is None


def test_queue_column_is_shown_only_if_there_are_jobs() -> None:
    assert usual_columns(has_jobs=False) == USUAL_COLUMNS
    keys = [choice.key for choice in usual_columns(has_jobs=True)]
    assert keys.index(fields.QUEUE) == 3
    assert [key for key in keys if key != fields.QUEUE] == [choice.key for choice in USUAL_COLUMNS]


def test_only_saved_views_are_the_users_own() -> None:
    assert not any(view.is_own for view in FIRST_VIEWS)
    assert SavedView("mine").is_own
