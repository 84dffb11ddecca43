"""A filter of runs as plain data; `query` makes one from a user's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from runtui.store.record import RunRecord
from runtui.text.folding import folded

Predicate: TypeAlias = Callable[[RunRecord], bool]
TextTest: TypeAlias = Callable[[str], bool]

SEPARATOR = "\n"
"""Separator of the texts of a run that words are searched in; safe text never has it."""


class Query(NamedTuple):
    """A filter: its original text and its predicates.

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
        """Whether the text was empty, so that every run matches."""
        return not self.text


def search_text(run: RunRecord) -> str:
    """Return the text that bare words are searched in: lower case, the parts joined by `SEPARATOR`."""
    parts = (run.run_id, run.description, run.effective_status, *run.tags, run.host, run.user)
    return folded(SEPARATOR.join(parts))


EVERYTHING = Query("", lambda _run: True)
"""The filter that lets every run through."""
