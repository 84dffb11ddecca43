"""PBS by the text that its commands print, in the form of what others have published; none is run here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.batch.base import BatchError, BatchUnreachableError, JobPhase, JobReport, JobRequest
from runtui.batch.pbs import Pbs, parse_status, submit_words

STATUS = """\
Job Id: 1201.head
    Job_Name = runtui-clean
    Job_Owner = ada@login1.cluster
    job_state = Q
    queue = short
    server = head
    comment = Not Running: Insufficient amount of resource: ncpus (R: 8 A: 2 T:
\t 128)
    Resource_List.walltime = 01:00:00

Job Id: 1202.head
    Job_Name = runtui-map
    resources_used.walltime = 00:10:05
    job_state = R
    exec_host = node07/0*4
    Variable_List = PBS_O_HOME=/home/ada,PBS_O_LANG=en_GB.UTF-8,
\tPBS_O_PATH=/usr/bin:/bin,NOTE=a = b

Job Id: 1203.head
    job_state = F
    exec_host = node07/0
    Exit_status = 0

Job Id: 1204.head
    job_state = F
    Exit_status = 3

Job Id: 1205.head
    job_state = F
    comment = Job run at Tue Nov 17 at 09:00 on (node07:ncpus=1) and exceeded re
\tsource walltime
    Exit_status = -29

Job Id: 1206.head
    job_state = F
    Exit_status = 271

Job Id: 1207.head
    job_state = F
    comment = Job deleted as result of dependency on job 1204.head

Job Id: 1208[].head
    job_state = B

Job Id: 9999.head
    job_state = R
"""


def test_qstat_output_is_parsed() -> None:
    ids = [f"{number}.head" for number in range(1201, 1208)] + ["1208[].head", "1209.head"]
    found = parse_status(STATUS, ids)
    waiting = "Not Running: Insufficient amount of resource: ncpus (R: 8 A: 2 T: 128)"
    late = "Job run at Tue Nov 17 at 09:00 on (node07:ncpus=1) and exceeded resource walltime"
    assert found == {
        "1201.head": JobReport(JobPhase.QUEUED, "QUEUED", waiting),
        "1202.head": JobReport(JobPhase.RUNNING, "RUNNING", node="node07"),
        "1203.head": JobReport(JobPhase.ENDED, "COMPLETED", exit_code=0, node="node07"),
        "1204.head": JobReport(JobPhase.ENDED, "FAILED", exit_code=3),
        "1205.head": JobReport(JobPhase.ENDED, "TIMEOUT", late),
        "1206.head": JobReport(JobPhase.ENDED, "ENDED", signal=15),
        "1207.head": JobReport(
            JobPhase.ENDED, "CANCELLED", "Job deleted as result of dependency on job 1204.head"
        ),
        "1208[].head": JobReport(JobPhase.RUNNING, "ARRAY BEGUN"),
    }


@given(st.text(), st.text("Job Id:1.\n\t =_stateFX", max_size=60))
def test_any_qstat_output_is_accepted(one: str, other: str) -> None:
    for text in (one, f"Job Id: 1\n{other}"):
        parse_status(text, ["1"])


def test_submit_command_includes_resources_and_dependencies() -> None:
    resources = {"time": "1:00:00", "memory": "8G", "cpus": "4", "partition": "short", "account": "climate"}
    request = JobRequest(
        "runtui-x",
        "the script",
        "/r/log",
        "/home/me",
        resources | {"array": "0-3", "options": "-m n"},
        ["7.head"],
    )
    assert submit_words(request) == [
        "qsub", "-V", "-N", "runtui-x", "-j", "oe", "-o", "/r/log.pbs", "-q", "short", "-A", "climate",
        "-J", "0-3", "-l", "select=1:ncpus=4:mem=8gb", "-l", "walltime=1:00:00",
        "-W", "depend=afterok:7.head", "-m", "n",
    ]  # fmt: skip


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that are found first."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_unknown_job_does_not_hide_the_others(programs: Path) -> None:
    (programs / "status").write_text(STATUS)
    program(programs, "qstat", f"cat {programs}/status; echo 'qstat: Unknown Job Id 7.head' >&2; exit 153")
    assert set(Pbs().poll(["1203.head", "7.head"])) == {"1203.head"}


def test_only_the_queue_is_polled_if_pbs_keeps_no_history(programs: Path) -> None:
    (programs / "status").write_text(STATUS)
    complaint = "qstat: PBS is not configured to maintain job history"
    program(
        programs, "qstat", f'test "$1" = -f && cat {programs}/status && exit; echo "{complaint}" >&2; exit 1'
    )
    assert Pbs().poll(["1202.head"])["1202.head"].phase is JobPhase.RUNNING


def test_unreachable_server_is_distinguished_from_a_refusal(programs: Path) -> None:
    program(
        programs,
        "qstat",
        "echo 'Connection refused' >&2; echo 'qstat: cannot connect to server head' >&2; exit 111",
    )
    with pytest.raises(BatchUnreachableError):
        Pbs().poll(["1.head"])
    program(programs, "qsub", "echo 'qsub: Unknown queue' >&2; exit 170")
    with pytest.raises(BatchError, match="qsub: qsub: Unknown queue") as refusal:
        Pbs().submit(JobRequest("x", "x.sh", "log", "/"))
    assert not isinstance(refusal.value, BatchUnreachableError)
    program(programs, "qdel", "echo 'qdel: Job has finished 1.head' >&2; exit 35")
    Pbs().cancel(["1.head"])
