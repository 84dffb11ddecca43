"""Values that are the same in all rows of the table: said once, they need no column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text

_LONGEST = 20  # characters
_LEAST_ROWS = 2  # rows


class SameValues(NamedTuple):
    """The values that are the same in all rows.

    Attributes:
        keys: The columns that would say it.
        text: Its words, such as ``host login1 · user me``, safe to show; ``""`` where all are empty.
    """

    keys: frozenset[str] = frozenset()
    text: str = ""


def same_values(runs: Iterable[RunRecord], before: SameValues) -> SameValues:
    """Return which of the columns of hosts, users, tags and reasons say the same, or nothing, in all rows.

    Args:
        runs: The runs of the rows.
        before: What was returned last, which stays where there are hardly any rows.
    """
    hosts, users = set[str](), set[str]()
    count = 0
    has_tags = has_reasons = False
    for run in runs:
        count += 1
        hosts.add(run.host)
        users.add(run.user)
        has_tags = has_tags or bool(run.tags)
        has_reasons = has_reasons or run.is_failed
    if count < _LEAST_ROWS:
        return before
    same = {name: values for name, values in (("host", hosts), ("user", users)) if len(values) == 1}
    told = [f"{name} {safe_text(value, _LONGEST)}" for name, (value,) in same.items() if value]
    empty = {key for key, has_some in (("tags", has_tags), ("reason", has_reasons)) if not has_some}
    return SameValues(frozenset({*same, *empty}), " · ".join(told))
