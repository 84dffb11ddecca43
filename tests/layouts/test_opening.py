"""Directories as users name them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtui.layouts import opening
from runtui.layouts.opening import holds_runs, is_itself_a_run, opened
from tests.run_dirs import write_run

STATE_POINT = "signac_statepoint.json"


def foreign(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / STATE_POINT).write_text("{}")
    return path


def test_run_opens_as_the_only_one_of_the_directory_above(runs_dir: Path) -> None:
    mine = write_run(runs_dir, "mine")
    other = foreign(runs_dir / "other")
    assert opened([str(mine)]) == {str(runs_dir): ("mine",)}
    assert opened([str(mine), str(other), str(mine)]) == {str(runs_dir): ("mine", "other")}
    assert opened([str(mine), str(runs_dir)]) == {str(runs_dir): ()}


def test_directory_of_runs_opens_with_all_of_them(runs_dir: Path, tmp_path: Path) -> None:
    foreign(runs_dir / "a")
    assert opened([str(runs_dir), str(tmp_path / "missing")]) == {
        str(runs_dir): (),
        str(tmp_path / "missing"): (),
    }


@pytest.mark.parametrize("marker", [".run_index.json", "current"])
def test_runs_directory_of_ours_is_no_run_whatever_lies_in_it(runs_dir: Path, marker: str) -> None:
    (runs_dir / STATE_POINT).write_text("{}")
    assert is_itself_a_run(str(runs_dir))
    (runs_dir / marker).touch()
    assert not is_itself_a_run(str(runs_dir))


def test_directory_holds_runs_that_lie_a_few_levels_down(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").touch()
    assert not holds_runs(str(tmp_path))
    foreign(tmp_path / "outputs" / "2026-01-01" / "12-00-00")
    assert holds_runs(str(tmp_path))
    assert not holds_runs(str(tmp_path / "missing"))


def test_search_for_runs_ends_after_a_number_of_listings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    foreign(tmp_path / "c" / "run")
    monkeypatch.setattr(opening, "MOST_LOOKED_AT", 4)
    assert not holds_runs(str(tmp_path))
    monkeypatch.setattr(opening, "MOST_LOOKED_AT", 5)
    assert holds_runs(str(tmp_path))


def test_directory_of_our_runs_needs_no_layouts(runs_dir: Path) -> None:
    for name in ("r1", "r2"):
        write_run(runs_dir, name)
    code = (
        "import sys; from runtui.layouts.opening import opened; print(opened([sys.argv[1]]));"
        "sys.exit('runtui.layouts.known' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(runs_dir)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"{{{str(runs_dir)!r}: ()}}\n")
