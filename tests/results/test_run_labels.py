"""Labels of runs by their parameters."""

from __future__ import annotations

from pathlib import Path

from runtui.results.run_labels import labels_by_parameters, parameter_labels
from tests.run_dirs import write_run


def test_parameters_that_differ_name_the_runs(runs_dir: Path) -> None:
    dirs = []
    for name, text in (
        ("a", '{"model": {"beta": 0.3}, "seed": 1}'),
        ("b", '{"model": {"beta": 0.5}, "seed": 1}'),
    ):
        run = write_run(runs_dir, name)
        (run / "run_params.json").write_text(text)
        dirs.append(str(run))
    assert parameter_labels(dirs, ["a", "b"]) == ["beta=0.3", "beta=0.5"]


def test_name_stands_where_parameters_do_not_tell() -> None:
    assert labels_by_parameters([{}, {}], ["a", "b"]) == ["a", "b"]
    assert labels_by_parameters([{"x": "1"}], ["a"]) == ["a"]
    found = labels_by_parameters([{"x": "1"}, {"x": "1"}, {"x": "2"}], ["a", "b", "c"])
    assert found == ["x=1 a", "x=1 b", "x=2"]


def test_what_tells_most_runs_apart_comes_first_and_no_more_than_three() -> None:
    parameters = [{"k": str(n // 2), "n": str(n), "x": str(n % 2), "y": str(n > 1)} for n in range(4)]
    assert labels_by_parameters(parameters, list("abcd"))[2] == "n=2 k=1 x=0"
