"""The text of a query as terms, and errors that point at what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query.parser import Group, QueryError, Term, is_negated_term, read_query, read_terms


def only(text: str) -> Term:
    [term] = read_terms(text)
    return term


@pytest.mark.parametrize(
    ("text", "key", "operator", "items"),
    [
        ("word", "", "", ["word"]),
        ("a,b", "", "", ["a,b"]),
        ("status:failed,running", "status", ":", ["failed", "running"]),
        ("beta<=0.3", "beta", "<=", ["0.3"]),
        ("beta:>0.3", "beta", ">", ["0.3"]),
        ("beta==0.3", "beta", "=", ["0.3"]),
        ("model.steps[0]=1", "model.steps[0]", "=", ["1"]),
        ("model/depth>=3", "model/depth", ">=", ["3"]),
        ('"own key":x', "own key", ":", ["x"]),
        ('tag:"a, b",c', "tag", ":", ["a, b", "c"]),
        ("tag:a,,b,", "tag", ":", ["a", "b"]),
        ("2026:x", "", "", ["2026:x"]),
    ],
)
def test_a_term_has_a_key_an_operator_and_alternatives(
    text: str, key: str, operator: str, items: list[str]
) -> None:
    term = only(text)
    assert (term.key, term.operator, [item.text for item in term.items]) == (key, operator, items)


def test_quotes_make_a_custom_key_and_a_literal_word() -> None:
    assert only('"status":failed').is_own_key
    assert not only("status:failed").is_own_key
    assert only("tag:None").items[0].word == "none"
    assert only('tag:"none"').items[0].word == ""


def test_value_may_begin_with_equals_but_reversed_operator_is_refused() -> None:
    assert only("beta===1").items[0].text == "=1"
    with pytest.raises(QueryError, match="write >="):
        read_terms("beta=>1")


def test_only_unquoted_asterisks_are_wildcards() -> None:
    assert only("a*b*").items[0].parts == ("a", "b", "")
    assert only('"a*b"*c').items[0].parts == ("a*b", "c")


def test_a_minus_sign_negates_only_at_the_beginning_of_a_term() -> None:
    assert only("-status:failed").is_negated
    assert not only("sweep-1").is_negated
    assert not only('"-x"').is_negated


@pytest.mark.parametrize(
    ("text", "position", "length"),
    [
        ('a "b', 2, 2),
        ("a -", 2, 1),
        ("a --b", 2, 2),
        ("tag:", 4, 0),
        ("tag:,", 4, 1),
        ("beta=<1", 4, 2),
        ("beta>1,2", 7, 1),
        ("a =1", 2, 1),
        ("!status:failed", 0, 1),
        ("(status:failed", 0, 1),
        ("a -(b", 3, 1),
        ("a )", 2, 1),
        ("(a))", 3, 1),
        ("a ()", 2, 2),
        ("a -( )", 3, 3),
        ("or a", 0, 2),
        ("a or", 2, 2),
        ("a or or b", 5, 2),
        ("(a ||) b", 3, 2),
        ("status:failed and tag:prod", 14, 3),
        ("a AND b", 2, 3),
        ("a && b", 2, 2),
        ("(" * 51, 50, 1),
        ("k~", 2, 0),
    ],
)
def test_error_points_at_the_wrong_text(text: str, position: int, length: int) -> None:
    with pytest.raises(QueryError) as caught:
        read_terms(text)
    assert (caught.value.position, caught.value.length) == (position, length)


@pytest.mark.parametrize(
    "text", ["trial and error", "why not now", "oracle", 'a "or" b:1', '"or"', "f(x)", "a)b"]
)
def test_words_that_join_elsewhere_are_ordinary_among_plain_words(text: str) -> None:
    assert read_terms(text)


def test_parentheses_within_a_value_belong_to_it() -> None:
    [group] = read_query("(description~^(lid|cav)ity tag:a)")
    assert isinstance(group, Group)
    [[pattern, tag]] = group.alternatives
    assert isinstance(pattern, Term)
    assert isinstance(tag, Term)
    assert (pattern.operator, pattern.items[0].text) == ("~", "^(lid|cav)ity")
    assert tag.items[0].text == "a"


def test_commas_and_asterisks_are_a_part_of_a_regular_expression() -> None:
    [item] = only("k~a*b{1,2}").items
    assert item.parts == ("a*b{1,2}",)
    assert only('k~"a b"').items[0].text == "a b"


def test_negated_term_with_a_key_differs_from_an_option() -> None:
    assert is_negated_term("-status:failed")
    assert is_negated_term('-"own key"=1')
    assert is_negated_term("-(a or b)")
    for option in ("-n", "--json", "-", "status:failed", "--status=failed"):
        assert not is_negated_term(option)


@given(st.text(st.sampled_from('ab1 or-":=<>!~*,()|&\x1b\n'), max_size=30))
def test_terms_and_errors_have_positions_within_the_text(text: str) -> None:
    try:
        terms = read_terms(text)
    except QueryError as error:
        place = range(error.position, error.position + error.length)
    else:
        place = range(0)
        check_places(terms, text)
    assert 0 <= place.start <= place.stop <= len(text)


def check_places(terms: list[Term], text: str) -> None:
    end = 0
    for term in terms:
        assert set(text[end : term.position].casefold()) <= set(" \n\x1b()|or-")
        assert term.length > 0
        end = term.position + term.length
        assert term.items
        assert all(item.text.isprintable() for item in term.items)
        assert all(
            term.position <= item.position and item.position + item.length <= end for item in term.items
        )
    assert set(text[end:]) <= set(" \n\x1b)")


@given(st.lists(st.text("abc,*:= ", min_size=1, max_size=6), min_size=1, max_size=4))
def test_quoted_values_round_trip(values: list[str]) -> None:
    term = only("key:" + ",".join(f'"{value}"' for value in values))
    assert [item.text for item in term.items] == values
    assert all(item.parts == (item.text,) for item in term.items)
