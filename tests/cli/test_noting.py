"""``runtui note`` and ``runtui describe``."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_run


@pytest.fixture
def runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that ended an hour ago, one that runs, and one of another program."""
    ended = write_run(runs_dir, "aa", description="long chain")
    age(ended)
    write_run(runs_dir, "live", status="running")
    hydra = runs_dir / "sweep" / ".hydra"
    hydra.mkdir(parents=True)
    (hydra / "config.yaml").write_text("beta: 0.1\n")
    (hydra / "overrides.yaml").write_text("[]\n")
    (hydra / "hydra.yaml").write_text("hydra: {}\n")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    output = capsys.readouterr()
    return code, output.out, output.err


def age(run_dir: Path) -> None:
    """Let a run's metadata be as old as if it had been written an hour ago."""
    os.utime(run_dir / "metadata.json", (time.time() - 3600,) * 2)


def names(capsys: pytest.CaptureFixture[str], *query: str) -> list[str]:
    return run(capsys, "ls", "--columns", "id", *query)[1].split()


def test_note_is_printed_searched_and_removed(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "note", "aa", "wrong", "geometry")[0] == 0
    assert json.loads((runs / "aa" / "metadata.json").read_text())["note"] == "wrong geometry"
    assert run(capsys, "note", "aa") == (0, "wrong geometry\n", "")
    assert names(capsys, "note:GEOM") == names(capsys, "geometry") == names(capsys, "has:note") == ["aa"]
    assert "note     wrong geometry" in run(capsys, "show", "aa")[1]
    assert run(capsys, "ls", "--columns", "id,description", "aa")[1] == "aa  long chain\n"
    age(runs / "aa")
    assert run(capsys, "note", "aa", "")[0] == 0
    assert "note" not in json.loads((runs / "aa" / "metadata.json").read_text())
    assert run(capsys, "note", "aa") == (0, "", "runtui: aa has no note\n")
    assert names(capsys, "has:note") == []


def test_note_of_several_lines_is_read_from_standard_input(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("first line\nsecond line\n"))
    assert run(capsys, "note", "aa", "-")[0] == 0
    assert run(capsys, "note", "aa")[1] == "first line\nsecond line\n"
    assert json.loads(run(capsys, "note", "aa", "--json")[1])["note"] == "first line\nsecond line"
    assert json.loads(run(capsys, "ls", "--json", "aa")[1])[0]["note"] == "first line\nsecond line"
    assert run(capsys, "ls", "--columns", "note", "aa")[1] == "first line / second line\n"
    assert "note     first line\n         second line\n" in run(capsys, "show", "aa")[1]


@pytest.mark.parametrize("name", ["live", "sweep"])
def test_note_is_kept_beside_files_that_are_not_ours(
    runs: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    before = {path: path.read_bytes() for path in (runs / name).rglob("*") if path.is_file()}
    assert run(capsys, "note", name, "look again")[0] == 0
    assert {path: path.read_bytes() for path in before} == before
    assert run(capsys, "note", name)[1] == "look again\n"
    assert names(capsys, "note:again") == [name]


def test_undo_restores_note_and_description(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("first", "second"):
        run(capsys, "note", "aa", text)
        age(runs / "aa")
    assert run(capsys, "undo", "aa")[1] == 'aa: note "second" → "first"\n'
    assert run(capsys, "note", "aa")[1] == "first\n"
    age(runs / "aa")
    assert (
        run(capsys, "describe", "aa", "short", "chain")[1] == 'aa: description "long chain" → "short chain"\n'
    )
    assert run(capsys, "ls", "--columns", "description", "aa")[1] == "short chain\n"
    run(capsys, "undo", "aa")
    assert run(capsys, "ls", "--columns", "description", "aa")[1] == "long chain\n"


def test_note_that_is_too_long_is_refused(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _out, err = run(capsys, "note", "aa", "x" * 10_001)
    assert code == 1
    assert err.startswith("runtui: the note has 10,001 characters: shorten it to 10,000")
    assert run(capsys, "note", "aa")[1] == ""
