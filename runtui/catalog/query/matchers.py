"""Building blocks of predicates on runs: tests of texts, numbers and dates."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from runtui.catalog.query.dates import DateRange
from runtui.catalog.query.model import Predicate, TextTest
from runtui.catalog.query.parser import Item, QueryError
from runtui.text.folding import folded

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NOTHING = frozenset({"none", "null"})
"""Words for a missing value."""

_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)", re.IGNORECASE
)
_MOST_INTEGER_DIGITS = 400


def whole_text(item: Item) -> TextTest:
    """Return the test for a text that equals an item, ignoring case.

    Asterisks alone match any text except an empty one: ``tag:*`` finds the runs that have a tag.
    """
    if len(item.parts) > 1:
        parts = tuple(folded(part) for part in item.parts)
        return lambda text: text != "" and _is_made_of(folded(text), parts)
    wanted = folded(item.text)
    return lambda text: folded(text) == wanted


def text_within(item: Item) -> TextTest:
    """Return the test for a text that contains an item; one with asterisks has to match the whole text."""
    if len(item.parts) > 1 or not item.text:
        return whole_text(item)
    wanted = folded(item.text)
    return lambda text: wanted in folded(text)


def folder_at_or_above(item: Item) -> TextTest:
    """Return the test for a path of which an item is a folder, or several in a row, ignoring case.

    So a folder is found with all those below it, wherever it lies, and none whose name only begins so.
    """
    parts = tuple(item.parts)
    parts = (parts[0].lstrip("/"), *parts[1:])
    parts = (*parts[:-1], parts[-1].rstrip("/"))
    is_it = whole_text(replace(item, text="*".join(parts), parts=parts))

    def matches(path: str) -> bool:
        names = path.split("/")
        places = range(len(names))
        return any(is_it("/".join(names[begin : end + 1])) for begin in places for end in places[begin:])

    return matches


def text_matching(item: Item) -> TextTest:
    """Return the test for a text in which an item, a regular expression, matches somewhere.

    Raises:
        QueryError: It is no regular expression, or one that could take for ever.
    """
    from runtui.logs.search.pattern import PatternError, compile_pattern  # only for regular expressions

    try:
        return compile_pattern(item.text).matches
    except PatternError as error:
        raise QueryError(str(error), item.position, item.length) from None


def any_text(tests: Iterable[TextTest]) -> TextTest:
    """Return the test for a text that passes one of `tests`."""
    tests = tuple(tests)
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


def has_in_order(text: str, parts: Sequence[str], begin: int = 0, end: int | None = None) -> bool:
    """Return whether all of `parts` occur in a text one after another."""
    # Not a regular expression, which takes for ever on some texts, and the texts are not trusted.
    for part in parts:
        begin = text.find(part, begin, end)
        if begin < 0:
            return False
        begin += len(part)
    return True


def _is_made_of(text: str, parts: Sequence[str]) -> bool:
    first, *middle, last = parts
    end = len(text) - len(last)
    return (
        end >= len(first)
        and text.startswith(first)
        and text.endswith(last)
        and has_in_order(text, middle, len(first), end)
    )


def number_of(text: str) -> float | int | None:
    """Return the number that a text spells, or None; integers stay exact."""
    if _NUMBER.fullmatch(text) is None:
        return None
    digits = text.lstrip("+-")
    if digits.isdecimal() and len(digits) <= _MOST_INTEGER_DIGITS:
        return int(text)
    return float(text)


def date_test(symbol: str, span: Callable[[], DateRange]) -> Callable[[float | None], bool]:
    """Return the test for a time that is before, after or within the whole span of a date."""
    if symbol == "<":
        return lambda moment: moment is not None and moment < span().begin
    if symbol == "<=":
        return lambda moment: moment is not None and moment < span().end
    if symbol == ">":
        return lambda moment: moment is not None and moment >= span().end
    if symbol == ">=":
        return lambda moment: moment is not None and moment >= span().begin

    def within(moment: float | None) -> bool:
        begin, end = span()
        return moment is not None and begin <= moment < end

    return within


def negation(predicate: Predicate) -> Predicate:
    """Return a predicate that matches exactly the runs that `predicate` does not match."""
    return lambda run: not predicate(run)


def disjunction(predicates: Sequence[Predicate]) -> Predicate | None:
    """Return a predicate that matches the runs that one of `predicates` matches; None if there are none."""
    if len(predicates) < 2:
        return predicates[0] if predicates else None
    middle = len(predicates) // 2
    first, second = disjunction(predicates[:middle]), disjunction(predicates[middle:])
    assert first is not None
    assert second is not None
    return lambda run: first(run) or second(run)


def conjunction(predicates: Sequence[Predicate]) -> Predicate | None:
    """Return a predicate that matches the runs that all of `predicates` match; None if there are none."""
    if len(predicates) < 2:
        return predicates[0] if predicates else None
    # By halves: a single loop would cost more, and a chain of very many calls would be too deep.
    middle = len(predicates) // 2
    first, second = conjunction(predicates[:middle]), conjunction(predicates[middle:])
    assert first is not None
    assert second is not None
    return lambda run: first(run) and second(run)
