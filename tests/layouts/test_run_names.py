"""The names of runs, by a look at directories alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.catalog.sync.scan import read_all
from runtui.layouts.run_names import folders_below, run_names_below
from tests.layouts.test_slurm import make
from tests.run_dirs import write_run


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Runs of ours and of other programs, beside each other, in folders and in one another; and no runs."""
    write_run(runs_dir, "top")
    write_run(runs_dir / "sweep" / "a", "ours")
    make(runs_dir, "sweep/b", SLURM_1__out="")
    make(runs_dir, "sweep/b/inner", SLURM_2__out="")
    make(runs_dir, "flat", SLURM_3__out="", SLURM_4__out="")
    make(runs_dir, "notes", a__txt="")
    (runs_dir / "sweep" / "empty").mkdir()
    (runs_dir / "gone").symlink_to("nowhere")
    return runs_dir


def test_same_runs_are_named_as_are_read(runs: Path) -> None:
    named = run_names_below(str(runs))
    assert sorted(named) == sorted(run.name for run in read_all(str(runs)))
    assert {"top", "sweep/a/ours", "sweep/b", "sweep/b/inner", "flat/slurm-3.out", "gone"} == set(named) - {
        "flat/slurm-4.out"
    }


def test_nobody_looks_into_runs_that_are_known(runs: Path) -> None:
    assert sorted(run_names_below(str(runs), known=["sweep", "flat", "gone", "notes"])) == [
        "flat",
        "gone",
        "notes",
        "sweep",
        "top",
    ]


def test_what_is_not_looked_into_counts_as_a_run(runs: Path) -> None:
    assert sorted(run_names_below(str(runs), most_looks=0)) == sorted(
        name for name in os.listdir(runs) if not name.startswith(".")
    )


def test_missing_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_names_below(str(tmp_path / "nowhere"))


def test_folders_are_those_in_which_runs_may_lie(runs: Path) -> None:
    found = folders_below(str(runs))
    assert {"sweep", "sweep/a", "flat"} <= set(found.paths)
    assert not any(name.startswith(("top", "sweep/a/")) for name in found.paths)
    assert found.problem == ""
    assert folders_below(str(runs), only=["flat"]).paths == ["flat"]


def test_folders_beyond_many_runs_are_found_and_those_left_out_are_said(runs: Path) -> None:
    for number in range(9):
        write_run(runs, f"a{number}")
    found = folders_below(str(runs), most_looks=1)
    assert len(found.paths) == 1
    assert "folders were not looked into" in found.problem
    assert len(folders_below(str(runs), most_looks=9).paths) > 2
