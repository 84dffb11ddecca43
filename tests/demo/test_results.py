from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from runtui.demo.results import Table, Trajectory


def test_rows_are_flushed_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with Table(path.open("w"), as_json=False) as table:
        assert path.read_text() == ""
        table.append({"step": 1, "loss": 0.5})
        assert path.read_text() == "step,loss\n1,0.5\n"
        table.append({"step": 2, "loss": 0.25})
        assert path.read_text() == "step,loss\n1,0.5\n2,0.25\n"


def test_floats_have_seven_digits_and_integers_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with Table(path.open("w"), as_json=True) as table:
        table.append({"step": 123456789, "loss": 1 / 3})
        table.append({"step": 2, "loss": 2.0})
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows == [{"step": 123456789, "loss": 0.3333333}, {"step": 2, "loss": 2.0}]


def test_failed_simulation_keeps_its_rows_and_raises_its_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"

    def simulate() -> None:
        with Table(path.open("w"), as_json=False) as table:
            table.append({"step": 1})
            raise ValueError("diverged")

    with pytest.raises(ValueError, match="diverged"):
        simulate()
    assert path.read_text() == "step\n1\n"


def test_trajectory_appends_to_existing_frames(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.xyz"
    for frame in ("1\n\nAr 0 0 0\n", "1\n\nAr 1 0 0\n"):
        trajectory = Trajectory(path)
        trajectory.append(frame)
        trajectory.close()
    assert path.read_text() == "1\n\nAr 0 0 0\n1\n\nAr 1 0 0\n"


def test_closing_after_a_full_disk_error_raises_nothing() -> None:
    trajectory = Trajectory("/dev/full")
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        trajectory.append("x" * 100_000)
    trajectory.close()
