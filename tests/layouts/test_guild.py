"""Runs of Guild AI as rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.layouts.tracker_samples import copied, only, rows, write

ID = "0123456789abcdef0123456789abcdef"


def test_runs_have_status_label_and_flags(tmp_path: Path) -> None:
    found = rows(copied(tmp_path, "guild"), "lr", "name")
    assert {run.description: (run.status, run.reason, run.values["lr"]) for run in found.values()} == {
        "train.py my label": ("completed", "", 0.2),
        "train.py lr=0.9 name=x": ("failed", "ValueError: lr too large", 0.9),
        "train.py lr=0.3 name=x": ("initialising", "", 0.3),
    }
    assert {(run.layout, run.host, run.is_derived) for run in found.values()} == {("guild", "node1", False)}


@pytest.mark.parametrize(
    ("files", "status", "reason"),
    [
        ({"attrs/exit_status": "0\n", "PENDING": ""}, "completed", ""),
        ({"attrs/exit_status": "-15\n"}, "failed", "terminated by signal 15"),
        ({"attrs/exit_status": "-16\n"}, "failed", "interrupted"),
        ({"attrs/exit_status": "3\n", "output": "step 1\n"}, "failed", "exit code 3"),
        ({"LOCK": "1 2"}, "running", ""),
        ({"PENDING": ""}, "initialising", ""),
        ({"attrs/started": "1700000000000000\n"}, "failed", "ended without an exit status"),
        ({"attrs/exit_status": "odd"}, "unknown", ""),
    ],
)
def test_statuses(tmp_path: Path, files: dict[str, str], status: str, reason: str) -> None:
    write(tmp_path / ID, {f".guild/{name}": text for name, text in files.items()} | {"x": ""})
    (tmp_path / ID / ".guild").mkdir(exist_ok=True)
    run = only(tmp_path)
    assert (run.status, run.reason) == (status, reason)


def test_guilds_own_directory_makes_no_run_of_a_home(tmp_path: Path) -> None:
    write(tmp_path / "venv", {"pyvenv.cfg": "", f".guild/runs/{ID}/.guild/opref": ""})
    write(tmp_path / "home", {".bashrc": "", ".guild/cache/x": ""})
    write(tmp_path / "project", {"train.py": "", f".guild/runs/{ID}/.guild/attrs/exit_status": "0\n"})
    write(tmp_path / "project", {f".guild/trash/{ID}/.guild/attrs/exit_status": "1\n"})
    assert sorted(rows(tmp_path)) == [f"project/.guild/runs/{ID}", f"venv/.guild/runs/{ID}"]
    assert list(rows(tmp_path / "venv" / ".guild" / "runs")) == [ID]


def test_trials_are_runs_and_what_lies_in_one_is_not(tmp_path: Path) -> None:
    trial = ID[::-1]
    write(tmp_path / ID, {".guild/opref": "a", "target/.guild/opref": "b", "model/config.yaml": "a: 1"})
    write(tmp_path / trial, {".guild/opref": "a"})
    os.symlink(tmp_path / trial, tmp_path / ID / trial)
    os.symlink(tmp_path / "gone", tmp_path / ID / ID[1:])
    assert sorted(rows(tmp_path)) == sorted((ID, trial))


def test_tags_and_times(tmp_path: Path) -> None:
    attributes = {"tags": "- a\n- b\n", "started": "1700000000000000", "stopped": "1700000060000000"}
    write(tmp_path / ID, {f".guild/attrs/{name}": text for name, text in attributes.items()})
    run = only(tmp_path)
    assert (run.tags, run.started, run.completed) == (("a", "b"), 1.7e9, 1.7e9 + 60)
