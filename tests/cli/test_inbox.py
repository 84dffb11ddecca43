from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtui.cli import main
from tests.run_dirs import write_log, write_run


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    lines = {"ant": "diverged at step 7", "bee": "diverged at step 912", "cow": "CUDA out of memory"}
    for number, (name, line) in enumerate(lines.items()):
        run = write_run(runs_dir, name, status="failed", completed_at=f"2026-11-0{number + 1}T00:00:00Z")
        write_log(run, f"ValueError: {line}\n" if number < 2 else f"{line}\n")
    write_run(runs_dir, "dog", status="failed")
    write_run(runs_dir, "child", parent_run_id="dog")
    return runs_dir


def _listed(runs: Path, capsys: Any, *words: str) -> list[tuple[int, int, list[str]]]:
    assert main(["-C", str(runs), "inbox", "--json", *words]) == 0
    groups = json.loads(capsys.readouterr().out)
    return [(group["count"], group["new"], group["runs"]) for group in groups]


def test_open_failures_are_listed_by_reason(runs: Path, capsys) -> None:
    assert _listed(runs, capsys) == [(2, 2, ["bee", "ant"]), (1, 1, ["cow"])]
    assert _listed(runs, capsys, "--sort", "age") == [(1, 1, ["cow"]), (2, 2, ["bee", "ant"])]
    assert _listed(runs, capsys, "id:x") == []
    assert sorted(_listed(runs, capsys, "id:a,co")) == [(1, 1, ["ant"]), (1, 1, ["cow"])]
    assert main(["-C", str(runs), "inbox"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["2", "2"]
    assert first.endswith("ValueError: diverged at step …")
    assert second.split()[2] == "oom"


def test_failures_are_dismissed_listed_and_brought_back(runs: Path, capsys) -> None:
    assert main(["-C", str(runs), "inbox", "reason:diverged", "--dismiss"]) == 0
    assert capsys.readouterr().out == "dismissed 2 runs\n"
    assert _listed(runs, capsys) == [(1, 1, ["cow"])]
    assert _listed(runs, capsys, "--dismissed") == [(2, 0, ["bee", "ant"])]
    assert main(["-C", str(runs), "inbox", "id:bee", "--bring-back"]) == 0
    assert capsys.readouterr().out == "brought back 1 run\n"
    assert sorted(_listed(runs, capsys)) == [(1, 1, ["bee"]), (1, 1, ["cow"])]


def test_dismissal_that_cannot_be_saved_fails(runs: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/no")
    assert main(["-C", str(runs), "inbox", "--dismiss"]) == 1
    assert capsys.readouterr().err.startswith("runtui: this ")
