from __future__ import annotations

import argparse
import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.cli.selecting import (
    creating_in,
    directory_to_read,
    named_directory,
    opened_directory,
    resolve_run,
    run_of,
    runs_directory,
    runs_of,
)
from runtui.store.errors import RunNotFoundError, StoreError
from tests.run_dirs import write_run

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Three runs; the newest is not the last by name."""
    for hours, name in ((3, "gas-1"), (1, "gas-10"), (2, "plate")):
        write_run(runs_dir, name, created=NOW - timedelta(hours=hours))
    return runs_dir


def test_option_overrides_environment_and_environment_overrides_default(monkeypatch) -> None:
    given = argparse.Namespace(runs_dir="given")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", "/from/environment")
    assert named_directory(given) == "given"
    assert named_directory(argparse.Namespace()) == "/from/environment"
    monkeypatch.delenv("RUNTUI_RUNS_DIR")
    assert named_directory(argparse.Namespace()) == "runs"


def test_missing_directory_or_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("missing", "file"):
        with pytest.raises(RunNotFoundError, match=name):
            runs_directory(argparse.Namespace(runs_dir=str(tmp_path / name)))


def test_run_can_be_given_by_id_or_unique_prefix(runs: Path) -> None:
    assert resolve_run(str(runs), "gas-1").name == "gas-1"
    assert resolve_run(str(runs), "gas-10").name == "gas-10"
    assert resolve_run(str(runs), "p").name == "plate"


def test_ambiguous_prefix_lists_some_matches(runs: Path) -> None:
    with pytest.raises(RunNotFoundError) as refused:
        resolve_run(str(runs), "gas")
    assert str(refused.value) == "'gas' matches 2 runs, add more characters: gas-1, gas-10"
    for number in range(20, 29):
        write_run(runs, f"gas-{number}")
    with pytest.raises(RunNotFoundError, match=r"matches 11 runs.*gas-25 and 3 more$"):
        resolve_run(str(runs), "gas")


@pytest.mark.parametrize("wanted", ["", "las", "\x1b[2J"])
def test_unknown_prefix_is_refused_with_advice(runs: Path, wanted: str) -> None:
    with pytest.raises(RunNotFoundError, match="list the runs with `runtui ls`") as refused:
        resolve_run(str(runs), wanted)
    assert "\x1b" not in str(refused.value)


def test_latest_is_the_newest_run_and_current_the_link_target(runs: Path) -> None:
    assert resolve_run(str(runs), "latest").name == "gas-10"
    with pytest.raises(RunNotFoundError, match="`current` does not point to a run"):
        resolve_run(str(runs), "current")
    (runs / "current").symlink_to("plate")
    assert resolve_run(str(runs), "current").name == "plate"
    (runs / "current").unlink()
    (runs / "current").symlink_to("gone")
    with pytest.raises(RunNotFoundError, match="`current` does not point to a run"):
        resolve_run(str(runs), "current")


def test_latest_is_no_run_whose_link_leads_nowhere(runs: Path) -> None:
    (runs / "fresh").mkdir()
    (runs / "fresh" / "metadata.json").symlink_to("/scratch/gone/metadata.json")
    (runs / "away").symlink_to("/scratch/gone")
    assert resolve_run(str(runs), "latest").name == "gas-10"


def test_no_run_is_the_latest_where_none_can_be_read(runs_dir: Path) -> None:
    (runs_dir / "away").symlink_to("/scratch/gone")
    with pytest.raises(RunNotFoundError, match="none can be read: away: a link to /scratch/gone"):
        resolve_run(str(runs_dir), "latest")


def test_latest_in_an_empty_directory_gives_advice(runs_dir: Path) -> None:
    with pytest.raises(RunNotFoundError, match="`runtui launch` or `runtui demo`"):
        resolve_run(str(runs_dir), "latest")


def test_error_creating_a_run_names_the_runs_directory() -> None:
    with pytest.raises(StoreError) as refused, creating_in("/data/runs"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/data/runs/0c3f")
    assert str(refused.value).startswith("cannot create a run in /data/runs: ")
    assert "0c3f" not in str(refused.value)
    with pytest.raises(StoreError, match=r"^own words$"), creating_in("/data/runs"):
        raise StoreError("own words")


def test_renamed_run_is_found_by_name_or_run_id(runs: Path) -> None:
    (runs / "plate").rename(runs / "best")
    assert resolve_run(str(runs), "best").name == "best"
    assert resolve_run(str(runs), "pla").name == "best"
    with pytest.raises(RunNotFoundError):
        resolve_run(str(runs), "best-of-all")


def test_working_directory_is_read_if_it_holds_runs_and_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNTUI_RUNS_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert directory_to_read(argparse.Namespace()) == "runs"
    write_run(tmp_path / "sweep", "r")
    assert directory_to_read(argparse.Namespace()) == "."
    assert directory_to_read(argparse.Namespace(runs_dir="given")) == "given"
    (tmp_path / "runs").mkdir()
    assert directory_to_read(argparse.Namespace()) == "runs"


def test_working_directory_without_runs_is_said_to_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNTUI_RUNS_DIR", raising=False)
    with pytest.raises(RunNotFoundError, match=r"found no runs here or in folders .* directory runs: "):
        opened_directory(argparse.Namespace(runs_dir=None))
    (tmp_path / "runs").mkdir()
    assert opened_directory(argparse.Namespace(runs_dir=None)).base == "runs"


def test_working_directory_with_logs_of_jobs_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNTUI_RUNS_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    for job in (41, 42):
        (tmp_path / f"slurm-{job}.out").write_text("step 1\n")
    assert directory_to_read(argparse.Namespace()) == "."


def test_directory_that_is_a_run_means_only_that_run(runs: Path) -> None:
    arguments = argparse.Namespace(runs_dir=str(runs / "gas-1"))
    assert opened_directory(arguments) == (str(runs), ("gas-1",))
    for wanted in (".", "latest", "gas-1"):
        assert run_of(arguments, wanted) == (str(runs), "gas-1")
    assert opened_directory(argparse.Namespace(runs_dir=str(runs))) == (str(runs), ())


def test_run_in_a_folder_is_given_by_its_path_or_its_id(runs: Path) -> None:
    write_run(runs / "sweep" / "a", "cold-1")
    write_run(runs / "sweep" / "b", "cold-1")
    write_run(runs / "sweep" / "b", "hot-1")
    base = str(runs)
    assert resolve_run(base, "sweep/a/cold-1") == (f"{base}/sweep/a", "cold-1")
    assert resolve_run(base, "sweep/b/h") == (f"{base}/sweep/b", "hot-1")
    assert resolve_run(base, "hot") == (f"{base}/sweep/b", "hot-1")
    with pytest.raises(RunNotFoundError, match="sweep/a/cold-1, sweep/b/cold-1"):
        resolve_run(base, "cold-1")


def test_folder_hides_no_run_whose_id_its_name_begins_with(runs: Path) -> None:
    write_run(runs / "2026-01-10", "2")
    write_run(runs / "3", "3")
    base = str(runs)
    assert resolve_run(base, "2") == (f"{base}/2026-01-10", "2")
    assert resolve_run(base, "3") == (f"{base}/3", "3")
    (runs / "3" / "3").rename(runs / "3" / "best")
    assert resolve_run(base, "3") == (f"{base}/3", "best")
    (runs / "notes").mkdir()
    (runs / "notes" / "a.txt").touch()
    for wanted, text in (
        ("2026", "2026-01-10 is a folder of runs: name one of those, which `runtui ls` lists"),
        ("2026-01-10/", "2026-01-10 is a folder of runs: name one of those, which `runtui ls` lists"),
        ("notes", "notes is no run: it has no metadata.json and no known layout"),
    ):
        with pytest.raises(RunNotFoundError) as refused:
            resolve_run(base, wanted)
        assert str(refused.value) == text


def test_path_from_the_working_directory_or_the_root_names_a_run(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(runs / "sweep", "r")
    (runs.parent / "linked").symlink_to(runs)
    found = (f"{runs}/sweep", "r")
    monkeypatch.chdir(runs / "sweep")
    for wanted in ("./r", "../sweep/r/", f"{runs}/sweep/r", f"{runs.parent}/linked/sweep/r"):
        assert resolve_run(str(runs), wanted) == found
    monkeypatch.chdir(runs.parent)
    assert resolve_run("runs", "runs/sweep/r") == ("runs/sweep", "r")


def test_log_of_a_job_in_a_folder_is_given_by_its_path(runs: Path) -> None:
    (runs / "flat").mkdir()
    for number in (41, 42):
        (runs / "flat" / f"slurm-{number}.out").write_text("step 1\n")
    assert resolve_run(str(runs), "flat/slurm-41.out") == (f"{runs}/flat", "slurm-41.out")
    assert resolve_run(str(runs), "slurm-42") == (f"{runs}/flat", "slurm-42.out")


def test_log_of_a_job_is_meant_before_one_of_the_same_name_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in ("slurm-41.out", "slurm-42.out", "old/slurm-41.out", "old/slurm-42.out"):
        (tmp_path / name).touch()
    assert resolve_run(str(tmp_path), "slurm-41.out").name == "slurm-41.out"


def test_run_that_is_opened_itself_hides_those_beside_it(runs: Path) -> None:
    for root in ("root", "other"):
        write_run(runs / root, "step1")
        (runs / root / "INCAR").write_text("ENCUT = 400\n")
        (runs / root / "OUTCAR").write_text(" vasp.6\n")
    arguments = argparse.Namespace(runs_dir=str(runs / "root"))
    assert run_of(arguments, "step1") == (f"{runs}/root", "step1")


def test_runs_in_several_folders_are_given_by_folder(runs: Path) -> None:
    write_run(runs / "sweep", "r")
    arguments = argparse.Namespace(runs_dir=str(runs))
    found = runs_of(arguments, ["plate", "sweep/r", "gas-1", "plate"])
    assert found == {str(runs): ["plate", "gas-1"], f"{runs}/sweep": ["r"]}


@pytest.mark.parametrize(
    "wanted", ["../outside/r", "/etc/passwd", "./../outside/r", "sweep/../../outside/r", ".trash/r"]
)
def test_no_path_leads_out_of_the_directory(runs: Path, wanted: str) -> None:
    write_run(runs.parent / "outside", "r")
    write_run(runs / "sweep", "a")
    write_run(runs / ".trash", "r")
    with pytest.raises(RunNotFoundError):
        resolve_run(str(runs), wanted)
