from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.catalog.columns import COLUMNS_BY_KEY
from runtui.catalog.query import parse_query
from runtui.catalog.view import NEWEST_FIRST, RunView, Sort
from runtui.store.metadata import RunRecord

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
sorts = st.builds(Sort, st.sampled_from(sorted(set(COLUMNS_BY_KEY) - {"duration"})), st.booleans())
queries = st.sampled_from(["", "gas", "status:failed,running", "-tag:prod"]).map(parse_query)
steps = st.lists(
    st.tuples(st.lists(runs, max_size=90), st.lists(st.sampled_from(NAMES), max_size=5)), max_size=8
)


@given(steps, queries, sorts)
@settings(max_examples=150, deadline=None)
def test_after_any_changes_the_rows_are_those_of_a_fresh_view(steps, query, sort) -> None:
    view = RunView(query, sort)
    expected: dict[str, RunRecord] = {}
    for changed, removed in steps:
        changed = list({run.name: run for run in changed}.values())
        removed = [name for name in removed if name not in {run.name for run in changed}]
        view.apply(changed, removed)
        for name in removed:
            expected.pop(name, None)
        expected.update((run.name, run) for run in changed)
    fresh = RunView(query, sort)
    fresh.apply(list(expected.values()), ())
    fresh.arrange(query, sort)
    rows = [view[place] for place in range(len(view))]
    assert rows == [fresh[place] for place in range(len(fresh))]
    assert {run.name for run in rows} == {run.name for run in expected.values() if query.matches(run)}
    assert [view.index_of(run.name) for run in rows] == list(range(len(rows)))
    assert view.records() == expected


def test_the_newest_run_comes_first() -> None:
    view = RunView()
    view.apply(
        [RunRecord(name, name, created=created) for name, created in (("a", 1.0), ("b", 3.0), ("c", 2.0))], ()
    )
    assert [view[place].name for place in range(3)] == ["b", "c", "a"]


def test_failed_runs_come_first_by_status_and_the_newest_of_them_first() -> None:
    view = RunView(sort=Sort("status", descending=False))
    view.apply(
        [
            RunRecord("done", "done", status="completed", created=9.0),
            RunRecord("old", "old", status="failed", created=1.0),
            RunRecord("new", "new", status="failed", created=2.0),
            RunRecord("dead", "dead", status="running", created=0.0, doubt="gone"),
        ],
        (),
    )
    assert [view[place].name for place in range(4)] == ["new", "old", "dead", "done"]


def test_arranging_anew_keeps_runs_that_did_not_match_before() -> None:
    view = RunView(parse_query("nothing"))
    view.apply([RunRecord("a", "a", description="gas")], ())
    assert len(view) == 0
    view.arrange(parse_query("gas"), NEWEST_FIRST)
    assert view[0].name == "a"
