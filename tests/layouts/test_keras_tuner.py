"""Trials of Keras Tuner, as rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runtui.results.sparklines import read_sparkline
from tests.layouts.tracker_samples import rows, write


def trial(status: str, **others: Any) -> dict[str, str | bytes]:
    """Return the files of a trial."""
    observations = [{"value": [0.5], "step": 0}, {"value": [0.75], "step": 3}]
    record = {
        "trial_id": "00",
        "hyperparameters": {"space": [], "values": {"units": 32, "lr": 0.001}},
        "metrics": {"metrics": {"val_accuracy": {"direction": "max", "observations": observations}}},
        "score": 0.75,
        "best_step": 3,
        "status": status,
    }
    return {"trial.json": json.dumps(record | others), "checkpoint.weights.h5": b"x"}


def test_record_has_parameters_status_and_metrics(tmp_path: Path) -> None:
    write(tmp_path / "project", {"oracle.json": "{}", "tuner0.json": "{}"})
    write(tmp_path / "project/trial_0", trial("COMPLETED"))
    write(tmp_path / "project/trial_1", trial("FAILED", message="Traceback …\nValueError: bad shape\n"))
    write(tmp_path / "project/trial_2", {"trial.json": "{"})
    found = rows(tmp_path, "units", "lr")
    assert {name: (run.layout, run.status, run.reason) for name, run in found.items()} == {
        "project/trial_0": ("keras-tuner", "completed", ""),
        "project/trial_1": ("keras-tuner", "failed", "ValueError: bad shape"),
        "project/trial_2": ("keras-tuner", "unknown", ""),
    }
    assert found["project/trial_0"].values == {"units": 32, "lr": 0.001}
    last = [
        read_sparkline(str(tmp_path / "project/trial_0"), name).last for name in ("val_accuracy", "score")
    ]
    assert last == [0.75, 0.75]
