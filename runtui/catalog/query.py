"""Filtering runs by a line of text.

Words are and-ed; ``-`` before one negates it; ``"double quotes"`` keep spaces together. A bare word looks
in id, description, status, tags, host and user. ``key:value`` looks in one of them, with commas for
alternatives and ``*`` for any characters.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass

from runtui.store.metadata import RunRecord

Predicate = Callable[[RunRecord], bool]


class QueryError(ValueError):
    """A query that cannot be understood.

    Attributes:
        position: Where in the text, counted in characters from 0.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Query:
    """A filter: the text it was written as and what it lets through."""

    text: str
    matches: Predicate

    @property
    def is_empty(self) -> bool:
        """Whether it lets everything through."""
        return not self.text


_FIELDS: dict[str, Callable[[RunRecord], tuple[str, ...]]] = {
    "id": lambda run: (run.run_id,),
    "description": lambda run: (run.description,),
    "status": lambda run: (f"{run.status}?", run.status) if run.doubt else (run.status,),
    "tag": lambda run: run.tags,
    "host": lambda run: (run.host,),
    "user": lambda run: (run.user,),
    "parent": lambda run: (run.parent or "",),
}

# A value of these names a thing whole; of the others it may be a part.
_WHOLE = frozenset({"status", "tag", "host", "user"})

_TERM = re.compile(r'(?P<negated>-)?(?:(?P<key>[A-Za-z_]+):)?(?P<value>(?:"[^"]*"|[^\s"])*)')


def parse_query(text: str) -> Query:
    """Return the filter that `text` describes; an empty text lets everything through.

    Raises:
        QueryError: A key is unknown, a value is missing, or a quotation mark is not closed.
    """
    predicates: list[Predicate] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        term = _TERM.match(text, position)
        assert term is not None
        if term.end() < len(text) and text[term.end()] == '"':
            raise QueryError("this quotation mark is not closed", term.end())
        predicate = _predicate(term)
        predicates.append(_negation(predicate) if term["negated"] else predicate)
        position = term.end()
    if not predicates:
        return Query("", lambda _run: True)
    if len(predicates) == 1:
        return Query(text.strip(), predicates[0])
    return Query(text.strip(), lambda run: all(predicate(run) for predicate in predicates))


EVERYTHING = parse_query("")


def _predicate(term: re.Match[str]) -> Predicate:
    key, value = term["key"], term["value"].replace('"', "")
    if key is None:
        if not value:
            raise QueryError("a word is missing after the minus sign", term.start())
        return _contains(value.casefold())
    if key not in _FIELDS:
        known = ", ".join(_FIELDS)
        raise QueryError(f"there is no key {key}: use one of {known}", term.start("key"))
    if not value:
        raise QueryError(f"a value is missing after {key}:", term.end())
    patterns = [_pattern(item, whole=key in _WHOLE) for item in value.split(",") if item]
    field = _FIELDS[key]
    return lambda run: any(pattern(text) for text in field(run) for pattern in patterns)


def _contains(word: str) -> Predicate:
    def matches(run: RunRecord) -> bool:
        return (
            word in run.run_id.casefold()
            or word in run.description.casefold()
            or word in run.status
            or word in run.host.casefold()
            or word in run.user.casefold()
            or any(word in tag.casefold() for tag in run.tags)
        )

    return matches


def _pattern(item: str, *, whole: bool) -> Callable[[str], bool]:
    wanted = item.casefold()
    if "*" in wanted:
        expression = re.compile(fnmatch.translate(wanted.replace("[", "[[]")))
        return lambda text: expression.match(text.casefold()) is not None
    if whole:
        return lambda text: text.casefold() == wanted
    return lambda text: wanted in text.casefold()


def _negation(predicate: Predicate) -> Predicate:
    return lambda run: not predicate(run)
