from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtui.settings import Notify, Panes
from runtui.settings.values import RefusedError, notify_of, panes_of, share_of, switch_of, table_of, tables_of


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (notify_of, "failed", Notify.FAILED),
        (panes_of, "none", Panes.NONE),
        (share_of, 75, 75),
        (switch_of, False, False),
        (table_of, {"a": 1}, {"a": 1}),
        (tables_of, [{}], [{}]),
    ],
    ids=["notify", "panes", "share", "switch", "table", "tables"],
)
def test_valid_value_is_read(read: Callable[[Any], object], value: object, expected: object) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        (notify_of, "loudly", "must be one of watched, failed, all"),
        (notify_of, ["failed"], "must be one of"),
        (panes_of, 3, "must be one of both, log, details, none"),
        (share_of, 50, "must be one of 30, 45, 60, 75"),
        (share_of, True, "must be one of"),
        (switch_of, 1, "must be true or false"),
        (table_of, [], "must be a table"),
        (tables_of, [3], "must be tables"),
    ],
    ids=["notify", "notify-list", "panes", "share", "share-switch", "switch", "table", "tables"],
)
def test_invalid_value_is_refused_with_what_is_valid(
    read: Callable[[Any], object], value: object, words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        read(value)
