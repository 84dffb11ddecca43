from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.watch_plan import WatchBudget, plan_watches

LOCAL = FileSystem("ext4", "/")
NFS = FileSystem("nfs4", "/home")


def test_local_live_runs_are_watched_by_events_and_others_swept() -> None:
    plan = plan_watches(["a", "b"], 10_000, LOCAL, WatchBudget())
    assert plan.by_events
    assert plan.watched == ("a", "b")
    assert plan.polled == ()
    assert plan.swept == 9_998


def test_network_file_system_is_polled() -> None:
    plan = plan_watches(["a", "b"], 100, NFS, WatchBudget())
    assert not plan.by_events
    assert plan.watched == ()
    assert plan.polled == ("a", "b")
    assert plan.list_interval == WatchBudget().list_interval


def test_everything_is_polled_after_events_failed() -> None:
    plan = plan_watches(["a"], 1, LOCAL, WatchBudget(), events_failed=True)
    assert not plan.by_events
    assert plan.polled == ("a",)


def test_runs_beyond_the_watch_limit_are_polled_more_slowly() -> None:
    names = [f"r{number}" for number in range(1000)]
    plan = plan_watches(names, 1000, LOCAL, WatchBudget(watches=400))
    assert plan.watched == tuple(names[:400])
    assert plan.polled == tuple(names[400:])
    assert plan.poll_interval > WatchBudget().poll_interval


def test_run_on_a_file_system_without_events_is_polled() -> None:
    plan = plan_watches(["far", "near"], 2, LOCAL, WatchBudget(), silent={"far"})
    assert plan.watched == ("near",)
    assert plan.polled == ("far",)


def test_run_with_a_non_utf8_name_is_polled() -> None:
    plan = plan_watches(["caf\udce9", "plain"], 2, LOCAL, WatchBudget())
    assert plan.watched == ("plain",)
    assert plan.polled == ("caf\udce9",)


@given(st.integers(0, 2000), st.integers(0, 100_000), st.booleans(), st.booleans(), st.integers(0, 500))
def test_every_run_is_swept_within_the_budget(live, others, local, failed, watches) -> None:
    limits = WatchBudget(watches=watches)
    names = [str(number) for number in range(live)]
    plan = plan_watches(names, live + others, LOCAL if local else NFS, limits, events_failed=failed)
    assert sorted(plan.watched + plan.polled) == sorted(names)
    assert plan.swept == others
    assert len(plan.watched) <= limits.watches
    assert plan.swept / plan.sweep_interval <= limits.sweep_rate + 1e-9
    assert 2 * len(plan.polled) / plan.poll_interval <= limits.sweep_rate + 1e-9
