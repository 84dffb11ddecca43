"""Adoption of runs of several directories, and taking it back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.catalog.run_key import RunDirectories
from runtui.catalog.sync.scan import scan_runs
from runtui.layouts.registry import foreign_metadata
from runtui.layouts.run_tree import holds_other_runs
from runtui.operations.adopting import Adoption, adopt, candidates, undo_adoptions
from runtui.store.cleanup.plan import Decision, PlanInputs
from runtui.store.edits.run_edits import STOPPED, edit_tags, no_progress
from runtui.store.metadata import read_foreign_with
from tests.layouts.test_slurm import make
from tests.store.edits.test_adoption import left
from tests.trees import everything_below


@pytest.fixture
def jobs(runs_dir: Path) -> Path:
    """Three runs of other programs in a folder and beside it: one failed, one ended well, one runs."""
    make(runs_dir, "failed", SLURM_1__out="ERROR: no input\n", params__json='{"beta": 0.3}')
    make(runs_dir, "sweep/well", SLURM_2__out="Normal termination\n")
    run = make(runs_dir, "live", SLURM_3__out="step 1\n")
    os.utime(run / "slurm-3.out")
    return runs_dir


def test_plan_says_what_each_run_becomes(jobs: Path) -> None:
    failed, live, gone = candidates(str(jobs), ["failed", "live", "gone"])
    assert (failed.layout, failed.status, failed.source, failed.refusal) == (
        "slurm",
        "failed",
        "slurm-1.out",
        "",
    )
    assert live.refusal == "it is running: adopt it when it has ended"
    assert "No such file" in gone.refusal


def test_adopted_runs_are_runs_like_others(jobs: Path) -> None:
    before = everything_below(jobs)
    outcomes = adopt(str(jobs), ["failed", "live", "gone"])
    assert [outcome.done for outcome in outcomes] == [True, False, False]
    assert outcomes[0].text == "adopted as a run of slurm, failed"
    assert set(left(before, everything_below(jobs))) == {str(jobs / "failed" / "metadata.json")}
    (run,) = [run for run in scan_runs(str(jobs), frozenset({"beta"})) if run.name == "failed"]
    assert (run.layout, run.status, run.is_derived, run.problem) == ("", "failed", False, "")
    assert run.values["beta"] == 0.3
    again = adopt(str(jobs), ["failed"])
    assert [(outcome.done, outcome.text) for outcome in again] == [(False, "it has a metadata.json already")]
    (outcome,) = undo_adoptions(str(jobs), ["failed"])
    assert outcome.done
    assert left(before, everything_below(jobs)) == {}
    (outcome,) = undo_adoptions(str(jobs), ["failed"])
    assert outcome.text.startswith("not undone: ")


def test_runs_of_a_catalog_are_adopted_and_undone_together(jobs: Path) -> None:
    before = everything_below(jobs)
    adoption = Adoption(RunDirectories([str(jobs)]))
    names = ["failed", "sweep/well", "live"]
    plan = adoption.plan(names)
    assert [(one.name, one.candidate.status, one.candidate.refusal != "") for one in plan] == [
        ("failed", "failed", False),
        ("sweep/well", "completed", False),
        ("live", "running", True),
    ]
    operation = adoption.operation(names)
    assert operation.title == "adopt 3 runs"
    report = operation.do(no_progress)
    assert (report.text, [failure.name for failure in report.failures]) == ("adopted 2 runs", ["live"])
    assert json.loads((jobs / "sweep" / "well" / "metadata.json").read_text())["run_id"] == "well"
    assert report.back is not None
    undone = report.back.do(no_progress)
    assert (undone.text, undone.failures) == ("undid the adoption of 2 runs", ())
    assert left(before, everything_below(jobs)) == {}


def test_cancelled_adoption_stops_after_the_run_at_hand(jobs: Path) -> None:
    make(jobs, "second", SLURM_9__out="Normal termination\n")
    outcomes = adopt(str(jobs), ["failed", "second"], told=lambda done, _total: done == 0)
    assert [(outcome.done, outcome.text == STOPPED) for outcome in outcomes] == [(True, False), (False, True)]
    assert not (jobs / "second" / "metadata.json").exists()


def test_runs_below_an_adopted_run_stay_in_sight_and_are_adopted_too(runs_dir: Path) -> None:
    base = str(runs_dir)
    for name in ("root", "root/step1", "root/deeper/step2"):
        make(runs_dir, name, SLURM_1__out="Normal termination\n")
    before = everything_below(runs_dir)
    names = [run.name for run in scan_runs(base)]
    assert sorted(names) == ["root", "root/deeper/step2", "root/step1"]
    adoption = Adoption(RunDirectories([base]))
    assert [planned.candidate.refusal for planned in adoption.plan(names)] == [""] * 3
    report = adoption.operation(["root"]).do(no_progress)
    assert {run.name: run.layout for run in scan_runs(base)} == {
        "root": "",
        "root/deeper/step2": "slurm",
        "root/step1": "slurm",
    }
    plan = PlanInputs(base, holds_runs=holds_other_runs).plan([Decision("root", "old")])
    assert plan.kept_back == (Decision("root", "other runs lie in it: move those first"),)
    assert report.back is not None
    report.back.do(no_progress)
    assert left(before, everything_below(runs_dir)) == {}
    adoption.operation(names).do(no_progress)
    assert sorted(run.name for run in scan_runs(base) if not run.layout) == sorted(names)


def test_adopted_run_whose_folders_hold_no_runs_can_be_moved(runs_dir: Path) -> None:
    make(runs_dir, "root", SLURM_1__out="Normal termination\n")
    make(runs_dir, "root/mesh", points__dat="1\n")
    assert adopt(str(runs_dir), ["root"])[0].done
    plan = PlanInputs(str(runs_dir), holds_runs=holds_other_runs).plan([Decision("root", "old")])
    assert [decision.name for decision in plan.taken] == ["root"]
    assert PlanInputs(str(runs_dir)).plan([Decision("root", "old")]).taken == ()


@pytest.mark.parametrize("name", ["failed", "sweep/well"])
def test_edits_made_before_the_adoption_count_after_it_and_after_its_undoing(jobs: Path, name: str) -> None:
    base, there = os.path.split(os.path.join(jobs, name))
    read_foreign_with(foreign_metadata)
    assert edit_tags(base, [there], ["hot"], [])[0].done
    for do in (adopt, undo_adoptions):
        assert do(base, [there])[0].done
        (run,) = [run for run in scan_runs(str(jobs)) if run.name == name]
        assert run.tags == ("hot",)
