"""Search tasks as plain data, to be sent to another process."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from runtui.logs.search.pattern import Matcher


class SearchKind(enum.Enum):
    """Kind of a search task."""

    FIND = enum.auto()
    COUNT = enum.auto()
    FILTER = enum.auto()


@dataclass(frozen=True, slots=True)
class SearchTask:
    """Remaining work: the arguments of `Search`, `MatchCount` or `Filter`."""

    kind: SearchKind
    pattern: Matcher
    begin: int
    backwards: bool = False
    count: int = 0
    context: int = 0
