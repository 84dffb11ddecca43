"""Filtering runs by a line of text.

Words are and-ed; ``-`` before one negates it; ``"double quotes"`` make their content literal, including
spaces; ``*`` stands for any characters. A bare word searches id, description, status, tags, host, user and
note.
``key:value`` searches one field, with commas between alternatives; besides ``:`` there are
``= != < <= > >=``. A key is the name of a field, or any metadata or parameter key.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from runtui.catalog.query.matchers import conjunction, has_in_order, negation
from runtui.catalog.query.model import EVERYTHING, SEPARATOR, Predicate, Query, search_text
from runtui.catalog.query.parser import Item, QueryError, Term, read_terms
from runtui.catalog.query.predicates import condition_of, is_about_reason, is_about_warning, needed_key
from runtui.store.process import username
from runtui.store.record import RunRecord
from runtui.text.folding import folded

__all__ = ["EVERYTHING", "SEPARATOR", "Predicate", "Query", "QueryError", "parse_query", "search_text"]


def parse_query(text: str, *, me: str | None = None) -> Query:
    """Return the filter that `text` describes; an empty text matches every run.

    Args:
        text: The query.
        me: The name that ``user:me`` stands for; by default the current user's.

    Raises:
        QueryError: The text is not a valid query.
    """
    words: list[str] = []
    searches: list[Callable[[str], bool]] = []
    conditions: list[Predicate] = []
    keys: set[str] = set()
    asks_why = asks_for_warnings = False
    for term in read_terms(text):
        if term.key:
            condition = condition_of(term, _present_user() if me is None else me)
            if term.is_negated:
                condition = negation(condition)
            if key := needed_key(term):
                condition = _where_known(key, condition)
                keys.add(key)
            conditions.append(condition)
            asks_why = asks_why or is_about_reason(term)
            asks_for_warnings = asks_for_warnings or is_about_warning(term)
        else:
            _take_word(term, words, searches)
    if searches:
        conditions.append(_search(searches))
    rest = conjunction(conditions)
    return Query(
        text.strip(),
        _matching(tuple(words), rest),
        frozenset(keys),
        tuple(words),
        rest,
        asks_why,
        asks_for_warnings,
    )


def _where_known(key: str, condition: Predicate) -> Predicate:
    """Return a condition that no run meets whose value cannot be read: it is neither equal nor different."""
    return lambda run: key not in run.unread and condition(run)


def _take_word(term: Term, words: list[str], searches: list[Callable[[str], bool]]) -> None:
    """Add a bare word to the list where searching for it is fastest."""
    parts = _without_ends(term.items[0])
    if len(parts) > 1:
        is_wanted = not term.is_negated
        searches.append(
            lambda text: any(has_in_order(part, parts) for part in text.split(SEPARATOR)) is is_wanted
        )
    elif term.is_negated:
        searches.append(lambda text: parts[0] not in text)
    elif parts[0]:
        words.append(parts[0])


def _without_ends(item: Item) -> list[str]:
    """Return the parts between asterisks, without those at the ends where a word may be a part."""
    parts = [folded(part) for part in item.parts]
    while len(parts) > 1 and not parts[0]:
        del parts[0]
    while len(parts) > 1 and not parts[-1]:
        del parts[-1]
    return parts


def _search(searches: list[Callable[[str], bool]]) -> Predicate:
    def matches(run: RunRecord) -> bool:
        text = search_text(run)
        return all(search(text) for search in searches)

    return matches


def _matching(words: tuple[str, ...], rest: Predicate | None) -> Predicate:
    if not words:
        return (lambda _run: True) if rest is None else rest

    def matches(run: RunRecord) -> bool:
        if rest is not None and not rest(run):
            return False
        text = search_text(run)
        return all(word in text for word in words)

    return matches


@lru_cache(maxsize=1)
def _present_user() -> str:
    return username()
