import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query import QueryError, parse_query
from runtui.store.metadata import RunRecord

RUN = RunRecord(
    "9f3a",
    "9f3a",
    status="failed",
    description="Epidemic, beta 0.3",
    tags=("prod", "sweep-1"),
    host="node17",
    user="me",
    parent="77aa",
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "epidemic",
        "EPI beta",
        "9f3",
        "prod",
        "node17",
        "failed",
        "-completed",
        '"beta 0.3"',
        'description:"beta 0.3"',
        "status:failed",
        "status:FAILED",
        "status:running,failed",
        "-status:running",
        "tag:prod",
        "tag:sweep-*",
        "user:me host:node1*",
        "parent:77",
        "id:9f*",
    ],
)
def test_a_query_lets_the_run_through(text: str) -> None:
    assert parse_query(text).matches(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "diffusion",
        "epidemic gas",
        "-epidemic",
        '"beta  0.3"',
        "status:fail",
        "status:running",
        "-status:failed,running",
        "tag:sweep",
        "host:node2*",
        "user:you",
        "id:[9]f*",
    ],
)
def test_a_query_keeps_the_run_out(text: str) -> None:
    assert not parse_query(text).matches(RUN)


def test_a_run_that_looks_dead_is_found_as_running_and_as_running_with_a_question_mark() -> None:
    dead = RUN._replace(status="running", doubt="its process 1 is gone")
    assert parse_query("status:running?").matches(dead)
    assert parse_query("status:running").matches(dead)
    assert not parse_query("status:running?").matches(dead._replace(doubt=""))


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("nosuch:x", 0, "no key nosuch"),
        ("a nosuch:x", 2, "no key nosuch"),
        ("a -nosuch:x", 3, "no key nosuch"),
        ("status:", 7, "a value is missing"),
        ('a "b', 2, "not closed"),
        ("a - b", 2, "a word is missing"),
    ],
)
def test_a_query_that_cannot_be_understood_says_where_and_why(text: str, position: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        parse_query(text)
    assert caught.value.position == position


def position_of_error(text: str) -> int | None:
    try:
        parse_query(text).matches(RUN)
    except QueryError as error:
        return error.position
    return None


@given(st.text(max_size=40))
def test_any_text_is_a_query_or_an_error_at_a_place_in_it(text: str) -> None:
    position = position_of_error(text)
    assert position is None or 0 <= position <= len(text)
