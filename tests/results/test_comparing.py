from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.results.comparing import MISSING, ComparedValue, compare
from runtui.results.exporting import as_csv, as_json, as_markdown
from runtui.results.values import RunValues, read_values, value_of
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


def test_what_differs_is_found_wherever_it_stands(runs: Path) -> None:
    comparison = compared(runs, "one", "two")
    assert [(row.section, row.key, row.text(0), row.text(1)) for row in comparison.shown(all_rows=False)] == [
        ("parameters", "model.beta", "0.5", "2"),
        ("parameters", "one", "true", MISSING),
        ("parameters", "two", MISSING, "true"),
        ("config.yaml", "solver.tolerance", "0.0005", "0.002"),
        ("final metrics", "loss.csv loss", "0.25", "0.125"),
        ("metadata", "note", "<one|x>", "<two|x>"),
    ]
    everything = {row.key for row in comparison.shown(all_rows=True)}
    assert {"model.gamma", "solver.kind", "loss.csv step", "description", "status"} <= everything


def test_numbers_are_shown_as_differences_or_ratios_to_the_reference(runs: Path) -> None:
    rows = {row.key: row for row in compared(runs, "one", "two").rows}
    beta = rows["model.beta"]
    assert beta.text(1, 0, ComparedValue.DIFFERENCE) == "+1.5"
    assert beta.text(1, 0, ComparedValue.RATIO) == "×4"
    assert beta.text(0, 1, ComparedValue.RATIO) == "×0.25"
    assert beta.text(0, 0, ComparedValue.RATIO) == "0.5"
    assert rows["note"].text(1, 0, ComparedValue.DIFFERENCE) == "<two|x>"
    assert rows["model.gamma"].text(1, 0, ComparedValue.DIFFERENCE) == "1"


def test_numbers_are_the_same_by_their_value() -> None:
    for left, right, same in (
        (1, 1.0, True),
        (float("nan"), float("nan"), True),
        (1, "1", False),
        (True, 1, False),
        (None, "null", False),
        ("a" * 5000 + "x", "a" * 5000 + "y", False),
        ([1, 2], [1, 2], True),
        (10**4000, 10**4000 + 1, False),
    ):
        assert value_of(left).equals(value_of(right)) is same


def test_what_cannot_be_read_is_told_and_the_rest_compared(runs: Path) -> None:
    (runs / "one" / "run_params.json").write_text("{")
    (runs / "two" / "metadata.json").write_text("no")
    (runs / "two" / "config.yaml").unlink()
    (runs / "two" / "config.yaml").symlink_to("/etc/hostname")
    comparison = compared(runs, "one", "two")
    assert any(
        problem.startswith("one: run_params.json is not valid JSON") for problem in comparison.problems
    )
    assert any(problem.startswith("two: metadata.json") for problem in comparison.problems)
    assert {row.section for row in comparison.rows} == {
        "parameters",
        "config.yaml",
        "final metrics",
        "metadata",
    }


def test_a_run_that_is_not_there_has_no_values(runs: Path) -> None:
    comparison = compared(runs, "one", "none")
    assert all(row.values[1] is None for row in comparison.rows)


def test_nothing_of_a_run_is_obeyed_by_a_terminal(runs_dir: Path) -> None:
    for name in ("a", "b"):
        run = write_run(runs_dir, name, created=CREATED)
        (run / "run_params.json").write_text(json.dumps({f"\x1b[2J{name}": f"\x1b]0;x\x07{name}"}))
        (run / "config.yaml").write_text(f"k: '\u202e{name}'\n")
    comparison = compared(runs_dir, "a", "b")
    for text in (as_csv(comparison), as_json(comparison), as_markdown(comparison)):
        assert not set(text) & set("\x1b\x07\u202e")


def test_csv_has_a_column_for_each_run_the_reference_first(runs: Path) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(compared(runs, "one", "two"), reference=1))))
    assert rows[0] == ["section", "key", "two", "one"]
    assert ["parameters", "model.beta", "2", "0.5"] in rows
    assert ["parameters", "one", "", "true"] in rows


def test_csv_has_no_formulas_and_numbers_as_they_are(runs: Path) -> None:
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


def test_json_can_be_read_by_a_program(runs: Path) -> None:
    (runs / "one" / "run_params.json").write_text('{"a": NaN, "b": [1, Infinity], "c": true}')
    found = json.loads(as_json(compared(runs, "one", "two")), parse_constant=pytest.fail)
    assert found["runs"] == ["one", "two"]
    assert found["reference"] == "one"
    values = {row["key"]: row["values"] for row in found["rows"]}
    assert values["a"] == ["NaN", None]
    assert values["b"] == [[1, "Infinity"], None]
    assert values["c"] == [True, None]
    assert values["loss.csv loss"] == [0.25, 0.125]


def test_markdown_marks_what_differs_and_says_nothing_of_its_own(runs: Path) -> None:
    text = as_markdown(compared(runs, "one", "two"))
    assert "## parameters" in text
    assert "| model.beta | 0.5 | **2** |" in text
    assert r"| note | \<one\|x\> | **\<two\|x\>** |" in text
    assert as_markdown(compared(runs, "one", "one")) == "No differences.\n"


_values = st.dictionaries(
    st.text("ab", max_size=2),
    (st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)).map(value_of),
    max_size=4,
)


@given(st.lists(_values, min_size=2, max_size=4), st.data())
def test_every_key_is_there_once_and_the_same_differs_nowhere(found: list, data: st.DataObject) -> None:
    runs = [RunValues(str(place), str(place), {"s": values}) for place, values in enumerate(found)]
    comparison = compare(runs)
    keys = [row.key for row in comparison.rows]
    assert sorted(keys) == sorted({key for values in found for key in values})
    reference = data.draw(st.integers(0, len(runs) - 1))
    for row in comparison.rows:
        assert not row.differs_from(reference, reference)
        assert row.differs == any(row.differs_from(place, reference) for place in range(len(runs)))
    assert not compare([runs[0], runs[0]]).shown(all_rows=False)
    for form in (as_csv, as_markdown):
        assert form(comparison, reference=reference)
    json.loads(as_json(comparison, reference=reference, all_rows=True), parse_constant=pytest.fail)
