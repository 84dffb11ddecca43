"""``runtui pin`` and ``runtui unpin``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_run


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    output = capsys.readouterr()
    return code, output.out, output.err


def test_runs_are_pinned_listed_and_unpinned(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    for name in ("aa", "ab", "b"):
        write_run(runs_dir, name)
    before = {path: path.read_bytes() for path in runs_dir.rglob("*") if path.is_file()}
    assert run(capsys, "pin") == (0, "", "")
    assert run(capsys, "pin", "b", "aa") == (0, "b: pinned\naa: pinned\n", "")
    assert run(capsys, "pin")[1] == "aa\nb\n"
    assert run(capsys, "unpin", "aa", "ab")[1] == "aa: unpinned\nab: was not pinned\n"
    assert json.loads(run(capsys, "pin", "--json")[1]) == ["b"]
    assert run(capsys, "pin", "zz")[0] == 1
    assert {path: path.read_bytes() for path in runs_dir.rglob("*") if path.is_file()} == before
