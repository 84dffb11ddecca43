"""Filtering runs by a line of text.

Words are and-ed; ``-`` before one negates it; ``"double quotes"`` make their content literal, including
spaces; ``*`` stands for any characters. A bare word searches id, description, status, tags, host, user and
note.
``key:value`` searches one field, with commas between alternatives; besides ``:`` there are
``= != < <= > >=``, and ``~`` before a regular expression. A key is the name of a field, or any metadata or
parameter key. ``or`` joins alternatives of several words, and parentheses group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

from runtui.catalog.columns import is_metric
from runtui.catalog.query.matchers import conjunction, disjunction, has_in_order, negation
from runtui.catalog.query.model import EVERYTHING, SEPARATOR, Predicate, Query, search_text
from runtui.catalog.query.parser import Group, Item, QueryError, Term, read_query, read_terms
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
    name = _present_user() if me is None else me
    words: list[str] = []
    searches: list[Callable[[str], bool]] = []
    conditions: list[Predicate] = []
    for part in read_query(text):
        if isinstance(part, Group) or part.key:
            conditions.append(_condition(part, name))
        else:
            _take_word(part, words, searches)
    if searches:
        conditions.append(_search(searches))
    rest = conjunction(conditions)
    terms = [term for term in read_terms(text) if term.key]
    return Query(
        text.strip(),
        _matching(tuple(words), rest),
        frozenset(key for term in terms if (key := needed_key(term)) and not is_metric(key)),
        tuple(words),
        rest,
        any(map(is_about_reason, terms)),
        any(map(is_about_warning, terms)),
        frozenset(term.key for term in terms if is_metric(term.key)),
    )


def _condition(part: Term | Group, me: str, *, is_negated: bool = False) -> Predicate:
    """Return the predicate of a term or a group.

    Negation goes down to the terms, so that nothing is said of a run whose value cannot be read.

    Args:
        part: The term or the group.
        me: The name that ``user:me`` stands for.
        is_negated: Whether what it is in is negated.
    """
    is_negated = is_negated is not part.is_negated
    if isinstance(part, Group):
        return _group_condition(part, me, is_negated=is_negated)
    if part.key:
        condition = condition_of(part, me)
        if is_negated:
            condition = negation(condition)
        key = needed_key(part)
        return _where_known(key, condition) if key else condition
    words: list[str] = []
    searches: list[Callable[[str], bool]] = []
    _take_word(replace(part, is_negated=is_negated), words, searches)
    return _search([*searches, *(partial(_has_word, word) for word in words)])


def _group_condition(group: Group, me: str, *, is_negated: bool) -> Predicate:
    found: list[Predicate] = []
    for parts in group.alternatives:
        conditions = [_condition(part, me, is_negated=is_negated) for part in parts]
        joined = disjunction(conditions) if is_negated else conjunction(conditions)
        assert joined is not None  # the parser leaves no alternative empty
        found.append(joined)
    condition = conjunction(found) if is_negated else disjunction(found)
    assert condition is not None
    return condition


def _has_word(word: str, text: str) -> bool:
    return word in text


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
