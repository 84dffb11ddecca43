from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from tests.layouts.test_slurm import make
from tests.run_dirs import write_log, write_run
from tests.runtime.queueing import Queue

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five ended runs, an hour to five days old, of which the second failed; and one that runs."""
    for number, hours in enumerate((1, 24, 48, 72, 120)):
        run = write_run(
            runs_dir,
            f"run-{number}",
            status="failed" if number == 1 else "completed",
            created=NOW - timedelta(hours=hours),
        )
        write_log(run, "x" * 1000)
    write_run(runs_dir, "live", status="running", created=NOW - timedelta(days=9))
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    output = capsys.readouterr()
    return code, output.out, output.err


def names(base: Path) -> set[str]:
    return {path.name for path in base.iterdir() if not path.name.startswith(".")}


def tree(base: Path) -> dict[str, bytes]:
    """Return everything below `base`, with the contents of files."""
    return {
        str(path.relative_to(base)): b"" if path.is_dir() or path.is_symlink() else path.read_bytes()
        for path in base.rglob("*")
    }


def test_dry_run_prints_the_plan_and_changes_nothing(runs: Path, capsys) -> None:
    before = tree(runs)
    code, planned, _err = run(capsys, "clean", "--keep", "2", "--dry-run")
    assert code == 0
    assert tree(runs) == before
    assert [line.split()[:2] for line in planned.splitlines()[:4]] == [
        ["move", "run-2"],
        ["move", "run-3"],
        ["move", "run-4"],
        ["keep", "live"],
    ]
    assert "3 runs to move" in planned
    assert "1 run kept" in planned
    code, done, _err = run(capsys, "clean", "--keep", "2", "--yes")
    assert code == 0
    assert done.startswith(planned)
    assert names(runs) == {"run-0", "run-1", "live"}


@pytest.mark.parametrize(
    ("arguments", "taken"),
    [
        (["status:failed"], {"run-1"}),
        (["--older-than", "2d"], {"run-2", "run-3", "run-4"}),
        (["--older-than", "60h"], {"run-3", "run-4"}),
        (["status:completed", "--older-than", "4d"], {"run-4"}),
        (["id:run-0,run-3"], {"run-0", "run-3"}),
        (["status:completed", "--keep", "3"], {"run-4"}),
        (["age>2d", "-id:run-4"], {"run-2", "run-3"}),
        (["--run", "run-0", "run-3"], {"run-0", "run-3"}),
        (["--run", "run-1", "--run", "run-4"], {"run-1", "run-4"}),
        (["status:completed", "--run", "run-0", "run-1"], {"run-0"}),
    ],
)
def test_clean_selects_runs_by_query_age_and_number(runs: Path, capsys, arguments, taken) -> None:
    before = names(runs)
    assert run(capsys, "clean", *arguments, "--yes")[0] == 0
    assert before - names(runs) == taken


def test_clean_moves_nothing_if_a_prefix_is_ambiguous(runs: Path, capsys) -> None:
    write_run(runs, "run-10")
    before = names(runs)
    assert run(capsys, "clean", "--run", "run-1", "live", "--yes")[0] == 0
    assert before - names(runs) == {"run-1"}
    code, out, err = run(capsys, "clean", "--run", "run-0", "run-", "--yes")
    assert (code, out) == (1, "")
    assert err == "runtui: 'run-' matches 5 runs, add more characters: run-0, run-10, run-2, run-3, run-4\n"
    assert before - names(runs) == {"run-1"}


def test_plan_shows_size_and_files_of_moved_and_kept_runs(runs: Path, capsys) -> None:
    write_log(runs / "live", "x" * 5000)
    plan = json.loads(run(capsys, "clean", "--run", "run-1", "live", "--dry-run", "--json")[1])
    for part, name, least in (("moved", "run-1", 1000), ("kept", "live", 5000)):
        (listed,) = plan[part]
        assert (listed["run_id"], listed["files"]) == (name, 2)
        assert least < listed["size"] < least + 1000
    assert (plan["size"], plan["files"]) == (plan["moved"][0]["size"], 2)
    shown = run(capsys, "clean", "--run", "run-1", "live", "--dry-run")[1]
    assert re.search(r"^keep  live  5\.\d KiB in 2 files  it is running$", shown, re.MULTILINE)


def test_clean_selects_runs_by_any_key(runs: Path, capsys) -> None:
    before = names(runs)
    for number in (1, 2):
        (runs / f"run-{number}" / "run_params.json").write_text('{"model": {"beta": 0.3}}')
    assert run(capsys, "clean", "model.beta>=0.2", "-status:failed", "--yes")[0] == 0
    assert before - names(runs) == {"run-2"}


def test_clean_keeps_a_run_with_unreadable_parameters(runs: Path, capsys) -> None:
    for name in ("run-2", "run-3"):
        (runs / name / "run_params.json").write_text('{"beta": 1}')
    (runs / "run-3" / "run_params.json").write_text('{"beta": 1')
    code, planned, _err = run(capsys, "clean", "-beta:1", "--dry-run")
    moved = {line.split()[1] for line in planned.splitlines() if line.startswith("move")}
    assert (code, moved) == (0, {"run-0", "run-1", "run-4"})
    why = (
        "the filter needs a value that cannot be read: run_params.json is not valid JSON (line 1, column 11)"
    )
    assert why in " ".join(planned.split())


def test_clean_goes_by_configurations_and_spares_runs_whose_configuration_is_broken(
    runs: Path, capsys
) -> None:
    (runs / "run-1" / "config.yaml").write_text("model: {beta: 0.3}\n")
    (runs / "run-2" / "config.yaml").write_text("model: {beta: 0.1}\n")
    (runs / "run-3" / "config.yaml").write_text("model: {beta: 0.1\n")
    code, planned, _err = run(capsys, "clean", "-model.beta>=0.2", "--dry-run")
    moved = {line.split()[1] for line in planned.splitlines() if line.startswith("move")}
    assert (code, moved) == (0, {"run-0", "run-2", "run-4"})
    assert "config.yaml cannot be understood" in " ".join(planned.split())


def test_clean_and_ls_filter_by_the_schedulers_status(
    runs_dir: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(tmp_path, monkeypatch)
    queue.says("6|PENDING|BeginTime|9:58|\n")
    queue.accounts("5|FAILED|1:0\n")
    for name, status, job in (("killed", "running", "5"), ("requeued", "failed", "6")):
        write_run(runs_dir, name, status=status, job={"system": "slurm", "id": job})
    _code, listed, _err = run(capsys, "ls", "-C", str(runs_dir), "status:failed", "--columns", "id")
    assert listed.split() == ["killed"]
    code, planned, _err = run(capsys, "clean", "-C", str(runs_dir), "status:failed", "--dry-run")
    assert code == 0
    assert "killed" in planned
    assert "requeued" not in planned


def test_cleanup_with_an_unknown_key_is_refused(runs: Path, capsys) -> None:
    before = names(runs)
    code, out, err = run(capsys, "clean", "modl.beta!=3", "--yes")
    assert (code, out) == (1, "")
    assert err == "runtui: nothing moved: no run has a value for modl.beta; check its spelling\n"
    assert names(runs) == before


def test_cleaned_run_is_restored_from_the_trash_unchanged(runs: Path, capsys) -> None:
    RunManager(runs).rebuild_index()
    before = tree(runs)
    index = json.loads((runs / ".run_index.json").read_text())
    run(capsys, "clean", "status:failed", "--yes")
    assert "run-1" not in {
        entry["run_id"] for entry in json.loads((runs / ".run_index.json").read_text())["runs"]
    }
    _code, listed, _err = run(capsys, "trash", "ls", "--json")
    (trashed,) = json.loads(listed)
    assert (trashed["run_id"], trashed["reason"], trashed["files"]) == ("run-1", "matches status:failed", 2)
    assert run(capsys, "trash", "restore", "run-1")[:2] == (0, "restored run-1\n")
    assert json.loads((runs / ".run_index.json").read_text()) == index
    assert {key: value for key, value in tree(runs).items() if key[0] != "."} == {
        key: value for key, value in before.items() if key[0] != "."
    }
    assert run(capsys, "trash", "ls") == (0, "", "")


def test_run_with_a_name_in_use_stays_in_the_trash(runs: Path, capsys) -> None:
    run(capsys, "clean", "status:failed", "--yes")
    write_run(runs, "run-1", description="another")
    code, _out, err = run(capsys, "trash", "restore", "run-1")
    assert code == 1
    assert "there is a run run-1 already" in err
    assert json.loads((runs / "run-1" / "metadata.json").read_text())["description"] == "another"
    assert "run-1" in run(capsys, "trash", "ls")[1]


def test_restore_reports_runs_that_cannot_be_restored(runs: Path, capsys) -> None:
    run(capsys, "clean", "--older-than", "2d", "--yes")
    code, out, err = run(capsys, "trash", "restore", "run-2", "nosuch", "run-3")
    assert code == 1
    assert out == "restored run-2\nrestored run-3\n"
    assert err == "runtui: no run in the trash begins with 'nosuch': `runtui trash ls` lists them\n"


def test_emptying_the_trash_deletes_permanently_and_follows_no_links(
    runs: Path, capsys, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("keep me")
    (runs / "run-1" / "results" / "link").symlink_to(outside)
    (runs / "run-1" / "results" / "file-link").symlink_to(outside / "precious")
    run(capsys, "clean", "status:failed", "--yes")
    code, out, err = run(capsys, "trash", "empty", "--yes")
    assert (code, err) == (0, "")
    assert out.startswith("deleted 1 run, ")
    assert list((runs / ".trash").iterdir()) == []
    assert (outside / "precious").read_text() == "keep me"
    assert run(capsys, "trash", "empty", "--yes")[:2] == (0, "deleted 0 runs, 0 files\n")


def test_emptying_the_trash_by_age_keeps_recent_runs(runs: Path, capsys) -> None:
    run(capsys, "clean", "status:failed", "--yes")
    assert run(capsys, "trash", "empty", "--older-than", "1h", "--yes")[:2] == (
        0,
        "deleted 0 runs, 0 files\n",
    )
    assert "run-1" in run(capsys, "trash", "ls")[1]


def test_clean_needs_yes_without_a_terminal(runs: Path, capsys, monkeypatch) -> None:
    before = tree(runs)
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        code, _out, err = run(capsys, "clean", "status:failed")
    assert (code, err) == (1, "runtui: cannot ask, input is not a terminal: use --yes to confirm\n")
    assert tree(runs) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["clean"],
        ["clean", "--keep", "few"],
        ["clean", "--older-than", "yesterday"],
        ["clean", "age<soon"],
        ["trash"],
        ["trash", "restore"],
    ],
)
def test_usage_error_is_one_line_and_exit_code_2(runs: Path, capsys, arguments: list[str]) -> None:
    before = tree(runs)
    code, _out, err = run(capsys, *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("runtui: ")
    assert tree(runs) == before


def test_linked_trash_is_refused_and_its_target_untouched(runs: Path, capsys, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "folder" / "precious").write_text("keep me")
    (runs / ".trash").symlink_to(outside)
    before = tree(outside)
    code, _out, err = run(capsys, "clean", "status:failed", "--yes")
    assert code == 1
    assert "it cannot be moved" in err
    assert run(capsys, "trash", "empty", "--yes")[0] == 1
    assert run(capsys, "trash", "restore", "folder")[0] == 1
    assert tree(outside) == before
    assert (runs / "run-1" / "metadata.json").exists()


def test_trash_list_is_an_alias_of_trash_ls(runs: Path, capsys) -> None:
    run(capsys, "clean", "--run", "run-1", "--yes")
    assert run(capsys, "trash", "list", "--json") == run(capsys, "trash", "ls", "--json")
    assert json.loads(run(capsys, "trash", "list", "--json")[1])[0]["run_id"] == "run-1"


@pytest.fixture
def sweeps(runs: Path) -> Path:
    """Beside the runs two folders of runs, in each a run of the same name, and a run of another program."""
    for folder in ("a", "b"):
        for number in range(2):
            created = NOW - timedelta(days=number + 1)
            write_run(runs / "sweep" / folder, f"{folder}{number}", status="failed", created=created)
        write_run(runs / "sweep" / folder, "same", status="failed", created=NOW - timedelta(days=9))
    make(runs, "sweep/case", SLURM_990001__out="ERROR: no input\n")
    return runs


def test_named_run_of_another_program_is_to_be_adopted_first(sweeps: Path, capsys) -> None:
    code, planned, err = run(capsys, "clean", "--run", "sweep/case", "--dry-run")
    assert (code, err) == (0, "")
    assert "it is a run of another program: adopt it first (`runtui adopt`)" in planned


def test_clean_plans_for_each_folder_and_tells_paths(sweeps: Path, capsys) -> None:
    code, planned, err = run(capsys, "clean", "folder:sweep", "status:failed", "--keep", "1", "--dry-run")
    assert (code, err) == (0, "")
    lines = planned.splitlines()
    assert [line.split("  ")[:2] for line in lines[:-1]] == [
        ["move", "sweep/a/a1"],
        ["move", "sweep/a/same"],
        ["move", "sweep/b/b1"],
        ["move", "sweep/b/same"],
        ["keep", "sweep/case"],
    ]
    assert lines[-2].endswith("it is a run of another program: adopt it first (`runtui adopt`)")
    assert lines[-1].startswith("4 runs to move (")
    assert lines[-1].endswith("), each to the trash of its folder; 1 run kept")


def test_runs_in_folders_are_moved_listed_restored_and_deleted(sweeps: Path, capsys) -> None:
    before = tree(sweeps / "sweep" / "a" / "a0")
    named = ["sweep/a/a0", "sweep/a/same", "sweep/b/same", "run-3"]
    assert run(capsys, "clean", "--run", *named, "--yes")[0] == 0
    for folder in ("sweep/a", "sweep/b", "."):
        assert (sweeps / folder / ".trash").is_dir()
    assert not (sweeps / "sweep" / ".trash").exists()
    listed = run(capsys, "trash", "ls")[1]
    assert {line.split("  ")[0] for line in listed.splitlines()} == set(named)
    as_json = json.loads(run(capsys, "trash", "ls", "--json")[1])
    assert {(one["folder"], one["run_id"]) for one in as_json} == {
        ("sweep/a", "a0"),
        ("sweep/a", "same"),
        ("sweep/b", "same"),
        (None, "run-3"),
    }
    code, _out, err = run(capsys, "trash", "restore", "same")
    assert code == 1
    assert err.startswith("runtui: 'same' fits 2 runs in the trash: sweep/")
    assert run(capsys, "trash", "restore", "a0", "sweep/b/sa")[1].splitlines() == [
        "restored sweep/a/a0",
        "restored sweep/b/same",
    ]
    assert tree(sweeps / "sweep" / "a" / "a0") == before
    assert run(capsys, "trash", "empty", "--yes")[1].startswith("deleted 2 runs, ")
    assert run(capsys, "trash", "ls")[1] == ""
    assert run(capsys, "ls", "folder:sweep/a", "--columns", "id")[1].split() == ["sweep/a/a0", "sweep/a/a1"]


def test_clean_of_a_run_that_is_opened_itself_spares_those_beside_it(sweeps: Path, capsys) -> None:
    code, planned, _err = run(capsys, "-C", str(sweeps / "run-3"), "clean", "--keep", "0", "--dry-run")
    assert (code, [line.split("  ")[1] for line in planned.splitlines()[:-1]]) == (0, ["run-3"])
