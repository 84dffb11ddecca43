from __future__ import annotations

import argparse
import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.cli.selecting import creating_in, named_directory, resolve_run, runs_directory
from runtui.store.errors import RunNotFoundError, StoreError
from tests.run_dirs import write_run

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Three runs; the newest is not the last by name."""
    for hours, name in ((3, "gas-1"), (1, "gas-10"), (2, "plate")):
        write_run(runs_dir, name, created=NOW - timedelta(hours=hours))
    return runs_dir


def test_the_option_counts_before_the_environment_and_that_before_the_default(monkeypatch) -> None:
    given = argparse.Namespace(runs_dir="given")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", "/from/environment")
    assert named_directory(given) == "given"
    assert named_directory(argparse.Namespace()) == "/from/environment"
    monkeypatch.delenv("RUNTUI_RUNS_DIR")
    assert named_directory(argparse.Namespace()) == "runs"


def test_a_directory_that_is_missing_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("missing", "file"):
        with pytest.raises(RunNotFoundError, match=name):
            runs_directory(argparse.Namespace(runs_dir=str(tmp_path / name)))


def test_a_run_is_named_by_its_id_or_a_unique_beginning(runs: Path) -> None:
    assert resolve_run(str(runs), "gas-1") == "gas-1"
    assert resolve_run(str(runs), "gas-10") == "gas-10"
    assert resolve_run(str(runs), "p") == "plate"


def test_of_several_that_begin_alike_some_are_listed(runs: Path) -> None:
    with pytest.raises(RunNotFoundError) as refused:
        resolve_run(str(runs), "gas")
    assert str(refused.value) == "'gas' matches 2 runs, add more characters: gas-1, gas-10"
    for number in range(20, 29):
        write_run(runs, f"gas-{number}")
    with pytest.raises(RunNotFoundError, match=r"matches 11 runs.*gas-25 and 3 more$"):
        resolve_run(str(runs), "gas")


@pytest.mark.parametrize("wanted", ["", "las", "\x1b[2J"])
def test_what_no_run_begins_with_is_refused_with_where_to_look(runs: Path, wanted: str) -> None:
    with pytest.raises(RunNotFoundError, match="list the runs with `runtui ls`") as refused:
        resolve_run(str(runs), wanted)
    assert "\x1b" not in str(refused.value)


def test_latest_is_the_newest_by_its_date_and_current_what_the_link_points_to(runs: Path) -> None:
    assert resolve_run(str(runs), "latest") == "gas-10"
    with pytest.raises(RunNotFoundError, match="`current` does not point to a run"):
        resolve_run(str(runs), "current")
    (runs / "current").symlink_to("plate")
    assert resolve_run(str(runs), "current") == "plate"
    (runs / "current").unlink()
    (runs / "current").symlink_to("gone")
    with pytest.raises(RunNotFoundError, match="`current` does not point to a run"):
        resolve_run(str(runs), "current")


def test_without_a_run_the_latest_is_none_and_how_to_get_one_is_said(runs_dir: Path) -> None:
    with pytest.raises(RunNotFoundError, match="`runtui launch` or `runtui demo`"):
        resolve_run(str(runs_dir), "latest")


def test_a_run_that_cannot_be_created_is_told_by_its_directory() -> None:
    with pytest.raises(StoreError) as refused, creating_in("/data/runs"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/data/runs/0c3f")
    assert str(refused.value).startswith("cannot create a run in /data/runs: ")
    assert "0c3f" not in str(refused.value)
    with pytest.raises(StoreError, match=r"^own words$"), creating_in("/data/runs"):
        raise StoreError("own words")


def test_a_renamed_run_is_named_by_its_run_id_too(runs: Path) -> None:
    (runs / "plate").rename(runs / "best")
    assert resolve_run(str(runs), "best") == "best"
    assert resolve_run(str(runs), "pla") == "best"
    with pytest.raises(RunNotFoundError):
        resolve_run(str(runs), "best-of-all")
