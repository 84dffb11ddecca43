"""Predicates of a query's terms: functions from a run to yes or no."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import NamedTuple, cast

from runtui.catalog.field_types import Field, FieldKind, Filter, RememberedTest
from runtui.catalog.fields import NEEDED_FOR, WARNING, filters
from runtui.catalog.query.custom_keys import own_value_condition
from runtui.catalog.query.dates import DateRange, last_seconds, parse_date
from runtui.catalog.query.matchers import (
    COMPARISONS,
    NOTHING,
    any_text,
    date_test,
    folder_at_or_above,
    negation,
    number_of,
    text_matching,
    text_within,
    whole_text,
)
from runtui.catalog.query.model import Predicate, TextTest
from runtui.catalog.query.parser import REGEX, Item, QueryError, Term
from runtui.store.failure import FailureKind
from runtui.store.record import RunRecord
from runtui.text.durations import parse_age
from runtui.text.sizes import parse_size

_KINDS = frozenset(FailureKind)
_OF_TEXT = (FieldKind.TEXT, FieldKind.NAME, FieldKind.FOLDER, FieldKind.USER, FieldKind.REASON)


class FilteredField(NamedTuple):
    """A field with its filter."""

    field: Field
    filter: Filter

    @property
    def name(self) -> str:
        """The field's name in queries."""
        return self.filter.names[0]


def fixed_keys() -> dict[str, FilteredField]:
    """Return the fields that every run has, by all their names in queries."""
    return {name: FilteredField(field, filter) for field, filter in filters() for name in filter.names}


def condition_of(term: Term, me: str) -> Predicate:
    """Return the predicate of a term with a key, without negation.

    Args:
        term: The term.
        me: The name that ``user:me`` stands for.

    Raises:
        QueryError: The key cannot be used with this operator or value.
    """
    found = field_of(term)
    if found is None:
        return own_value_condition(term)
    kind = found.field.kind
    if term.operator == REGEX and kind not in _OF_TEXT:
        raise term.refuse(f"{found.name} is no text, in which ~ could find something")
    match kind:
        case FieldKind.MOMENT:
            return _moment_condition(term, found)
        case FieldKind.SPAN:
            return _span_condition(term, found)
        case FieldKind.NUMBER:
            return _number_condition(term, found)
        case FieldKind.SIZE:
            return _size_condition(term, found)
        case FieldKind.PROPERTY:
            return _property_condition(term, found.filter.properties)
        case FieldKind.REASON:
            return _reason_condition(term, found)
        case _:
            return _text_condition(term, found, me)


def field_of(term: Term) -> FilteredField | None:
    """Return the field that a term is about; None for a metadata or parameter key."""
    return None if term.is_own_key else fixed_keys().get(term.key)


def needed_key(term: Term) -> str:
    """Return the metadata key that runs must be read with for a term, or ``""``."""
    found = field_of(term)
    if found is None:
        return term.key
    if found.name == "has":
        names = [_property_name(item, NEEDED_FOR) for item in term.items]
        return next((NEEDED_FOR[name] for name in names if name), "")
    return found.field.source


def is_about_reason(term: Term) -> bool:
    """Return whether a term is about the reasons of failures."""
    found = field_of(term)
    if found is None:
        return False
    asks_to_have = found.name == "has" and any(item.word == "reason" for item in term.items)
    return found.field.kind is FieldKind.REASON or asks_to_have


def is_about_warning(term: Term) -> bool:
    """Return whether a term is about signs in the logs of completed runs."""
    found = field_of(term)
    if found is None:
        return False
    asks_to_have = found.name == "has" and any(
        _property_name(item, found.filter.properties) == WARNING for item in term.items
    )
    return found.field.key == WARNING or asks_to_have


# Text


def _text_condition(term: Term, found: FilteredField, me: str) -> Predicate:
    _refuse_order(term, found)
    is_whole = found.field.kind is not FieldKind.TEXT or term.operator != ":"
    is_folder = found.field.kind is FieldKind.FOLDER and term.operator == ":"
    whole = folder_at_or_above if is_folder else whole_text
    tests: list[TextTest] = []
    for item in term.items:
        if term.operator == REGEX:
            tests.append(text_matching(item))
        elif found.filter.can_be_missing and item.word in NOTHING:
            tests.append(_absent_or(item.word))
        elif found.field.kind is FieldKind.USER and item.word == "me":
            tests.append(lambda text: text == me)
        else:
            tests.append(whole(item) if is_whole else text_within(item))
    predicate = _matching(found, any_text(tests))
    return negation(predicate) if term.operator == "!=" else predicate


def _refuse_order(term: Term, found: FilteredField) -> None:
    if term.operator not in (":", "=", "!=", REGEX):
        raise term.refuse(f"{found.name} has no order: write {found.name}:… or {found.name}=…")


def _absent_or(word: str) -> TextTest:
    return lambda text: not text or text.casefold() == word


def _matching(found: FilteredField, test: TextTest) -> Predicate:
    """Return a predicate for runs with a text that passes a test, or without texts if ``""`` passes."""
    if found.filter.matching is not None:
        return found.filter.matching(test)
    if found.filter.texts is not None:
        return _by_texts(found.filter.texts, test)
    text_of = cast("Callable[[RunRecord], str]", found.field.value)
    if found.field.kind is FieldKind.TEXT:
        return lambda run: test(text_of(run))
    known = RememberedTest(test)
    return lambda run: known[text_of(run)]


def _by_texts(texts_of: Callable[[RunRecord], Sequence[str]], test: TextTest) -> Predicate:
    known = RememberedTest(test)

    def matches(run: RunRecord) -> bool:
        texts = texts_of(run)
        for text in texts:
            if known[text]:
                return True
        return not texts and known[""]

    return matches


def _reason_condition(term: Term, found: FilteredField) -> Predicate:
    """Return the predicate of a run's reason: a kind of failure by name, or any text by a part of it."""
    _refuse_order(term, found)
    tests: list[Predicate] = []
    for item in term.items:
        if term.operator == REGEX:
            tests.append(_matching(found, text_matching(item)))
        elif item.word in _KINDS:
            tests.append(_of_kind(item.word))
        else:
            tests.append(_matching(found, whole_text(item) if term.operator != ":" else text_within(item)))

    def matches(run: RunRecord) -> bool:
        return any(test(run) for test in tests)

    return negation(matches) if term.operator == "!=" else matches


def _of_kind(kind: str) -> Predicate:
    whole_word = re.compile(rf"(?<![^\W_]){kind}(?![^\W_])", re.I)

    def matches(run: RunRecord) -> bool:
        if kind in run.step_kinds:
            return True
        if run.digest is not None:
            return run.failure_kind == kind
        # Its logs have not been read, so that there are only words to go by.
        return (whole_word.search(run.reason) or whole_word.search(run.stale_reason)) is not None

    return matches


# Times


def _moment_condition(term: Term, found: FilteredField) -> Predicate:
    moment_of = cast("Callable[[RunRecord], float | None]", found.field.value)
    tests: list[Callable[[float | None], bool]] = []
    for item in term.items:
        if item.word in NOTHING and term.operator not in COMPARISONS:
            tests.append(lambda moment: moment is None)
        else:
            tests.append(date_test(term.operator, _span_of(item, found.name, term.operator)))
    if term.operator == "!=":
        return lambda run: not any(test(moment_of(run)) for test in tests)
    if len(tests) > 1:
        return lambda run: any(test(moment_of(run)) for test in tests)
    only = tests[0]
    return lambda run: only(moment_of(run))


def _span_of(item: Item, key: str, operator: str) -> Callable[[], DateRange]:
    """Return the span that an item names: a date, or without an order how long ago at most."""
    if operator not in COMPARISONS and _is_age(item.text):
        return last_seconds(parse_age(item.text))
    return _date_of(item, key)


def _date_of(item: Item, key: str) -> Callable[[], DateRange]:
    try:
        return parse_date(item.text)
    except ValueError:
        hint = "a date such as 2026-01-31 or today"
        if _is_age(item.text):
            hint = f"a date such as today; for the last {item.text.lower()} write {key}:{item.text.lower()}"
        raise QueryError(f"{key} needs {hint}", item.position, item.length) from None


def _is_age(text: str) -> bool:
    try:
        parse_age(text)
    except ValueError:
        return False
    return True


def _span_condition(term: Term, found: FilteredField) -> Predicate:
    item, key = term.items[0], found.name
    if term.operator not in COMPARISONS:
        raise term.refuse(f"{key} needs < or >, as in {key}<2d")
    try:
        limit = parse_age(item.text)
    except ValueError:
        raise QueryError(f"{key} needs a time such as 2d or 1h30m", item.position, item.length) from None
    seconds_of = cast("Callable[[RunRecord], float | None]", found.field.value)
    compare = COMPARISONS[term.operator]

    def matches(run: RunRecord) -> bool:
        seconds = seconds_of(run)
        return seconds is not None and compare(seconds, limit)

    return matches


# Counts and properties


def _number_condition(term: Term, found: FilteredField) -> Predicate:
    value_of = cast("Callable[[RunRecord], float | None]", found.field.value)
    compare = COMPARISONS.get(term.operator)
    wanted: list[float | None] = []
    for item in term.items:
        if compare is None and found.filter.can_be_missing and item.word in NOTHING:
            wanted.append(None)
            continue
        limit = number_of(item.text)
        if limit is None or limit != limit:
            message = f"{found.name} needs a number, as in {found.name}>2"
            raise QueryError(message, item.position, item.length)
        wanted.append(limit)
    if compare is not None:
        only = cast("float", wanted[0])

        def is_in_order(run: RunRecord) -> bool:
            value = value_of(run)
            return value is not None and compare(value, only)

        return is_in_order
    if term.operator == "!=":
        return lambda run: value_of(run) not in wanted
    return lambda run: value_of(run) in wanted


def _size_condition(term: Term, found: FilteredField) -> Predicate:
    item, key = term.items[0], found.name
    if term.operator not in COMPARISONS:
        raise term.refuse(f"{key} needs < or >, as in {key}>10G")
    try:
        limit = parse_size(item.text)
    except ValueError:
        raise QueryError(f"{key} needs a size such as 100M or 10G", item.position, item.length) from None
    size_of = cast("Callable[[RunRecord], float | None]", found.field.value)
    compare = COMPARISONS[term.operator]

    def matches(run: RunRecord) -> bool:
        size = size_of(run)
        return size is not None and compare(size, limit)

    return matches


def _property_name(item: Item, known: Container[str]) -> str:
    """Return the name of the property that is meant, in the singular or the plural, or ``""``."""
    name = item.text.casefold()
    return next((one for one in (name, f"{name}s", name.removesuffix("s")) if one in known), "")


def _property_condition(term: Term, properties: Mapping[str, Predicate]) -> Predicate:
    if term.operator not in (":", "=", "!="):
        raise term.refuse(f"{term.key} has no order: write {term.key}:{next(iter(properties))}")
    chosen = []
    for item in term.items:
        found = properties.get(_property_name(item, properties))
        if found is None:
            known = ",".join(properties)  # as they are written in a query
            raise QueryError(f"use {known}", item.position, item.length)
        chosen.append(found)
    if len(chosen) == 1:
        predicate = chosen[0]
    else:

        def predicate(run: RunRecord) -> bool:
            return any(has_property(run) for has_property in chosen)

    return negation(predicate) if term.operator == "!=" else predicate
