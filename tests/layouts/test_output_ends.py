"""Ends of outputs that lie side by side."""

from __future__ import annotations

from pathlib import Path

from runtui.catalog.sync.scan import read_all
from runtui.store.status import UNKNOWN_STATUS
from tests.layouts.test_run_outputs import TIMINGS, write


def test_outputs_that_end_as_most_of_those_beside_them_have_ended_well(tmp_path: Path) -> None:
    write(tmp_path, [f"n{number}.out" for number in (2, 4, 8)], TIMINGS)
    write(tmp_path, ["n16.out"], TIMINGS[:30])
    write(tmp_path, ["n32.out"], TIMINGS + "Segmentation fault (core dumped)\n")

    assert {run.name: run.status for run in read_all(str(tmp_path))} == {
        "n2.out": "completed",
        "n4.out": "completed",
        "n8.out": "completed",
        "n16.out": UNKNOWN_STATUS,
        "n32.out": "failed",
    }


def test_lines_of_progress_are_no_ends(tmp_path: Path) -> None:
    write(tmp_path, [f"n{number}.out" for number in (2, 4, 8)], "epoch 1: loss 0.5\nepoch 2: loss 0.25\n")

    assert {run.status for run in read_all(str(tmp_path))} == {UNKNOWN_STATUS}
