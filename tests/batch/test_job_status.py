"""What is said of runs that are jobs, by commands that stand for a scheduler's."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runtui.batch.job_status import RunJob, query_jobs, waiting_runs
from runtui.cli import main
from runtui.store.record import JobInfo, JobOrigin, JobStatus, RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_run
from tests.runtime.queueing import Queue


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    return Queue(tmp_path, monkeypatch)


def job_run(
    base: Path, name: str, job_id: str, *, code: int | None = None, status: str = "running"
) -> RunJob:
    """Make a run that is a job, and has put down its exit code where there is one."""
    run = write_run(base, name, status=status, job={"system": "slurm", "id": job_id, "state": "RUNNING"})
    (run / ".runtui" / "job").mkdir(parents=True, exist_ok=True)
    if code is not None:
        (run / ".runtui" / "job" / "exit.0.0").write_text(f"{code}\n")
    return RunJob(str(base), read_record(str(base), name))


def of_job(base: Path, name: str, job: JobInfo) -> RunJob:
    """Return a run that is not there, and belongs to a job."""
    return RunJob(str(base), RunRecord(name, name, "running", job=job))


def ends(words: Mapping[tuple[str, str], JobStatus]) -> dict[str, str]:
    return {name: word.end for (_base, name), word in words.items()}


def test_job_status_prefers_exit_code_then_accounting_then_queue(queue: Queue, runs_dir: Path) -> None:
    runs = [
        job_run(runs_dir, "own", "1", code=3),
        job_run(runs_dir, "accounted", "2"),
        job_run(runs_dir, "seen", "3"),
        job_run(runs_dir, "gone", "4"),
        job_run(runs_dir, "at-work", "5"),
        job_run(runs_dir, "recorded", "6", code=0, status="completed"),
        job_run(runs_dir, "silent-end", "7", code=0),
        of_job(runs_dir, "odd", JobInfo("slurm", "--all")),
        of_job(runs_dir, "unknown", JobInfo("cron", "8")),
    ]
    queue.says("3|NODE_FAIL|NodeDown|0:00|\n5|RUNNING|None|9:58|n1\n")
    queue.accounts("1|COMPLETED|0:0\n2|OUT_OF_MEMORY|0:125\n")
    words = query_jobs(runs).states
    lost = "the scheduler no longer knows it (last state: RUNNING), and it wrote no exit code"
    assert ends(words) == {
        "own": "its job ended with exit code 3, and did not record it",
        "accounted": "it exceeded its memory limit, out of memory (OUT_OF_MEMORY)",
        "seen": "its node failed (NODE_FAIL)",
        "gone": lost,
        "at-work": "",
        "recorded": lost,
        "silent-end": "its job ended with exit code 0, and did not record it",
    }
    assert words[str(runs_dir), "at-work"].note == JobInfo("slurm", "5", "RUNNING", "9:58 left", "n1")
    assert queue.questions == ["squeue", "sacct"]


def test_a_job_without_a_limit_or_over_it_has_no_time_left(queue: Queue, runs_dir: Path) -> None:
    runs = [job_run(runs_dir, "free", "5"), job_run(runs_dir, "over", "6")]
    queue.says("5|RUNNING|None|UNLIMITED|n1\n6|RUNNING|None|INVALID|n2\n")
    states = query_jobs(runs).states
    assert {name: (state.note.state, state.note.detail) for (_base, name), state in states.items()} == {
        "free": ("RUNNING", ""),
        "over": ("RUNNING", ""),
    }


def test_scheduler_is_queried_once_per_interval(queue: Queue, runs_dir: Path) -> None:
    run = job_run(runs_dir, "one", "5")
    queue.says("5|PENDING|Priority|9:58|\n")
    for _ in range(3):
        assert query_jobs([run]).states[str(runs_dir), "one"].note.detail == "Priority"
    assert main(["ls", "-C", str(runs_dir), "status:lost"]) == 0
    assert queue.questions == ["squeue"]
    queue.forgets_when()
    queue.says(None)
    assert (
        query_jobs([run]).states[str(runs_dir), "one"].note.state == "PENDING"
    )  # no answer: the last one stays
    assert len(queue.questions) == 2


def test_damaged_memory_file_is_replaced(queue: Queue, runs_dir: Path) -> None:
    run = job_run(runs_dir, "one", "5")
    queue.says("5|PENDING|Priority|9:58|\n")
    for text in (
        "",
        "[]",
        "{",
        '{"slurm": 3}',
        '{"slurm": {"at": "x"}}',
        '{"slurm": {"at": 1, "silence": []}}',
    ):
        queue.memory.parent.mkdir(parents=True, exist_ok=True)
        queue.memory.write_text(text)
        assert query_jobs([run]).states[str(runs_dir), "one"].note.state == "PENDING"
    queue.memory.unlink()
    query_jobs([run])
    assert os.stat(queue.memory).st_mode & 0o077 == 0


def test_ls_filters_by_lost_status_and_queue_reason(
    queue: Queue, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job_run(runs_dir, "gone", "4")
    job_run(runs_dir, "waits", "5", status="initialising")
    queue.says("5|PENDING|Priority|9:58|\n")
    main(["ls", "-C", str(runs_dir), "status:lost", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["run_id"], found["lost"], found["job"]["state"]) == ("gone", True, "GONE")
    main(["ls", "-C", str(runs_dir), "queue:priority", "--columns", "id"])
    assert capsys.readouterr().out.split() == ["waits"]


def test_hanging_scheduler_is_reported_without_waiting(
    queue: Queue, runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job_run(runs_dir, "one", "5")
    queue.says("5|PENDING|Priority|9:58|\n")
    main(["ls", "-C", str(runs_dir), "--columns", "queue"])
    assert capsys.readouterr().out.split() == ["PENDING", "Priority"]
    (tmp_path / "programs" / "squeue").write_text("#!/bin/sh\nexec sleep 600\n")
    queue.forgets_when()
    main(["ls", "-C", str(runs_dir), "--columns", "queue"])
    out, err = capsys.readouterr()
    assert out.split() == ["PENDING", "Priority"]
    assert err.startswith("runtui: squeue did not answer in time; job states are as of ")


@pytest.mark.parametrize(
    "words",
    [("ls",), ("show", "one"), ("clean", "--keep", "0", "--dry-run"), ("clean", "id:one", "--dry-run")],
)
def test_whatever_schedulers_hang_they_are_asked_at_once_and_once(
    queue: Queue, runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    job_run(runs_dir, "one", "5", status="failed")
    write_run(runs_dir, "two", status="running", pbs_jobid="7.head")
    for program in ("squeue", "sacct", "qstat"):
        path = tmp_path / "programs" / program
        path.write_text(f"#!/bin/sh\necho {program} >> {tmp_path}/questions\nsleep 600\n")
        path.chmod(0o755)
    (tmp_path / "questions").touch()
    assert main([words[0], "-C", str(runs_dir), *words[1:]]) == 0
    said = "".join(capsys.readouterr())
    assert "squeue did not answer in time" in said
    assert ("qstat did not answer in time" in said) == (words == ("ls",))
    assert len(queue.questions) == len(set(queue.questions))


def test_ended_run_is_queried_until_its_job_is_final(queue: Queue, runs_dir: Path) -> None:
    run = job_run(runs_dir, "again", "5", status="failed")
    queue.says("5|PENDING|BeginTime|9:58|\n")
    assert query_jobs([run]).states[str(runs_dir), "again"].is_waiting
    queue.forgets_when()
    queue.says("")
    queue.accounts("5|CANCELLED by 0|0:0\n")
    status = query_jobs([run]).states[str(runs_dir), "again"]
    assert (status.is_final, status.word) == (True, "it was cancelled (CANCELLED)")
    queue.forgets_when()
    asked = len(queue.questions)
    assert query_jobs([run]).states[str(runs_dir), "again"] == status
    assert len(queue.questions) == asked


@pytest.mark.parametrize(
    ("changes", "is_asked"),
    [
        ({}, False),
        ({"is_derived": False}, True),
        ({"status": "failed"}, True),
        ({"completed": time.time() - 86400.0}, True),
        ({"completed": None}, True),
    ],
)
def test_job_whose_log_ended_well_long_ago_is_not_asked_about(
    queue: Queue, runs_dir: Path, changes: dict[str, Any], is_asked: bool
) -> None:
    queue.says("")
    run = RunRecord("a", "a", "completed", job=JobInfo("slurm", "7"), is_derived=True)
    run = run._replace(completed=time.time() - 8 * 86400.0)._replace(**changes)
    query_jobs([RunJob(str(runs_dir), run)])
    assert queue.memory.exists() == is_asked


def test_job_that_ended_before_the_run_started_is_not_its_job(queue: Queue, runs_dir: Path) -> None:
    write_run(runs_dir, "counter", status="running", job_id=5, user="")
    write_run(runs_dir, "inside", status="running", slurm_job_id=6, user="")
    runs = [RunJob(str(runs_dir), read_record(str(runs_dir), name)) for name in ("counter", "inside")]
    queue.says("")
    queue.accounts("5|FAILED|1:0|5|1000000000|root|n1\n6|FAILED|1:0|6|4000000000|root|n1\n")
    assert ends(query_jobs(runs).states) == {"inside": "exit code 1"}


AGAIN = 1793492400  # 00:20:00


def attempts(base: Path, *restarts: int | None, status: str = "failed") -> list[RunJob]:
    """Make runs of one job, each twenty minutes after the one before."""
    for number, count in enumerate(restarts):
        environment = {} if count is None else {"SLURM_RESTART_COUNT": str(count)}
        write_run(
            base,
            f"r{number}",
            status="running" if number == len(restarts) - 1 else status,
            created_at=f"2026-11-01T00:{20 * number:02}:05Z",
            started_at=f"2026-11-01T00:{20 * number:02}:05Z",
            completed_at=f"2026-11-01T00:{20 * number:02}:15Z" if status == "failed" else None,
            environment={"SLURM_JOB_ID": "5", **environment},
            user="",
        )
    names = [f"r{number}" for number in range(len(restarts))]
    return [RunJob(str(base), read_record(str(base), name)) for name in names]


def earlier(base: Path, runs: Sequence[RunJob]) -> dict[str, str]:
    """Return the earlier attempts, each with the later one."""
    states = query_jobs(runs).states
    names = [run.run.name for run in runs]
    return {name: states[str(base), name].later for name in names if states[str(base), name].is_earlier}


def test_the_run_of_an_attempt_before_a_job_was_begun_anew_is_an_earlier_one(
    queue: Queue, runs_dir: Path
) -> None:
    runs = attempts(runs_dir, None, None)
    queue.says(f"5|RUNNING|None|9:58|n1|5|N/A||{AGAIN}|/\n")
    assert earlier(runs_dir, runs) == {"r0": "r1"}
    assert earlier(runs_dir, runs[:1]) == {"r0": ""}


def test_of_several_runs_in_the_later_attempt_that_of_the_same_work_is_named(
    queue: Queue, runs_dir: Path
) -> None:
    runs = attempts(runs_dir, None, 1, 1)
    for place, description in enumerate(("fit", "fit", "plot")):
        record = runs[place].run._replace(description=description)
        runs[place] = runs[place]._replace(run=record)
    queue.says("")
    assert earlier(runs_dir, runs) == {"r0": "r1"}


def test_runs_of_one_attempt_are_no_earlier_ones(queue: Queue, runs_dir: Path) -> None:
    runs = attempts(runs_dir, None, None)
    queue.says(f"5|RUNNING|None|9:58|n1|5|N/A||{AGAIN - 1800}|/\n")
    assert earlier(runs_dir, runs) == {}


def test_a_run_that_goes_on_after_its_job_was_begun_anew_is_no_earlier_one(
    queue: Queue, runs_dir: Path
) -> None:
    (run,) = attempts(runs_dir, None, status="running")  # written just now
    queue.says(f"5|RUNNING|None|9:58|n1|5|N/A||{AGAIN}|/\n")
    assert earlier(runs_dir, [run]) == {}
    silent = (runs_dir / "r0" / "metadata.json", *(runs_dir / "r0" / "logs").iterdir())
    for file in silent:
        os.utime(file, (AGAIN - 60, AGAIN - 60))
    assert earlier(runs_dir, [RunJob(str(runs_dir), read_record(str(runs_dir), "r0"))]) == {"r0": ""}


def test_the_number_of_restarts_tells_an_earlier_attempt_when_the_job_is_forgotten(
    queue: Queue, runs_dir: Path
) -> None:
    runs = attempts(runs_dir, None, 1)
    queue.says("")
    assert earlier(runs_dir, runs) == {"r0": "r1"}


def test_cleanup_keeps_runs_with_queued_or_unanswered_jobs(queue: Queue, runs_dir: Path) -> None:
    runs = [job_run(runs_dir, name, job, status="failed").run for name, job in (("a", "5"), ("b", "6"))]
    queue.says("5|PENDING|BeginTime|9:58|\n")
    assert waiting_runs(str(runs_dir), runs) == {"a": "its job 5 is in the queue: PENDING BeginTime"}
    queue.memory.unlink()
    queue.says(None)
    assert set(waiting_runs(str(runs_dir), runs)) == {"a", "b"}


def test_cleanup_queries_an_unknown_job_again(queue: Queue, runs_dir: Path) -> None:
    run = job_run(runs_dir, "a", "5", status="failed").run
    queue.says("")
    queue.accounts("")
    assert waiting_runs(str(runs_dir), [run]) == {}
    queue.forgets_when()
    queue.says("5|PENDING|BeginTime|9:58|\n")
    assert set(waiting_runs(str(runs_dir), [run])) == {"a"}


@pytest.mark.parametrize(
    "changed", [{"status": "completed"}, {"job": JobInfo("slurm", "5", origin=JobOrigin.GUESSED)}]
)
def test_cleanup_keeps_recent_runs_while_the_scheduler_is_silent(
    changed: dict[str, Any], queue: Queue, runs_dir: Path
) -> None:
    run = job_run(runs_dir, "a", "5", status="failed").run._replace(completed=time.time() - 60.0, **changed)
    queue.says(None)
    assert set(waiting_runs(str(runs_dir), [run])) == {"a"}
    assert waiting_runs(str(runs_dir), [run._replace(completed=1.0)]) == {}
