"""Conditions on metadata and parameter keys, whose values can be of any kind."""

from __future__ import annotations

from collections.abc import Callable

from runtui.catalog.query.dates import parse_date
from runtui.catalog.query.matchers import (
    COMPARISONS,
    NOTHING,
    date_test,
    negation,
    number_of,
    text_matching,
    text_within,
    whole_text,
)
from runtui.catalog.query.model import Predicate
from runtui.catalog.query.parser import REGEX, Item, QueryError, Term
from runtui.store.record import RunRecord, Value
from runtui.store.timestamps import parse_timestamp
from runtui.text.sanitize import safe_text


def own_value_condition(term: Term) -> Predicate:
    """Return the predicate of a term about a metadata or parameter key, without negation.

    Raises:
        QueryError: The operator cannot be used with this value.
    """
    key = term.key
    if term.operator in COMPARISONS:
        compares = _comparison(term)

        def is_in_order(run: RunRecord) -> bool:
            value = run.values.get(key)
            return value is not None and compares(value)

        return is_in_order
    if term.operator == REGEX:
        test = text_matching(term.items[0])

        def is_found(run: RunRecord) -> bool:
            value = run.values.get(key)
            return value is not None and test(value if isinstance(value, str) else _number_text(value))

        return is_found
    nothing = any(item.word in NOTHING for item in term.items)
    tests = tuple(_equality(item, is_whole=term.operator != ":") for item in term.items)
    only = tests[0]

    def is_equal(run: RunRecord) -> bool:
        value = run.values.get(key)
        return nothing if value is None else only(value)

    def is_any(run: RunRecord) -> bool:
        value = run.values.get(key)
        return nothing if value is None else any(test(value) for test in tests)

    predicate = is_equal if len(tests) == 1 else is_any
    return negation(predicate) if term.operator == "!=" else predicate


def _equality(item: Item, *, is_whole: bool) -> Callable[[Value], bool]:
    """Return the test for a value that equals an item, or for a text that contains it unless `is_whole`."""
    if item.word in NOTHING:
        is_whole = True
    text_test = whole_text(item) if is_whole else text_within(item)
    wanted = number_of(item.text)
    has_wildcard = len(item.parts) > 1
    truth = {"true": True, "false": False}.get(item.text.casefold())

    def test(value: Value) -> bool:
        if isinstance(value, str):
            if text_test(value):
                return True
            if wanted is None or not is_whole:
                return False
            number = number_of(value)
            return number is not None and _same(number, wanted)
        if isinstance(value, bool):
            return value is truth
        if wanted is not None:
            return _same(value, wanted)
        return has_wildcard and text_test(_number_text(value))

    return test


def _number_text(value: float) -> str:
    try:
        return str(value)
    except ValueError:
        return ""  # Python refuses to convert integers of very many digits


def _same(number: float, other: float) -> bool:
    return number == other or (number != number and other != other)


def _comparison(term: Term) -> Callable[[Value], bool]:
    item = term.items[0]
    compare = COMPARISONS[term.operator]
    limit = number_of(item.text)
    if limit is not None and limit != limit:
        key = safe_text(term.key, 30)
        raise QueryError(f"nothing is less or more than nan: write {key}=nan", item.position, item.length)
    try:
        in_order = date_test(term.operator, parse_date(item.text))
    except ValueError:
        if limit is None:
            message = f"{term.operator} needs a number such as 0.3, or a date such as 2026-01-31"
            raise QueryError(message, item.position, item.length) from None
        in_order = None

    def test(value: Value) -> bool:
        if isinstance(value, str):
            number = number_of(value)
            if number is not None and limit is not None:
                return compare(number, limit)
            return in_order is not None and in_order(_moment_of(value))
        if limit is None or isinstance(value, bool):
            return False
        return compare(value, limit)

    return test


def _moment_of(text: str) -> float | None:
    """Return the time that a text of a run spells; a date alone is midnight in the user's time zone."""
    if len(text) != 10:
        return parse_timestamp(text)
    try:
        return parse_date(text)().begin
    except ValueError:
        return None
