"""What a query that is being typed could go on with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query.completion import Vocabulary, complete, hint, vocabulary_of
from runtui.catalog.query.query import QueryError, parse_query
from runtui.store.record import RunRecord

VOCABULARY = Vocabulary(
    {
        "status": {"failed": 2, "completed": 9, "own status": 1, "running?": 1},
        "tag": {"prod": 3, "paper": 5, "two words": 1, 'quo"te': 1, "a,b": 1, "": 4},
        "user": {"alice": 7},
        "host": {"node1": 1, "node2": 2},
    },
    keys=frozenset({"beta", "model.beta", "seed", "age", "own key", "Big"}),
)


def offered(text: str) -> list[str]:
    return [candidate.text for candidate in complete(text, len(text), VOCABULARY).candidates]


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("sta", ["status:", "started>"]),
        ("-sta", ["status:", "started>"]),
        ("gas ta", ["tag:"]),
        ("gas or ta", ["tag:"]),
        ("-(ta", ["tag:"]),
        ("(gas status:f", ["failed"]),
        ("status~f", []),
        ("mod", ["model.beta"]),
        ("b", ["Big", "beta"]),
        ("ag", ["age<", '"age"']),
        ("own", ['"own key"']),
        ("nosuch", []),
        ("beta", []),
        ("beta>", []),
        ("status:", ["completed", "failed", '"own status"', "running?"]),
        ("status:f", ["failed"]),
        ("status=F", ["failed"]),
        ("-status:failed,c", ["completed", "checkpointed"]),
        ("status:failed", []),
        ("tag:", ["paper", "prod", '"a,b"', '"two words"']),
        ("tag:paper,p", ["prod"]),
        ('tag:"two w', ['"two words"']),
        ("user:", ["me", "alice"]),
        ("host:node", ["node2", "node1"]),
        ("age<", ["1h", "12h", "1d", "2d", "1w"]),
        ("age:", []),
        ("created>t", ["today"]),
        ("is:l", ["live"]),
        ("has:c", ["checkpoint", "conflict"]),
        ("parent:", ["none"]),
        ('"sta', []),
        ('"sta ', []),
    ],
)
def test_completion_offers_candidates(text: str, candidates: list[str]) -> None:
    assert offered(text)[: len(candidates) or None] == candidates


def test_empty_line_offers_the_fields() -> None:
    assert offered("")[:3] == ["status:", "tag:", "user:"]
    assert "beta" not in offered("")
    assert complete("", 0, VOCABULARY).continuation("") == ""


def test_candidates_have_counts_if_known() -> None:
    counts = {item.text: item.count for item in complete("status:", 7, VOCABULARY).candidates}
    assert counts["failed"] == 2
    assert counts["resumed"] == 0
    assert complete("user:m", 6, VOCABULARY).candidates[0].count is None


def test_completions_are_offered_only_at_the_end_of_a_word() -> None:
    text = "sta gas"
    assert complete(text, 3, VOCABULARY).apply(text, 0) == "status: gas"
    assert not complete(text, 2, VOCABULARY).candidates


def test_continuation_is_the_rest_of_the_first_candidate() -> None:
    assert complete("x status:fa", 11, VOCABULARY).continuation("x status:fa") == "iled"
    assert complete("x status:FA", 11, VOCABULARY).continuation("x status:FA") == ""
    assert complete("status:", 7, VOCABULARY).continuation("status:") == ""


@given(st.text(alphabet='abmost:"<,- .', max_size=12), st.integers(0, 12))
def test_offered_candidate_can_be_inserted(text: str, cursor: int) -> None:
    completion = complete(text, min(cursor, len(text)), VOCABULARY)
    assert 0 <= completion.start <= completion.end <= len(text)
    for place, candidate in enumerate(completion.candidates):
        taken = completion.apply(text, place)
        assert taken.startswith(text[: completion.start] + candidate.text)


@pytest.mark.parametrize(
    "text", ["status:", "-tag:", "user:", "host:", "age<", "created>", "is:", "has:", "parent:"]
)
def test_completed_value_makes_a_valid_query(text: str) -> None:
    completion = complete(text, len(text), VOCABULARY)
    assert completion.candidates
    for place in range(len(completion.candidates)):
        parse_query(completion.apply(text, place))


def test_vocabulary_has_the_values_of_the_runs() -> None:
    runs = [
        RunRecord("a", "a", status="running", tags=("x", "y"), user="u", host="h", stale_reason="gone"),
        RunRecord("sweep/x/b", "b", status="running", tags=("x",), user="u", host="g", values={"beta": 1}),
    ]
    found = vocabulary_of(runs, ["seed"])
    assert found.values == {
        "status": {"running": 2, "running?": 1},
        "tag": {"x": 2, "y": 1},
        "user": {"u": 2},
        "host": {"h": 1, "g": 1},
        "layout": {},
        "folder": {"sweep/x": 1},
    }
    assert found.keys == {"beta", "seed"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("status:faild", "did you mean failed?"),
        ("gas -status:running,complted", "did you mean completed?"),
        ("stauts:failed", "did you mean status?"),
        ("Status:failed", "did you mean status?"),
        ("status:failed", ""),
        ("status:running?", ""),
        ("status:fail*", ""),
        ('status:"own status"', ""),
        ("status:none", ""),
        ("status:zzz", ""),
        ("beta:1", ""),
        ("model.gamma:1", ""),
        ('"stauts":1', ""),
        ("age<", ""),
        ("", ""),
    ],
)
def test_hint_suggests_the_likely_word(text: str, meant: str) -> None:
    found = hint(text, VOCABULARY)
    assert found.endswith(meant)
    assert bool(found) == bool(meant)


def test_invalid_query_has_no_hint() -> None:
    with pytest.raises(QueryError):
        parse_query('status:"fai')
    assert hint('status:"fai', VOCABULARY) == ""
