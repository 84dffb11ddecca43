"""A restored run is where and what it was, and so are the index and `current`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import find_trashed
from tests.run_dirs import write_run
from tests.store.children import output_of
from tests.store.cleanup.large_runs import MakeLarge
from tests.store.commands import require_strace


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How many files a large run has."""
    return 100_000 if request.config.getoption("--long") else 20_000


def test_trashing_and_restoring_need_constant_system_calls(
    tmp_path: Path, many: int, make_large: MakeLarge
) -> None:
    require_strace()
    code = """
        import os, sys
        from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
        from runtui.store.cleanup.restoring import restore
        from runtui.store.cleanup.trash import list_trash
        base = sys.argv[1]
        plan = plan_on_disk(base, lambda _runs: [Decision("run", "old")])
        os.path.exists("/marker")
        assert carry_out(base, plan).moved
        os.path.exists("/marker")
        (run,) = list_trash(base)
        os.path.exists("/marker")
        assert restore(base, run) == ""
        os.path.exists("/marker")
    """
    counts = []
    for number in (10, many):
        base = tmp_path / str(number)
        base.mkdir()
        inode = make_large(base, "run", number).stat().st_ino
        log = tmp_path / f"{number}.log"
        output_of(code, base, before=["strace", "-qq", "-o", str(log), "-e", "trace=%file,%desc"])
        assert (base / "run").stat().st_ino == inode
        assert sum(len(files) for _folder, _folders, files in os.walk(base / "run" / "results")) == number
        shutil.rmtree(base)
        phases = log.read_text(errors="replace").split("/marker")[1:-1]
        counts.append([sum("mmap" not in line for line in phase.splitlines()) for phase in phases])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("order", [["b", "d"], ["d", "b"]])
def test_restore_recreates_the_exact_index_and_current_link(runs_dir: Path, order: list[str]) -> None:
    for name in "abcde":
        write_run(runs_dir, name, created="2026-01-01T00:00:00Z")
    (runs_dir / "current").symlink_to("c")
    RunManager(runs_dir).rebuild_index()
    index = json.loads((runs_dir / ".run_index.json").read_text())
    # A variant of the classic class keeps more in its entries.
    index["runs"][1]["host"] = "node17"
    index["latest"] = "d"
    before = json.dumps(index, indent=2).encode()
    (runs_dir / ".run_index.json").write_bytes(before)
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision(name, "old") for name in "bd"])
    assert len(carry_out(str(runs_dir), plan).moved) == 2
    assert b'"d"' not in (runs_dir / ".run_index.json").read_bytes()
    for name in order:
        assert restore(str(runs_dir), find_trashed(str(runs_dir), name)) == ""
    assert (runs_dir / ".run_index.json").read_bytes() == before
    assert os.readlink(runs_dir / "current") == "c"
    assert os.listdir(runs_dir / ".trash") == []


def test_restored_run_does_not_replace_a_newer_latest_run(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    for name in ("one", "two"):
        manager.create_run(run_id=name)
        manager.update_status("completed")
    (runs_dir / "current").unlink()
    assert manager.cleanup_old_runs(keep_count=0) == ["two", "one"]
    manager.create_run(run_id="three")
    restore(str(runs_dir), find_trashed(str(runs_dir), "two"))
    assert json.loads((runs_dir / ".run_index.json").read_text())["latest"] == "three"
    assert os.readlink(runs_dir / "current") == "three"


def test_restore_updates_the_index_from_the_metadata(runs_dir: Path) -> None:
    write_run(runs_dir, "run", status="completed")
    RunManager(runs_dir).rebuild_index()
    carry_out(str(runs_dir), plan_on_disk(str(runs_dir), lambda _runs: [Decision("run", "old")]))
    run = find_trashed(str(runs_dir), "run")
    write_run(run.folder, "run", status="failed")
    restore(str(runs_dir), run)
    (entry,) = json.loads((runs_dir / ".run_index.json").read_text())["runs"]
    assert entry["status"] == "failed"
