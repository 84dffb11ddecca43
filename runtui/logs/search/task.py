"""What is to be done with a log, as plain data that another process can be given."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from runtui.logs.search.pattern import Matcher


class SearchKind(enum.Enum):
    """What is to be done with a log."""

    FIND = enum.auto()
    COUNT = enum.auto()
    FILTER = enum.auto()


@dataclass(frozen=True, slots=True)
class SearchTask:
    """What is left to be done: the arguments of `Search`, `MatchCount` or `Filter`."""

    kind: SearchKind
    pattern: Matcher
    begin: int
    backwards: bool = False
    count: int = 0
    context: int = 0
