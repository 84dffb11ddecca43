from __future__ import annotations

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


def test_differences_are_found_in_every_section(runs: Path) -> None:
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


def test_unreadable_file_is_reported_and_the_rest_compared(runs: Path) -> None:
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


def test_exports_contain_no_terminal_control_characters(runs_dir: Path) -> None:
    for name in ("a", "b"):
        run = write_run(runs_dir, name, created=CREATED)
        (run / "run_params.json").write_text(json.dumps({f"\x1b[2J{name}": f"\x1b]0;x\x07{name}"}))
        (run / "config.yaml").write_text(f"k: '\u202e{name}'\n")
    comparison = compared(runs_dir, "a", "b")
    for text in (as_csv(comparison), as_json(comparison), as_markdown(comparison)):
        assert not set(text) & set("\x1b\x07\u202e")


_values = st.dictionaries(
    st.text("ab", max_size=2),
    (st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)).map(value_of),
    max_size=4,
)


@given(st.lists(_values, min_size=2, max_size=4), st.data())
def test_each_key_is_compared_once_and_no_run_differs_from_itself(found: list, data: st.DataObject) -> None:
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
