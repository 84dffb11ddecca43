from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_log, write_run


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """A run that ran out of memory, one that was cancelled, one that says nothing, one that did not fail."""
    oom = write_run(runs_dir, "oom", status="failed", created="2026-01-04T00:00:00Z")
    write_log(
        oom, "step 1\nERROR: the field is large\nMemoryError: no room\nMPI_ABORT was invoked on rank 1\n"
    )
    gone = write_run(runs_dir, "gone", status="failed", created="2026-01-03T00:00:00Z")
    write_log(gone, "*** JOB 1 ON n CANCELLED AT 12:00 ***\n")
    write_log(write_run(runs_dir, "mute", status="failed", created="2026-01-02T00:00:00Z"), "step 1\n")
    write_log(write_run(runs_dir, "well", created="2026-01-01T00:00:00Z"), "MemoryError: caught\nstep 2\n")
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], runs: Path, *arguments: str) -> str:
    assert main([arguments[0], "-C", str(runs), *arguments[1:]]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


def test_ls_finds_runs_by_the_kind_of_failure(runs: Path, capsys) -> None:
    assert (
        run(capsys, runs, "ls", "reason:oom", "--columns", "id,reason") == "oom  oom: MemoryError: no room\n"
    )
    found = run(capsys, runs, "ls", "has:reason", "--columns", "id").split()
    assert found == ["oom", "gone"]
    assert run(capsys, runs, "ls", "reason:room", "--columns", "id") == "oom\n"


def test_ls_sorts_by_reason_and_shows_the_last_line_of_unknown_failures(runs: Path, capsys) -> None:
    out = run(capsys, runs, "ls", "status:failed", "--sort", "reason", "--columns", "id,reason")
    assert [line.split(None, 1)[1] for line in out.splitlines()] == [
        "cancelled: *** JOB 1 ON n CANCELLED AT 12:00 ***",
        "oom: MemoryError: no room",
        "unknown: step 1",
    ]


def test_json_has_kind_line_and_offset_of_the_failure(runs: Path, capsys) -> None:
    found = {each["run_id"]: each["reason"] for each in json.loads(run(capsys, runs, "ls", "--json"))}
    assert found["oom"] == {
        "kind": "oom",
        "line": "MemoryError: no room",
        "log": "logs/simulation.log",
        "offset": 33,
        "partly_read": None,
    }
    assert found["well"] is None
    assert json.loads(run(capsys, runs, "show", "gone", "--json"))["reason"]["kind"] == "cancelled"


def test_show_prints_the_failure_and_its_log(runs: Path, capsys) -> None:
    lines = run(capsys, runs, "show", "oom").splitlines()
    assert lines[1:3] == ["oom: MemoryError: no room", "  in logs/simulation.log"]


def test_logs_errors_prints_the_reason_and_the_error_lines(runs: Path, capsys) -> None:
    assert run(capsys, runs, "logs", "oom", "--errors").splitlines() == [
        "oom: MemoryError: no room",
        "logs/simulation.log:2: ERROR: the field is large",
        "logs/simulation.log:3: MemoryError: no room",
        "logs/simulation.log:4: MPI_ABORT was invoked on rank 1",
    ]
    found = json.loads(run(capsys, runs, "logs", "oom", "--errors", "--json"))
    assert (found["run_id"], found["reason"]["kind"]) == ("oom", "oom")
    assert [line["kind"] for line in found["lines"]] == ["error", "oom", "mpi"]
    assert [(line["line_number"], line["offset"]) for line in found["lines"]] == [(2, 7), (3, 33), (4, 54)]
    assert run(capsys, runs, "logs", "mute", "--errors") == "unknown: step 1\n"
    assert run(capsys, runs, "logs", "well", "--errors").splitlines() == [
        "its status is completed, but its logs have error lines",
        "logs/simulation.log:1: MemoryError: caught",
    ]
    write_log(write_run(runs, "fine"), "step 1\n")
    assert run(capsys, runs, "logs", "fine", "--errors") == "no errors found: its status is completed\n"


def test_logs_errors_numbers_lines_as_editors_do_in_a_large_log(runs: Path, capsys) -> None:
    log = write_log(runs / "oom", "".join(f"step {step}\r10%\r100%\n" for step in range(200_000)), "big.log")
    write_log(runs / "oom", "MemoryError: no room either\n", "big.log")
    (row,) = (line for line in run(capsys, runs, "logs", "oom", "--errors").splitlines() if "big.log" in line)
    number = int(row.split(":")[1])
    assert log.read_bytes().split(b"\n")[number - 1] == b"MemoryError: no room either"
    assert number == 200_001


def test_logs_prints_the_end_of_the_newest_log(runs: Path, capsys) -> None:
    assert run(capsys, runs, "logs", "well") == "MemoryError: caught\nstep 2\n"
    assert run(capsys, runs, "logs", "well", "-n", "1") == "step 2\n"


def test_invalid_use_of_logs_is_a_one_line_error(runs: Path, capsys) -> None:
    write_run(runs, "bare")
    for arguments, code in ((["well", "--json"], 2), (["well", "-n", "0"], 2), (["bare"], 1)):
        assert main(["logs", "-C", str(runs), *arguments]) == code
        assert capsys.readouterr().err.count("\n") == 1


def test_clean_selects_runs_by_reason_of_failure(runs: Path, capsys) -> None:
    plan = json.loads(run(capsys, runs, "clean", "reason:cancelled", "--dry-run", "--json"))
    assert [moved["run_id"] for moved in plan["moved"]] == ["gone"]


def test_symlinked_log_is_printed_or_reported_as_dangling(runs: Path, tmp_path: Path, capsys) -> None:
    far = write_run(runs, "far", status="failed")
    (tmp_path / "job.out").write_text("ValueError: bad beta\n")
    (far / "logs" / "run.log").symlink_to(tmp_path / "job.out")
    assert run(capsys, runs, "logs", "far") == "ValueError: bad beta\n"
    [log] = json.loads(run(capsys, runs, "show", "far", "--json"))["logs"]
    assert (log["path"], log["link"]) == ("logs/run.log", str(tmp_path / "job.out"))
    (tmp_path / "job.out").unlink()
    assert main(["logs", "-C", str(runs), "far"]) == 1
    said = f"logs/run.log is a link to {tmp_path / 'job.out'}, which does not exist"
    assert capsys.readouterr().err == f"runtui: {said}\n"
    assert run(capsys, runs, "ls", "far", "--columns", "reason").strip() == f"unknown: {said}"


def test_logs_that_cannot_be_read_are_named_instead_of_none(runs: Path, capsys) -> None:
    run = write_run(runs, "odd", status="failed")
    os.mkfifo(run / "logs" / "out.log")
    (run / "logs" / ".hidden.log").write_text("Killed\n")
    (run / "logs" / "1" / "2" / "3" / "4" / "5").mkdir(parents=True)
    unread = (
        "logs/out.log is a FIFO, so it is not read; "
        "logs/1/2/3/4/5/ was not looked at: deeper than 4 folders; "
        "logs/.hidden.log is hidden, so it is not read"
    )
    assert main(["logs", "odd", "-C", str(runs)]) == 1
    assert capsys.readouterr().err == f"runtui: {unread}\n"
    (run / "logs" / "run.log").write_text("step 1\n")
    assert main(["logs", "odd", "-C", str(runs)]) == 0
    output = capsys.readouterr()
    assert output.out == "step 1\n"
    assert output.err.splitlines() == [f"runtui: {line}" for line in unread.split("; ")[:2]]


def test_errors_say_that_not_all_logs_were_read(runs: Path, capsys) -> None:
    run = write_run(runs, "ranks", status="failed")
    for rank in range(65):
        (run / "logs" / f"rank.{rank}").mkdir()
        (run / "logs" / f"rank.{rank}" / "out").write_text("step 1\n" * 20_000)
    assert main(["logs", "ranks", "--errors", "-C", str(runs)]) == 0
    output = capsys.readouterr()
    assert output.err == "runtui: 6 of 65 logs read, the newest and those for errors first\n"
    assert output.out == "unknown: step 1 (6 of 65 logs read)\n"
