"""The index and ``current`` are caches: valid at every moment, and never trusted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.store.index import point_current, read_current, rebuild_index, update_index
from runtui.store.metadata import read_metadata
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import bad_runs, write_raw, write_run
from tests.store.children import ROOT, finish, start_together


def index_of(base: Path) -> dict[str, Any]:
    index = json.loads((base / ".run_index.json").read_bytes())
    assert set(index) == {"runs", "latest"}
    assert isinstance(index["runs"], list)
    return index


def ids_in(base: Path) -> list[str]:
    return [entry["run_id"] for entry in index_of(base)["runs"]]


def test_index_is_rebuilt_from_the_directories_oldest_first(runs_dir: Path) -> None:
    write_run(runs_dir, "b", created="2026-11-02T00:00:00Z", tags=["x"], description="two")
    write_run(runs_dir, "a", created="2026-11-03T00:00:00Z")
    write_run(runs_dir, "c", created="2026-11-01T00:00:00Z")
    assert rebuild_index(str(runs_dir)) == 3
    assert ids_in(runs_dir) == ["c", "b", "a"]
    assert index_of(runs_dir)["latest"] == "a"
    assert index_of(runs_dir)["runs"][1] == {
        "run_id": "b",
        "description": "two",
        "created_at": "2026-11-02T00:00:00Z",
        "status": "completed",
        "tags": ["x"],
    }


def test_an_empty_directory_has_an_empty_index(runs_dir: Path) -> None:
    assert rebuild_index(str(runs_dir)) == 0
    assert index_of(runs_dir) == {"runs": [], "latest": None}


def test_index_update_adds_missing_and_drops_vanished_runs(runs_dir: Path) -> None:
    for name in ("one", "two", "three"):
        write_run(runs_dir, name)
    rebuild_index(str(runs_dir))
    os.rename(runs_dir / "one", runs_dir.parent / "one")
    write_run(runs_dir, "four")
    update_index(str(runs_dir))
    assert sorted(ids_in(runs_dir)) == ["four", "three", "two"]


def test_index_update_changes_only_the_given_run(runs_dir: Path) -> None:
    write_run(runs_dir, "one")
    write_run(runs_dir, "two")
    rebuild_index(str(runs_dir))
    update_index(str(runs_dir), {"run_id": "one", "status": "failed"}, latest="one")
    assert {entry["run_id"]: entry["status"] for entry in index_of(runs_dir)["runs"]} == {
        "one": "failed",
        "two": "completed",
    }
    assert index_of(runs_dir)["latest"] == "one"


def test_missing_latest_run_is_replaced_by_the_newest(runs_dir: Path) -> None:
    write_run(runs_dir, "old", created="2026-11-01T00:00:00Z")
    write_run(runs_dir, "new", created="2026-11-02T00:00:00Z")
    update_index(str(runs_dir), latest="gone")
    assert index_of(runs_dir)["latest"] == "new"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"runs": [}{"runs": []}Extra data',
        b'{"runs": 3, "latest": []}',
        b'{"runs": [null, 3, {}, {"run_id": 5}, {"run_id": "gone"}], "latest": "gone"}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"runs": [{"run_id": "one", "tags": ' + b"[" * 400 + b"]" * 400 + b"}]}",
    ],
)
def test_broken_index_is_repaired_by_the_next_save(runs_dir: Path, data: bytes) -> None:
    write_run(runs_dir, "one")
    (runs_dir / ".run_index.json").write_bytes(data)
    run_id = RunManager(runs_dir).create_run()
    assert sorted(ids_in(runs_dir)) == sorted(["one", run_id])
    assert index_of(runs_dir)["latest"] == run_id


def test_directory_in_place_of_the_index_does_not_stop_a_run(runs_dir: Path) -> None:
    (runs_dir / ".run_index.json").mkdir()
    manager = RunManager(runs_dir)
    run_id = manager.create_run()
    manager.update_status("completed")
    assert read_metadata(str(runs_dir / run_id))["status"] == "completed"
    with pytest.raises(IsADirectoryError):
        manager.rebuild_index()


def test_bad_runs_do_not_break_the_index(runs_dir: Path) -> None:
    bad = bad_runs(runs_dir)
    run_id = RunManager(runs_dir).create_run()
    assert run_id in ids_in(runs_dir)
    # Every name stands in it as the directory is called, so that a classic reader finds the run.
    assert {bad["emoji"].name, bad["newline"].name, bad["wrong_run_id"].name} <= set(ids_in(runs_dir))
    assert bad["empty"].name not in ids_in(runs_dir)
    assert len(ids_in(runs_dir)) == len(set(ids_in(runs_dir)))


def test_a_copied_run_does_not_change_the_entry_of_the_original(runs_dir: Path) -> None:
    write_run(runs_dir, "original", status="completed")
    write_run(runs_dir, "copy", run_id="original", status="running")
    manager = RunManager(runs_dir)
    assert manager.load_run("copy")
    manager.update_status("failed")
    assert {entry["run_id"]: entry["status"] for entry in index_of(runs_dir)["runs"]} == {
        "original": "completed",
        "copy": "failed",
    }


def test_classic_class_and_runtui_list_each_others_runs(runs_dir: Path) -> None:
    ours = RunManager(runs_dir).create_run("ours", ["a"])
    classic = ClassicManager(runs_dir)
    theirs = classic.create_run("theirs", ["b"])
    assert [run["run_id"] for run in classic.list_runs()] == [theirs, ours]
    assert RunManager(runs_dir).list_runs() == classic.list_runs()
    assert RunManager(runs_dir).get_latest_run() == classic.get_latest_run() == theirs
    assert read_current(str(runs_dir)) == theirs


def test_concurrent_processes_lose_no_entry_and_never_tear_the_index(runs_dir: Path) -> None:
    code = """
        import sys
        from runtui import RunManager
        manager = RunManager(sys.argv[1])
        ready()
        for number in range(10):
            manager.create_run(f"{sys.argv[2]}-{number}")
    """
    processes = start_together(code, [[runs_dir, number] for number in range(8)])
    reads = 0
    while any(process.poll() is None for process in processes):
        if (runs_dir / ".run_index.json").exists():
            latest = index_of(runs_dir)["latest"]
            assert (runs_dir / latest / "metadata.json").exists()
            current = read_current(str(runs_dir))
            assert current is not None
            assert (runs_dir / current / "metadata.json").exists()
            reads += 1
    finish(processes)
    assert reads
    names = sorted(path.parent.name for path in runs_dir.glob("*/metadata.json"))
    names.remove("current")
    assert len(names) == 80
    assert sorted(ids_in(runs_dir)) == names
    assert sorted(entry["description"] for entry in index_of(runs_dir)["runs"]) == sorted(
        f"{process}-{number}" for process in range(8) for number in range(10)
    )


def test_save_restores_index_entries_lost_by_classic_writers(runs_dir: Path) -> None:
    command = [sys.executable, "tests/classic_writer.py", str(runs_dir), "--runs", "3", "--seconds", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as classic:
        assert classic.stdout is not None
        while classic.stdout.readline() != "writing\n":
            pass
        manager = RunManager(runs_dir)
        for _ in range(10):
            manager.create_run()
        classic.communicate()
    manager.update_status("completed")
    assert len(ids_in(runs_dir)) == 13


# current


def test_current_is_a_relative_link_to_the_run(runs_dir: Path) -> None:
    assert read_current(str(runs_dir)) is None
    point_current(str(runs_dir), "one")
    assert os.readlink(runs_dir / "current") == "one"
    point_current(str(runs_dir), "two")
    assert read_current(str(runs_dir)) == "two"
    assert os.listdir(runs_dir) == ["current"]


@pytest.mark.parametrize("target", ["/elsewhere/runs/one", "one/", "../runs/one"])
def test_current_link_in_another_form_is_read(runs_dir: Path, target: str) -> None:
    (runs_dir / "current").symlink_to(target)
    assert read_current(str(runs_dir)) == "one"


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch], ids=["directory", "file"])
def test_file_or_folder_named_current_is_not_replaced(runs_dir: Path, make: Callable[[Path], None]) -> None:
    make(runs_dir / "current")
    with pytest.raises(FileExistsError, match="not a symbolic link: move it away"):
        point_current(str(runs_dir), "one")
    assert os.listdir(runs_dir) == ["current"]
    run_id = RunManager(runs_dir).create_run()
    assert (runs_dir / run_id / "metadata.json").exists()


def test_current_link_is_replaced_atomically(runs_dir: Path) -> None:
    names = {"one", "two", "three", "four"}
    for name in names:
        write_raw(runs_dir, name, b"{}")
    point_current(str(runs_dir), "one")
    code = """
        import sys
        from runtui.store.index import point_current
        ready()
        for _ in range(300):
            point_current(sys.argv[1], sys.argv[2])
    """
    processes = start_together(code, [[runs_dir, name] for name in sorted(names)])
    seen = set()
    while any(process.poll() is None for process in processes):
        seen.add(os.readlink(runs_dir / "current"))
    finish(processes)
    assert seen <= names
    assert not list(runs_dir.glob(".current*"))
