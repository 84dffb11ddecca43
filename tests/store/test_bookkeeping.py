"""Values that only runtui needs."""

from __future__ import annotations

import pytest

from runtui.store.bookkeeping import is_bookkeeping


@pytest.mark.parametrize(
    ("key", "text", "is_one"),
    [
        ("pid", "7", True),
        ("process.boot_id", "x", True),
        ("environment.cpus", "2", True),
        ("git_dirty", "null", True),
        ("git_dirty", "true", False),
        ("command", "./sim", False),
        ("processes", "4", False),
        ("solver.pid", "3", False),
    ],
)
def test_values_of_no_use_to_people_are_known(key: str, text: str, is_one: bool) -> None:
    assert is_bookkeeping(key, text) is is_one
