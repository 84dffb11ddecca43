"""What a filter of runs is; `query` makes one of what a user writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from runtui.store.record import RunRecord

Predicate: TypeAlias = Callable[[RunRecord], bool]
TextTest: TypeAlias = Callable[[str], bool]

SEPARATOR = "\n"
"""Stands between the texts of a run that words are looked for in; safe text never has it."""


class Query(NamedTuple):
    """A filter: the text it was written as and what it lets through.

    Attributes:
        text: As it was written, without the space around it.
        matches: Whether a run is let through. What depends on the time of day asks for it when called.
        keys: The simulation's own keys that it needs in `RunRecord.values`.
        words: Words in lower case that must all occur in a run's `search_text`.
        rest: What else a run must fulfil, or None: `matches` is all of `words`, and `rest`.
        asks_why: Whether it asks why runs failed, which is known of those that have a digest.
    """

    text: str
    matches: Predicate
    keys: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    rest: Predicate | None = None
    asks_why: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it was written as nothing, and lets everything through."""
        return not self.text


def search_text(run: RunRecord) -> str:
    """Return what bare words are looked for in: in lower case, the parts joined by `SEPARATOR`."""
    parts = (run.run_id, run.description, run.effective_status, *run.tags, run.host, run.user)
    return SEPARATOR.join(parts).casefold()


EVERYTHING = Query("", lambda _run: True)
"""The filter that lets every run through."""
