"""The ten faults of classic writers: each is shown on the classic class, and that ours does not have it.

Every test runs on both classes. That the classic one shows the fault proves that the test would find it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager, StoreError
from runtui.store.atomic import write_atomic
from runtui.store.metadata import read_metadata
from runtui.store.rows import read_record
from runtui.store.timestamps import parse_timestamp
from tests.classic_writer import RunManager as ClassicManager
from tests.store.children import finish, start, start_together

both = pytest.mark.parametrize(
    ("manager_class", "has_fault"),
    [pytest.param(ClassicManager, True, id="classic"), pytest.param(RunManager, False, id="runtui")],
)

Manager = type[Any]


def directories(base: Path) -> set[str]:
    """The names of the runs that are there."""
    return {path.parent.name for path in base.glob("*/metadata.json")} - {"current"}


def index_entries(base: Path) -> list[str] | None:
    """The run ids in the index; None when it is no JSON."""
    try:
        return [entry["run_id"] for entry in json.loads((base / ".run_index.json").read_bytes())["runs"]]
    except ValueError:
        return None


def ended(manager: Any, **arguments: Any) -> str:
    """Create a run that completes, and return its id."""
    run_id = manager.create_run(**arguments)
    manager.update_status("completed")
    assert isinstance(run_id, str)
    return run_id


def edit_as_another_program(path: Path, **changes: Any) -> None:
    """Change metadata as a careful other program does: read, change, replace."""
    write_atomic(path, json.dumps(json.loads(path.read_bytes()) | changes, indent=2).encode())


@both
def test_fault_1_reader_sees_torn_metadata(runs_dir: Path, manager_class: Manager, has_fault: bool) -> None:
    code = f"""
        import sys
        from {manager_class.__module__} import RunManager
        manager = RunManager(sys.argv[1])
        manager.create_run(run_id="run", table=list(range(5000)))
        print("writing", flush=True)
        step = 0
        while True:
            step += 1
            manager.update_status("running", step=step)
    """
    torn = 0
    steps = set()
    with start(code, runs_dir) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        while not torn and len(steps) < 50 and writer.poll() is None:
            try:
                steps.add(json.loads((runs_dir / "run" / "metadata.json").read_bytes()).get("step"))
            except ValueError:
                torn += 1
        writer.kill()
    assert bool(torn) is has_fault
    assert torn or len(steps) == 50


@both
def test_fault_2_save_drops_tags_added_by_another_program(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    manager.create_run(run_id="run", tags=["own"])
    path = runs_dir / "run" / "metadata.json"
    edit_as_another_program(path, tags=["own", "added"], reviewed_by="bob")
    manager.update_status("running", step=1)
    found = json.loads(path.read_bytes())
    assert ("added" not in found["tags"]) is has_fault
    assert ("reviewed_by" not in found) is has_fault
    assert found["step"] == 1


@both
def test_fault_3_concurrent_runs_lose_index_entries(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    code = f"""
        import sys
        from {manager_class.__module__} import RunManager
        manager = RunManager(sys.argv[1])
        ready()
        for _ in range(15):
            manager.create_run()
    """
    lost = False
    for attempt in range(10):  # two classic writers may once be lucky
        base = runs_dir / str(attempt)
        finish(start_together(code, [[base]] * 4))
        assert len(directories(base)) == 60
        entries = index_entries(base)
        lost = entries is None or set(entries) != directories(base)
        if lost or not has_fault:
            break
    assert lost is has_fault


@both
def test_fault_4_index_lists_deleted_runs_after_a_cleanup(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    for _ in range(5):
        ended(manager)
    manager_class(runs_dir).cleanup_old_runs(keep_count=2)
    assert len(directories(runs_dir)) == 2
    entries = index_entries(runs_dir)
    assert entries is not None
    assert (set(entries) != directories(runs_dir)) is has_fault
    assert (len(manager.list_runs()) != 2) is has_fault


@both
def test_fault_5_started_at_stays_null(runs_dir: Path, manager_class: Manager, has_fault: bool) -> None:
    manager = manager_class(runs_dir)
    run_id = manager.create_run()
    manager.update_status("running")
    manager.update_status("completed")
    record = read_record(str(runs_dir), run_id)
    assert (record.started is None) is has_fault
    assert record.completed is not None


@both
def test_fault_6_cleanup_deletes_live_runs(runs_dir: Path, manager_class: Manager, has_fault: bool) -> None:
    live = manager_class(runs_dir)
    run_id = live.create_run()
    live.update_status("running")
    ended(manager_class(runs_dir))
    manager_class(runs_dir).cleanup_old_runs(keep_count=1)
    assert (not (runs_dir / run_id).exists()) is has_fault


@both
@pytest.mark.parametrize("is_listed", [True, False])
def test_fault_6_cleanup_deletes_checkpoints_needed_by_a_live_child(
    runs_dir: Path, manager_class: Manager, has_fault: bool, is_listed: bool
) -> None:
    manager = manager_class(runs_dir)
    parent = ended(manager)
    checkpoint = manager.get_checkpoints_dir() / "step_5.npz"
    checkpoint.write_bytes(b"state")
    if is_listed:
        manager.add_checkpoint("step_5", checkpoint)
    manager.create_child_run(parent)
    manager.update_status("running")
    manager_class(runs_dir).cleanup_old_runs(keep_count=1)
    assert (not checkpoint.exists()) is has_fault


@both
def test_fault_7_grandchild_misses_the_grandparents_checkpoints(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    grandparent = manager.create_run()
    (manager.get_checkpoints_dir() / "step_5.npz").write_bytes(b"state")
    manager.add_checkpoint("step_5.npz")
    manager.create_child_run(manager.create_child_run(grandparent))
    assert (not (manager.get_checkpoints_dir() / "step_5.npz").exists()) is has_fault


@both
def test_fault_8_run_id_escapes_the_runs_directory(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    try:
        manager.create_run(run_id="../escaped")
    except StoreError:
        pass
    assert (runs_dir.parent / "escaped").exists() is has_fault


@both
def test_fault_8_create_run_overwrites_an_existing_run(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    ended(manager, run_id="run", description="precious")
    try:
        manager_class(runs_dir).create_run(run_id="run", description="other")
    except StoreError:
        pass
    assert (read_metadata(str(runs_dir / "run"))["description"] == "other") is has_fault


@both
def test_fault_9_cleanup_trusts_the_index_instead_of_the_disk(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    ids = [ended(manager) for _ in range(4)]
    index = json.loads((runs_dir / ".run_index.json").read_bytes())
    index["runs"] = [entry for entry in index["runs"] if entry["run_id"] != ids[0]]
    (runs_dir / ".run_index.json").write_text(json.dumps(index))
    manager_class(runs_dir).cleanup_old_runs(keep_count=1)
    assert (directories(runs_dir) != {ids[3]}) is has_fault


@both
def test_fault_10_unknown_status_is_accepted_without_a_warning(
    runs_dir: Path, manager_class: Manager, has_fault: bool, caplog: pytest.LogCaptureFixture
) -> None:
    manager = manager_class(runs_dir)
    run_id = manager.create_run()
    manager.update_status("almost done")
    assert read_record(str(runs_dir), run_id).status == "almost done"
    assert ("almost done" not in caplog.text) is has_fault


@both
def test_fault_10_timestamps_have_no_time_zone(
    runs_dir: Path, manager_class: Manager, has_fault: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClassicManager, "zone", "")
    manager = manager_class(runs_dir)
    run_id = ended(manager)
    metadata = read_metadata(str(runs_dir / run_id))
    record = read_record(str(runs_dir), run_id)
    for key, moment in (("created_at", record.created), ("completed_at", record.completed)):
        assert (not metadata[key].endswith("Z")) is has_fault
        assert moment == parse_timestamp(metadata[key].removesuffix("Z") + "+00:00")


# Further harm that the classic class was seen to do


@both
def test_fault_non_json_value_truncates_metadata(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    run_id = manager.create_run()
    with pytest.raises(TypeError):
        manager.update_status("running", solver=object())
    try:
        json.loads((runs_dir / run_id / "metadata.json").read_bytes())
        is_broken = False
    except ValueError:
        is_broken = True
    assert is_broken is has_fault


@both
def test_fault_broken_index_stays_broken_and_hides_runs(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    manager = manager_class(runs_dir)
    manager.create_run()
    (runs_dir / ".run_index.json").write_text('{"runs": []}]}')
    manager.create_run()
    assert (len(manager.list_runs()) != 2) is has_fault
    assert (index_entries(runs_dir) is None) is has_fault


@both
def test_fault_current_link_is_missing_for_a_moment(
    runs_dir: Path, manager_class: Manager, has_fault: bool
) -> None:
    code = f"""
        import sys
        from {manager_class.__module__} import RunManager
        manager = RunManager(sys.argv[1])
        manager.create_run()
        print("writing", flush=True)
        while True:
            manager.create_run()
    """
    missing = 0
    seen = set()
    with start(code, runs_dir) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        while not missing and len(seen) < 20 + 2000 * has_fault and writer.poll() is None:
            try:
                seen.add(os.readlink(runs_dir / "current"))
            except FileNotFoundError:
                missing += 1
        writer.kill()
    assert bool(missing) is has_fault
    assert missing or len(seen) == 20


@both
def test_fault_cleanup_deletes_permanently(runs_dir: Path, manager_class: Manager, has_fault: bool) -> None:
    manager = manager_class(runs_dir)
    run_id = ended(manager)
    ended(manager)
    inode = (runs_dir / run_id / "metadata.json").stat().st_ino
    manager.cleanup_old_runs(keep_count=1)
    kept = [path.stat().st_ino for path in runs_dir.glob(f".trash/*/{run_id}/metadata.json")]
    assert (kept != [inode]) is has_fault
