"""RunManager: a drop-in for the classic class that loses nothing."""

from __future__ import annotations

import inspect
import json
import math
import os
import shutil
import stat
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from runtui import (
    InvalidRunIdError,
    OutsideRunError,
    RunExistsError,
    RunManager,
    RunNotFoundError,
    RunStatus,
)
from runtui.store.errors import StoreError
from runtui.store.timestamps import parse_timestamp
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import bad_runs, write_raw, write_run
from tests.store.children import NOBODY, finish, output_as_nobody, output_of, start_together

METHODS = [name for name in vars(ClassicManager) if not name.startswith("_") and name != "zone"]

WHOLE_RUN = [".runtui", "checkpoints", "logs", "metadata.json", "results"]


def stored(manager: RunManager) -> dict[str, Any]:
    """The current run's metadata as it is on disk."""
    assert manager.run_dir is not None
    found = json.loads((manager.run_dir / "metadata.json").read_bytes())
    assert isinstance(found, dict)
    return found


def tree(base: Path) -> list[tuple[str, str, int]]:
    """All entries below `base` with their kinds and modes, but for runtui's own folders."""
    found = []
    for path in sorted(base.rglob("*")):
        if ".runtui" not in path.relative_to(base).parts:
            status = path.lstat()
            name = str(path.relative_to(base))
            found.append((name, stat.filemode(status.st_mode), stat.S_IMODE(status.st_mode)))
    return found


# The classic class and ours


@pytest.mark.parametrize("name", ["__init__", *METHODS])
def test_method_signatures_match_the_classic_class(name: str) -> None:
    def parameters(cls: type) -> list[tuple[str, Any, Any]]:
        signature = inspect.signature(getattr(cls, name))
        return [(one.name, one.kind, one.default) for one in signature.parameters.values()]

    assert parameters(RunManager) == parameters(ClassicManager)


def test_the_classic_class_has_all_the_methods_of_the_format() -> None:
    assert set(METHODS) == {
        *("create_run", "create_child_run", "load_run", "update_status", "add_checkpoint"),
        *("get_results_dir", "get_checkpoints_dir", "get_logs_dir", "save_config", "save_run_params"),
        *("list_runs", "get_latest_run", "cleanup_old_runs"),
    }


def test_attributes_match_the_classic_class(runs_dir: Path) -> None:
    ours, classic = RunManager(runs_dir / "a"), ClassicManager(runs_dir / "a")
    for name in ("base_runs_dir", "run_id", "run_dir", "metadata", "index_file"):
        assert getattr(ours, name) == getattr(classic, name)
    ours.create_run(run_id="one")
    assert classic.load_run("one")
    for name in ("run_id", "run_dir", "metadata"):
        assert getattr(ours, name) == getattr(classic, name)


def use(manager: Any) -> None:
    """Do with a manager whatever a simulation does."""
    manager.create_run("first", ["prod", "β"], "parent", beta=0.3, model={"size": [8, 8]})
    manager.save_config({"steps": 10, "name": "β"})
    manager.save_config("steps: 10\n", "other.yaml")
    manager.save_config([1, 2], "list.yaml")
    manager.save_run_params({"a": {"b": [1, None, True]}})
    manager.update_status("running", step=1)
    manager.add_checkpoint("c1", manager.get_checkpoints_dir() / "c1.npz")
    (manager.get_checkpoints_dir() / "c1.npz").write_bytes(b"state")
    manager.add_checkpoint("c2")
    manager.update_status("failed", error="diverged")
    manager.create_child_run("parent", run_id="child", note="again")
    manager.update_status("completed")
    manager.create_child_run("parent", "described", ["own"], False, run_id="second")
    manager.create_run(run_id="default")


def test_file_layout_matches_the_classic_class(tmp_path: Path) -> None:
    use(ClassicManager(tmp_path / "classic"))
    use(RunManager(tmp_path / "ours"))
    assert tree(tmp_path / "ours") == tree(tmp_path / "classic")
    assert os.readlink(tmp_path / "ours" / "current") == os.readlink(tmp_path / "classic" / "current")
    for path in (tmp_path / "classic").rglob("*.yaml"):
        assert path.read_bytes() == (tmp_path / "ours" / path.relative_to(tmp_path / "classic")).read_bytes()
    params = "parent/run_params.json"
    assert (tmp_path / "ours" / params).read_bytes() == (tmp_path / "classic" / params).read_bytes()


def test_metadata_format_matches_the_classic_class(tmp_path: Path) -> None:
    use(ClassicManager(tmp_path / "classic"))
    use(RunManager(tmp_path / "ours"))
    for name in ("parent", "child", "second", "default"):
        texts = [(tmp_path / which / name / "metadata.json").read_text() for which in ("ours", "classic")]
        ours, classic = (json.loads(text) for text in texts)
        assert list(ours) == list(classic)
        for text in texts:
            assert text == json.dumps(json.loads(text), indent=2)
        for key in ours:
            if key in ("created_at", "started_at", "completed_at"):
                assert ours[key] is None or ours[key].endswith("Z")
            elif key == "checkpoints":
                assert [list(one) for one in ours[key]] == [list(one) for one in classic[key]]
                assert [one["name"] for one in ours[key]] == [one["name"] for one in classic[key]]
            else:
                assert ours[key] == classic[key]


def test_index_entries_match_the_classic_class(tmp_path: Path) -> None:
    use(ClassicManager(tmp_path / "classic"))
    use(RunManager(tmp_path / "ours"))
    ours, classic = (
        json.loads((tmp_path / which / ".run_index.json").read_text()) for which in ("ours", "classic")
    )
    assert list(ours) == list(classic)
    assert ours["latest"] == classic["latest"] == "default"
    assert [list(entry) for entry in ours["runs"]] == [list(entry) for entry in classic["runs"]]
    assert {entry["run_id"]: entry["status"] for entry in ours["runs"]} == {
        entry["run_id"]: entry["status"] for entry in classic["runs"]
    }


def test_list_runs_matches_the_classic_class(tmp_path: Path) -> None:
    for manager in (ClassicManager(tmp_path / "classic"), RunManager(tmp_path / "ours")):
        use(manager)
        assert [run["run_id"] for run in manager.list_runs()] == ["default", "second", "child", "parent"]
        assert [run["run_id"] for run in manager.list_runs(limit=2)] == ["default", "second"]
        assert [run["run_id"] for run in manager.list_runs(status_filter="failed")] == ["parent"]
        assert manager.list_runs(1, "unheard of") == []
        assert manager.get_latest_run() == "default"


def test_manager_without_a_run_has_no_directories(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    assert manager.get_results_dir() is None
    assert manager.get_checkpoints_dir() is None
    assert manager.get_logs_dir() is None
    assert manager.find_checkpoint() is None
    assert manager.list_runs() == []
    assert manager.get_latest_run() is None
    assert manager.cleanup_old_runs() == []


# Creating


def test_new_run_has_a_uuid_and_a_default_description(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    run_id = manager.create_run()
    assert len(run_id) == 36
    assert stored(manager)["description"] == f"Simulation run {run_id[:8]}"
    assert stored(manager) == manager.metadata


def test_runs_directory_is_created_only_with_auto_create(tmp_path: Path) -> None:
    assert RunManager(tmp_path / "deep" / "runs").base_runs_dir.is_dir()
    manager = RunManager(tmp_path / "none", auto_create=False)
    assert not (tmp_path / "none").exists()
    with pytest.raises(RunNotFoundError, match="create it, or pass auto_create=True"):
        manager.create_run()


@pytest.mark.parametrize("kind", ["run", "file", "link", "dangling"])
def test_create_run_never_overwrites_an_existing_path(runs_dir: Path, kind: str) -> None:
    if kind == "run":
        write_run(runs_dir, "taken")
    elif kind == "file":
        (runs_dir / "taken").write_text("text")
    else:
        (runs_dir / "taken").symlink_to(runs_dir.parent if kind == "link" else "nowhere")
    before = tree(runs_dir)
    with pytest.raises(RunExistsError, match="choose another run id"):
        RunManager(runs_dir).create_run(run_id="taken")
    assert tree(runs_dir) == before


def test_only_one_process_gets_a_contested_run_id(runs_dir: Path) -> None:
    code = """
        import sys
        from runtui import RunExistsError, RunManager
        manager = RunManager(sys.argv[1])
        ready()
        try:
            manager.create_run(sys.argv[2], run_id="wanted")
        except RunExistsError:
            sys.exit()
        open(sys.argv[1] + "/.won", "a").write(sys.argv[2])
    """
    finish(start_together(code, [[runs_dir, number] for number in range(4)]))
    winner = (runs_dir / ".won").read_text()
    assert len(winner) == 1
    assert json.loads((runs_dir / "wanted" / "metadata.json").read_text())["description"] == winner


@pytest.mark.parametrize("run_id", ["../x", "/tmp/x", "a/b", "..", ".hidden", "", "current", "a\nb", 7])
def test_run_id_that_is_hidden_or_outside_the_directory_is_refused(runs_dir: Path, run_id: Any) -> None:
    manager = RunManager(runs_dir)
    before = tree(runs_dir.parent)
    for act in (manager.make_run_dir, lambda name: manager.create_run(run_id=name)):
        with pytest.raises(InvalidRunIdError):
            act(run_id)
    assert tree(runs_dir.parent) == before


def test_make_run_dir_is_idempotent(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    run_dir = manager.make_run_dir("uid-1")
    (run_dir / "results" / "x").touch()
    assert manager.make_run_dir("uid-1") == run_dir
    assert sorted(os.listdir(run_dir)) == ["checkpoints", "logs", "results"]
    assert manager.get_run("uid-1").list_outputs() == ["x"]
    (runs_dir / "link").symlink_to(runs_dir.parent)
    with pytest.raises(RunExistsError, match="symbolic link"):
        manager.make_run_dir("link")


def test_invalid_argument_creates_no_run(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    for arguments in (
        {"solver": object()},
        {"description": object()},
        {"tags": "prod"},
        {"tags": [1]},
    ):
        with pytest.raises(TypeError) as caught:
            manager.create_run(**arguments)
        assert str(caught.value).startswith(tuple(arguments))
    assert os.listdir(runs_dir) == []


def test_tags_may_come_from_any_iterable(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(tags=(tag for tag in ("a", "b")))  # type: ignore[arg-type]
    assert stored(manager)["tags"] == ["a", "b"]


def test_create_run_on_a_full_disk_is_rolled_back(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=64k")
    with pytest.raises(OSError, match="No space left"):
        RunManager(disk).create_run(table=list(range(100_000)))
    assert os.listdir(disk) == []


@pytest.mark.parametrize("inodes", range(2, 12))
def test_create_run_with_few_free_inodes_is_all_or_nothing(
    small_disk: Callable[[str], Path], inodes: int
) -> None:
    disk = small_disk(f"size=1m,nr_inodes={inodes}")
    manager = RunManager(disk)
    try:
        run_id = manager.create_run(run_id="run")
    except OSError:
        assert [name for name in os.listdir(disk) if name != ".runtui"] == []
        assert manager.run_id is None
    else:
        assert set(os.listdir(disk / run_id)) == {
            "metadata.json",
            "results",
            "checkpoints",
            "logs",
            ".runtui",
        }
        assert stored(manager)["run_id"] == "run"


def test_create_run_in_a_read_only_directory_is_refused(public_dir: Path) -> None:
    answer = output_as_nobody(
        """
        import sys
        manager = RunManager(sys.argv[1])
        try:
            manager.create_run()
        except PermissionError:
            print("refused", manager.run_id)
        """,
        public_dir,
    )
    assert answer == "refused None"
    assert os.listdir(public_dir) == []


def test_users_sharing_a_directory_clean_up_only_their_own_runs(public_dir: Path) -> None:
    os.chmod(public_dir, 0o777)
    RunManager(public_dir).create_run(run_id="ours")
    answer = output_as_nobody(
        """
        import sys
        manager = RunManager(sys.argv[1])
        for run_id in ("old", "theirs"):
            manager.create_run(run_id=run_id)
            manager.update_status("completed")
        print(manager.cleanup_old_runs(keep_count=0))
        """,
        public_dir,
    )
    assert answer == "['old']"
    manager = RunManager(public_dir)
    assert manager.load_run("ours")
    manager.update_status("completed")
    index = json.loads((public_dir / ".run_index.json").read_text())
    assert [entry["run_id"] for entry in index["runs"]] == ["ours", "theirs"]
    assert index["latest"] == os.readlink(public_dir / "current") == "theirs"
    assert (public_dir / "theirs").stat().st_uid == NOBODY


def test_create_run_works_without_write_access_to_the_index(public_dir: Path) -> None:
    RunManager(public_dir).create_run(run_id="ours")
    os.chmod(public_dir, 0o777)
    answer = output_as_nobody(
        """
        import sys
        manager = RunManager(sys.argv[1])
        manager.create_run(run_id="theirs")
        manager.update_status("completed")
        print([run["run_id"] for run in manager.list_runs()], manager.get_latest_run())
        """,
        public_dir,
    )
    assert answer == "['theirs', 'ours'] theirs"


# Children


def test_child_inherits_tags_and_checkpoints(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    parent = manager.create_run(tags=["prod"], secret="stays")
    manager.add_checkpoint("c1")
    manager.create_child_run(parent)
    child = stored(manager)
    assert child["tags"] == ["prod", "resumed"]
    assert child["description"] == f"Resumed from {parent[:8]}"
    assert child["parent_run_id"] == child["resumed_from"] == parent
    assert [checkpoint["name"] for checkpoint in child["checkpoints"]] == ["c1"]
    assert "secret" not in child
    manager.create_child_run(manager.run_id or "", copy_checkpoints=False)
    assert stored(manager)["tags"] == ["prod", "resumed", "resumed"]  # as the classic class
    assert stored(manager)["checkpoints"] == []


def test_child_of_a_bad_parent_inherits_only_valid_values(runs_dir: Path) -> None:
    write_raw(runs_dir, "bad", b'{"tags": ["a", 3], "checkpoints": "none"}')
    manager = RunManager(runs_dir)
    manager.create_child_run("bad")
    assert stored(manager)["tags"] == ["a", "resumed"]
    assert stored(manager)["checkpoints"] == []


@pytest.mark.parametrize(
    ("parent", "error"),
    [("gone", RunNotFoundError), ("broken", RunNotFoundError), ("../x", InvalidRunIdError)],
)
def test_child_of_an_unreadable_parent_is_refused(
    runs_dir: Path, parent: str, error: type[Exception]
) -> None:
    write_raw(runs_dir, "broken", b"{")
    manager = RunManager(runs_dir)
    with pytest.raises(error):
        manager.create_child_run(parent)
    assert set(os.listdir(runs_dir)) == {"broken"}


# Loading


def test_run_of_the_classic_class_can_be_loaded_and_updated(runs_dir: Path) -> None:
    classic = ClassicManager(runs_dir)
    run_id = classic.create_run("classic", ["a"], custom={"b": [math.nan]})
    manager = RunManager(runs_dir)
    assert manager.load_run(run_id)
    assert manager.run_dir == runs_dir / run_id
    manager.update_status("running")
    found = stored(manager)
    assert list(found) == list(classic.metadata)
    assert math.isnan(found["custom"]["b"][0])
    assert classic.load_run(run_id)
    assert classic.metadata["status"] == "running"


def test_failed_load_keeps_the_current_run(runs_dir: Path) -> None:
    bad = bad_runs(runs_dir)
    manager = RunManager(runs_dir)
    run_id = manager.create_run()
    for name in (
        "gone",
        "../x",
        "",
        *(bad[case].name for case in ("empty", "list", "deep", "huge")),
    ):
        assert manager.load_run(name) is False
    assert manager.run_id == run_id
    assert manager.metadata["run_id"] == run_id
    assert manager.load_run(None) is False  # type: ignore[arg-type]


@pytest.mark.parametrize("case", ["nan", "invalid_utf8", "bom", "utf16", "no_status", "wrong_everything"])
def test_every_bad_run_that_can_be_loaded_can_be_saved(runs_dir: Path, case: str) -> None:
    bad = bad_runs(runs_dir)
    manager = RunManager(runs_dir)
    assert manager.load_run(bad[case].name)
    manager.update_status("failed")
    manager.add_checkpoint("c1")
    assert stored(manager)["status"] == "failed"
    assert stored(manager)["checkpoints"][-1]["name"] == "c1"


def test_get_run_returns_a_handle_for_any_run(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    with pytest.raises(RunNotFoundError, match="no run is loaded"):
        manager.get_run()
    write_run(runs_dir, "one")
    assert manager.get_run("one").run_dir == runs_dir / "one"
    run_id = manager.create_run()
    assert manager.get_run().run_id == run_id
    with pytest.raises(RunNotFoundError):
        manager.get_run("gone")
    with pytest.raises(InvalidRunIdError):
        manager.get_run("../one")


# Changing


def test_started_at_and_completed_at_are_set_once(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run()
    assert stored(manager)["status"] == "initialising"
    assert stored(manager)["started_at"] is None
    manager.update_status(RunStatus.RUNNING)
    started = stored(manager)["started_at"]
    assert parse_timestamp(started) is not None
    assert stored(manager)["completed_at"] is None
    manager.update_status("running", step=2)
    assert stored(manager)["started_at"] == started
    manager.update_status("COMPLETED")
    assert stored(manager)["status"] == "completed"
    assert stored(manager)["completed_at"] >= started


def test_an_unknown_status_is_stored_with_a_warning(runs_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(status="queued")
    assert stored(manager)["status"] == "queued"
    manager.update_status("done", step=1)
    assert (stored(manager)["status"], stored(manager)["step"]) == ("done", 1)
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert ["queued" in warnings[0], "done" in warnings[1]] == [True, True]
    assert "use one of initialising, running, completed, failed" in warnings[1]


def test_invalid_value_error_names_the_key_and_changes_nothing(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run()
    before = (stored(manager), dict(manager.metadata), tree(runs_dir))
    with pytest.raises(TypeError, match=r"^solver\.backend: a object cannot be stored"):
        manager.update_status("running", solver={"backend": object()})
    assert (stored(manager), manager.metadata, tree(runs_dir)) == before


def test_saving_an_invalid_metadata_value_names_its_key(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run()
    before = stored(manager)
    manager.metadata["solver"] = object()
    with pytest.raises(TypeError, match=r"^solver: "):
        manager.add_checkpoint("c1")
    assert stored(manager) == before
    del manager.metadata["solver"]
    manager.add_checkpoint("c1")
    assert len(stored(manager)["checkpoints"]) == 1


def test_nan_and_infinity_are_read_back_as_numbers(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(loss=math.nan, run_id="r")
    manager.update_status("running", top=[math.inf, {"x": -math.inf}])
    again, classic = RunManager(runs_dir), ClassicManager(runs_dir)
    assert again.load_run("r")
    assert classic.load_run("r")
    for metadata in (stored(manager), again.metadata, classic.metadata):
        assert math.isnan(metadata["loss"])
        assert metadata["top"] == [math.inf, {"x": -math.inf}]


def test_changes_to_the_metadata_attribute_are_stored_by_the_next_save(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(tags=["a"], old=1)
    metadata = manager.metadata
    manager.metadata["tags"].append("b")
    manager.metadata["note"] = {"path": Path("x")}
    del manager.metadata["old"]
    manager.add_checkpoint("c1", Path("checkpoints") / "c1.npz")
    found = stored(manager)
    assert found["tags"] == ["a", "b"]
    assert found["note"] == {"path": "x"}
    assert "old" not in found
    assert found["checkpoints"][0]["path"] == "checkpoints/c1.npz"
    assert manager.metadata is metadata
    assert manager.metadata == found | {"note": {"path": Path("x")}}  # what the program has put there


def test_two_managers_of_one_run_keep_each_others_tags_and_checkpoints(runs_dir: Path) -> None:
    one, two = RunManager(runs_dir), RunManager(runs_dir)
    run_id = one.create_run(tags=["a"])
    assert two.load_run(run_id)
    for number in range(3):
        one.metadata["tags"].append(f"one{number}")
        one.add_checkpoint(f"c-one{number}")
        two.metadata["tags"].append(f"two{number}")
        two.add_checkpoint(f"c-two{number}")
    two.metadata["tags"].remove("a")
    two.update_status("running", step=1)
    one.update_status("completed")
    found = stored(one)
    assert sorted(found["tags"]) == sorted([f"{who}{n}" for who in ("one", "two") for n in range(3)])
    assert len(found["checkpoints"]) == 6
    assert (found["step"], found["status"]) == (1, "completed")


def test_concurrent_saves_of_one_run_lose_nothing(runs_dir: Path) -> None:
    run_id = RunManager(runs_dir).create_run()
    code = """
        import sys
        from runtui import RunManager
        manager = RunManager(sys.argv[1])
        assert manager.load_run(sys.argv[2])
        ready()
        for number in range(15):
            manager.metadata["tags"].append(f"{sys.argv[3]}-{number}")
            manager.add_checkpoint(f"{sys.argv[3]}-{number}")
    """
    finish(start_together(code, [[runs_dir, run_id, number] for number in range(4)]))
    found = json.loads((runs_dir / run_id / "metadata.json").read_text())
    expected = sorted(f"{process}-{number}" for process in range(4) for number in range(15))
    assert sorted(found["tags"]) == expected
    assert sorted(checkpoint["name"] for checkpoint in found["checkpoints"]) == expected


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\x00" * 100, b"[" * 5000, None])
def test_broken_metadata_is_rewritten_by_the_next_save(runs_dir: Path, data: bytes | None) -> None:
    manager = RunManager(runs_dir)
    run_id = manager.create_run(tags=["a"], beta=0.3)
    path = runs_dir / run_id / "metadata.json"
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    manager.update_status("running", step=1)
    found = stored(manager)
    assert (found["tags"], found["beta"], found["step"], found["status"]) == (["a"], 0.3, 1, "running")


def test_a_run_without_an_id_in_its_metadata_can_be_saved(runs_dir: Path) -> None:
    write_raw(runs_dir, "bare", b"{}")
    manager = RunManager(runs_dir)
    assert manager.load_run("bare")
    manager.update_status("failed")
    manager.add_checkpoint("c1")
    assert list(stored(manager)) == ["status", "completed_at", "checkpoints"]
    assert [run["run_id"] for run in manager.list_runs()] == ["bare"]


def test_runtui_folder_can_be_deleted_at_any_time(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    run_id = manager.create_run()
    shutil.rmtree(runs_dir / run_id / ".runtui")
    shutil.rmtree(runs_dir / ".runtui")
    manager.update_status("running")
    manager.create_run()
    assert manager.load_run(run_id)
    assert manager.metadata["status"] == "running"
    assert sorted(os.listdir(runs_dir / run_id)) == WHOLE_RUN


def test_saving_a_deleted_run_fails_and_does_not_recreate_it(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    run_id = manager.create_run()
    shutil.rmtree(runs_dir / run_id)
    for act in (
        lambda: manager.update_status("running"),
        lambda: manager.add_checkpoint("c1"),
        lambda: manager.save_config({}),
        lambda: manager.save_run_params({}),
    ):
        with pytest.raises(RunNotFoundError, match=f"the directory of run {run_id} is gone"):
            act()
    assert not (runs_dir / run_id).exists()


def test_saving_without_a_run_warns_and_does_nothing(
    runs_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    manager = RunManager(runs_dir)
    actions: list[Callable[[], object]] = [
        lambda: manager.update_status("running"),
        lambda: manager.add_checkpoint("c1"),
        lambda: manager.save_config({}),
        lambda: manager.save_run_params({}),
        lambda: manager.save_metadata({"a": 1}),
        manager.save,
    ]
    for act in actions:
        caplog.clear()
        assert act() is None
        (record,) = caplog.records
        assert (record.name, record.levelname) == ("runtui", "WARNING")
        assert record.message.startswith("no run is loaded")
    assert os.listdir(runs_dir) == []


def test_failed_save_on_a_full_disk_changes_neither_file_nor_memory(
    small_disk: Callable[[str], Path],
) -> None:
    disk = small_disk("size=256k")
    manager = RunManager(disk)
    manager.create_run(step=1)
    before = (stored(manager), dict(manager.metadata))
    with pytest.raises(OSError, match="No space left"):
        manager.update_status("running", table=list(range(100_000)))
    assert (stored(manager), manager.metadata) == before
    manager.update_status("running", step=2)
    assert stored(manager)["step"] == 2
    assert manager.run_dir is not None
    assert sorted(os.listdir(manager.run_dir)) == WHOLE_RUN


def test_save_keeps_the_mode_of_the_metadata(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run()
    assert manager.run_dir is not None
    os.chmod(manager.run_dir / "metadata.json", 0o660)
    manager.update_status("running")
    assert stat.S_IMODE((manager.run_dir / "metadata.json").stat().st_mode) == 0o660


@pytest.mark.parametrize(
    "name",
    [
        *("../config.yaml", "/tmp/config.yaml", "out/config.yaml", "a\0b"),
        *("metadata.json", "./metadata.json", ".runtui/writer.json"),
    ],
)
def test_no_configuration_is_written_outside_the_run(runs_dir: Path, name: str) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="run")
    (runs_dir / "run" / "out").symlink_to(runs_dir)
    before = tree(runs_dir)
    with pytest.raises(OutsideRunError):
        manager.save_config("text", name)
    assert tree(runs_dir) == before


def test_invalid_configuration_does_not_replace_the_old_one(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run()
    path = manager.save_config({"a": math.inf, "p": Path("x")})
    assert path is not None
    assert json.loads(path.read_text()) == {"a": math.inf, "p": "x"}
    with pytest.raises(TypeError, match=r"^config\.yaml\.a: "):
        manager.save_config({"a": object()})
    with pytest.raises(TypeError, match=r"^run_params\.json\.a: "):
        manager.save_run_params({"a": object()})
    assert json.loads(path.read_text())["p"] == "x"
    assert manager.run_dir is not None
    assert not (manager.run_dir / "run_params.json").exists()


def test_forked_child_that_saves_becomes_the_writer(runs_dir: Path) -> None:
    answer = output_of(
        """
        import json, os, sys
        from runtui import RunManager
        manager = RunManager(sys.argv[1])
        run_id = manager.create_run()
        def writer():
            return json.load(open(f"{sys.argv[1]}/{run_id}/.runtui/writer.json"))["pid"]
        print(writer() == os.getpid())
        child = os.fork()
        if not child:
            manager.update_status("running")
            os._exit(0)
        os.waitpid(child, 0)
        print(writer() == child)
        """,
        runs_dir,
    )
    assert answer.split() == ["True", "True"]


# Listing


def test_unreadable_runs_are_omitted_from_the_list(runs_dir: Path) -> None:
    for case, path in bad_runs(runs_dir).items():
        if case not in ("empty", "list", "spaces"):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    write_run(runs_dir, "good", created="2026-11-02T00:00:00Z")
    assert [run["run_id"] for run in RunManager(runs_dir).list_runs()] == ["good", "  two words "]


def test_runs_are_listed_newest_first_across_time_zones(runs_dir: Path) -> None:
    write_run(runs_dir, "second", created="2026-11-01T12:00:00")
    write_run(runs_dir, "first", created="2026-11-01T14:00:00+05:30")
    write_run(runs_dir, "third", created="2026-11-01T12:00:01Z")
    write_run(runs_dir, "undated", created="soon")
    listed = [run["run_id"] for run in RunManager(runs_dir).list_runs()]
    assert listed == ["third", "second", "first", "undated"]


def test_cleanup_moves_runs_to_the_trash_and_updates_the_index(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    ids = []
    for _ in range(4):
        ids.append(manager.create_run())
        manager.update_status("completed")
    assert manager.cleanup_old_runs(keep_count=1) == ids[2::-1]
    index = json.loads((runs_dir / ".run_index.json").read_text())
    assert [entry["run_id"] for entry in index["runs"]] == [ids[3]]
    assert index["latest"] == ids[3]
    assert sorted(path.parent.name for path in (runs_dir / ".trash").glob("*/*/metadata.json")) == sorted(
        ids[:3]
    )
    assert manager.rebuild_index() == 1


@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)"], ids=["goes on", "exits"])
def test_failure_recorded_by_a_sigterm_handler_during_a_save_is_kept(runs_dir: Path, ending: str) -> None:
    code = f"""
    import os, signal, sys
    from runtui import RunManager
    import runtui.store.safe_directory as module
    manager = RunManager(sys.argv[1])
    manager.create_run(run_id="r")
    manager.update_status("running")
    def record(number, frame):
        manager.update_status("failed", error="terminated")
        {ending or "pass"}
    signal.signal(signal.SIGTERM, record)
    write = module.replace_in
    def write_and_be_struck(folder, name, data, *more, **named):
        if name == "metadata.json" and b"late" in data and not struck:
            struck.append(True)
            os.kill(os.getpid(), signal.SIGTERM)
        return write(folder, name, data, *more, **named)
    struck = []
    module.replace_in = write_and_be_struck
    manager.add_checkpoint("late")
    """
    output_of(code, runs_dir)
    metadata = json.loads((runs_dir / "r" / "metadata.json").read_text())
    assert metadata["status"] == "failed"
    assert metadata["error"] == "terminated"
    assert [checkpoint["name"] for checkpoint in metadata["checkpoints"]] == ["late"]


def _swap(run: Path, other: Path) -> None:
    """Put another run in the place of a run, as whoever may write in the runs directory can."""
    run.rename(run.with_name("moved"))
    other.rename(run)


class _SwappedWhenMade(RunManager):
    def make_run_dir(self, run_uid: str, *, must_be_new: bool = False) -> Path:
        run_dir = super().make_run_dir(run_uid, must_be_new=must_be_new)
        _swap(run_dir, self.base_runs_dir / "other")
        return run_dir


class _SwappedWhenFilled(RunManager):
    def _fill(self) -> None:
        assert self.run_dir is not None
        _swap(self.run_dir, self.base_runs_dir / "other")


@pytest.mark.parametrize("manager", [_SwappedWhenMade, _SwappedWhenFilled])
def test_run_swapped_in_during_creation_is_left_alone(runs_dir: Path, manager: type[RunManager]) -> None:
    RunManager(runs_dir).create_run(run_id="other")
    before = _files(runs_dir / "other")
    with pytest.raises(StoreError, match="another directory was put in the place of"):
        manager(runs_dir).create_run(run_id="new")
    assert _files(runs_dir / "new") == before


def test_run_swapped_in_for_the_current_one_is_left_alone(runs_dir: Path) -> None:
    RunManager(runs_dir).create_run(run_id="other")
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r")
    before = _files(runs_dir / "other")
    _swap(runs_dir / "r", runs_dir / "other")
    with pytest.raises(OutsideRunError, match="another directory was put in the place of run r"):
        manager.update_status("completed")
    assert _files(runs_dir / "r") == before


def test_run_replaced_by_its_own_copy_can_be_saved(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r")
    shutil.copytree(runs_dir / "r", runs_dir / "copy")
    _swap(runs_dir / "r", runs_dir / "copy")
    manager.update_status("completed")
    assert stored(manager)["status"] == "completed"


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class OwnStatus(str, Enum):  # noqa: UP042 - as many programs have it: its text is its name
    FAILED = "failed"
    PAUSED = "paused"


def test_status_of_a_custom_enum_is_stored_as_its_value(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(status=OwnStatus.PAUSED)
    assert stored(manager)["status"] == "paused"
    manager.update_status(OwnStatus.FAILED)
    assert stored(manager)["status"] == "failed"
    assert stored(manager)["completed_at"]


def test_save_config_accepts_a_path_below_a_relative_runs_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manager = RunManager("runs")
    manager.create_run(run_id="r")
    assert manager.run_dir is not None
    manager.save_config({"a": 1}, manager.run_dir / "own.yaml")
    assert json.loads((tmp_path / "runs" / "r" / "own.yaml").read_text()) == {"a": 1}


def test_cleanup_without_a_runs_directory_does_nothing(tmp_path: Path) -> None:
    assert RunManager(tmp_path / "none", auto_create=False).cleanup_old_runs() == []
