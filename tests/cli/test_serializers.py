from __future__ import annotations

import json
import math

import pytest

from runtui.catalog.fields import FIELDS
from runtui.cli.serializers import digest_as_json, iso_text, run_as_json, runs_as_json
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord

NOON = 1_795_262_400.0  # 2026-11-21T12:00:00Z, in seconds since the epoch
RUN = RunRecord(
    "gas",
    "gas",
    "failed",
    "a gas",
    tags=("prod",),
    created=NOON,
    started=NOON + 1,
    completed=NOON + 61,
    values={"beta": math.nan, "grid": 64},
    digest=FailureSummary(FailureKind.OOM, "out of memory", "logs/run.log", 12),
)


def test_times_are_utc_and_durations_in_seconds() -> None:
    shown = run_as_json("/data/runs", RUN, NOON + 3600)
    assert shown["run_id"] == "gas"
    assert shown["path"] == "/data/runs/gas"
    assert shown["created_at"] == "2026-11-21T12:00:00Z"
    assert shown["completed_at"] == "2026-11-21T12:01:01Z"
    assert shown["duration"] == 60.0
    assert shown["tags"] == ["prod"]


def test_json_has_every_field_with_null_for_missing_values() -> None:
    bare = run_as_json("/data/runs", RunRecord("a", "a"), NOON)
    names = {field.json.name for field in FIELDS.values() if field.json is not None}
    assert names <= set(bare)
    assert bare["completed_at"] is None
    assert bare["duration"] is None


def test_json_is_valid_for_any_run() -> None:
    run = RUN._replace(name="\udcff\x1b[2J")
    (shown,) = runs_as_json("runs", [run], NOON, keys=("beta", "grid", "missing"))
    text = json.dumps(shown, allow_nan=False)
    assert "\\u001b" not in text
    assert "\\udcff" not in text
    assert shown["values"]["grid"] == 64
    assert shown["values"]["missing"] is None


def test_values_are_read_only_for_requested_keys() -> None:
    assert "values" not in run_as_json("runs", RUN, NOON)


def test_failure_has_its_offset_in_the_log() -> None:
    assert RUN.digest is not None
    assert digest_as_json(RUN.digest) == {
        "kind": "oom",
        "line": "out of memory",
        "log": "logs/run.log",
        "offset": 12,
        "partly_read": None,
    }
    assert digest_as_json(FailureSummary(FailureKind.LOST, "")) == {
        "kind": "lost",
        "line": None,
        "log": None,
        "offset": None,
        "partly_read": None,
    }


@pytest.mark.parametrize("moment", [None, math.nan, math.inf, 1e18, -1e18])
def test_time_outside_the_calendar_is_none(moment: float | None) -> None:
    assert iso_text(moment) is None


def test_fractions_of_a_second_are_kept() -> None:
    assert iso_text(NOON + 0.25) == "2026-11-21T12:00:00.250000Z"
