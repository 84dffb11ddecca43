"""The names of runs of several directories, and where they lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.catalog.run_key import RunDirectories, RunKey
from runtui.store.record import RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_run

SEVERAL = RunDirectories(["/data/a/runs", "/data/b/runs", "/data", "/data/a/runs"])


def record(base: Path, name: str, **metadata: object) -> RunRecord:
    write_run(base, name, **metadata)
    return read_record(str(base), name)


def test_names_in_one_directory_are_unchanged() -> None:
    one = RunDirectories(["/data/runs", "/data/runs/"])
    assert (one.is_one, one.common, one.bases) == (True, "/data/runs", ("/data/runs",))
    assert one.place_of("r") == RunKey("/data/runs", "r")
    assert one.name_of(RunKey("/data/runs", "r")) == "r"


def test_names_in_several_directories_are_paths_from_the_common_parent() -> None:
    assert (SEVERAL.is_one, SEVERAL.common) == (False, "/data")
    assert SEVERAL.bases == ("/data/a/runs", "/data/b/runs", "/data")
    assert SEVERAL.name_of(RunKey("/data/b/runs", "r")) == "b/runs/r"
    assert SEVERAL.name_of(RunKey("/data", "r")) == "r"


def test_root_of_a_run_is_the_nearest_directory_that_was_opened() -> None:
    assert SEVERAL.root_of("a/runs/sweep/r") == RunKey("/data/a/runs", "sweep/r")
    assert SEVERAL.root_of("elsewhere/r") == RunKey("/data", "elsewhere/r")
    with pytest.raises(KeyError):
        RunDirectories(["/data/runs", "/scratch/runs"]).root_of("other/r")


@pytest.mark.parametrize("key", [RunKey(base, "r") for base in SEVERAL.bases], ids=lambda key: key.base)
def test_catalog_name_round_trips_to_its_run(key: RunKey) -> None:
    assert SEVERAL.place_of(SEVERAL.name_of(key)) == key


def test_name_below_the_file_system_root_identifies_its_run() -> None:
    apart = RunDirectories(["/data/runs", "/scratch/runs"])
    assert apart.place_of("scratch/runs/r") == RunKey("/scratch/runs", "r")


def test_name_in_a_folder_below_is_a_run_of_that_folder() -> None:
    one = RunDirectories(["/data/runs"])
    assert one.place_of("sweep/a/r") == RunKey("/data/runs/sweep/a", "r")
    assert one.name_of(RunKey("/data/runs/sweep/a", "r")) == "sweep/a/r"
    assert SEVERAL.place_of("a/runs/sweep/r") == RunKey("/data/a/runs/sweep", "r")


def test_runs_of_a_folder_have_their_names_there(tmp_path: Path) -> None:
    run = record(tmp_path / "sweep", "r", parent_run_id="p")
    shared = {run.name: run for run in (record(tmp_path, "top"), run.from_above("sweep/"))}
    one = RunDirectories([str(tmp_path)])
    assert list(one.runs_in(str(tmp_path), shared)) == ["top"]
    assert one.runs_in(str(tmp_path / "sweep"), shared) == {"r": run}


def test_a_directory_has_a_short_title() -> None:
    assert [SEVERAL.title_of(base) for base in SEVERAL.bases] == ["a/runs", "b/runs", "data"]


def test_run_and_parent_names_convert_to_catalog_names_and_back(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    directories = RunDirectories([str(first), str(second)])
    runs = [record(first, "same"), record(first, "odd", parent_run_id="a/b"), record(first, "only")]
    child = record(second, "same", parent_run_id="only")
    shared = {}
    for base, group in ((first, runs), (second, [child])):
        for run in group:
            renamed = run.below(directories.folder_of(str(base)))
            shared[renamed.name] = renamed
    assert set(shared) == {"one/same", "one/odd", "one/only", "two/same"}
    assert shared["two/same"].parent == "two/only"
    assert directories.runs_in(str(first), shared) == {run.name: run for run in runs}
    assert directories.runs_in(str(second), shared) == {"same": child}


def test_runs_in_the_only_directory_are_all_runs(runs_dir: Path) -> None:
    runs = {"r": record(runs_dir, "r")}
    assert RunDirectories([str(runs_dir)]).runs_in(str(runs_dir), runs) is runs
