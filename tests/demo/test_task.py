from __future__ import annotations

import pytest

from runtui.demo.task import Schedule, Simulation


def test_checkpoints_frames_and_exchanges_are_optional_in_a_schedule() -> None:
    schedule = Schedule.from_json({"steps": 60, "record_every": 2, "log_every": 10})
    assert (schedule.checkpoint_every, schedule.dump_every, schedule.exchange_at) == (0, 0, 0)
    with pytest.raises(TypeError, match="log_every"):
        Schedule.from_json({"steps": 60, "record_every": 2})
    with pytest.raises(TypeError, match="record_evry"):
        Schedule.from_json({"steps": 60, "record_every": 2, "log_every": 10, "record_evry": 1})


def test_simulation_defaults_to_a_new_run_at_full_speed() -> None:
    task = Simulation("/data/runs", "gas", {})
    assert (task.run_id, task.resume, task.checkpoint, task.pace) == (None, None, None, 0.0)
