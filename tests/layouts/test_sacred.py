"""Runs of Sacred as rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.layouts.base import Entries
from runtui.layouts.known import LAYOUTS
from tests.layouts.tracker_samples import copied, only, rows, write


def test_runs_have_status_reason_times_and_configuration(tmp_path: Path) -> None:
    found = rows(copied(tmp_path, "sacred"), "lr", "model.beta", "result")
    assert {name: (run.layout, run.status, run.reason) for name, run in found.items()} == {
        "1": ("sacred", "completed", ""),
        "2": ("sacred", "failed", "ValueError: bad beta 0.3"),
        "3": ("sacred", "failed", "interrupted"),
    }
    run = found["1"]
    assert run.values == {"lr": 0.001, "model.beta": 0.3, "result": 42}
    assert (run.description, run.host, run.problem) == ("demo: first try", "node1", "")
    assert not run.is_derived
    assert run.started is not None
    assert run.completed is not None
    assert 0 < run.completed - run.started < 60


def test_times_without_a_zone_are_utc(tmp_path: Path) -> None:
    record = {"status": "RUNNING", "start_time": "1970-01-01T01:00:00.5", "heartbeat": "1970-01-01T02:00:00"}
    write(tmp_path / "1", {"run.json": json.dumps(record), "config.json": "{}"})
    run = only(tmp_path, "heartbeat")
    assert (run.status, run.started, run.created) == ("running", 3600.5, 3600.5)
    assert run.values == {"heartbeat": "1970-01-01T02:00:00Z"}


@pytest.mark.parametrize(
    ("status", "shown", "reason"),
    [
        ("QUEUED", "initialising", ""),
        ("TIMEOUT", "failed", "timeout"),
        ("ODD", "ODD", ""),
    ],
)
def test_statuses(tmp_path: Path, status: str, shown: str, reason: str) -> None:
    write(tmp_path / "1", {"run.json": json.dumps({"status": status}), "cout.txt": ""})
    run = only(tmp_path)
    assert (run.status, run.reason) == (shown, reason)


def test_run_without_a_record_has_the_end_of_its_output(tmp_path: Path) -> None:
    traceback = "Traceback (most recent call last):\n  x\nRuntimeError: CUDA error\n"
    write(tmp_path / "1", {"cout.txt": traceback, "config.json": '{"lr": 1}'})
    write(tmp_path / "2", {"cout.txt": "epoch 1\n", "metrics.json": "{}", "run.json": '{"status": '})
    found = rows(tmp_path, "lr")
    assert (found["1"].status, found["1"].is_derived, found["1"].values) == ("failed", True, {"lr": 1})
    assert (found["2"].status, found["2"].is_derived) == ("unknown", True)


def test_configuration_alone_is_no_run() -> None:
    sacred = LAYOUTS["sacred"]
    for names in ({"config.json"}, {"run.json"}, {"config.json", "metrics.json"}, {"cout.txt"}):
        assert not sacred.recognises(Entries(frozenset(names), frozenset()))


def test_message_of_several_lines_begins_with_its_exception(tmp_path: Path) -> None:
    trace = [
        "Traceback (most recent call last):\n",
        '  File "a.py", line 1\n    x\n',
        "E: one\nsee the docs\n",
    ]
    record = {"status": "FAILED", "fail_trace": trace}
    write(tmp_path / "1", {"run.json": json.dumps(record), "cout.txt": ""})
    assert only(tmp_path).reason == "E: one"


def test_large_record_is_read(tmp_path: Path) -> None:
    record = {"status": "COMPLETED", "start_time": "2023-01-01T10:00:00", "result": [0.5] * 400_000}
    write(tmp_path / "1", {"run.json": json.dumps(record), "config.json": '{"lr": 1}', "cout.txt": ""})
    assert only(tmp_path).status == "completed"
