"""A filter of runs as plain data; `query` creates it from a user's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from runtui.store.record import RunRecord
from runtui.text.folding import folded

Predicate: TypeAlias = Callable[[RunRecord], bool]
TextTest: TypeAlias = Callable[[str], bool]

SEPARATOR = "\n"
"""Separator of a run's texts in `search_text`; safe text never contains it."""


class Query(NamedTuple):
    """A filter: its original text and its predicates.

    Attributes:
        text: The text as typed, without surrounding spaces.
        matches: Returns whether a run matches. If that depends on the time, it is the time of the call.
        keys: The metadata and parameter keys that it needs in `RunRecord.values`.
        words: Words in lower case that must all occur in a run's `search_text`.
        rest: The rest of the conditions, or None; `matches` requires all of `words`, and `rest`.
        asks_why: Whether it depends on reasons of failures, which are known only for runs with a digest.
        asks_for_warnings: Whether it depends on signs in the logs of completed runs.
        metrics: The keys of metrics, such as ``metric:loss``, that it needs in `RunRecord.values`.
    """

    text: str
    matches: Predicate
    keys: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    rest: Predicate | None = None
    asks_why: bool = False
    asks_for_warnings: bool = False
    metrics: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether the text was empty, so that every run matches."""
        return not self.text


def search_text(run: RunRecord) -> str:
    """Return the text in which bare words are searched: lower case, the parts joined by `SEPARATOR`."""
    parts = (run.run_id, run.description, run.effective_status, *run.tags, run.host, run.user, run.note)
    return folded(SEPARATOR.join(parts))


EVERYTHING = Query("", lambda _run: True)
"""The filter that every run matches."""
