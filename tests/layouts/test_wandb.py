"""Runs of Weights & Biases as rows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.layouts.tracker_samples import copied, only, rows, write

NAME = "run-20240501_100000-abc123"
INTERNAL = (
    "2024-05-01 INFO HandlerThread:1 [sender.py:send_exit():5] handling exit code: {}\n2024-05-01 INFO x\n"
)
TRACE = "step 1\nTraceback (most recent call last):\n  x\nValueError: bad\n"


def test_runs_that_were_offline(tmp_path: Path) -> None:
    base = copied(tmp_path, "wandb")
    os.symlink("offline-run-20261130_105331-etn8zulu", base / "latest-run")
    os.symlink("gone/debug.log", base / "debug.log")
    os.symlink("gone", base / "latest-sweep")
    found = rows(base, "lr", "model.beta")
    assert {name[-8:]: (run.status, run.reason) for name, run in found.items()} == {
        "etn8zulu": ("completed", ""),
        "w0qrhyb6": ("failed", "ValueError: bad thing"),
        "amwnt1ov": ("failed", "KeyboardInterrupt"),
        "98s3jgrk": ("failed", "killed (no exit code was logged)"),
    }
    for run in found.values():
        assert (run.layout, dict(run.values)) == ("wandb", {"lr": 0.001, "model.beta": 0.3})


@pytest.mark.parametrize(
    ("files", "status", "reason"),
    [
        ({"logs/debug-internal.log": INTERNAL.format(0), "files/output.log": TRACE}, "completed", ""),
        ({"logs/debug-internal.log": INTERNAL.format(255)}, "failed", "interrupted"),
        (
            {"logs/debug-internal.log": INTERNAL.format(1), "files/output.log": TRACE},
            "failed",
            "ValueError: bad",
        ),
        ({"logs/debug-internal.log": "started\n"}, "failed", "killed (no exit code was logged)"),
        ({"files/output.log": TRACE}, "failed", "ValueError: bad"),
        ({"files/output.log": "step 1\n"}, "unknown", ""),
        ({"files/config.yaml": "a: 1\n"}, "unknown", ""),
        # As releases before 0.10 wrote them
        ({"wandb-metadata.json": '{"state": "finished", "exitcode": 0}'}, "completed", ""),
        ({"wandb-metadata.json": '{"state": "killed", "exitcode": 255}'}, "failed", "interrupted"),
        ({"wandb-metadata.json": '{"state": "crashed"}'}, "failed", "crashed"),
        ({"wandb-metadata.json": '{"state": "running"}'}, "running", ""),
        ({"files/wandb-metadata.json": '{"state": "running"}', "files/output.log": "x"}, "unknown", ""),
    ],
)
def test_end_of_a_run(tmp_path: Path, files: dict[str, str | bytes], status: str, reason: str) -> None:
    write(tmp_path / NAME, files)
    run = only(tmp_path)
    assert (run.layout, run.status, run.reason) == ("wandb", status, reason)


def test_configuration_is_without_descriptions(tmp_path: Path) -> None:
    config = "wandb_version: 1\n_wandb: {value: {cli_version: 1}}\nlr: {desc: x, value: 0.1}\nb: 3\n"
    record = {"host": "node7", "username": "me", "program": "/x/train.py", "args": ["--lr", "1"]}
    record["startedAt"] = "2024-05-01T10:00:00.5"
    write(tmp_path / NAME, {"files/config.yaml": config, "files/wandb-metadata.json": json.dumps(record)})
    run = only(tmp_path, "lr", "b", "_wandb.cli_version", "wandb_version")
    assert run.values == {"lr": 0.1, "b": 3}
    assert (run.host, run.user, run.description) == ("node7", "me", "train.py --lr 1")
    assert run.started is not None
    assert run.started % 1 == 0.5


def test_run_is_running_while_its_logs_are_written(tmp_path: Path) -> None:
    write(tmp_path / NAME, {"logs/debug-internal.log": "started\n"}, seconds=5.0)
    assert only(tmp_path).status == "running"


def test_run_is_running_while_its_record_is_written(tmp_path: Path) -> None:
    write(
        tmp_path / NAME,
        {"files/output.log": "begin\n", "logs/debug-internal.log": "started\n"},
        seconds=9000.0,
    )
    assert only(tmp_path).status == "failed"
    (tmp_path / NAME / "run-abc123.wandb").write_bytes(b"x")
    assert only(tmp_path).status == "running"


def test_renamed_run_is_known_by_its_record(tmp_path: Path) -> None:
    write(tmp_path / "best", {"run-abc123.wandb": b"", "files/config.yaml": "a: {value: 1}\n"})
    assert only(tmp_path, "a").values == {"a": 1}


@pytest.mark.parametrize("text", ["{'a': open('x')}", "{" * 500, "[1]", "{'a': " * 150 + "1" + "}" * 150])
def test_logged_configuration_is_only_plain_values(tmp_path: Path, text: str) -> None:
    write(tmp_path / NAME, {"logs/debug.log": f"config: {text}\n"})
    assert only(tmp_path, "a").values == {}


def test_names_of_all_releases_are_known(tmp_path: Path) -> None:
    names = ["run-20190101_101010-a1", "dryrun-20190101_101010-a1", "offline-run-20230101_101010-a1"]
    for name in [*names, "run-1"]:
        write(tmp_path / name, {"requirements.txt": "x"})
    assert sorted(rows(tmp_path)) == sorted(names)
