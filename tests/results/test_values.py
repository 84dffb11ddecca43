from __future__ import annotations

import math
from pathlib import Path

import pytest

from runtui.results.values import METADATA, METRICS, PARAMETERS, read_values, value_of
from tests.run_dirs import write_run


def test_missing_run_has_no_values(runs_dir: Path) -> None:
    found = read_values(str(runs_dir), "gone")
    assert found.sections == {}
    assert found.shown == "gone"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (1, 1.0, True),
        (math.nan, math.nan, True),
        (math.inf, -math.inf, False),
        (1, "1", False),
        (1, True, False),
        ("true", True, False),
        (None, "null", False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ("a" * 2000, "a" * 2000, True),
        ("a" * 2000, "a" * 1999 + "b", False),
        (2**5000, 2**5000, True),
        (2**5000, 2**5000 + 1, False),
        ("\x1b", "\ufffd", False),
    ],
)
def test_values_are_compared_by_meaning_not_spelling(one: object, other: object, is_same: bool) -> None:
    assert value_of(one).equals(value_of(other)) is is_same
    assert value_of(other).equals(value_of(one)) is is_same
    assert not value_of(one).equals(None)


def test_overlong_text_is_cut() -> None:
    assert len(value_of("a" * 5000).text) == 1000
    assert value_of(2**5000).text == "(number too long to show)"
    assert value_of(2**5000).number is None


def test_parameters_config_metadata_and_metrics_are_read(runs_dir: Path) -> None:
    run = write_run(
        runs_dir,
        "gas",
        created="2026-11-01T12:00:00Z",
        started_at="2026-11-01T12:00:10Z",
        completed_at="2026-11-01T12:01:40.5Z",
        checkpoints=[{"name": "a"}, {"name": "b"}],
        solver={"kind": "verlet"},
    )
    (run / "run_params.json").write_text('{"model": {"beta": 0.3}}')
    (run / "config.yaml").write_text("grid: 64\n")
    (run / "results" / "loss.csv").write_text("step,loss\n1,1\n2,0.5\n")
    sections = read_values(str(runs_dir), "gas").sections
    assert sections[PARAMETERS]["model.beta"].number == 0.3
    assert sections["config.yaml"]["grid"].number == 64
    assert sections[METADATA]["solver.kind"].text == "verlet"
    assert sections[METADATA]["checkpoints"].number == 2
    assert sections[METADATA]["duration in seconds"].number == 90.5
    assert sections[METRICS]["loss.csv loss"].number == 0.5
    assert repr(sections[METRICS]["loss.csv step"].number) == "2"
    assert "run_id" not in sections[METADATA]


def test_config_yaml_comes_first_and_hidden_or_linked_files_are_ignored(
    runs_dir: Path, tmp_path: Path
) -> None:
    run = write_run(runs_dir, "gas")
    (tmp_path / "linked.yaml").write_text("a: 1\n")
    for name in ("a.yaml", "config.yaml", ".hidden.yaml"):
        (run / name).write_text("a: 1\n")
    (run / "linked.yaml").symlink_to(tmp_path / "linked.yaml")
    found = [title for title in read_values(str(runs_dir), "gas").sections if title.endswith(".yaml")]
    assert found == ["config.yaml", "a.yaml"]


def test_metrics_of_equal_tables_in_and_beside_results_are_kept_apart(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a")
    (run / "results" / "m.csv").write_text("loss\n1\n")
    (run / "m.csv").write_text("loss\n2\n")
    metrics = read_values(str(runs_dir), "a").sections[METRICS]
    assert {key: value.text for key, value in metrics.items()} == {"m.csv loss": "1", "./m.csv loss": "2"}


def test_number_of_values_is_limited_and_the_limit_reported(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    (run / "run_params.json").write_text(
        "{" + ",".join(f'"k{number}": {number}' for number in range(5100)) + "}"
    )
    values = read_values(str(runs_dir), "gas").sections[PARAMETERS]
    assert len(values) == 5001
    assert values["…"].text == "more than 5000 values, the rest is not compared"


def test_unreadable_part_is_a_problem_and_the_rest_is_shown(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas", note="x")
    (run / "run_params.json").write_text("{")
    found = read_values(str(runs_dir), "gas", shown_as="\x1b[2Jgas")
    assert PARAMETERS not in found.sections
    assert found.sections[METADATA]["note"].text == "x"
    (problem,) = found.problems
    assert "run_params.json" in problem
    assert "\x1b" not in found.shown
