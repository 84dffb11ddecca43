"""Rules of a user for failures of their own programs, from ``[[digest.rules]]`` in the settings.

A rule is a kind and a regular expression. It wins over all rules of the digest: a user knows the program.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from runtui.logs.search.pattern import Pattern, compile_pattern
from runtui.store.failure import FailureKind

KINDS = tuple(
    kind for kind in FailureKind if kind not in (FailureKind.LOST, FailureKind.STALE, FailureKind.UNKNOWN)
)
"""Kinds that a rule can have: all that a log can tell."""


class OwnRule(NamedTuple):
    """A rule of a user.

    Attributes:
        kind: The kind of failure.
        source: The expression that a line must match somewhere, in upper or lower case.
    """

    kind: FailureKind
    source: str


def own_rule(kind: str, source: str) -> OwnRule:
    """Return a rule.

    Raises:
        ValueError: There is no such kind, or the expression is invalid or could take for ever; the text says
            so in one line.
    """
    if kind not in KINDS:
        raise ValueError(f"an unknown kind: use one of {', '.join(KINDS)}")
    try:
        pattern_of(source)
    except ValueError as error:
        raise ValueError(f"a pattern that cannot be used: {error}") from None
    return OwnRule(FailureKind(kind), source)


@cache
def pattern_of(source: str) -> Pattern:
    """Return the compiled expression of a rule.

    Raises:
        ValueError: It is invalid, or could take for ever.
    """
    return compile_pattern(source, ignore_case=True)
