"""A whole directory read by other processes: the same runs, whatever becomes of those processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.monitor import RunsMonitor
from runtui.catalog.sync.scan import scan_runs
from runtui.catalog.sync.scan_process import Found, ScanError, ScanProcess
from runtui.catalog.sync.scan_protocol import FOREIGN_WORTH_SHARING, WORTH_SHARING, Frame
from runtui.catalog.sync.sources import RunSources
from runtui.store.record import RunRecord
from tests.catalog.observing import BY_POLLING, FAST, Observed
from tests.run_dirs import make_runs, write_run
from tests.waiting import wait_until


def all_found(scan_process: ScanProcess) -> list[Found]:
    return [found for found in scan_process.found(5.0) if found is not None]


def runs_of(found: list[Found]) -> dict[str, RunRecord]:
    return {run.name: run for piece in found for run in piece.runs}


def cached_runs(base: Path) -> tuple[list[str], RunsCache]:
    """Make 50 runs that have ended, and return their names and a cache that knows them."""
    names = [path.name for path in make_runs(base, 50, seed=5).iterdir()]
    for name in names:
        write_run(base, name, status="completed")
    cache = RunsCache(str(base))
    cache.save(scan_runs(str(base)), frozenset())
    return names, cache


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    before = set(children())  # such as a helper of multiprocessing that another test has left
    yield
    wait_until(lambda: not set(children()) - before, "every process of a scan has ended")


def children() -> list[int]:
    """Return the processes that this one has started, in any thread, and that have not been waited for."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def test_scan_process_finds_the_same_runs_as_a_scan(runs_dir: Path) -> None:
    make_runs(runs_dir, 300, seed=3)
    (runs_dir / "empty").mkdir()
    (runs_dir / "broken").mkdir()
    (runs_dir / "broken" / "metadata.json").write_text("{")
    write_run(runs_dir, "a\nb")
    os.makedirs(os.fsencode(runs_dir) + b"/r\xff")
    (runs_dir / ".hidden").mkdir()
    scanned = {run.name: run for run in scan_runs(str(runs_dir), frozenset({"beta"}))}
    found = all_found(ScanProcess(str(runs_dir), frozenset({"beta"}), 4, with_names=True))
    listed = [piece for piece in found if piece.kind is Frame.LISTED]
    assert [piece.number for piece in listed] == [len(scanned)]
    assert set(listed[0].names) == set(scanned)
    left = {name for piece in found if piece.kind is Frame.OTHERS for name in piece.names}
    assert left == {"empty", "broken", "a\nb", "r\udcff"}
    assert runs_of(found) == {name: run for name, run in scanned.items() if name not in left}
    assert sum(piece.number for piece in found if piece.kind is Frame.LOOKED) == len(scanned)


def test_only_changes_to_cached_runs_are_reported(runs_dir: Path) -> None:
    names, cache = cached_runs(runs_dir)
    write_run(runs_dir, names[7], status="failed")
    write_run(runs_dir, "new")
    for name in names[8:10]:
        shutil.rmtree(runs_dir / name)
    found = all_found(ScanProcess(str(runs_dir), frozenset(), 4, cache.load()))
    assert set(runs_of(found)) == {names[7], "new"}
    assert [(piece.number, piece.names) for piece in found if piece.kind is Frame.LISTED] == [(49, ())]
    vanished = [piece.names for piece in found if piece.kind is Frame.VANISHED]
    assert [sorted(part) for part in vanished] == [sorted(names[8:10])]


def test_cached_logs_of_jobs_are_only_looked_at(runs_dir: Path) -> None:
    for number in range(41, 91):
        path = runs_dir / f"slurm-{number}.out"
        path.write_text("step 1\n")
        os.utime(path, (1e9, 1e9))
    cache = RunsCache(str(runs_dir))
    cache.save(scan_runs(str(runs_dir)), frozenset())
    (runs_dir / "slurm-50.out").write_text("ValueError: bad beta\n")
    found = all_found(ScanProcess(str(runs_dir), frozenset(), 4, cache.load()))
    assert set(runs_of(found)) == {"slurm-50.out"}
    assert [piece.names for piece in found if piece.kind is Frame.VANISHED] == []


def test_replaced_run_is_found_although_the_count_is_unchanged(runs_dir: Path) -> None:
    names, cache = cached_runs(runs_dir)
    shutil.rmtree(runs_dir / names[3])
    write_run(runs_dir, "new")
    found = all_found(ScanProcess(str(runs_dir), frozenset(), 4, cache.load()))
    assert set(runs_of(found)) == {"new"}
    assert [piece.names for piece in found if piece.kind is Frame.OTHERS] == [(names[3],)]


def test_more_than_a_screenful_is_read_after_resume(runs_dir: Path) -> None:
    make_runs(runs_dir, 300, seed=1)
    scan_process = ScanProcess(str(runs_dir), frozenset(), 4, rest=3600.0)
    pieces = scan_process.found(0.2)
    first = next(piece for piece in pieces if piece is not None)
    assert (first.kind, first.number) == (Frame.RUNS, 64)
    assert next(piece for piece in pieces if piece is None or piece.kind is not Frame.LOOKED) is None
    scan_process.resume()
    rest = [piece for piece in pieces if piece is not None]
    assert len(runs_of([first, *rest])) == 300


def test_scan_process_resumes_by_itself_after_its_pause(runs_dir: Path) -> None:
    make_runs(runs_dir, 300, seed=1)
    assert len(runs_of(all_found(ScanProcess(str(runs_dir), frozenset(), 4, rest=0.1)))) == 300


def test_two_processes_read_all_of_many_runs(
    runs_dir: Path,
) -> None:
    for number in range(WORTH_SHARING):
        os.mkdir(runs_dir / f"run-{number:05}")
    for number in range(0, WORTH_SHARING, 100):
        write_run(runs_dir, f"run-{number:05}")
    found = all_found(ScanProcess(str(runs_dir), frozenset(), 4))
    assert [piece.kind for piece in found].count(Frame.DONE) == 2
    others = [name for piece in found if piece.kind is Frame.OTHERS for name in piece.names]
    assert sorted([*others, *runs_of(found)]) == sorted(os.listdir(runs_dir))
    assert len(others) == WORTH_SHARING - WORTH_SHARING // 100


def test_two_processes_read_fewer_runs_of_other_programs(runs_dir: Path) -> None:
    for number in range(FOREIGN_WORTH_SHARING):
        run = runs_dir / f"run-{number:05}"
        os.mkdir(run)
        (run / "run.json").write_text('{"status": "COMPLETED"}')
        (run / "config.json").write_text("{}")
    found = all_found(ScanProcess(str(runs_dir), frozenset(), 4))
    assert [piece.kind for piece in found].count(Frame.DONE) == 2
    assert runs_of(found).keys() == set(os.listdir(runs_dir))
    assert {run.layout for run in runs_of(found).values()} == {"sacred"}


def test_no_more_than_two_processes_read_at_once(runs_dir: Path) -> None:
    make_runs(runs_dir, 10, seed=1)
    first = ScanProcess(str(runs_dir), frozenset(), 4)
    with pytest.raises(OSError, match="no more processes"):
        ScanProcess(str(runs_dir), frozenset(), 4)
    all_found(first)
    assert runs_of(all_found(ScanProcess(str(runs_dir), frozenset(), 4, patience=10.0)))


def test_missing_directory_is_reported(runs_dir: Path) -> None:
    found = all_found(ScanProcess(str(runs_dir / "gone"), frozenset(), 4))
    assert [piece.kind for piece in found] == [Frame.GONE]


def test_scan_process_that_dies_raises_an_error(runs_dir: Path) -> None:
    make_runs(runs_dir, 3000, seed=1)
    scan_process = ScanProcess(str(runs_dir), frozenset(), 4)
    pieces = scan_process.found(5.0)
    next(pieces)
    scan_process.stop()
    with pytest.raises(ScanError):
        list(pieces)


@pytest.mark.parametrize("trouble", ["none", "cannot be started", "dies"])
def test_browser_has_all_runs_even_if_scan_processes_fail(
    runs_dir: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runs(runs_dir, 1500, seed=2)
    if trouble == "cannot be started":
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
    live = RunSources([str(runs_dir)])
    live.prepare()
    if trouble == "dies":
        for child in children():
            os.kill(child, signal.SIGKILL)
    seen = Observed(runs_dir)
    live.start(seen.take_in)
    live.resume()
    try:
        wait_until(lambda: seen.catalog.health.phase is SyncPhase.FRESH, "all runs are read")
        assert seen.catalog.runs.keys() == {run.name for run in scan_runs(str(runs_dir))}
    finally:
        live.stop()


class Held(ScanProcess):
    """A scan of which all but the first runs are held back for a while."""

    is_resumed = False

    def found(self, wait: float) -> Iterator[Found | None]:
        pieces = [piece for piece in super().found(wait) if piece is not None]
        first = next(piece for piece in pieces if piece.runs)
        yield first
        while not self.is_resumed:
            time.sleep(wait)
            yield None
        yield from pieces


def test_newer_read_is_not_overwritten_by_an_older_scan_result(runs_dir: Path) -> None:
    for number in range(100):
        write_run(runs_dir, f"run-{number:02}", status="completed")
    scan_process = Held(str(runs_dir), frozenset(), 4)
    observed = Observed(runs_dir)
    monitor = RunsMonitor(str(runs_dir), observed.take_in, FAST, BY_POLLING, scan_process=scan_process)
    monitor.start()
    try:
        wait_until(lambda: observed.catalog.runs, "the first runs are there")
        name = next(iter(observed.catalog.runs))
        write_run(runs_dir, name, status="failed")
        monitor.focus(name)
        wait_until(lambda: observed.status(name) == "failed", "the run on screen was looked at")
        scan_process.is_resumed = True
        wait_until(lambda: observed.catalog.health.phase is SyncPhase.FRESH, "all runs are read")
        assert len(observed.catalog.runs) == 100
        assert [run.status for run in observed.states[name]] == ["completed", "failed"]
    finally:
        monitor.stop()


def test_scan_processes_end_with_their_parent(runs_dir: Path) -> None:
    make_runs(runs_dir, 5, seed=1)
    program = (
        "import sys, time\n"
        "from runtui.catalog.sync.scan_process import ScanProcess\n"
        "scan = ScanProcess(sys.argv[1], frozenset(), 4)\n"
        "print(scan._processes[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", program, str(runs_dir)], stdout=subprocess.PIPE, text=True
    )
    assert asking.stdout is not None
    pid = int(asking.stdout.readline())
    asking.kill()
    asking.wait()
    asking.stdout.close()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}") or _is_zombie(pid), "the reading process ended")


def _is_zombie(pid: int) -> bool:
    return ") Z" in Path(f"/proc/{pid}/stat").read_text()
