"""The pieces that conditions are put together from."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query.dates import DateRange
from runtui.catalog.query.matchers import (
    any_text,
    conjunction,
    date_test,
    folder_at_or_above,
    has_in_order,
    negation,
    number_of,
    text_within,
    whole_text,
)
from runtui.catalog.query.parser import Item, read_terms
from runtui.store.record import RunRecord


def item(text: str) -> Item:
    return read_terms(f"key:{text}")[0].items[0]


@given(st.text("aB*", min_size=1, max_size=8), st.text("AbB", max_size=10))
def test_wildcard_matches_like_a_regular_expression(pattern: str, text: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*")))
    expected = re.fullmatch(expression, text, re.IGNORECASE) is not None and (
        text != "" or "*" not in pattern
    )
    assert whole_text(item(pattern))(text) == expected


@pytest.mark.parametrize(("pattern", "text"), [("a*a", "a"), ("ab*b", "ab"), ("a*b*b", "ab"), ("a*", "")])
def test_wildcard_parts_do_not_share_characters(pattern: str, text: str) -> None:
    assert not whole_text(item(pattern))(text)
    assert whole_text(item(pattern))(text + pattern.replace("*", ""))


def test_words_match_substrings_and_wildcards_match_whole_texts() -> None:
    assert text_within(item("ETA"))("Beta 0.3")
    assert not whole_text(item("ETA"))("Beta 0.3")
    assert not text_within(item("e*a"))("Beta 0.3")
    assert not text_within(item('""'))("text")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("sweepA", ["sweepA", "sweepA/sub", "2026/sweepA", "2026/sweepA/sub"]),
        ("SWEEPa/", ["sweepA", "sweepA/sub", "2026/sweepA", "2026/sweepA/sub"]),
        ("sweepA/sub", ["sweepA/sub", "2026/sweepA/sub"]),
        ("2026/sweepA", ["2026/sweepA", "2026/sweepA/sub"]),
        ("sweep*", ["sweepA", "sweepA/sub", "2026/sweepA", "2026/sweepA/sub", "sweepAB"]),
        ("*A", ["sweepA", "sweepA/sub", "xsweepA", "2026/sweepA", "2026/sweepA/sub"]),
        ("sweepA/*", ["sweepA/sub", "2026/sweepA/sub"]),
        ("sweep", []),
        ("A/sub", []),
    ],
)
def test_folder_matches_itself_and_those_below_by_whole_names(pattern: str, found: list[str]) -> None:
    paths = ["sweepA", "sweepA/sub", "sweepAB", "xsweepA", "2026/sweepA", "2026/sweepA/sub", ""]
    test = folder_at_or_above(item(pattern))
    assert sorted(filter(test, paths)) == sorted(found)


def test_any_of_several_texts_matches() -> None:
    test = any_text([whole_text(item("a")), whole_text(item("b"))])
    assert [test(text) for text in "abc"] == [True, True, False]


def test_parts_of_a_wildcard_must_not_overlap() -> None:
    assert has_in_order("abab", ["ab", "ab"])
    assert not has_in_order("aba", ["ab", "ba"])
    assert not has_in_order("ab ab", ["ab", "ab"], end=4)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9007199254740993", 9007199254740993),
        ("-3", -3),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("-Infinity", -math.inf),
        ("1_000", None),
        ("0x10", None),
        ("٣", None),
        (" 1", None),
        ("", None),
        ("9" * 5000, math.inf),
    ],
)
def test_numbers_are_parsed_in_all_usual_notations(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_integer_stays_exact() -> None:
    assert isinstance(number_of("12"), int)
    assert math.isnan(number_of("nan") or 0.0)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("<", [True, False, False, False]),
        ("<=", [True, True, True, False]),
        (">", [False, False, False, True]),
        (">=", [False, True, True, True]),
        (":", [False, True, True, False]),
        ("=", [False, True, True, False]),
    ],
)
def test_date_is_compared_as_a_range(symbol: str, expected: list[bool]) -> None:
    test = date_test(symbol, lambda: DateRange(10.0, 20.0))
    assert [test(moment) for moment in (9.0, 10.0, 19.0, 20.0)] == expected
    assert not test(None)


def test_negation_matches_exactly_the_other_runs() -> None:
    run = RunRecord("r", "r")
    assert not negation(lambda _run: True)(run)
    assert negation(lambda _run: False)(run)


@given(st.lists(st.booleans(), max_size=9))
def test_conjunction_matches_if_all_predicates_do(answers: list[bool]) -> None:
    def answering(answer: bool) -> Callable[[RunRecord], bool]:
        return lambda _run: answer

    both = conjunction([answering(answer) for answer in answers])
    assert both is None if not answers else both is not None and both(RunRecord("r", "r")) == all(answers)


def test_conjunction_of_very_many_predicates_works() -> None:
    both = conjunction([lambda _run: True] * 100_000)
    assert both is not None
    assert both(RunRecord("r", "r"))
