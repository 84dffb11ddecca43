from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_run


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """A run, its child, and another one, each with its own parameter."""
    for name, beta in (("aa", 1), ("ab", 2), ("c", 1)):
        parent = {"parent_run_id": "aa"} if name == "ab" else {}
        run = write_run(runs_dir, name, description="same", created="2026-01-01T00:00:00Z", **parent)
        (run / "run_params.json").write_text(json.dumps({"beta": beta, "gamma": 7}))
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], base: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["-C", str(base), "compare", *arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_compare_lists_only_differences_unless_all_is_given(runs: Path, capsys) -> None:
    code, out, err = run(capsys, runs, "aa", "ab")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["beta", "1", "2"] in lines
    assert "gamma" not in out
    _code, out, _err = run(capsys, runs, "aa", "ab", "--all")
    assert "* beta" in out
    assert "  gamma" in out
    assert run(capsys, runs, "aa", "aa", "--all")[0] == 1


def test_a_single_run_is_compared_with_its_parent(runs: Path, capsys) -> None:
    _code, out, _err = run(capsys, runs, "ab")
    assert out.splitlines()[0].split() == ["aa", "ab"]
    code, _out, err = run(capsys, runs, "c")
    assert code == 1
    assert "c has no parent" in err
    (runs / "aa").rename(runs / "best")
    assert run(capsys, runs, "ab")[1].splitlines()[0].split() == ["best", "ab"]


def test_reference_run_can_be_chosen(runs: Path, capsys) -> None:
    _code, out, _err = run(capsys, runs, "aa", "ab", "--reference", "ab")
    assert out.splitlines()[0].split() == ["ab", "aa"]
    _code, out, _err = run(capsys, runs, "aa", "ab", "--reference", "c")
    assert out.splitlines()[0].split() == ["c", "aa", "ab"]


def test_compare_exports_json_csv_and_markdown(runs: Path, capsys) -> None:
    found = json.loads(run(capsys, runs, "aa", "ab", "--json")[1])
    assert {"section": "parameters", "key": "beta", "differs": True, "values": [1, 2]} in found["rows"]
    assert "parameters,beta,1,2\n" in run(capsys, runs, "aa", "ab", "--csv")[1]
    assert "| beta | 1 | **2** |" in run(capsys, runs, "aa", "ab", "--markdown")[1]


def test_compare_reports_an_unreadable_part_and_shows_the_rest(runs: Path, capsys) -> None:
    (runs / "ab" / "run_params.json").write_text("{")
    code, out, err = run(capsys, runs, "aa", "ab")
    assert code == 0
    assert "beta" in out
    assert err.startswith("runtui: ab: run_params.json is not valid JSON")


def test_missing_run_is_refused(runs: Path, capsys) -> None:
    assert run(capsys, runs, "aa", "none")[0] == 1


def test_runs_of_the_same_name_in_several_folders_are_told_apart(runs_dir: Path, capsys) -> None:
    for folder, seed in (("a", 1), ("b", 2)):
        write_run(runs_dir / folder, "2", seed=seed)
    assert main(["-C", str(runs_dir), "compare", "a/2", "b/2"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["a/2", "b/2"]
    assert main(["-C", str(runs_dir), "compare", "a/2", "b/2", "--json"]) == 0
    assert '"b/2"' in capsys.readouterr().out
