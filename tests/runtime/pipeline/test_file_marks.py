"""Marks differ when contents do, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.runtime.pipeline import file_marks
from runtui.runtime.pipeline.file_marks import (
    mark_of,
    marks_of,
    parameters_mark,
    settled_parameters_mark,
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("plot.py", "si.in", "sub/deep.py"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_file_mark_depends_on_contents_not_on_time(here: Path) -> None:
    script = here / "plot.py"
    before = mark_of(str(script))
    os.utime(script, (1, 1))
    assert mark_of(str(script)) == before
    script.write_text("plot.PY")
    assert mark_of(str(script)) != before
    assert mark_of(str(here / "nothing")) == ""
    assert marks_of([str(script), str(here / "nothing")]) == {str(script): mark_of(str(script))}


def test_a_mark_of_a_directory_is_of_all_in_it(here: Path) -> None:
    marks = [mark_of(str(here / "sub"))]
    os.utime(here / "sub" / "deep.py", (1, 1))
    assert mark_of(str(here / "sub")) == marks[0]
    (here / "sub" / "deep.py").write_text("sub/deep.PY")
    marks.append(mark_of(str(here / "sub")))
    (here / "sub" / "new").touch()
    marks.append(mark_of(str(here / "sub")))
    for name in ("deep.py", "new"):
        (here / "sub" / name).unlink()
    marks.append(mark_of(str(here / "sub")))
    assert len(set(marks)) == 4


def test_mark_of_a_large_file_depends_on_its_time(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_marks, "_LARGEST_READ", 3)
    for path, changed in ((here / "si.in", here / "si.in"), (here / "sub", here / "sub" / "deep.py")):
        before = mark_of(str(path))
        os.utime(changed, (1, 1))
        assert mark_of(str(path)) != before


def test_parameters_mark_covers_parameters_and_configuration(tmp_path: Path) -> None:
    marks = {parameters_mark(str(tmp_path))}
    for name in ("run_params.json", "config.yaml"):
        (tmp_path / name).write_text("{}")
        marks.add(parameters_mark(str(tmp_path)))
    assert len(marks) == 3


def test_parameters_edited_while_steps_run_match_nothing(tmp_path: Path) -> None:
    before = parameters_mark(str(tmp_path))
    (tmp_path / "run_params.json").write_text('{"a": 1}')  # by a step: there was none
    known = settled_parameters_mark(before, str(tmp_path))
    assert known == parameters_mark(str(tmp_path))
    (tmp_path / "run_params.json").write_text('{ "a": 1 }')
    assert settled_parameters_mark(known, str(tmp_path)) == known
    for text in ('{"a": 2}', ""):
        (tmp_path / "run_params.json").write_text(text)
        assert settled_parameters_mark(known, str(tmp_path)) != parameters_mark(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "same", "other"),
    [
        (
            "run_params.json",
            '{"a": 1, "b": [2.0, null]}',
            '{\n  "b": [2.00, null],\n  "a": 1\n}\n',
            '{"a": 2}',
        ),
        ("run_params.json", '{"x": NaN}', '{"x":NaN}', '{"x": null}'),
        ("run_params.json", '{"torn": ', '{"torn":  ', '{"torn": 1'),
        ("config.yaml", "a: 1\nb:\n  c: x\n", "# a note\nb:\n    c: 'x'\na: 1\n", "a: 1\nb:\n  c: y\n"),
        ("config.yaml", '{"a": 1}', '{ "a": 1 }', '{"a": 3}'),
    ],
)
def test_values_count_and_not_how_they_are_written(
    tmp_path: Path, name: str, text: str, same: str, other: str
) -> None:
    marks = []
    for content in (text, same, other):
        (tmp_path / name).write_text(content)
        marks.append(parameters_mark(str(tmp_path)))
    if "torn" not in text:
        assert marks[0] == marks[1]
    assert marks[0] != marks[2]
