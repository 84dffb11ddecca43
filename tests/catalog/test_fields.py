"""The registry of fields."""

from __future__ import annotations

from collections import Counter

import pytest

from runtui.catalog.fields import (
    FIELDS,
    HAS,
    USUAL_COLUMNS,
    columns,
    filters,
    total_size,
)
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.record import RunRecord, Value
from runtui.store.run_size import SIZE_IS_PARTIAL, SIZE_ON_DISK


def test_no_two_fields_share_a_name() -> None:
    names = Counter(name for _field, filter in filters() for name in filter.names)
    exported = Counter(field.json.name for field in FIELDS.values() if field.json is not None)
    assert max(names.values()) == max(exported.values()) == 1
    assert all(field.key == key for key, field in FIELDS.items())


@pytest.mark.parametrize(
    ("listed", "beside", "text", "has"),
    [
        (0, 0, "", False),
        (0, 2, "2", True),
        (3, 0, "3", True),
        (3, 2, "5", True),
        (0, None, "…", False),
        (3, None, "3", True),
        (0, "checkpoints/ cannot be read", "?", True),
        (3, "checkpoints/ cannot be read", "3?", True),
    ],
)
def test_checkpoints_are_counted_as_far_as_they_were_looked_for(
    listed: int, beside: int | str | None, text: str, has: bool
) -> None:
    values: dict[str, Value] = {} if beside is None else {CHECKPOINT_FILES: beside}
    run = RunRecord("r", "r", checkpoints=listed, values=values)
    assert columns()["checkpoints"].text(run, 0.0) == text
    assert HAS["checkpoint"](run) == has


def test_default_columns_come_first() -> None:
    assert tuple(columns())[: len(USUAL_COLUMNS)] == USUAL_COLUMNS


def test_size_says_what_is_not_known_of_it() -> None:
    text = columns()["size"].text
    known = {SIZE_ON_DISK: 3 * 2**20}
    assert text(RunRecord("a", "a"), 0.0) == "…"
    assert text(RunRecord("a", "a", values=known), 0.0) == "3.0M"
    assert text(RunRecord("a", "a", status="running", values=known), 0.0) == "~3.0M"
    assert text(RunRecord("a", "a", values={**known, SIZE_IS_PARTIAL: True}), 0.0) == "≥3.0M"


def test_total_size_adds_what_is_known() -> None:
    runs = [RunRecord("a", "a", values={SIZE_ON_DISK: 1024}), RunRecord("b", "b")]
    assert total_size(runs * 2) == "2.0K"
    assert total_size(runs[1:]) == ""
