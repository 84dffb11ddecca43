"""Runs of RL Baselines Zoo."""

from __future__ import annotations

from pathlib import Path

from tests.event_files import event_file
from tests.layouts.tracker_samples import only, rows, write

PAIRS = "!!python/object/apply:collections.OrderedDict\n- - [n_epochs, 4]\n  - [n_timesteps, 1000000.0]\n"
ARGUMENTS = "!!python/object/apply:collections.OrderedDict\n- - [algo, ppo]\n  - [n_timesteps, -1]\n"
RUN: dict[str, str | bytes] = {
    "0.monitor.csv": '#{"t_start": 1}\nr,l,t\n1,2,3\n',
    "best_model.zip": b"PK",
    "CartPole-v1/config.yml": PAIRS,
    "CartPole-v1/args.yml": ARGUMENTS,
    "CartPole-v1/PPO_1/events.out.tfevents.1700000000.node7.1.0": event_file(),
}


def test_run_is_one_row_with_the_settings_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "ppo/CartPole-v1_1", RUN)
    run = only(tmp_path, "n_epochs", "algo", "n_timesteps")
    assert (run.name, run.layout) == ("ppo/CartPole-v1_1", "rl-zoo")
    assert run.values == {"n_epochs": 4, "algo": "ppo", "n_timesteps": 1e6}


def test_numbered_folder_without_one_of_its_name_is_none_of_the_zoo(tmp_path: Path) -> None:
    write(tmp_path / "data_1", {"data/config.yml": PAIRS})
    write(tmp_path / "PPO_1", {"monitor.csv": "r,l,t\n1,2,3\n"})
    assert {name: run.layout for name, run in rows(tmp_path).items()} == {"PPO_1": "training"}
