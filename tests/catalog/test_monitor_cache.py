"""A monitor that starts from what was known last, and the keys that it is asked to read."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtui.catalog.catalog import Catalog, CatalogUpdate, SyncPhase
from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.digests import lacks_digest
from runtui.catalog.sync.monitor import RunsMonitor
from runtui.catalog.sync.scan import scan_runs
from runtui.store.record import RunRecord, modified_ns
from runtui.store.rows import read_record
from tests.run_dirs import make_runs, write_run
from tests.waiting import wait_until


class Watched:
    """A monitor, the catalog that it keeps, and all it told."""

    def __init__(self, base: Path, cache: RunsCache | None, keys: Iterable[str] = ()) -> None:
        self.updates: list[CatalogUpdate] = []
        self.catalog = Catalog(str(base))
        self.monitor = RunsMonitor(str(base), self._take_in, cache=cache, keys=frozenset(keys))

    def _take_in(self, update: CatalogUpdate) -> None:
        self.updates.append(update)
        self.catalog.apply(update)

    @property
    def is_fresh(self) -> bool:
        return self.catalog.health.phase is SyncPhase.FRESH


@contextmanager
def watching(base: Path, cache: RunsCache | None = None, keys: Iterable[str] = ()) -> Iterator[Watched]:
    watched = Watched(base, cache, keys)
    watched.monitor.start()
    try:
        wait_until(lambda: watched.is_fresh, "everything was read")
        yield watched
    finally:
        watched.monitor.stop()


@pytest.fixture
def cache(runs_dir: Path, tmp_path: Path) -> RunsCache:
    return RunsCache(str(runs_dir), str(tmp_path / "cache"))


def test_cached_rows_are_shown_before_anything_is_read(runs_dir: Path, cache: RunsCache) -> None:
    make_runs(runs_dir, 300, seed=1)
    names = {path.name for path in runs_dir.iterdir()}
    with watching(runs_dir, cache) as watched:
        wait_until(lambda: not any(map(lacks_digest, watched.catalog.runs.values())), "all is known")
    with watching(runs_dir, cache) as watched:
        first = watched.updates[0]
        assert first.health.phase is SyncPhase.READING
        assert first.health.read == 0
        assert len(first.changed) > 100
        assert {name for update in watched.updates for name in update.changed} == names
        # None was read again, so none was told of twice.
        assert sum(len(update.changed) for update in watched.updates) == 300


def test_cached_rows_are_replaced_by_the_state_on_disk(runs_dir: Path, cache: RunsCache) -> None:
    for name in ("same", "changed", "vanished", "replaced", "broken"):
        write_run(runs_dir, name)
    with watching(runs_dir, cache):
        pass
    write_run(runs_dir, "changed", status="failed")
    shutil.rmtree(runs_dir / "vanished")
    shutil.rmtree(runs_dir / "replaced")
    write_run(runs_dir, "replaced", status="resumed")
    (runs_dir / "broken" / "metadata.json").write_text("[]")
    write_run(runs_dir, "new")
    with watching(runs_dir, cache) as watched:
        assert {run.name: run.status for run in watched.updates[0].changed.values()} == dict.fromkeys(
            ("same", "changed", "vanished", "replaced", "broken"), "completed"
        )
        assert {name: run.status for name, run in watched.catalog.runs.items()} == {
            "same": "completed",
            "changed": "failed",
            "replaced": "resumed",
            "broken": "completed",
            "new": "completed",
        }


def test_runs_dated_before_1970_are_cached_and_updated(runs_dir: Path, cache: RunsCache) -> None:
    before = {name: -(10**18) - number for number, name in enumerate(("same", "changed"))}
    for name, moment in before.items():
        os.utime(write_run(runs_dir, name) / "metadata.json", ns=(moment, moment))
    with watching(runs_dir, cache) as watched:
        assert {name: modified_ns(run.stamp) for name, run in watched.catalog.runs.items()} == before
    metadata = runs_dir / "changed" / "metadata.json"
    metadata.write_text(metadata.read_text().replace("completed", "cancelled"))
    os.utime(metadata, ns=(before["changed"] + 1,) * 2)
    with watching(runs_dir, cache) as watched:
        assert len(watched.updates[0].changed) == 2
        assert sum(len(update.changed) for update in watched.updates[1:]) == 1
        assert {name: run.status for name, run in watched.catalog.runs.items()} == {
            "same": "completed",
            "changed": "cancelled",
        }


def test_run_that_died_since_the_last_session_looks_dead(runs_dir: Path, cache: RunsCache) -> None:
    run = write_run(runs_dir, "r", status="running")
    for path in (run / "metadata.json", run / "logs"):
        os.utime(path, (1e9, 1e9))
    cache.save([read_record(str(runs_dir), "r")], frozenset())
    with watching(runs_dir, cache) as watched:
        assert next(iter(watched.updates[0].changed.values())).stale_reason == ""
        assert watched.catalog.runs["r"].stale_reason.startswith("no output for")


def test_edit_made_between_sessions_is_noticed(runs_dir: Path, cache: RunsCache) -> None:
    from runtui.store.edits.run_edits import edit_tags

    write_run(runs_dir, "r", status="running")
    with watching(runs_dir, cache):
        pass
    edit_tags(str(runs_dir), ["r"], ["prod"], [])
    with watching(runs_dir, cache) as watched:
        assert watched.catalog.runs["r"].tags == ("prod",)
    edit_tags(str(runs_dir), ["r"], [], ["prod"])
    with watching(runs_dir, cache) as watched:
        assert next(iter(watched.updates[0].changed.values())).tags == ("prod",)
        assert watched.catalog.runs["r"].tags == ()


@pytest.mark.parametrize("spoil", ["truncate", "overwrite", "remove", "directory"])
def test_unusable_cache_is_ignored(runs_dir: Path, cache: RunsCache, spoil: str) -> None:
    make_runs(runs_dir, 50, seed=1)
    with watching(runs_dir, cache):
        pass
    path = Path(cache.path)
    if spoil == "truncate":
        os.truncate(path, 300)
    elif spoil == "overwrite":
        path.write_bytes(os.urandom(5000))
    else:
        path.unlink()
        if spoil == "directory":
            path.mkdir()
    with watching(runs_dir, cache) as watched:
        assert dict(watched.catalog.runs) == {run.name: run for run in scan_runs(str(runs_dir))}


def test_cached_parameters_are_read_again_when_their_file_changed(runs_dir: Path, cache: RunsCache) -> None:
    for number in range(5):
        (write_run(runs_dir, f"r{number}") / "config.yaml").write_text(f"model: {{beta: 0.{number}}}\n")
    with watching(runs_dir, cache, ["model.beta"]):
        pass
    known = cache.load()
    assert known is not None
    assert known.stamps() == {
        run.name: (run.stamp or b"") + run.values_stamp.encode() for block in known.blocks() for run in block
    }
    (runs_dir / "r1" / "config.yaml").write_text("model: {beta: 17.5}\n")
    (runs_dir / "r2" / "config.yaml").unlink()
    (runs_dir / "r3" / "params.yaml").write_text("model: {beta: 33}\n")
    with watching(runs_dir, cache) as watched:
        values = {name: run.values.get("model.beta") for name, run in watched.catalog.runs.items()}
    assert values == {"r0": 0.0, "r1": 17.5, "r2": None, "r3": 33, "r4": 0.4}


def test_unwritable_cache_folder_is_ignored(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "r")
    (tmp_path / "file").touch()
    with watching(runs_dir, RunsCache(str(runs_dir), str(tmp_path / "file" / "cache"))) as watched:
        pass
    assert watched.catalog.runs["r"].status == "completed"
    assert watched.catalog.health.notice == ""


def test_two_browsers_share_a_cache(runs_dir: Path, cache: RunsCache) -> None:
    make_runs(runs_dir, 30, seed=1)
    with watching(runs_dir, cache) as one, watching(runs_dir, cache) as other:
        write_run(runs_dir, "new")
        wait_until(lambda: "new" in one.catalog.runs and "new" in other.catalog.runs, "both see it")
    found = cache.load()
    assert found is not None
    assert {run.name for block in found.blocks() for run in block} == set(one.catalog.runs)


def test_keys_are_read_when_requested(runs_dir: Path, cache: RunsCache) -> None:
    write_run(runs_dir, "a", beta=0.3)
    write_run(runs_dir, "b")
    (runs_dir / "b" / "run_params.json").write_text(json.dumps({"beta": 0.4}))
    with watching(runs_dir, cache) as watched:
        assert not watched.catalog.runs["a"].values
        watched.monitor.want_keys(frozenset({"beta"}))
        wait_until(lambda: bool(watched.catalog.runs["b"].values), "the key was read")
        assert [dict(watched.catalog.runs[name].values) for name in "ab"] == [{"beta": 0.3}, {"beta": 0.4}]
        write_run(runs_dir, "c", beta=0.5)
        wait_until(lambda: "c" in watched.catalog.runs, "a run made later")
        assert watched.catalog.runs["c"].values == {"beta": 0.5}
    with watching(runs_dir, cache) as watched:
        assert next(iter(watched.updates[0].changed.values())).values


def test_initial_keys_missing_from_the_cache_are_read(runs_dir: Path, cache: RunsCache) -> None:
    for number in range(300):
        write_run(runs_dir, f"run-{number}", beta=number, seed=-number)
    with watching(runs_dir, cache, {"beta"}) as watched:
        assert all("beta" in run.values for run in runs(watched))
    with watching(runs_dir, cache, {"seed"}) as watched:
        assert {run.name: run.values["seed"] for run in runs(watched)} == {
            f"run-{number}": -number for number in range(300)
        }


def test_keys_requested_while_loading_the_cache_are_read(runs_dir: Path, cache: RunsCache) -> None:
    for number in range(300):
        write_run(runs_dir, f"run-{number}", beta=number)
    with watching(runs_dir, cache):
        pass
    watched = Watched(runs_dir, cache)
    watched.monitor.want_keys(frozenset({"beta"}))
    watched.monitor.start()
    try:
        wait_until(lambda: watched.is_fresh, "everything was read")
        assert all(run.values for run in runs(watched))
    finally:
        watched.monitor.stop()


def runs(watched: Watched) -> list[RunRecord]:
    return list(watched.catalog.runs.values())


def test_unanswered_time_is_zero_while_the_file_system_answers(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    with watching(runs_dir) as watched:
        wait_until(lambda: watched.monitor.unanswered_for() == 0.0, "it waits for news")
