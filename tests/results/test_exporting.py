from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from runtui.results.comparing import compare
from runtui.results.exporting import as_csv, as_json, as_markdown
from runtui.results.values import read_values
from tests.run_dirs import write_run

CREATED = "2026-01-01T00:00:00Z"


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Two runs that differ in some ways."""
    for name, beta, loss in (("one", 0.5, "0.25"), ("two", 2, "0.125")):
        run = write_run(runs_dir, name, description="same", created=CREATED, note=f"<{name}|x>")
        (run / "run_params.json").write_text(json.dumps({"model": {"beta": beta, "gamma": 1}, name: True}))
        (run / "config.yaml").write_text(f"solver:\n  kind: verlet\n  tolerance: {beta}e-3\n")
        (run / "results" / "loss.csv").write_text(f"step,loss\n1,1\n2,{loss}\n")
    return runs_dir


def compared(base: Path, *names: str):
    return compare([read_values(str(base), name) for name in names])


def test_csv_has_one_column_per_run_with_the_reference_first(runs: Path) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(compared(runs, "one", "two"), reference=1))))
    assert rows[0] == ["section", "key", "two", "one"]
    assert ["parameters", "model.beta", "2", "0.5"] in rows
    assert ["parameters", "one", "", "true"] in rows


def test_csv_escapes_formulas_but_not_numbers(runs: Path) -> None:
    note = "=cmd|' /C calc'!A0"
    params = {
        "=key": -1.5,
        "at": "@SUM(A1)",
        "minus": "-1+2",
        "small": "-1.5e-7",
        "wide": "\uff1d1",
        "low": -1e400,
    }
    write_run(runs, "-run", created=CREATED, note=note)
    (runs / "-run" / "run_params.json").write_text(json.dumps(params))
    rows = list(csv.reader(io.StringIO(as_csv(compared(runs, "one", "-run")))))
    assert rows[0][3] == "'-run"
    found = {row[1]: row[3] for row in rows}
    assert found["note"] == f"'{note}"
    assert [found["'=key"], found["at"], found["minus"]] == ["-1.5", "'@SUM(A1)", "'-1+2"]
    assert [found["small"], found["wide"]] == ["-1.5e-7", "'\uff1d1"]
    assert found["low"].startswith("-")


def test_json_export_is_valid_json(runs: Path) -> None:
    (runs / "one" / "run_params.json").write_text('{"a": NaN, "b": [1, Infinity], "c": true}')
    found = json.loads(as_json(compared(runs, "one", "two")), parse_constant=pytest.fail)
    assert found["runs"] == ["one", "two"]
    assert found["reference"] == "one"
    values = {row["key"]: row["values"] for row in found["rows"]}
    assert values["a"] == ["NaN", None]
    assert values["b"] == [[1, "Infinity"], None]
    assert values["c"] == [True, None]
    assert values["loss.csv loss"] == [0.25, 0.125]


def test_markdown_highlights_differences_and_escapes_text(runs: Path) -> None:
    text = as_markdown(compared(runs, "one", "two"))
    assert "## parameters" in text
    assert "| model.beta | 0.5 | **2** |" in text
    assert r"| note | \<one\|x\> | **\<two\|x\>** |" in text
    assert as_markdown(compared(runs, "one", "one")) == "No differences.\n"
