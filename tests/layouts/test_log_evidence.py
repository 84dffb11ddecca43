"""How a run ended by its logs."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path

import pytest

from runtui.layouts.evidence import reason_in
from runtui.layouts.log_evidence import (
    TRAINED,
    age_of,
    end_by_logs,
    exception_line,
    last_match,
    last_stamp,
    local_time,
    newest_of,
)
from runtui.store.timestamps import parse_timestamp
from tests.layouts.tracker_samples import write

TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    raise\nValueError: bad\n'


def test_newest_log_that_is_not_empty_counts(tmp_path: Path) -> None:
    write(tmp_path, {"old.log": TRACE}, seconds=5 * 86400.0)
    write(tmp_path, {"new.log": "all is well\n"})
    write(tmp_path, {"empty.log": ""}, seconds=5.0)
    run_dir = str(tmp_path)
    names = ("old.log", "new.log", "empty.log", "missing")
    assert newest_of(run_dir, names) == "new.log"
    assert end_by_logs(run_dir, names) == {"status": "unknown", "status_derived_from": "new.log"}
    assert end_by_logs(run_dir, names, re.compile(rb"all is well"))["status"] == "completed"
    assert end_by_logs(run_dir, ["old.log"])["status"] == "failed"
    assert end_by_logs(run_dir, ["missing"]) == {"status": "unknown"}


@pytest.mark.parametrize(
    "last",
    [
        "Training Finished",
        "Finished Training",
        "INFO training completed.",
        "Training has ended",
        "Training time 1:02:03",
        "`Trainer.fit` stopped: `max_epochs=3` reached.",
    ],
)
def test_last_words_of_a_training_are_its_end(tmp_path: Path, last: str) -> None:
    write(
        tmp_path,
        {"a.log": f"epoch 1\n{last}\nsaved to final.pt\n", "b.log": "Total training time: 1:15:01\n"},
    )
    assert end_by_logs(str(tmp_path), ["a.log"], TRAINED)["status"] == "completed"
    assert end_by_logs(str(tmp_path), ["b.log"], TRAINED)["status"] == "unknown"


def test_age_is_without_end_for_a_missing_file(tmp_path: Path) -> None:
    write(tmp_path, {"a": "x"}, seconds=100.0)
    assert 90 < age_of(str(tmp_path), "a") < 10_000
    assert age_of(str(tmp_path), "missing") == math.inf


def test_last_match_is_of_the_end(tmp_path: Path) -> None:
    write(tmp_path, {"a": "code: 1\ncode: 2\n" + "x" * 100})
    pattern = re.compile(rb"code: (\d)")
    assert last_match(str(tmp_path), "a", pattern) == b"2"
    assert last_match(str(tmp_path), "a", pattern, 50) is None
    assert last_match(str(tmp_path), "missing", pattern) is None


def test_time_in_a_name_is_local() -> None:
    assert parse_timestamp(local_time("20240501100000")) == time.mktime((2024, 5, 1, 10, 0, 0, 0, 0, -1))
    assert local_time("20241301100000") is None


@pytest.mark.parametrize(
    ("trace", "line"),
    [
        (TRACE, "ValueError: bad"),
        (TRACE + "more of the message\n", "ValueError: bad"),
        (TRACE + "\nDuring handling …\n\n" + TRACE.replace("bad", "worse"), "ValueError: worse"),
        ("ValueError: alone", "ValueError: alone"),
        ("", ""),
        ('  File "a.py", line 1\n', ""),
    ],
)
def test_exception_of_a_traceback(trace: str, line: str) -> None:
    assert exception_line(trace) == line


def test_failure_in_a_log(tmp_path: Path) -> None:
    write(tmp_path, {"out": "step 1\n" + TRACE, "well": "step 1\n"})
    assert reason_in(str(tmp_path), "out") == "ValueError: bad"
    assert reason_in(str(tmp_path), "well") == ""
    assert reason_in(str(tmp_path), "missing") == ""


def test_last_time_in_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("[2024-05-01T10:00:00Z] a\n[2024-05-01T10:00:05Z] b\nno time\n")
    assert last_stamp(str(log)) == "2024-05-01T10:00:05Z"
    log.write_text("no time\n")
    assert last_stamp(str(log)) is None
    assert last_stamp(str(tmp_path / "missing")) is None
