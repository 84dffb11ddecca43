import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.catalog.fields import column_of, columns
from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST, Sort
from runtui.store.record import RunRecord
from tests.catalog.observing import CatalogView, by_name

NAMES = [f"run-{number:03d}" for number in range(200)]

runs = st.builds(
    RunRecord,
    name=st.sampled_from(NAMES),
    run_id=st.just("shown"),
    status=st.sampled_from(["failed", "running", "completed", "odd", ""]),
    description=st.sampled_from(["a gas", "A fluid", "the epidemic", ""]),
    tags=st.sampled_from([(), ("prod",), ("prod", "old")]),
    created=st.one_of(st.none(), st.floats(0, 2e9)),
    started=st.one_of(st.none(), st.floats(0, 2e9)),
    completed=st.one_of(st.none(), st.floats(0, 2e9)),
)
sorts = st.builds(Sort, st.sampled_from(sorted(set(columns()) - {"duration"})), st.booleans())
sorts = sorts | st.tuples(sorts, sorts).map(lambda both: both[0]._replace(then=(both[1],)))
pins = st.frozensets(st.sampled_from(NAMES[:20]), max_size=5)
queries = st.sampled_from(["", "gas", "status:failed,running", "-tag:prod"]).map(parse_query)
steps = st.lists(
    st.tuples(
        st.lists(runs, max_size=90),
        st.lists(st.sampled_from(NAMES), max_size=5),
        st.sampled_from(["to the end", "a little", "not at all", "anew"]),
    ),
    max_size=8,
)


@given(steps, queries, sorts, pins, pins)
@settings(max_examples=150, deadline=None)
def test_rows_after_any_changes_equal_those_of_a_fresh_view(steps, query, sort, first, pinned) -> None:
    view = CatalogView(query, sort)
    view.pin(first)
    expected: dict[str, RunRecord] = {}
    for changed_runs, removed, how_far in steps:
        changed = by_name(changed_runs)
        removed = [name for name in removed if name not in changed]
        view.apply(changed, removed)
        if how_far == "anew":
            view.arrange(query, sort)
        if how_far != "not at all":
            view.advance(None if how_far == "to the end" else 0.0)
        view.pin(pinned)
        for name in removed:
            expected.pop(name, None)
        expected |= changed
    view.pin(pinned)
    view.advance()
    fresh = CatalogView(query, sort)
    fresh.pin(pinned)
    fresh.apply(expected, ())
    fresh.arrange(query, sort)
    fresh.advance()
    rows = [view[place] for place in range(len(view))]
    assert rows == [fresh[place] for place in range(len(fresh))]
    assert {run.name for run in rows} == {run.name for run in expected.values() if query.matches(run)}
    assert [view.index_of(run.name) for run in rows] == list(range(len(rows)))
    assert view.records() == expected
    are_pinned = [run.name in pinned for run in rows]
    assert are_pinned == sorted(are_pinned, reverse=True)


def test_the_newest_run_comes_first() -> None:
    view = CatalogView()
    view.apply(
        by_name(
            RunRecord(name, name, created=created) for name, created in (("a", 1.0), ("b", 3.0), ("c", 2.0))
        ),
        (),
    )
    view.advance()
    assert [view[place].name for place in range(3)] == ["b", "c", "a"]


def test_sorting_by_status_puts_the_newest_failed_run_first() -> None:
    view = CatalogView(sort=Sort("status", descending=False))
    view.apply(
        by_name(
            [
                RunRecord("done", "done", status="completed", created=9.0),
                RunRecord("old", "old", status="failed", created=1.0),
                RunRecord("new", "new", status="failed", created=2.0),
                RunRecord("dead", "dead", status="running", created=0.0, stale_reason="gone"),
            ]
        ),
        (),
    )
    view.advance()
    assert [view[place].name for place in range(4)] == ["new", "old", "dead", "done"]


def test_new_filter_finds_runs_that_did_not_match_before() -> None:
    view = CatalogView(parse_query("nothing"))
    view.apply(by_name([RunRecord("a", "a", description="gas")]), ())
    view.advance()
    assert len(view) == 0
    view.arrange(parse_query("gas"), NEWEST_FIRST)
    view.advance()
    assert view[0].name == "a"


def test_rows_stay_until_the_new_rows_are_complete() -> None:
    view = CatalogView()
    view.apply(by_name(RunRecord(f"{n:05}", f"{n:05}", created=float(n)) for n in range(20_000)), ())
    view.advance()
    view.arrange(parse_query("id:0001*"), Sort("id", descending=False))
    steps = 0
    while view.wait() is not None:
        assert (len(view), view[0].name, view.query.text) == (20_000, "19999", "")
        view.advance(0.0)
        steps += 1
    assert steps > 3
    assert [run.name for run in (view[place] for place in range(len(view)))] == [
        f"{n:05}" for n in range(10, 20)
    ]


def test_prepared_word_search_finds_the_same_runs() -> None:
    many = by_name(
        RunRecord(f"{n:05}", f"{n:05}", description=f"of {n % 7}", created=float(n)) for n in range(9_000)
    )
    view = CatalogView()
    view.apply(many, ())
    view.expect_words()
    view.advance(0.0)
    view.advance()
    view.expect_words()
    assert view.wait() == 0.0
    view.advance(0.0)
    changed = RunRecord("00001", "00001", description="another", created=1.0)
    view.apply({"00001": changed}, ["00002"])
    view.advance()
    assert len(view) == 8_999
    view.arrange(parse_query("another"), NEWEST_FIRST)
    view.advance()
    assert list(view.runs()) == [changed]
    view.arrange(parse_query("of 2"), NEWEST_FIRST)
    view.advance()
    assert {run.name for run in view.runs()} == {
        name for name, run in many.items() if run.description == "of 2" and name != "00002"
    } | {name for name in many if name not in ("00001", "00002") and "2" in name}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", ["created", "id", "host", "status"])
@pytest.mark.parametrize("count", [3_999, 4_001, 8_000, 31_234])
def test_sorting_in_slices_equals_sorting_at_once(count: int, key: str, descending: bool) -> None:
    chance = random.Random(count)
    many = [
        RunRecord(
            f"{number:06}",
            f"{chance.random()}",
            status=chance.choice(["failed", "completed", "running"]),
            host=f"node{chance.randrange(9)}",
            created=float(chance.randrange(500)),
        )
        for number in range(count)
    ]
    view = CatalogView(sort=Sort(key, descending))
    view.apply(by_name(many), ())
    view.advance()
    value = column_of(key).sort_value
    # Of equal values the newest comes first.
    sign = 1.0 if descending or key == "created" else -1.0
    in_order = sorted(many, key=lambda run: (value(run, 0.0), sign * run.created, run.name))
    assert list(view.runs()) == (in_order[::-1] if descending else in_order)


def test_changes_during_arranging_are_not_lost() -> None:
    view = CatalogView()
    view.apply(by_name(RunRecord(f"{n:05}", f"{n:05}", created=float(n)) for n in range(20_000)), ())
    view.advance()
    view.arrange(parse_query("-description:gone"), Sort("id", descending=False))
    view.advance(0.0)
    view.apply(by_name([RunRecord("00003", "00003", description="gone"), RunRecord("new", "new")]), ["00005"])
    view.advance()
    names = [view[place].name for place in range(len(view))]
    assert len(names) == 19_999
    assert names[:5] == ["00000", "00001", "00002", "00004", "00006"]
    assert names[-1] == "new"


def test_run_changed_twice_during_arranging_is_listed_once() -> None:
    view = CatalogView()
    view.apply(by_name(RunRecord(f"{n:05}", f"{n:05}", created=float(n)) for n in range(20_000)), ())
    view.advance()
    for status in ("first", "second", "third"):
        view.arrange(parse_query(""), Sort("id", descending=False))
        view.apply({"00003": RunRecord("00003", "00003", created=3.0, status=status)}, ())
        view.advance(0.0)
        assert view[view.index_of("00003")].status == ""
    view.advance()
    assert len(view) == 20_000
    assert view[view.index_of("00003")].status == "third"
    view.apply({}, ["00003"])
    view.advance()
    assert len(view) == 19_999
    assert view.index_of("00003") is None


def test_rows_pause_while_many_changes_are_expected() -> None:
    view = CatalogView()
    view.is_growing = True
    view.apply(by_name(RunRecord(f"{n:05}", f"{n:05}", created=float(n)) for n in range(20_000)), ())
    assert view.wait() == 0.0
    view.advance()
    view.apply(by_name([RunRecord("late", "late", created=1e9)]), ())
    assert (view.wait() or 0.0) > 0.0
    assert not view.advance()
    view.is_growing = False
    assert view.advance()
    assert view[0].name == "late"


def test_runs_reported_again_are_listed_once() -> None:
    """As when a watcher gives up, and all is listed anew."""
    known = [RunRecord(f"r{number}", f"r{number}", created=float(number)) for number in range(90)]
    view = CatalogView()
    for _ in range(3):
        view.apply(by_name(known), ())
        view.advance()
        assert list(view.runs()) == known[::-1]
