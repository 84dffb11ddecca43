"""What a term of a query asks of a run, as a function from a run to yes or no."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from runtui.catalog.columns import queue_text
from runtui.catalog.query.custom_keys import own_value_condition
from runtui.catalog.query.dates import DateRange, parse_date
from runtui.catalog.query.matchers import (
    COMPARISONS,
    NOTHING,
    TextTest,
    any_text,
    date_test,
    negation,
    number_of,
    text_within,
    whole_text,
)
from runtui.catalog.query.model import Predicate
from runtui.catalog.query.parser import Item, QueryError, Term
from runtui.store.failure import FailureKind
from runtui.store.record import RecordState, RunRecord
from runtui.store.status import ENDED_STATUSES
from runtui.text.durations import parse_age

_MOST_REMEMBERED = 20_000


def condition_of(term: Term, me: str) -> Predicate:
    """Return what a keyed term asks of a run, not negated.

    Args:
        term: The term.
        me: The name that ``user:me`` stands for.

    Raises:
        QueryError: The key does not take this operator or value.
    """
    if not is_fixed(term):
        return own_value_condition(term)
    key = FIXED_KEYS[term.key]
    if key in _TEXT_FIELDS:
        return _text_field(term, key, me)
    if key in _DATE_FIELDS:
        return _date_field(term, key)
    if key in _SPANS_OF_TIME:
        return _span_of_time(term, key)
    if key == "checkpoints":
        return _count_of_checkpoints(term)
    return _property(term, HAS if key == "has" else IS)


def is_fixed(term: Term) -> bool:
    """Whether a term is about one of the keys that every run has, not about the simulation's own."""
    return term.key in FIXED_KEYS and not term.is_own_key


def is_about_reason(term: Term) -> bool:
    """Whether a term asks why runs failed."""
    if not is_fixed(term):
        return False
    return term.key == "reason" or (term.key == "has" and any(item.word == "reason" for item in term.items))


# Text


class _Remembered(dict[str, bool]):
    """The answers of a test by text: most texts of runs are the same few."""

    def __init__(self, test: TextTest) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, text: str) -> bool:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        answer = self[text] = self._test(text)
        return answer


_KINDS = frozenset(FailureKind)
_WHOLE_FIELDS = frozenset({"status", "tag", "host", "user"})
_OPTIONAL_FIELDS = frozenset({"status", "tag", "host", "user", "parent", "queue"})


def _text_field(term: Term, key: str, me: str) -> Predicate:
    if term.operator not in (":", "=", "!="):
        raise term.refuse(f"{key} has no order: write {key}:… or {key}=…")
    if key == "reason":
        return _reason_field(term)
    is_whole = key in _WHOLE_FIELDS or term.operator != ":"
    tests: list[TextTest] = []
    for item in term.items:
        if key in _OPTIONAL_FIELDS and item.word in NOTHING:
            tests.append(_absent_or(item.word))
        elif key == "user" and item.word == "me":
            tests.append(lambda text: text == me)
        else:
            tests.append(whole_text(item) if is_whole else text_within(item))
    predicate = _TEXT_FIELDS[key](any_text(tests))
    return negation(predicate) if term.operator == "!=" else predicate


def _absent_or(word: str) -> TextTest:
    return lambda text: not text or text.casefold() == word


def _by_id(test: TextTest) -> Predicate:
    return lambda run: test(run.run_id)


def _by_description(test: TextTest) -> Predicate:
    return lambda run: test(run.description)


def _by_status(test: TextTest) -> Predicate:
    known = _Remembered(test)

    def matches(run: RunRecord) -> bool:
        # A run that looks dead has both, the status it claims and what it seems to be.
        return known[run.status] or (run.stale_reason != "" and known[run.effective_status])

    return matches


def _by_tag(test: TextTest) -> Predicate:
    known = _Remembered(test)

    def matches(run: RunRecord) -> bool:
        for tag in run.tags:
            if known[tag]:
                return True
        return not run.tags and known[""]

    return matches


def _by_host(test: TextTest) -> Predicate:
    known = _Remembered(test)
    return lambda run: known[run.host]


def _by_user(test: TextTest) -> Predicate:
    known = _Remembered(test)
    return lambda run: known[run.user]


def _by_parent(test: TextTest) -> Predicate:
    return lambda run: test(run.parent or "")


def _by_reason(test: TextTest) -> Predicate:
    nothing = test("")

    def matches(run: RunRecord) -> bool:
        texts = [text for text in (run.reason, run.stale_reason) if text]
        if run.digest is not None and run.digest.kind is not FailureKind.UNKNOWN:
            texts += (run.digest.kind, run.digest.line)
        return any(map(test, texts)) if texts else nothing

    return matches


def _reason_field(term: Term) -> Predicate:
    """Return what is asked of a run's reason: a kind of failure by its name, or any text by a part of it."""
    tests: list[Predicate] = []
    for item in term.items:
        if item.word in _KINDS:
            tests.append(_of_kind(item.word))
        else:
            tests.append(_by_reason(whole_text(item) if term.operator != ":" else text_within(item)))

    def matches(run: RunRecord) -> bool:
        return any(test(run) for test in tests)

    return negation(matches) if term.operator == "!=" else matches


def _of_kind(kind: str) -> Predicate:
    whole_word = re.compile(rf"(?<![^\W_]){kind}(?![^\W_])", re.I)

    def matches(run: RunRecord) -> bool:
        if run.digest is not None:
            return run.digest.kind == kind
        # Its logs have not been read, so that there are only words to go by.
        return (whole_word.search(run.reason) or whole_word.search(run.stale_reason)) is not None

    return matches


def _by_queue(test: TextTest) -> Predicate:
    return lambda run: test(queue_text(run))


_TEXT_FIELDS: dict[str, Callable[[TextTest], Predicate]] = {
    "id": _by_id,
    "description": _by_description,
    "status": _by_status,
    "tag": _by_tag,
    "host": _by_host,
    "user": _by_user,
    "parent": _by_parent,
    "reason": _by_reason,
    "queue": _by_queue,
}


# Times


_DATE_FIELDS: dict[str, Callable[[RunRecord], float | None]] = {
    "created": lambda run: run.created,
    "started": lambda run: run.started,
    "completed": lambda run: run.completed,
}


def _date_field(term: Term, key: str) -> Predicate:
    moment_of = _DATE_FIELDS[key]
    tests: list[Callable[[float | None], bool]] = []
    for item in term.items:
        if item.word in NOTHING and term.operator not in COMPARISONS:
            tests.append(lambda moment: moment is None)
        else:
            tests.append(date_test(term.operator, _date_of(item, key)))
    if term.operator == "!=":
        return lambda run: not any(test(moment_of(run)) for test in tests)
    if len(tests) > 1:
        return lambda run: any(test(moment_of(run)) for test in tests)
    only = tests[0]
    return lambda run: only(moment_of(run))


def _date_of(item: Item, key: str) -> Callable[[], DateRange]:
    try:
        return parse_date(item.text)
    except ValueError:
        hint = "a date such as 2026-01-31 or today"
        if _is_age(item.text):
            hint = f"a date such as today; for how long ago write age<{item.text.lower()}"
        raise QueryError(f"{key} needs {hint}", item.position, item.length) from None


def _is_age(text: str) -> bool:
    try:
        parse_age(text)
    except ValueError:
        return False
    return True


def _age(run: RunRecord) -> float | None:
    return None if run.created is None else time.time() - run.created


def _duration(run: RunRecord) -> float | None:
    return run.duration(time.time())


_SPANS_OF_TIME: dict[str, Callable[[RunRecord], float | None]] = {"age": _age, "duration": _duration}


def _span_of_time(term: Term, key: str) -> Predicate:
    item = term.items[0]
    if term.operator not in COMPARISONS:
        raise term.refuse(f"{key} needs < or >, as in {key}<2d")
    try:
        limit = parse_age(item.text)
    except ValueError:
        raise QueryError(f"{key} needs a time such as 2d or 1h30m", item.position, item.length) from None
    seconds_of, compare = _SPANS_OF_TIME[key], COMPARISONS[term.operator]

    def matches(run: RunRecord) -> bool:
        seconds = seconds_of(run)
        return seconds is not None and compare(seconds, limit)

    return matches


# Counts and properties


def _count_of_checkpoints(term: Term) -> Predicate:
    limits = []
    for item in term.items:
        limit = number_of(item.text)
        if limit is None or limit != limit:
            raise QueryError("checkpoints needs a number, as in checkpoints>2", item.position, item.length)
        limits.append(limit)
    compare = COMPARISONS.get(term.operator)
    if compare is not None:
        only = limits[0]
        return lambda run: compare(run.checkpoints, only)
    if term.operator == "!=":
        return lambda run: run.checkpoints not in limits
    return lambda run: run.checkpoints in limits


HAS: dict[str, Predicate] = {
    "checkpoint": lambda run: run.checkpoints > 0,
    "conflict": lambda run: run.conflict != "",
    "edits": lambda run: run.edits > 0,
    "job": lambda run: run.job is not None,
    "parent": lambda run: run.parent is not None,
    "problem": lambda run: run.problem != "",
    "reason": lambda run: (
        run.reason != "" or (run.digest is not None and run.digest.kind is not FailureKind.UNKNOWN)
    ),
    "tags": lambda run: len(run.tags) > 0,
}
"""What a run can be asked to have."""

IS: dict[str, Predicate] = {
    "broken": lambda run: run.state is RecordState.BROKEN,
    "dead": lambda run: run.stale_reason != "",
    "ended": lambda run: run.status in ENDED_STATUSES,
    "failed": lambda run: run.is_failed,
    "live": lambda run: run.is_live,
    "lost": lambda run: run.is_lost,
}
"""What a run can be asked to be."""


def _property(term: Term, properties: dict[str, Predicate]) -> Predicate:
    if term.operator not in (":", "=", "!="):
        raise term.refuse(f"{term.key} has no order: write {term.key}:{next(iter(properties))}")
    chosen = []
    for item in term.items:
        name = item.text.casefold()
        found = properties.get(name) or properties.get(name + "s") or properties.get(name.removesuffix("s"))
        if found is None:
            known = ", ".join(properties)
            raise QueryError(f"{term.key} takes one of {known}", item.position, item.length)
        chosen.append(found)
    if len(chosen) == 1:
        predicate = chosen[0]
    else:

        def predicate(run: RunRecord) -> bool:
            return any(one(run) for one in chosen)

    return negation(predicate) if term.operator == "!=" else predicate


FIXED_KEYS = {
    key: key for key in (*_TEXT_FIELDS, *_DATE_FIELDS, *_SPANS_OF_TIME, "checkpoints", "has", "is")
} | {
    "run_id": "id",
    "hostname": "host",
    "tags": "tag",
    "parent_run_id": "parent",
    "created_at": "created",
    "started_at": "started",
    "completed_at": "completed",
}
"""The keys that every run has, by the names that users may give them."""
