"""Directories of runs by the ids in their metadata."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from runtui.store.run_ids import directory_of, recorded_id, renamed_runs
from tests.run_dirs import bad_runs, write_raw, write_run


def test_run_is_found_in_the_directory_named_by_its_id(runs_dir: Path) -> None:
    write_run(runs_dir, "a")
    assert directory_of(str(runs_dir), "a") == "a"
    assert directory_of(str(runs_dir), "b") is None


def test_a_renamed_run_is_found_by_its_id(runs_dir: Path) -> None:
    write_run(runs_dir, "a").rename(runs_dir / "best")
    write_run(runs_dir, "b")
    assert directory_of(str(runs_dir), "a") == "best"
    assert renamed_runs(str(runs_dir)) == {"a": ["best"]}


def test_run_reusing_an_old_name_is_not_mistaken_for_the_renamed_run(runs_dir: Path) -> None:
    write_run(runs_dir, "a").rename(runs_dir / "best")
    write_run(runs_dir, "b").rename(runs_dir / "a")
    assert directory_of(str(runs_dir), "a") == "best"
    assert directory_of(str(runs_dir), "b") == "a"


def test_original_is_preferred_to_a_copy_with_the_same_id(runs_dir: Path) -> None:
    run = write_run(runs_dir, "m")
    shutil.copytree(run, runs_dir / "a-copy")
    assert directory_of(str(runs_dir), "m") == "m"
    shutil.rmtree(run)
    assert directory_of(str(runs_dir), "m") == "a-copy"


def test_directory_name_is_used_if_no_run_has_the_id(runs_dir: Path) -> None:
    write_run(runs_dir, "b").rename(runs_dir / "a")
    write_raw(runs_dir, "c", b"{")
    assert directory_of(str(runs_dir), "a") == "a"
    assert directory_of(str(runs_dir), "c") == "c"


def test_quick_successive_renames_are_detected(runs_dir: Path) -> None:
    write_run(runs_dir, "a")
    old = 1_700_000_000
    os.utime(runs_dir, (old, old))
    assert renamed_runs(str(runs_dir)) == renamed_runs(str(runs_dir)) == {}
    (runs_dir / "a").rename(runs_dir / "b")
    assert renamed_runs(str(runs_dir)) == {"a": ["b"]}
    (runs_dir / "b").rename(runs_dir / "c")
    assert renamed_runs(str(runs_dir)) == {"a": ["c"]}


def test_bad_runs_do_not_break_the_id_lookup(runs_dir: Path) -> None:
    for name, path in bad_runs(runs_dir).items():
        recorded_id(str(path))
        assert directory_of(str(runs_dir), name) in (None, name, path.name)
    assert renamed_runs(str(runs_dir))["no_metadata"] == ["wrong_run_id"]
    assert directory_of(str(runs_dir), "../x") is None
