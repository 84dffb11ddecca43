"""Several runs directories as one, and what happens before there is a monitor."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtui.catalog.catalog import Catalog, CatalogUpdate, SyncPhase
from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.scan import scan_runs
from runtui.catalog.sync.sources import RunSources
from tests.run_dirs import make_runs, write_log, write_run
from tests.runtime.queueing import Queue
from tests.waiting import wait_until


class Seen:
    """What was told, and the catalog that it makes."""

    def __init__(self, *bases: Path) -> None:
        self.updates: list[CatalogUpdate] = []
        self.live = RunSources([str(base) for base in bases])
        self.catalog = Catalog(self.live.base)
        self._busy = threading.Lock()

    def take_in(self, update: CatalogUpdate) -> None:
        assert self._busy.acquire(blocking=False), "two calls at a time"
        self.updates.append(update)
        self.catalog.apply(update)
        self._busy.release()

    @property
    def is_fresh(self) -> bool:
        return self.catalog.health.phase is SyncPhase.FRESH


@contextmanager
def watching(*bases: Path) -> Iterator[Seen]:
    seen = Seen(*bases)
    seen.live.start(seen.take_in)
    seen.live.resume()
    try:
        wait_until(lambda: seen.is_fresh, "everything was read")
        yield seen
    finally:
        seen.live.stop()


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("a", "b"):
        (tmp_path / name / "runs").mkdir(parents=True)
    return tmp_path / "a" / "runs", tmp_path / "b" / "runs"


def test_same_name_in_two_directories_is_two_runs(two: tuple[Path, Path], tmp_path: Path) -> None:
    write_run(two[0], "same", status="failed")
    write_run(two[1], "same", status="completed")
    write_run(two[1], "child", parent_run_id="same")
    with watching(*two) as seen:
        assert seen.live.base == str(tmp_path)
        assert {name: (run.run_id, run.status) for name, run in seen.catalog.runs.items()} == {
            "a/runs/same": ("same", "failed"),
            "b/runs/same": ("same", "completed"),
            "b/runs/child": ("child", "completed"),
        }
        assert seen.catalog.children("b/runs/same") == ["b/runs/child"]
        assert seen.catalog.children("a/runs/same") == []
        assert seen.catalog.ancestry("b/runs/child").names == ("b/runs/same",)
        assert seen.live.place_of("b/runs/child") == (str(two[1]), "child")


def test_changes_in_each_directory_are_noticed(two: tuple[Path, Path]) -> None:
    write_run(two[0], "r", status="running")
    with watching(*two) as seen:
        write_run(two[0], "r", status="failed")
        write_run(two[1], "new")
        wait_until(
            lambda: seen.catalog.runs["a/runs/r"].status == "failed" and "b/runs/new" in seen.catalog.runs,
            "both changes",
        )
        (two[1] / "new" / "metadata.json").unlink()
        for folder in (two[1] / "new").iterdir():
            folder.rmdir()
        (two[1] / "new").rmdir()
        wait_until(lambda: "b/runs/new" not in seen.catalog.runs, "the run that vanished")


def test_digests_and_liveness_are_published_for_each_directory(two: tuple[Path, Path]) -> None:
    for base in two:
        write_log(
            write_run(base, "failed", status="failed"), f"OSError: No space left in {base.parent.name}\n"
        )
        os.utime(write_run(base, "dead", status="running") / "metadata.json", (1, 1))
    with watching(*two) as seen:
        runs = seen.catalog.runs
        wait_until(lambda: all(runs[f"{folder}/runs/failed"].digest for folder in "ab"), "why they failed")
        for folder in "ab":
            digest = runs[f"{folder}/runs/failed"].digest
            assert digest is not None
            assert digest.line.endswith(f"left in {folder}")
            assert runs[f"{folder}/runs/dead"].stale_reason


def test_cache_of_a_directory_works_alone_and_with_others(two: tuple[Path, Path]) -> None:
    for base in two:
        write_run(base, "parent")
        write_run(base, "child", parent_run_id="parent")
    with watching(*two):
        pass
    for base in two:
        wait_until(RunsCache(str(base)).load, "the cache")
        cached = RunsCache(str(base)).load()
        assert cached is not None
        found = {run.name: run.parent for block in cached.blocks() for run in block}
        assert found == {"parent": None, "child": "parent"}
    together = Seen(*two)
    together.live.start(together.take_in)  # not resumed: the disk is not read
    try:
        wait_until(lambda: len(together.catalog.runs) == 4, "the first rows")
        assert together.catalog.children("b/runs/parent") == ["b/runs/child"]
    finally:
        together.live.stop()


def test_nested_runs_directory_has_its_own_runs(tmp_path: Path) -> None:
    write_run(tmp_path, "outer")
    write_run(tmp_path / "more", "inner")
    with watching(tmp_path, tmp_path / "more") as seen:
        assert {"outer", "more/inner"} <= set(seen.catalog.runs)
        assert seen.live.place_of("outer") == (str(tmp_path), "outer")
        assert seen.live.place_of("more/inner") == (str(tmp_path / "more"), "inner")


def test_same_directory_given_twice_counts_once(two: tuple[Path, Path]) -> None:
    write_run(two[0], "r")
    with watching(two[0], two[0]) as seen:
        assert seen.live.is_one
        assert list(seen.catalog.runs) == ["r"]


def test_problem_of_one_directory_names_it(two: tuple[Path, Path]) -> None:
    write_run(two[0], "r")
    (two[1] / "current").symlink_to("gone")
    with watching(*two) as seen:
        wait_until(lambda: bool(seen.catalog.health.notice), "the notice")
        assert seen.catalog.health.notice == "b/runs: current points to a run that is not there"
        assert seen.catalog.health.total == 1


def test_cached_rows_are_published_before_reading_the_disk(runs_dir: Path) -> None:
    make_runs(runs_dir, 20, seed=1)
    RunsCache(str(runs_dir)).save(scan_runs(str(runs_dir)), frozenset())
    seen = Seen(runs_dir)
    seen.live.start(seen.take_in)
    try:
        wait_until(lambda: bool(seen.updates), "the first rows")
        assert len(seen.catalog.runs) == 20
        assert seen.catalog.health.phase is SyncPhase.READING
        write_run(runs_dir, "new")
        assert seen.live.silence()[0] == 0.0
        assert "new" not in seen.catalog.runs
        seen.live.resume()
        wait_until(lambda: seen.is_fresh and "new" in seen.catalog.runs, "the truth")
    finally:
        seen.live.stop()


def test_focus_set_before_the_monitor_started_is_watched(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="completed", beta=0.3)
    seen = Seen(runs_dir)
    seen.live.focus("r")
    seen.live.want_keys(frozenset({"beta"}))
    seen.live.start(seen.take_in)
    seen.live.resume()
    try:
        wait_until(lambda: seen.is_fresh and bool(seen.catalog.runs["r"].values), "the key")
        (runs_dir / "r" / "logs" / "simulation.log").write_text("step 1\n")
        wait_until(lambda: any("logs" in update.touched for update in seen.updates), "the run on screen")
    finally:
        seen.live.stop()


def test_stop_right_after_start_starts_no_thread(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    before = set(threading.enumerate())
    seen = Seen(runs_dir)
    seen.live.start(seen.take_in)
    seen.live.stop()
    wait_until(lambda: before.issuperset(threading.enumerate()), "no thread", seen=threading.enumerate)
    assert not seen.catalog.runs


def test_one_squeue_covers_the_jobs_of_all_directories(
    two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(tmp_path, monkeypatch)
    queue.says("41|RUNNING|None|9:58|node1\n42|PENDING|Priority|1:00|\n")
    for base, job_id in zip(two, ("41", "42"), strict=True):
        job = {"system": "slurm", "id": job_id, "state": "PENDING"}
        write_run(base, "r", status="running", job=job)
    with watching(*two) as seen:
        wait_until(
            lambda: (
                {(run.job.state, run.job.detail) for run in seen.catalog.runs.values() if run.job}
                == {("RUNNING", "9:58 left"), ("PENDING", "Priority")}
            ),
            "what the queue says",
        )
    assert queue.questions == ["squeue"]
