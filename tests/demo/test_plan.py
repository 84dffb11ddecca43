from __future__ import annotations

import pytest

from runtui.demo.models import KINDS
from runtui.demo.plan import PlannedRun, plan_demo
from runtui.demo.task import Schedule

PLAN = plan_demo()


def started_anew() -> list[PlannedRun]:
    return [planned for planned in PLAN if planned.resumes is None]


@pytest.mark.parametrize("planned", started_anew(), ids=lambda planned: planned.description)
def test_planned_runs_have_valid_models_and_schedules(planned: PlannedRun) -> None:
    schedule = Schedule.from_json(planned.params["schedule"])
    assert planned.model in KINDS
    assert 0 < schedule.record_every <= schedule.steps
    assert schedule.checkpoint_every <= schedule.steps


def test_resumed_run_follows_its_parent_killed_after_a_checkpoint() -> None:
    (resumed,) = [planned for planned in PLAN if planned.resumes is not None]
    (parent,) = [planned for planned in PLAN if planned.run_id == resumed.resumes]
    assert PLAN.index(parent) < PLAN.index(resumed)
    schedule = Schedule.from_json(parent.params["schedule"])
    assert parent.kill_at_row is not None
    assert schedule.checkpoint_every < parent.kill_at_row * schedule.record_every < schedule.steps
    assert resumed.model == parent.model
    assert resumed.tags is None


def test_readable_ids_are_unique_and_most_runs_have_none() -> None:
    names = [planned.run_id for planned in PLAN if planned.run_id is not None]
    assert len(names) == len(set(names))
    assert len(names) < len(PLAN) / 2


def test_sweep_runs_differ_in_the_swept_parameter() -> None:
    for tag in ("beta", "temperature"):
        swept = [planned.params[tag] for planned in PLAN if planned.tags and tag in planned.tags]
        assert len(set(swept)) == len(swept) > 2


def test_one_run_is_lost_and_detached_runs_have_a_wall_time() -> None:
    (lost,) = [planned for planned in PLAN if not planned.is_recorded]
    assert lost.kill_at_row is not None
    detached = [planned for planned in PLAN if planned.is_detached]
    assert len(detached) == 3
    assert all(planned.walltime <= 110 and planned.pace > 0 for planned in detached)


def test_each_plan_is_an_independent_copy() -> None:
    changed = plan_demo()[0].params
    assert isinstance(changed, dict)
    changed["schedule"]["steps"] = 1
    assert plan_demo() == PLAN
