"""Trials of Ray Tune, as rows."""

from __future__ import annotations

import json
from pathlib import Path

from runtui.results.sparklines import read_sparkline
from tests.layouts.tracker_samples import rows, write

TRACE = 'Traceback (most recent call last):\n  File "train.py", line 3, in step\nValueError: loss is nan\n'


def results(*, done: bool) -> str:
    """Return two results of a trial."""
    last = {"done": done, "timestamp": 1700000100, "time_total_s": 100.0, "hostname": "node7"}
    lines = [{"episode_reward_mean": 1.5, "done": False}, {"episode_reward_mean": 2.5, **last}]
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_last_result_and_errors_tell_how_a_trial_ended(tmp_path: Path) -> None:
    parameters = {"params.json": '{"lr": 0.01, "model": {"depth": 3}}'}
    write(tmp_path / "PPO_1", parameters | {"result.json": results(done=True), "params.pkl": b"x"})
    write(tmp_path / "PPO_2", parameters | {"result.json": results(done=False), "checkpoint_10/a": b"x"})
    write(tmp_path / "PPO_3", parameters | {"result.json": "", "error.txt": TRACE})
    write(tmp_path, {"basic-variant-state-2023.json": "{}"})
    found = rows(tmp_path, "lr", "model.depth")
    assert {name: (run.layout, run.status, run.reason) for name, run in found.items()} == {
        "PPO_1": ("ray", "completed", ""),
        "PPO_2": ("ray", "unknown", ""),
        "PPO_3": ("ray", "failed", "ValueError: loss is nan"),
    }
    first = found["PPO_1"]
    assert (first.started, first.host, first.values) == (1.7e9, "node7", {"lr": 0.01, "model.depth": 3})
    assert read_sparkline(str(tmp_path / "PPO_1"), "episode_reward_mean").last == 2.5
