from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.catalog.grouping import Group, group_key_of
from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import Sort
from runtui.store.record import RunRecord
from tests.catalog.observing import CatalogView, by_name

NAMES = [f"run-{number:03d}" for number in range(60)]
KEYS = ["status", "host", "tags", "created", "duration", "checkpoints", "beta", "id"]

runs = st.builds(
    RunRecord,
    name=st.sampled_from(NAMES),
    run_id=st.sampled_from(["a", "b"]),
    status=st.sampled_from(["failed", "running", "completed", "odd", ""]),
    stale_reason=st.sampled_from(["", "", "gone"]),
    host=st.sampled_from(["n1", "N1", ""]),
    tags=st.sampled_from([(), ("prod",), ("prod", "old")]),
    created=st.one_of(st.none(), st.floats(0, 2e9)),
    completed=st.one_of(st.none(), st.floats(0, 2e9)),
    checkpoints=st.integers(0, 2),
    values=st.sampled_from(
        [
            {},
            *(
                {"beta": value}
                for value in (1, 1.0, True, float("nan"), float("inf"), "x", "X", "", -3, 10**30)
            ),
        ]
    ),
)
steps = st.lists(
    st.tuples(st.lists(runs, max_size=40), st.lists(st.sampled_from(NAMES), max_size=5)), max_size=5
)
sorts = st.builds(Sort, st.sampled_from([*KEYS[:4], *KEYS[5:]]), st.booleans())
queries = st.sampled_from(["", "status:failed,running"]).map(parse_query)


@given(steps, queries, sorts, st.sampled_from(KEYS), st.sets(st.integers(0, 9)), st.booleans())
@settings(max_examples=200, deadline=None)
def test_rows_after_any_changes_equal_those_of_a_naive_grouping(
    changes, query, sort, key, folded, fold_all
) -> None:
    view = CatalogView(query, sort, key)
    view.advance()
    if fold_all:
        view.fold(None)
    for changed, removed in changes:
        changed_runs = by_name(changed)
        view.apply(changed_runs, [name for name in removed if name not in changed_runs])
        view.advance()
        for place in folded:
            group = view.group_at(place)
            if group is not None:
                view.fold(group)

    group_of = group_key_of(key)
    matching = [view[place] for place in range(len(view))]
    groups: dict = {}
    for run in matching:
        groups.setdefault(group_of(run), []).append(run)
    rows = [view.row(place) for place in range(view.row_count)]
    headings = [row for row in rows if isinstance(row, Group)]
    assert {group.key for group in headings} == groups.keys()
    assert len(headings) == len(groups)
    expected = []
    for group in headings:
        members = groups[group.key]
        assert len(group.runs) == len(members)
        assert group.failed == sum(run.is_failed for run in members)
        assert group.live == sum(run.is_live and not run.is_failed for run in members)
        expected.append(group)
        if not view.is_folded(group):
            expected += members
    assert rows == expected
    ranks = [group.key.rank for group in headings if group.key.rank != 9]
    assert ranks in (sorted(ranks), sorted(ranks, reverse=True))
    assert all(group.key.rank != 9 for group in headings[:-1])
    for place, row in enumerate(rows):
        if isinstance(row, Group):
            assert view.heading_of(row.key) == place
            assert view.group_at(place) is row
        else:
            assert view.row_of(row.name) == place


def test_groups_are_sorted_by_value_with_missing_last() -> None:
    view = CatalogView(group="beta")
    values: list = [{}, {"beta": "x"}, {"beta": 10}, {"beta": 9.5}, {"beta": float("nan")}, {"beta": 10.0}]
    view.apply(
        by_name(RunRecord(str(n), str(n), created=n, values=value) for n, value in enumerate(values)), ()
    )
    view.advance()
    rows = [view.row(place) for place in range(view.row_count)]
    assert [row.key.label if isinstance(row, Group) else row.name for row in rows] == [
        "9.5", "3", "10", "5", "2", "nan", "4", "x", "1", "none", "0",
    ]  # fmt: skip
    view.arrange(view.query, Sort("beta", descending=True))
    view.advance()
    rows = [view.row(place) for place in range(view.row_count)]
    labels = [row.key.label for row in rows if isinstance(row, Group)]
    assert labels == ["x", "nan", "10", "9.5", "none"]


def test_next_failed_run_is_found_in_a_folded_group() -> None:
    view = CatalogView(sort=Sort("id", descending=False), group="host")
    records = [
        ("a", "n1", "failed"),
        ("b", "n1", "completed"),
        ("c", "n2", "completed"),
        ("d", "n3", "failed"),
    ]
    view.apply(by_name(RunRecord(name, name, host=host, status=status) for name, host, status in records), ())
    view.advance()
    view.fold(None)
    assert view.row_count == 3
    assert view.find_failed(0, forward=True) == 1
    assert view.row_count == 5
    assert view.find_failed(1, forward=True) == 5
    assert view.find_failed(5, forward=True) is None
    assert view.find_failed(5, forward=False) == 1
    assert view.find_failed(1, forward=False) is None


def test_runs_whose_value_cannot_be_read_have_a_group_of_their_own() -> None:
    key_of = group_key_of("beta")
    unread = RunRecord("a", "a", unread={"beta": "run_params.json is empty"})
    assert key_of(unread).label == "unreadable"
    assert sorted([key_of(unread), key_of(RunRecord("b", "b", values={"beta": 1}))])[-1] == key_of(unread)
    assert key_of(RunRecord("c", "c")) != key_of(unread)
