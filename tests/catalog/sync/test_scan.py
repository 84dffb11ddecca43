"""One look at a whole runs directory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.catalog.sync.scan import all_judged, judged, read_all, scan_runs
from runtui.store.edits.run_edits import edit_tags
from runtui.store.rows import read_record
from tests.run_dirs import bad_runs, write_run


def long_ago(run_dir: Path) -> None:
    for path in (*run_dir.iterdir(), run_dir):
        os.utime(path, (1e9, 1e9))


def test_every_directory_is_a_run_even_if_broken(runs_dir: Path) -> None:
    write_run(runs_dir, "good")
    bad = bad_runs(runs_dir)
    no_runs = {"plain_file", "hidden", "dangling_current", "second_name"}
    expected = {"good"} | {path.name for what, path in bad.items() if what not in no_runs}
    assert {run.name for run in scan_runs(str(runs_dir))} >= expected


def test_edits_and_custom_keys_are_read_with_the_runs(runs_dir: Path) -> None:
    write_run(runs_dir, "a", status="running", beta=0.3)
    write_run(runs_dir, "b", beta=0.4)
    edit_tags(str(runs_dir), ["a"], ["prod"], [])
    found = {run.name: run for run in read_all(str(runs_dir), frozenset({"beta"}))}
    assert {name: run.values["beta"] for name, run in found.items()} == {"a": 0.3, "b": 0.4}
    assert list(found["a"].tags) == ["prod"]
    assert found["a"].edits == 1


def test_only_live_runs_are_checked_for_liveness(runs_dir: Path) -> None:
    for name, status in (("ended", "completed"), ("dead", "running")):
        long_ago(write_run(runs_dir, name, status=status))
    runs = read_all(str(runs_dir))
    assert [run.stale_reason for run in runs] == ["", ""]
    found = {run.name: bool(run.stale_reason) for run in all_judged(str(runs_dir), runs)}
    assert found == {"ended": False, "dead": True}


def test_liveness_checks_keep_the_order_of_runs(runs_dir: Path) -> None:
    for number in range(6):
        write_run(runs_dir, f"r{number}", status=("running", "completed")[number % 2])
    runs = [read_record(str(runs_dir), f"r{number}") for number in (5, 0, 3, 2, 1, 4)]
    assert [run.name for run in all_judged(str(runs_dir), runs)] == [run.name for run in runs]


def test_ended_run_is_not_checked_for_liveness(runs_dir: Path) -> None:
    write_run(runs_dir, "a")
    run = read_record(str(runs_dir), "a")
    assert judged("/nowhere", run, time.time()) is run


def test_a_directory_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(scan_runs(str(tmp_path / "missing")))
