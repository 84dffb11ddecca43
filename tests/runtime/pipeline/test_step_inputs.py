"""A step's files are found by its words, and a change of any of them is noticed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from runtui.runtime.pipeline import step_inputs
from runtui.runtime.pipeline.plan import CallWork, CommandWork
from runtui.runtime.pipeline.step_inputs import (
    made_since,
    mark_of,
    marks_of,
    named_files,
    parameters_mark,
    without_own_changes,
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with scripts and data."""
    for name in ("plot.py", "run.sh", "si.in", "out.dat", "sub/deep.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((sys.executable, "plot.py", "--input=si.in"), {"plot.py", "si.in"}),
        (("./run.sh", "nothing"), {"run.sh"}),
        (
            ("sh", "-c", "python3 plot.py < si.in > out.dat && ./run.sh | tee x"),
            {"plot.py", "si.in", "run.sh"},
        ),
        (("sh", "-c", "cd sub; python3 deep.py"), {"sub/deep.py"}),
        (("sh", "-c", "python3 plot.py 'no end"), {"plot.py"}),
        (("sh", "-c", "cat si.in>>out.dat"), {"si.in"}),
        (("cat", "sub", "\ud800", "x" * 5000), set()),
    ],
)
def test_the_files_that_a_command_names(here: Path, words: tuple[str, ...], names: set[str]) -> None:
    found = named_files(CommandWork(words, str(here)))
    assert set(found) == {str(here / name) for name in names}


def test_the_module_of_a_function(here: Path) -> None:
    (here / "package").mkdir()
    (here / "package" / "__init__.py").touch()
    modules = {"plot:draw": "plot.py", "sub.deep:f": "sub/deep.py", "package:f": "package/__init__.py"}
    for function, name in modules.items():
        assert named_files(CallWork(function, (str(here),))) == (str(here / name),)
    assert named_files(CallWork("json:loads", (str(here),))) == ()


def test_a_mark_is_of_the_contents(here: Path) -> None:
    script = here / "plot.py"
    before = mark_of(str(script))
    os.utime(script, (1, 1))
    assert mark_of(str(script)) == before
    script.write_text("plot.PY")
    assert mark_of(str(script)) != before
    assert mark_of(str(here / "nothing")) == ""
    before = mark_of(str(here / "sub"))
    (here / "sub" / "new").touch()
    assert mark_of(str(here / "sub")) != before


def test_a_large_file_is_not_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_inputs, "_LARGEST_READ", 3)
    before = mark_of(str(here / "si.in"))
    os.utime(here / "si.in", (1, 1))
    assert mark_of(str(here / "si.in")) != before


def test_data_that_a_step_changes_itself_are_no_input_but_its_script_stays_one(here: Path) -> None:
    paths = [str(here / name) for name in ("plot.py", "si.in", "out.dat")]
    marks = marks_of([*paths, str(here / "nothing")])
    (here / "out.dat").write_text("written")
    (here / "plot.py").write_text("edited meanwhile")
    assert without_own_changes(marks) == {path: marks[path] for path in paths[:2]}


def test_products_are_recognised_by_their_time(tmp_path: Path) -> None:
    for name in ("results/old", "results/folder/new", "checkpoints/new"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    os.utime(tmp_path / "results" / "old", (1, 1))
    assert made_since(str(tmp_path), time.time_ns() - 60_000_000_000) == [
        "results/folder/new",
        "checkpoints/new",
    ]
    assert made_since(str(tmp_path / "nowhere"), 0) == []


def test_parameters_and_configuration_have_one_mark(tmp_path: Path) -> None:
    marks = {parameters_mark(str(tmp_path))}
    for name in ("run_params.json", "config.yaml"):
        (tmp_path / name).write_text("{}")
        marks.add(parameters_mark(str(tmp_path)))
    assert len(marks) == 3
