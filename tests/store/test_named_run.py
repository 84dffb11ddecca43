"""A run by its id, its path, or ``current``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui import InvalidRunIdError
from runtui.store.named_run import run_named
from tests.run_dirs import write_run


def test_run_can_be_named_by_id_path_or_current(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(runs_dir, "r1")
    (runs_dir / "current").symlink_to("r1")
    monkeypatch.chdir(runs_dir.parent)
    base = str(runs_dir)
    for named in ("r1", "r1/", "current", "current/", Path("r1"), runs_dir / "r1", str(runs_dir / "r1")):
        assert run_named(base, named) == "r1"
    assert run_named(base, Path(runs_dir.name) / "r1") == "r1"
    assert run_named(base, runs_dir / "current") == "r1"
    assert run_named(base, "gone") == "gone"


@pytest.mark.parametrize("named", ["../r1", "a/r1", "/elsewhere/r1", Path("/elsewhere/r1"), "", "/", 3, None])
def test_path_outside_the_runs_directory_is_not_a_run(runs_dir: Path, named: str) -> None:
    with pytest.raises(InvalidRunIdError):
        run_named(str(runs_dir), named)


def test_current_must_point_to_a_run(runs_dir: Path) -> None:
    with pytest.raises(InvalidRunIdError, match="'current' leads to no run"):
        run_named(str(runs_dir), "current")
    os.symlink("..", runs_dir / "current")
    with pytest.raises(InvalidRunIdError):
        run_named(str(runs_dir), "current")
