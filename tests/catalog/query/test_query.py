"""What a line of text lets through."""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query.query import SEPARATOR, Query, QueryError, parse_query, search_text
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RecordState, RunRecord, Value
from runtui.text.sanitize import safe_text

NOW = time.time()
RUN = RunRecord(
    "9f3a",
    "9f3a",
    status="failed",
    description="Epidemic, beta 0.3",
    tags=("prod", "sweep-1"),
    created=NOW - 86400,
    started=NOW - 86000,
    completed=NOW - 80000,
    host="node17",
    user="me",
    parent="77aa",
    checkpoints=3,
    reason="Out Of Memory",
    values={
        "beta": 0.3,
        "seed": 42,
        "model.name": "SIR-2 model",
        "text": "0.30",
        "fine": True,
        "loss": math.nan,
        "top": math.inf,
        "big": 2**53 + 1,
        "submitted": "2026-01-31T12:00:00Z",
        "day": "2026-01-31",
        "none": "none",
        "own key": "x",
        "age": 12,
    },
)
BARE = RunRecord("bare", "bare", created=NOW)


def matches(text: str, run: RunRecord = RUN) -> bool:
    return parse_query(text, me="me").matches(run)


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
        "epi*beta",
        "*demic*",
        "*",
        '-"epi*beta"',
        "-beta*epidemic",
        'description:"beta 0.3"',
        'description:"epidemic, beta 0.3"',
        "description=epidemic*",
        "description!=epidemic",
        "status:failed",
        "status:FAILED",
        "status:running,failed",
        "status:running,failed,",
        "-status:running",
        "status!=running,completed",
        "tag:prod",
        "tags:prod",
        "tag:sweep-*",
        "tag:*",
        "user:me host:node1*",
        "hostname=node17",
        "parent:77",
        "parent=77aa",
        "parent:*",
        "-parent:none",
        "id:9f*",
        "age<2d",
        "created:25h",
        "-created:23h",
        "completed=1d",
        "completed!=1h",
        "age>=23h30m",
        "age>0.1w age<1w",
        "duration>1h30m",
        "duration<=6000s",
        "created>2026-01-01",
        "created:>2026-01-01",
        "created:yesterday,today",
        "created!=2026-01-01",
        "started:2000,2026-01-02T10:00:00+01:00,yesterday,today",
        "completed<2999-12-31",
        "completed!=none",
        "has:checkpoint",
        "has:checkpoints,edits",
        "has:tag has:parent has:reason -has:problem -has:conflict -has:edit",
        "is:failed -is:live is:ended -is:dead -is:broken",
        "is!=live",
        "checkpoints>2",
        "checkpoints:3,7",
        "checkpoints!=4",
        "reason:memory",
        'reason:"out of"',
        "beta=0.3",
        "beta:0.30",
        "beta==3e-1",
        "beta!=0.4",
        "beta>=.3",
        "beta<1",
        "seed:42,43",
        "seed:4*",
        "model.name:sir",
        "model.name:sir*",
        "model.name!=sir",
        'model.name="SIR-2 MODEL"',
        "text=0.3",
        "text:0.3",
        "text>0.29",
        "fine:true",
        "fine=TRUE",
        "-fine=false",
        "loss=nan",
        "loss:nan",
        "-loss<1",
        "-loss>1",
        "top=inf",
        "top>1e300",
        "big=9007199254740993",
        "big!=9007199254740992",
        "submitted>2026-01-01",
        "submitted<=2026-02",
        "day>=2026-01-31",
        "day<2026-02-01",
        "nosuch=none",
        "nosuch:null",
        "nosuch!=3",
        "-nosuch>3",
        "seed!=none",
        "none:none",
        '"own key":x',
        '"age"=12',
        "-or",
        "-or status:failed",
        "diffusion or epidemic",
        "diffusion or gas || status:failed",
        "tag:nosuch OR tag:prod seed:42",
        "(diffusion or epidemic) beta:0.3",
        "-(diffusion or gas)",
        "-(epidemic diffusion)",
        "status:failed -(tag:a or (tag:prod seed:43))",
        "(epi*beta)",
        "(-nosuch:3)",
        "description~^epidemic",
        "description~beta\\s0\\.[0-9]",
        "tag~sweep-[0-9]",
        "-tag~^old",
        "reason~of.memory",
        "seed~^4",
        "model.name~SIR",
        "-nosuch~x",
        "host~17$",
        '-"-x"',
    ],
)
def test_query_matches_the_run(text: str) -> None:
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "diffusion or gas",
        "epidemic tag:a or gas",
        "(diffusion or epidemic) beta:3",
        "-(diffusion or epidemic)",
        "-(epidemic or (gas fluid))",
        "description~^beta",
        "description~EPIDEMIC",
        "-description~epidemic",
        "nosuch~.",
        "diffusion",
        "epidemic gas",
        "-epidemic",
        '"beta  0.3"',
        "beta*epidemic",
        "prod*node17",
        "-*",
        '"epi*beta"',
        "status:fail",
        "status:running",
        "status:*ailedx",
        "-status:failed,running",
        "status!=failed",
        "tag:sweep",
        "tag!=prod",
        "tag:none",
        "host:node2*",
        "user:you",
        "parent:none",
        "id:[9]f*",
        "age>2d",
        "duration>1d",
        "created<2026-01-01",
        "created:2026-01-01",
        "completed=none",
        "has:conflict,problem",
        "is:live,dead",
        "checkpoints<3",
        "reason:nan",
        "reason=memory",
        "beta=0.31",
        "beta>0.3",
        "beta:.",
        "beta:none",
        "seed:4",
        "fine:1",
        "fine>0",
        "fine:false",
        "loss>0",
        "loss<=inf",
        "loss=0",
        "model.name>3",
        "model.name=sir",
        "text=0.31",
        "big=9007199254740992",
        "submitted<2026-01-31",
        "day>2026-01-31",
        "nosuch=3",
        "nosuch:*",
        "nosuch!=none",
        "nosuch>3",
        '"status"=failed',
        "Status:failed",
    ],
)
def test_query_does_not_match_the_run(text: str) -> None:
    assert not matches(text)


def test_empty_run_matches_queries_for_missing_values() -> None:
    for text in ("tag:none", "parent:none", "host:none", "user:none", "status:none", "completed:none"):
        assert matches(text, BARE), text
    for text in ("tag:*", "host:*", 'tag:"none"', "duration<1w", "has:parent", "started>2000", "reason:*"):
        assert not matches(text, BARE), text


def test_run_that_looks_dead_matches_queries_for_running_and_for_dead() -> None:
    dead = RUN._replace(status="running", stale_reason="its process 1 is gone")
    for text in (
        "status:running?",
        "status:running",
        "is:dead",
        "is:failed",
        "is:live",
        "reason:gone",
        "running?",
    ):
        assert matches(text, dead), text
    for text in ("status:running?", "is:dead", "reason:gone", "running?", "is:failed"):
        assert not matches(text, dead._replace(stale_reason="")), text


def test_reason_matches_by_kind_and_by_text() -> None:
    failed = RUN._replace(
        reason="exit code 1", digest=FailureSummary(FailureKind.OOM, "numpy: no room for the array")
    )
    for text in (
        "reason:oom",
        "reason=OOM",
        "reason:numpy",
        "reason:timeout,oom",
        "reason!=disk",
        "has:reason",
    ):
        assert matches(text, failed), text
    for text in ("reason:disk", "reason:scipy", 'reason:"disk"', "-reason:oom", "reason!=oom", "reason:none"):
        assert not matches(text, failed), text
    # A word is no kind where it is quoted, and the kind is not a word of the line.
    assert matches('reason:"room"', failed)
    assert not matches(
        "reason:assert", failed._replace(digest=FailureSummary(FailureKind.ERROR, "assert is a word"))
    )


def test_kind_matches_the_reason_text_before_logs_are_read() -> None:
    assert matches("reason:oom", RUN._replace(reason="OOM on node 3"))
    assert not matches("reason:oom", RUN._replace(reason="no room"))


def test_run_with_an_unknown_failure_has_no_reason() -> None:
    unknown = RUN._replace(reason="", digest=FailureSummary(FailureKind.UNKNOWN, "step 3"))
    assert not matches("has:reason", unknown)
    assert matches("reason:unknown", unknown)
    assert not matches("reason:step", unknown)


def test_run_with_unreadable_metadata_is_broken() -> None:
    assert matches("is:broken", BARE._replace(state=RecordState.BROKEN))


def test_user_me_is_the_current_user(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = RUN._replace(user="alice")
    assert parse_query("user:me", me="alice").matches(alice)
    assert parse_query("user:bob,me", me="alice").matches(alice)
    assert not parse_query('user:"me"', me="alice").matches(alice)
    assert not parse_query("user:me", me="alice").matches(RUN)


def test_relative_times_are_evaluated_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    query = parse_query("age<2d")
    today = parse_query("created:today")
    run = RUN._replace(created=time.time())
    assert query.matches(run)
    assert today.matches(run)
    later = time.time() + 3 * 86400
    monkeypatch.setattr(time, "time", lambda: later)
    assert not query.matches(run)
    assert not today.matches(run)


@pytest.mark.parametrize(
    ("date", "begin", "end"),
    [
        ("2026", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("2026-02", datetime(2026, 2, 1), datetime(2026, 3, 1)),
        ("2026-12", datetime(2026, 12, 1), datetime(2027, 1, 1)),
        ("2026-03-29", datetime(2026, 3, 29), datetime(2026, 3, 30)),
        ("2026-01-01T12:00", datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 12, 1)),
        ("2026-01-01t12:00:30", datetime(2026, 1, 1, 12, 0, 30), datetime(2026, 1, 1, 12, 0, 31)),
        ('"2026-01-01 12:00"', datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 12, 1)),
        (
            "2026-01-01T12:00Z",
            datetime.fromisoformat("2026-01-01T12:00+00:00"),
            datetime.fromisoformat("2026-01-01T12:01+00:00"),
        ),
    ],
)
def test_date_matches_its_whole_span(date: str, begin: datetime, end: datetime) -> None:
    for moment, is_before, is_within in (
        (begin.timestamp() - 0.5, True, False),
        (begin.timestamp(), False, True),
        (end.timestamp() - 0.5, False, True),
        (end.timestamp(), False, False),
    ):
        run = RUN._replace(created=moment)
        is_after = not is_before and not is_within
        assert matches(f"created:{date}", run) is is_within
        assert matches(f"created!={date}", run) is not is_within
        assert matches(f"created<{date}", run) is is_before
        assert matches(f"created<={date}", run) is (is_before or is_within)
        assert matches(f"created>{date}", run) is is_after
        assert matches(f"created>={date}", run) is (is_after or is_within)


def test_yesterday_is_the_day_before_today() -> None:
    noon = datetime.now().replace(hour=12, minute=0)
    for days, word in ((0, "today"), (1, "yesterday")):
        run = RUN._replace(created=(noon - timedelta(days=days)).timestamp())
        assert matches(f"created:{word}", run)
        assert not matches(f"created>{word}", run)


@pytest.mark.parametrize(
    ("text", "position", "length", "words"),
    [
        ("status:", 7, 0, "a value is missing after status:"),
        ("status:,", 7, 1, "a value is missing"),
        ("beta= 3", 5, 0, "a value is missing after beta="),
        ('a "b', 2, 2, "not closed"),
        ('a tag:"b c', 6, 4, "not closed"),
        ("a - b", 2, 1, "a word is missing after the minus sign"),
        ("a -", 2, 1, "a word is missing after the minus sign"),
        ("a --b", 2, 2, "one minus sign"),
        ("beta = 0.3", 5, 1, "a key is missing before =: no spaces"),
        ("a -<3", 3, 1, "a key is missing before <"),
        ("beta=>3", 4, 2, "write >="),
        ("beta<>3", 4, 2, "<> is no comparison"),
        ("beta>1,2", 7, 1, "one value"),
        ("beta<x", 5, 1, "< needs a number such as 0.3, or a date"),
        ("beta<nan", 5, 3, "write beta=nan"),
        ("age<2", 4, 1, "age needs a time such as 2d"),
        ("a age>soon", 6, 4, "age needs a time such as 2d"),
        ("age:2d", 0, 4, "age needs < or >"),
        ("duration=1h", 0, 9, "duration needs < or >"),
        ("created>soon", 8, 4, "created needs a date such as 2026-01-31 or today"),
        ("created>2D", 8, 2, "write created:2d"),
        ("created>2026-13-01", 8, 10, "created needs a date"),
        ("created<0000", 8, 4, "created needs a date"),
        ("created<none", 8, 4, "created needs a date"),
        ("-status<failed", 1, 7, "status has no order"),
        ("has:children", 4, 8, "use checkpoint,conflict"),
        ("is:live,good", 8, 4, "use broken"),
        ("is<live", 0, 3, "is has no order"),
        ("checkpoints>many", 12, 4, "checkpoints needs a number"),
        ("!status:failed", 0, 1, "write - in place of !"),
        ("(status:failed", 0, 1, "not closed"),
        ("status:failed or", 14, 2, 'quote "or"'),
        ("gas AND fluid", 4, 3, 'quote "AND"'),
        ("gas && fluid", 4, 2, "words are and-ed"),
        ("description~(", 12, 1, "not a regular expression"),
        ("age~2", 0, 4, "age is no text"),
        ("has~job", 0, 4, "has is no text"),
        ("not status:failed", 0, 3, 'quote "not"'),
    ],
)
def test_invalid_query_gives_position_and_reason(text: str, position: int, length: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert words in str(caught.value)
    assert (caught.value.position, caught.value.length) == (position, length)
    assert len(str(caught.value)) <= 80


trees = st.recursive(
    st.sampled_from(["epidemic", "gas", "-gas", "status:failed", "-tag:prod", "seed:42", "tag~sweep"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("and", parts))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("or", parts))
        | inner.map(lambda part: ("not", [part]))
    ),
    max_leaves=12,
)


def tree_text(tree: Any) -> str:
    if isinstance(tree, str):
        return tree
    kind, parts = tree
    texts = [tree_text(part) for part in parts]
    return f"-({texts[0]})" if kind == "not" else f"({(' or ' if kind == 'or' else ' ').join(texts)})"


def tree_holds(tree: Any) -> bool:
    if isinstance(tree, str):
        return matches(tree)
    kind, parts = tree
    found = [tree_holds(part) for part in parts]
    return not found[0] if kind == "not" else any(found) if kind == "or" else all(found)


@given(trees)
def test_groups_mean_what_their_parts_mean(tree: Any) -> None:
    assert matches(tree_text(tree)) is tree_holds(tree)


def test_negated_group_says_nothing_of_a_value_that_cannot_be_read() -> None:
    unread = RUN._replace(values={}, unread={"beta": "no permission"})
    for text in ("beta:1 or beta:2", "-(beta:1 or beta:2)", "-(beta:1)", "-(beta~3 beta:3)"):
        assert not matches(text, unread)


@pytest.mark.parametrize("text", ["this and that", "not good", '"(beta"', "12:30", "a/b", '"OR" gas', "a&b"])
def test_plain_words_are_searched_literally(text: str) -> None:
    words = [word.strip('"') for word in text.split()]
    assert matches(text, BARE._replace(description=" ".join(words)))


def test_query_knows_the_keys_it_needs() -> None:
    query = parse_query('status:failed model.beta>0.3 -seed:3 "age">3 age<3d word')
    assert query.keys == {"model.beta", "seed", "age"}
    assert query.words == ("word",)
    assert parse_query("status:failed").keys == frozenset()


@pytest.mark.parametrize(
    "text", ["has:checkpoint", "-has:Checkpoints", "has:tags,checkpoint", "checkpoints>1", "checkpoints=0"]
)
def test_query_for_checkpoints_needs_a_look_at_their_folder(text: str) -> None:
    assert parse_query(text).keys == {CHECKPOINT_FILES}
    assert parse_query("has:tags").keys == frozenset()


def test_words_do_not_match_across_fields() -> None:
    assert SEPARATOR in search_text(RUN)
    assert not matches(f'"prod{SEPARATOR}sweep-1"')
    assert not matches("prod*sweep")


def test_very_long_query_works() -> None:
    assert matches(" ".join(["status:failed", "-x*y", "beta<1"] * 5000))


def test_wildcards_finish_on_hostile_text() -> None:
    run = RUN._replace(description="a" * 500)
    assert not matches("*a" * 40 + "*b", run)
    assert not matches("description:" + "a*" * 40 + "b", run)


def test_empty_query_matches_everything() -> None:
    query = parse_query("  ")
    assert query.is_empty
    assert (query.words, query.rest, query.keys) == ((), None, frozenset())


# Any query


names = st.sampled_from(["a", "b", "ab", "B", "a b", "node1", "none", "me", "ß"])
values: st.SearchStrategy[Value] = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.5, -1.5, math.nan, math.inf]),
    st.booleans(),
    st.sampled_from(["a", "AB", "1", "0.50", "x", "none", "true", ""]),
)
moments = st.none() | st.floats(NOW - 10 * 86400, NOW - 1)
records = st.builds(
    RunRecord,
    st.just("n"),
    run_id=names,
    status=st.sampled_from(["failed", "running", "own", ""]),
    description=names,
    tags=st.lists(names, max_size=2).map(tuple),
    created=moments,
    started=moments,
    completed=moments,
    host=names,
    user=names,
    parent=st.none() | names,
    checkpoints=st.integers(0, 3),
    stale_reason=st.sampled_from(["", "gone"]),
    reason=st.sampled_from(["", "oom", "a b"]),
    values=st.dictionaries(st.sampled_from(["k", "m.k"]), values),
)
plain = st.sampled_from(["a", "b", "ab", "node", "n*1", "*b", "x"])
text_terms = st.tuples(
    st.sampled_from(["id", "description", "status", "tag", "host", "user", "parent"]),
    st.sampled_from([":", "=", "!="]),
    st.lists(plain | st.just("failed"), min_size=1, max_size=2),
)
own_terms = st.tuples(
    st.sampled_from(["k", "m.k"]),
    st.sampled_from([":", "=", "!=", "<", "<=", ">", ">="]),
    st.sampled_from(["1", "-2", "0.5", "1e0", "inf"]).map(lambda text: [text]),
)
age_terms = st.tuples(
    st.sampled_from(["age", "duration"]),
    st.sampled_from(["<", ">", "<=", ">="]),
    st.sampled_from(["36h", "5d", "1d12h"]).map(lambda text: [text]),
)
word_terms = plain.map(lambda word: ("", "", [word]))
terms = st.tuples(st.booleans(), st.one_of(text_terms, own_terms, age_terms, word_terms))
SECONDS = {"36h": 36 * 3600.0, "5d": 5 * 86400.0, "1d12h": 36 * 3600.0}
ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def like(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern with asterisks says, found out by trying everything."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(like(pattern[1:], text[place:]) for place in range(len(text) + 1))
    return text[:1] == pattern[0] and like(pattern[1:], text[1:])


def texts_of(run: RunRecord, key: str) -> list[str]:
    if key == "status":
        read = run.status or run.state.name.lower().replace("read", "")
        return [read, f"{read}?" if run.status else read] if run.stale_reason else [read]
    if key == "tag":
        return list(run.tags)
    return [{"id": run.run_id, "parent": run.parent or ""}.get(key) or getattr(run, key, "") or ""]


def expected_of_own(value: Any, symbol: str, wanted: str) -> bool:
    number = float(wanted)
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, str):
        if symbol == ":":
            return wanted.casefold() in value.casefold()
        try:
            value = float(value)
        except ValueError:
            return False
    return value == number if symbol in ":=" else ORDER[symbol](value, number)


def expected(run: RunRecord, term: tuple[str, str, list[str]]) -> bool:
    key, symbol, items = term
    if symbol == "!=":
        return not expected(run, (key, "=", items))
    if not key:
        texts = [run.run_id, run.description, *texts_of(run, "status"), *run.tags, run.host, run.user]
        return any(like(f"*{items[0]}*".casefold(), text.casefold()) for text in texts)
    if key in ("k", "m.k"):
        return expected_of_own(run.values.get(key), symbol, items[0])
    if key in ("age", "duration"):
        now = time.time()
        seconds = run.duration(now) if key == "duration" else run.created and now - run.created
        return seconds is not None and ORDER[symbol](seconds, SECONDS[items[0]])
    is_whole = symbol == "=" or key in ("status", "tag", "host", "user")
    return any(
        like(item if is_whole or "*" in item else f"*{item}*", text.casefold())
        for item in items
        for text in texts_of(run, key)
        if text
    )


def written(negated: bool, term: tuple[str, str, list[str]]) -> str:
    key, symbol, items = term
    return f"{'-' if negated else ''}{key}{symbol}{','.join(items)}"


@given(records, st.lists(terms, max_size=4))
def test_query_matches_according_to_its_terms(
    run: RunRecord, parts: list[tuple[bool, tuple[str, str, list[str]]]]
) -> None:
    query = parse_query(" ".join(written(*part) for part in parts), me="me")
    assert query.matches(run) == all(expected(run, term) is not negated for negated, term in parts)
    assert query.matches(run) == by_words_and_rest(query, run)


@given(records, terms)
def test_negated_query_matches_exactly_the_other_runs(
    run: RunRecord, part: tuple[bool, tuple[str, str, list[str]]]
) -> None:
    _negated, term = part
    assert matches(written(True, term), run) is not matches(written(False, term), run)


def by_words_and_rest(query: Query, run: RunRecord) -> bool:
    text = search_text(run)
    return all(word in text for word in query.words) and (query.rest is None or query.rest(run))


pieces = st.one_of(
    st.sampled_from(
        [*'-":=<>!,*() \n', "!=", "<=", "status:", "age<", "created>", "k>=", "tag:", "2d", "none"]
    ),
    st.text(max_size=4),
)


@given(st.lists(pieces, max_size=8).map("".join), records)
def test_any_text_is_a_query_or_an_error_with_a_position(text: str, run: RunRecord) -> None:
    query = parsed_or_refused(text)
    if query is not None:
        assert query.matches(run) == by_words_and_rest(query, run)
        assert all("\n" not in word for word in query.words)


def parsed_or_refused(text: str) -> Query | None:
    """Return what a text is as a query; of one that is none, see that it says where and why."""
    try:
        return parse_query(text, me="me")
    except QueryError as error:
        refusal = error
    assert 0 <= refusal.position <= refusal.position + refusal.length <= len(text)
    assert safe_text(str(refusal)) == str(refusal)
    return None
