"""What a cleanup takes and what it spares."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import RunManager, RunStatus
from runtui.store.cleanup.plan import (
    CleanupPlan,
    Decision,
    PlanInputs,
    checkpoint_holders,
    choose_old,
    foreign_runs,
    plan_cleanup,
    plan_on_disk,
    working_runs,
)
from runtui.store.edits.run_edits import edit_tags
from runtui.store.record import RecordState, RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_raw, write_run
from tests.store.children import start


def run(name: str, status: str = "completed", **fields: object) -> RunRecord:
    return RunRecord(name, name, status)._replace(**fields)


def plan(
    *runs: RunRecord,
    candidates: Collection[str] | None = None,
    current: str | None = None,
    foreign: Collection[str] = (),
    links: Collection[str] = (),
    working: Collection[str] = (),
    holders: Collection[str] = (),
) -> CleanupPlan:
    names = [one.name for one in runs] if candidates is None else candidates
    chosen = [Decision(name, "old") for name in names]
    return plan_cleanup(runs, chosen, current, foreign, links, working, holders)


def taken(decided: CleanupPlan) -> set[str]:
    return {decision.name for decision in decided.taken}


def reasons(decided: CleanupPlan) -> dict[str, str]:
    return {decision.name: decision.reason for decision in decided.kept_back}


def test_all_but_the_newest_runs_are_cleanup_candidates() -> None:
    runs = [run(name, created=float(age)) for name, age in [("b", 2), ("d", 4), ("a", 1), ("c", 3)]]
    assert [decision.name for decision in choose_old(runs, 1, None)] == ["c", "b", "a"]
    assert [decision.name for decision in choose_old(runs, 0, None)] == ["d", "c", "b", "a"]
    assert [decision.name for decision in choose_old(runs, -1, None)] == ["d", "c", "b", "a"]
    assert choose_old(runs, 9, None) == []
    assert choose_old(runs, 3, None) == [Decision("a", "not among the 3 newest")]


def test_only_runs_older_than_the_limit_are_cleanup_candidates() -> None:
    runs = [run("new", created=100.0), run("old", created=1.0), run("undated", created=None)]
    assert [decision.name for decision in choose_old(runs, 0, older_than=50.0)] == ["old"]


@pytest.mark.parametrize("status", ["completed", "failed", "checkpointed", "resumed", "simulating", ""])
def test_run_that_is_not_live_is_selected_for_cleanup(status: str) -> None:
    assert plan(run("a", status)) == CleanupPlan((Decision("a", "old"),), ())


@pytest.mark.parametrize(
    ("kept_back", "options", "reason"),
    [
        (run("a", "running"), {}, "it is running"),
        (run("a", "initialising"), {}, "it is initialising"),
        (
            run("a", "running", stale_reason="its process is gone"),
            {},
            "it may be running: its process is gone",
        ),
        (run("a", "checkpointed"), {"working": ["a"]}, "its writer is at work"),
        (run("a"), {"current": "a"}, "current points to it"),
        (run("a", tags=("x", "keep")), {}, "it is tagged keep"),
        (run("a"), {"foreign": ["a"]}, "it belongs to another user"),
        (run("a"), {"links": ["a"]}, "it is a symbolic link"),
        (
            run("a", "", state=RecordState.BROKEN, problem="metadata.json is empty"),
            {},
            "its state is unknown: metadata.json is empty",
        ),
        (
            run("a", "", state=RecordState.WRITING, problem="half (being written?)"),
            {},
            "its state is unknown: half (being written?)",
        ),
    ],
)
def test_protected_run_is_kept_with_a_reason(
    kept_back: RunRecord, options: dict[str, object], reason: str
) -> None:
    decided = plan(kept_back, run("b"), **options)  # type: ignore[arg-type]
    assert taken(decided) == {"b"}
    assert reasons(decided) == {"a": reason}


def test_missing_cleanup_candidate_is_reported() -> None:
    assert reasons(plan(run("a"), candidates=["gone"])) == {"gone": "there is no such run"}


def test_cleanup_keeps_checkpoints_needed_by_a_kept_child() -> None:
    decided = plan(run("parent", checkpoints=1), run("child", "running", parent="parent"))
    assert taken(decided) == set()
    assert reasons(decided)["parent"] == "child may need its checkpoints"


def test_cleanup_keeps_a_parent_with_unlisted_checkpoint_files() -> None:
    decided = plan(run("parent"), run("child", "running", parent="parent"), holders=["parent"])
    assert reasons(decided)["parent"] == "child may need its checkpoints"


def test_cleanup_removes_an_empty_parent_but_keeps_the_grandparent() -> None:
    decided = plan(
        run("grandparent", checkpoints=2),
        run("parent", parent="grandparent"),
        run("child", parent="parent"),
        candidates=["grandparent", "parent"],
    )
    assert taken(decided) == {"parent"}
    assert reasons(decided) == {"grandparent": "child may need its checkpoints"}


def test_cleanup_keeps_all_ancestors_of_a_kept_run() -> None:
    chain = [run("r0", checkpoints=1)]
    chain += [run(f"r{n}", parent=f"r{n - 1}", checkpoints=1) for n in range(1, 30)]
    decided = plan(*chain, candidates=[f"r{n}" for n in range(29)])
    assert taken(decided) == set()
    assert set(reasons(decided)) == {f"r{n}" for n in range(29)}


def test_cleanup_removes_a_chain_that_no_kept_run_needs() -> None:
    chain = [run("r0", checkpoints=1)]
    chain += [run(f"r{n}", parent=f"r{n - 1}", checkpoints=1) for n in range(1, 30)]
    assert taken(plan(*chain, run("other"), candidates=[f"r{n}" for n in range(30)])) == {
        f"r{n}" for n in range(30)
    }


def test_cleanup_keeps_the_parent_of_a_protected_run() -> None:
    decided = plan(
        run("grandparent", checkpoints=1),
        run("parent", parent="grandparent", checkpoints=1, tags=("keep",)),
        run("sibling", parent="grandparent"),
    )
    assert taken(decided) == {"sibling"}
    assert reasons(decided) == {
        "parent": "it is tagged keep",
        "grandparent": "parent may need its checkpoints",
    }


def test_cleanup_plan_handles_cycles_and_missing_parents() -> None:
    decided = plan(
        run("a", parent="b", checkpoints=1),
        run("b", parent="a", checkpoints=1),
        run("own", parent="own", checkpoints=1),
        run("orphan", parent="gone"),
        run("kept", parent="a"),
        candidates=["a", "b", "own", "orphan"],
    )
    assert taken(decided) == {"own", "orphan"}
    assert set(reasons(decided)) == {"a", "b"}


NAMES = "abcdefgh"
RUNS = st.lists(
    st.builds(
        run,
        st.sampled_from(NAMES),
        st.sampled_from(["completed", "running", "checkpointed"]),
        parent=st.sampled_from(NAMES) | st.none(),
        checkpoints=st.integers(0, 1),
        tags=st.sampled_from([(), ("keep",)]),
    ),
    unique_by=lambda one: one.name,
)


@given(RUNS, st.sets(st.sampled_from(NAMES)), st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)))
def test_cleanup_plan_never_removes_a_protected_or_needed_run(
    runs: list[RunRecord], candidates: set[str], current: str, foreign: set[str]
) -> None:
    decided = plan(*runs, candidates=candidates, current=current, foreign=foreign)
    by_name = {one.name: one for one in runs}
    gone = taken(decided)
    assert gone.isdisjoint(reasons(decided))
    assert gone | set(reasons(decided)) == candidates
    for name in gone:
        assert not by_name[name].is_live
        assert "keep" not in by_name[name].tags
        assert name != current
        assert name not in foreign
    for kept in set(by_name) - gone:
        seen = {kept}
        parent = by_name[kept].parent
        while parent in by_name and parent not in seen:
            assert not (by_name[parent].checkpoints and parent in gone)
            seen.add(parent)
            parent = by_name[parent].parent


# On disk


def test_runs_of_other_users_are_recognised_by_their_owner(runs_dir: Path) -> None:
    write_run(runs_dir, "mine")
    write_run(runs_dir, "theirs")
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    os.chown(runs_dir / "theirs", 65534, 65534)
    assert foreign_runs(str(runs_dir), ["mine", "theirs", "gone"]) == {"theirs", "gone"}
    os.symlink("/nowhere", runs_dir / "link")
    os.chown(runs_dir / "link", 65534, 65534, follow_symlinks=False)
    assert foreign_runs(str(runs_dir), ["link"]) == {"link"}


def test_runs_with_checkpoint_files_are_found(runs_dir: Path) -> None:
    (write_run(runs_dir, "full") / "checkpoints" / "c1").touch()
    write_run(runs_dir, "empty")
    (write_run(runs_dir, "without") / "checkpoints").rmdir()
    (write_run(runs_dir, "beside") / "state.cpt").touch()
    (write_run(runs_dir, "script") / "restart.sh").touch()
    names = ["full", "empty", "without", "gone", "beside", "script"]
    assert checkpoint_holders(str(runs_dir), names) == {"full", "beside"}


def test_run_is_working_until_it_ends_or_its_writer_dies(runs_dir: Path) -> None:
    code = """
        import sys
        from runtui import RunManager
        manager = RunManager(sys.argv[1])
        print(manager.create_run(), flush=True)
        for line in sys.stdin:
            manager.update_status(line.strip())
            print("done", flush=True)
    """
    with start(code, runs_dir) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        name = writer.stdout.readline().strip()

        def working() -> bool:
            return name in working_runs(str(runs_dir), [read_record(str(runs_dir), name)])

        def becomes(status: str) -> None:
            assert writer.stdin is not None
            assert writer.stdout is not None
            writer.stdin.write(f"{status}\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "done\n"

        becomes("checkpointed")
        assert working()
        assert RunManager(runs_dir).cleanup_old_runs(keep_count=0) == []
        becomes("completed")
        assert not working()
        becomes("checkpointed")
        assert working()
        writer.kill()
    assert not working()


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"host": 3}', b'{"pid": "x"', b"\xff" * 5000])
def test_unreadable_writer_record_is_ignored(runs_dir: Path, data: bytes) -> None:
    path = write_run(runs_dir, "run", status="checkpointed")
    (path / ".runtui").mkdir()
    (path / ".runtui" / "writer.json").write_bytes(data)
    assert working_runs(str(runs_dir), [read_record(str(runs_dir), "run")]) == set()


def test_manager_cleanup_removes_only_unprotected_runs(runs_dir: Path) -> None:
    def old(name: str, day: int, **fields: object) -> Path:
        return write_run(runs_dir, name, created=f"2026-01-{day:02}T00:00:00Z", **fields)  # type: ignore[arg-type]

    old("new", 20)
    old("plain", 1)
    old("live", 2, status="running")
    old("kept", 3, tags=["keep"])
    old("pointed", 4)
    (old("parent", 5) / "checkpoints" / "c1.npz").touch()
    old("child", 6, status="running", parent_run_id="parent")
    write_raw(runs_dir, "broken", b"{")
    elsewhere = write_run(runs_dir.parent / "other", "linked", created="2025-01-01T00:00:00Z")
    (runs_dir / "linked").symlink_to(elsewhere)
    (runs_dir / "current").symlink_to("pointed")
    old("failed", 7, status=RunStatus.FAILED.value)
    manager = RunManager(runs_dir)
    assert sorted(manager.cleanup_old_runs(keep_count=1, older_than_days=None)) == ["failed", "new", "plain"]
    left = {"live", "kept", "pointed", "parent", "child", "broken", "linked"}
    assert {path.name for path in runs_dir.iterdir() if not path.name.startswith(".")} == left | {"current"}


def test_cleanup_by_age_removes_only_old_runs(runs_dir: Path) -> None:
    write_run(runs_dir, "old", created="2020-01-01T00:00:00")
    write_run(runs_dir, "new")
    assert RunManager(runs_dir).cleanup_old_runs(keep_count=0, older_than_days=30) == ["old"]
    assert RunManager(runs_dir).cleanup_old_runs(keep_count=10) == []
    assert (runs_dir / "new").is_dir()


@pytest.mark.parametrize("status", ["Pending", "queued", "in_progress", ""])
def test_cleanup_keeps_a_recently_written_run_of_unknown_status(runs_dir: Path, status: str) -> None:
    run = write_run(runs_dir, "r", status=status)
    os.utime(run / "metadata.json", (1, 1))
    (run / "logs").mkdir(exist_ok=True)
    (run / "logs" / "a.log").write_text("step 1\n")
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision("r", "old")])
    assert [(kept_back.name, "within the hour" in kept_back.reason) for kept_back in plan.kept_back] == [
        ("r", True)
    ]
    os.utime(run / "logs" / "a.log", (1, 1))
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision("r", "old")])
    assert [taken.name for taken in plan.taken] == ["r"]


def test_a_run_of_an_unknown_status_is_spared_where_its_logs_lie_too_deep(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="queued")
    (run / "logs" / "1" / "2" / "3" / "4" / "5").mkdir(parents=True)
    os.utime(run / "metadata.json", (1, 1))
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision("r", "old")])
    assert [kept_back.reason for kept_back in plan.kept_back] == [
        "its status, queued, is unknown, and logs/1/2/3/4/5/ was not looked at: deeper than 4 folders"
    ]


@pytest.mark.parametrize("now", [None, "text", {"an": "object"}, 7], ids=repr)
def test_cleanup_keeps_a_run_tagged_keep_whose_writer_breaks_the_tags(runs_dir: Path, now: object) -> None:
    run = write_run(runs_dir, "r", status="running")
    metadata = json.loads((run / "metadata.json").read_text())
    del metadata["tags"]
    (run / "metadata.json").write_text(json.dumps(metadata))
    edit_tags(str(runs_dir), ["r"], ["keep"], [])
    (run / "metadata.json").write_text(json.dumps(metadata | {"status": "completed", "tags": now}))
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision("r", "old")])
    assert [kept_back.name for kept_back in plan.kept_back] == ["r"]


def test_a_run_that_its_job_took_along_is_cleaned_up_as_it_is_listed(runs_dir: Path) -> None:
    for name in ("over", "lost", "alive", "waits"):
        write_run(runs_dir, name, status="running")

    def listed(base: str, runs: Sequence[RunRecord]) -> list[RunRecord]:
        assert base == str(runs_dir)
        known = {
            "over": {"status": "failed", "reason": "cancelled"},
            "lost": {"is_lost": True, "stale_reason": "gone"},
            "waits": {"status": "failed"},
        }
        return [run._replace(**known.get(run.name, {})) for run in runs]

    def check(_base: str, runs: Sequence[RunRecord]) -> dict[str, str]:
        assert {run.name for run in runs} == {"over", "waits"}
        return {"waits": "its job 41 is in the queue"}

    inputs = PlanInputs(str(runs_dir), jobs=check, listing=listed)
    for _again in range(2):
        decided = inputs.plan([Decision(run.name, "all") for run in inputs.runs()])
        assert taken(decided) == {"over"}
        assert reasons(decided) == {
            "alive": "it is running",
            "lost": "it is lost: mark it failed first",
            "waits": "its job 41 is in the queue",
        }
        inputs.refresh()


def test_cleanup_keeps_a_checkpoint_listed_in_an_object(runs_dir: Path) -> None:
    needed = write_run(runs_dir, "needed")
    (needed / "checkpoints").mkdir(exist_ok=True)
    (needed / "checkpoints" / "c").write_text("state")
    write_run(runs_dir, "child", status="running", checkpoints={"c": f"{needed}/checkpoints/c"})
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision("needed", "old")])
    assert [kept_back.name for kept_back in plan.kept_back] == ["needed"]


def test_cleanup_keeps_a_failed_run_whose_job_may_be_pending(runs_dir: Path) -> None:
    job = {"system": "slurm", "id": "41"}
    write_run(runs_dir, "waits", status="failed", job=job)
    write_run(runs_dir, "over", status="failed", job=job)
    write_run(runs_dir, "alone", status="failed")
    write_run(runs_dir, "done", job=job)

    def check(base: str, runs: Sequence[RunRecord]) -> dict[str, str]:
        assert base == str(runs_dir)
        return {run.name: "its job 41 is in the queue: PENDING" for run in runs if run.name == "waits"}

    def all_of(runs: Sequence[RunRecord]) -> list[Decision]:
        return [Decision(run.name, "all") for run in runs]

    inputs = PlanInputs(str(runs_dir), jobs=check)
    decided = inputs.plan(all_of(inputs.runs()))
    assert taken(decided) == {"over", "alone", "done"}
    assert reasons(decided) == {"waits": "its job 41 is in the queue: PENDING"}
    # Where nobody can be asked, it may be waiting.
    assert taken(plan_on_disk(str(runs_dir), all_of)) == {"alone", "done"}
