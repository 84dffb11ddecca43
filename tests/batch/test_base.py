from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.batch.base import (
    JobPhase,
    JobReport,
    JobRequest,
    Verdict,
    array_size,
    check_no_array,
    job_script,
    verdict_of,
)
from runtui.batch.exit_files import mark_folder
from runtui.batch.more_resources import UNKNOWN_USAGE, JobUsage
from runtui.batch.slurm import Slurm, parse_accounting, parse_queue, submit_words
from runtui.runtime.batch.follower import BatchFollower, Job
from tests.waiting import wait_until


def ended(state: str, **more: object) -> JobReport:
    return JobReport(JobPhase.ENDED, state, **more)  # type: ignore[arg-type]


RUNNING = JobReport(JobPhase.RUNNING, "RUNNING")
PENDING = JobReport(JobPhase.QUEUED, "PENDING", "Priority")


@pytest.mark.parametrize(
    ("codes", "tasks", "accounted", "seen", "failure", "code"),
    [
        ({0: 0}, 1, None, RUNNING, "", 0),  # its own word counts, whatever is said of it
        ({0: 0}, 1, ended("CANCELLED"), ended("CANCELLED"), "", 0),
        ({0: 3}, 1, None, None, "exit code 3", 3),
        ({0: 143}, 1, None, ended("TIMEOUT"), "it reached the scheduler's time limit (TIMEOUT)", 143),
        ({0: 143}, 1, ended("PREEMPTED"), None, "it was preempted (PREEMPTED)", 143),
        ({}, 1, None, None, "the scheduler no longer knows it, and it wrote no exit code", None),
        (
            {}, 1, None, RUNNING,
            "the scheduler no longer knows it (last state: RUNNING), and it wrote no exit code",
            None,
        ),
        ({}, 1, ended("OUT_OF_MEMORY", exit_code=0, signal=125), None,
         "it exceeded its memory limit, out of memory (OUT_OF_MEMORY)", 0),
        ({}, 1, ended("FAILED", exit_code=0, signal=9), ended("FAILED"), "killed by signal 9 (FAILED)", None),
        ({}, 1, ended("FAILED", exit_code=3, signal=0), None, "exit code 3", 3),
        ({}, 1, None, ended("FAILED", reason="Odd"), "failed in the scheduler (Odd)", None),
        ({}, 1, None, ended("NODE_FAIL"), "its node failed (NODE_FAIL)", None),
        ({}, 1, ended("COMPLETED", exit_code=0), None, "", 0),
        ({}, 1, None, ended("COMPLETED"), "it ended without writing its exit code", None),
        ({0: 0, 1: 0}, 2, None, None, "", 0),
        ({0: 0, 1: 7}, 2, None, None, "exit code 7", 7),
        ({0: 0}, 2, None, None,
         "the scheduler no longer knows it, and it wrote no exit code", None),
        ({0: 0}, 2, ended("COMPLETED", exit_code=0), None, "it ended without writing its exit code", 0),
    ],
)  # fmt: skip
def test_verdict_combines_exit_codes_accounting_and_queue_state(
    codes, tasks, accounted, seen, failure: str, code
) -> None:
    verdict = verdict_of(codes, tasks, accounted, seen)
    assert (verdict.failure, verdict.exit_code) == (failure, code)


@given(
    st.dictionaries(st.integers(0, 3), st.integers(-1, 255), max_size=3),
    st.integers(1, 3),
    st.none()
    | st.sampled_from(
        [RUNNING, PENDING, ended("FAILED"), ended("COMPLETED"), ended("COMPLETED", exit_code=0)]
    ),
    st.none() | st.sampled_from([RUNNING, PENDING, ended("CANCELLED"), ended("COMPLETED")]),
)
def test_success_requires_exit_codes_or_accounting(codes, tasks, accounted, seen) -> None:
    if not verdict_of(codes, tasks, accounted, seen).failure:
        is_own_word = len(codes) >= tasks and not any(codes.values())
        assert is_own_word or (accounted is not None and accounted.state == "COMPLETED" and tasks == 1)


def test_squeue_output_is_parsed() -> None:
    text = (
        "41|PENDING|Priority|10:00|\n"
        "42|RUNNING|None|9:58|node1\n"
        "43_[2-3]|PENDING|Resources|10:00|\n"
        "43_1|COMPLETED|None|10:00|node1\n"
        "44|CANCELLED by 1001|None|0:00|\n"
        "45|SOMETHING_NEW|None|0:00|node1\n"
        "99|RUNNING|None|1:00|node1\n"
        "a line|that is none\n"
    )
    found = parse_queue(text, ["41", "42", "43", "44", "45", "46"])
    assert found == {
        "41": JobReport(JobPhase.QUEUED, "PENDING", "Priority", left="10:00"),
        "42": JobReport(JobPhase.RUNNING, "RUNNING", left="9:58", node="node1"),
        "43": JobReport(JobPhase.QUEUED, "PENDING", "Resources", left="10:00", is_array=True),
        "44": JobReport(JobPhase.ENDED, "CANCELLED"),
        "45": JobReport(JobPhase.UNKNOWN, "SOMETHING_NEW", left="0:00", node="node1"),
    }


@pytest.mark.parametrize("word", ["INVALID", "UNLIMITED", "NOT_SET", "Partition_Limit", "N/A", ""])
def test_only_a_duration_is_time_left(word: str) -> None:
    found = parse_queue(f"42|RUNNING|None|{word}|node1\n", ["42"])["42"]
    assert (found.state, found.left, found.node) == ("RUNNING", "", "node1")


@pytest.mark.parametrize("span", ["0:00", "9:58", "1:02:03", "3-04:05:06"])
def test_a_duration_is_time_left(span: str) -> None:
    assert parse_queue(f"42|RUNNING|None|{span}|node1\n", ["42"])["42"].left == span


@pytest.mark.parametrize("word", ["None", "(null)", "N/A"])
def test_words_for_nothing_are_neither_reason_nor_node(word: str) -> None:
    found = parse_queue(f"42|PENDING|{word}|9:58|{word}\n", ["42"])["42"]
    assert (found.reason, found.node) == ("", "")


def test_sacct_output_is_parsed() -> None:
    text = (
        "41|COMPLETED|0:0\n42|CANCELLED by 0|0:15\n43|OUT_OF_MEMORY|0:125\n44|FAILED|3:0\n"
        "45_1|COMPLETED|0:0\n45_2|FAILED|2:0\n"
    )
    found = parse_accounting(text, ["41", "42", "43", "44", "45"])
    assert {job: (report.state, report.exit_code, report.signal) for job, report in found.items()} == {
        "41": ("COMPLETED", 0, 0),
        "42": ("CANCELLED", 0, 15),
        "43": ("OUT_OF_MEMORY", 0, 125),
        "44": ("FAILED", 3, 0),
        "45": ("FAILED", 2, 0),
    }


@given(st.text(), st.text("0123456789_[]|-%\nRUNING ", max_size=80))
def test_any_squeue_or_sacct_output_is_accepted(one: str, other: str) -> None:
    for text in (one, other):
        parse_queue(text, ["1", "2"])
        parse_accounting(text, ["1", "2"])


def test_submit_command_includes_resources_and_dependencies() -> None:
    resources = {
        "time": "01:00:00",
        "memory": "4G",
        "cpus": "2",
        "array": "0-3",
        "options": "--gres=gpu:1 --mail-type='END, FAIL'",
    }
    request = JobRequest("runtui-x", "the script", "/r/log", "/home/me", resources, ["7", "8"])
    assert submit_words(request) == [
        "sbatch", "--parsable", "--job-name=runtui-x", "--chdir=/home/me", "--output=/r/log",
        "--open-mode=append", "--export=ALL", "--time=01:00:00",
        "--mem=4G", "--cpus-per-task=2", "--array=0-3",
        "--dependency=afterok:7:8", "--kill-on-invalid-dep=yes", "--gres=gpu:1",
        "--mail-type=END, FAIL",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "size"), [("0-3", 4), ("5", 1), ("1,3,5-7", 5), ("0-15:4", 4), ("0-9%2", 10)]
)
def test_array_size_is_the_number_of_its_tasks(spec: str, size: int) -> None:
    assert array_size(spec) == size


@pytest.mark.parametrize("spec", ["", "a", "3-1", "0-1000000"])
def test_invalid_array_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        array_size(spec)


def script_of(words: Sequence[str], folder: Path, exit_name: str = "the exit") -> Path:
    """Write a job's script, and return it."""
    script = folder / "script.sh"
    exit_file = str(folder / exit_name)
    script.write_text(job_script(words, exit_file, mark_folder(exit_file), str(folder), "TASK", "RESTARTS"))
    return script


def test_job_script_does_not_write_through_a_symlinked_folder(tmp_path: Path) -> None:
    folder, private = tmp_path / "job", tmp_path / "private"
    folder.mkdir()
    private.mkdir()
    (private / "exit.0.0").write_text("precious")
    script = tmp_path / "script.sh"
    exit_file = str(folder / "exit")
    text = job_script(["true"], exit_file, mark_folder(exit_file), str(tmp_path), "TASK", "RESTARTS")
    script.write_text(text)
    folder.rename(tmp_path / "moved")
    folder.symlink_to(private)
    subprocess.run(["sh", script], capture_output=True, check=False)
    assert {path.name: path.read_text() for path in private.iterdir()} == {"exit.0.0": "precious"}


def test_job_script_records_its_exit_code_even_after_sigterm(tmp_path: Path) -> None:
    for words, code in ((["sh", "-c", "exit 3"], 3), (["true"], 0), (["no-such-program"], 127)):
        script = script_of(words, tmp_path)
        done = subprocess.run(["sh", script], capture_output=True, check=False)
        assert done.returncode == code
        assert (tmp_path / "the exit.0.0").read_text() == f"{code}\n"
    script = script_of(["sh", "-c", "touch begun; exec sleep 600"], tmp_path)
    with subprocess.Popen(["sh", script], env=os.environ | {"TASK": "5"}) as process:
        wait_until((tmp_path / "begun").exists, "it runs")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 143
    assert (tmp_path / "the exit.5.0").read_text() == "143\n"


def test_array_tasks_are_reported_separately() -> None:
    text = (
        "15_[3-5,9%2]|PENDING|Resources|10:00||15|N/A|ann\n"
        "15_1|RUNNING|None|9:00|n1|16|1790000000|ann\n"
        "15_2|FAILED|NonZeroExitCode|0:00|n1|17|1790000005|ann\n"
    )
    found = parse_queue(text, ["15", "15_1", "15_2", "15_4", "15_7", "16"])
    states = {job: report.state for job, report in found.items()}
    assert states == {
        "15": "RUNNING", "15_1": "RUNNING", "15_2": "FAILED", "15_4": "PENDING", "16": "RUNNING",
    }  # fmt: skip
    assert [job for job, report in found.items() if report.is_array] == ["15"]
    assert (found["15_2"].ended, found["15_1"].ended, found["16"].user) == (1790000005.0, None, "ann")
    text = "15_2|OUT_OF_MEMORY|0:125|17|1790000005|ann|n1\n15_3|COMPLETED|0:0|15|1790000009|ann|n1\n"
    found = parse_accounting(text, ["15_2", "17", "15"])
    assert (found["17"].state, found["15_2"].ended, found["15_2"].node) == (
        "OUT_OF_MEMORY",
        1790000005.0,
        "n1",
    )
    assert found["15"].is_array


def test_the_components_of_a_heterogeneous_job_are_told_apart() -> None:
    text = (
        "41+0|RUNNING|None|9:00|n1|41|N/A|ann|1790000000|/home/ann\n"
        "41+1|PENDING|Resources|10:00||42|N/A|ann|N/A|/home/ann/a|b\n"
    )
    found = parse_queue(text, ["41", "41+1", "42"])
    states = {job: report.state for job, report in found.items()}
    assert states == {"41": "RUNNING", "41+1": "PENDING", "42": "PENDING"}
    assert (found["41"].started, found["42"].started) == (1790000000.0, None)
    assert (found["41"].directory, found["42"].directory) == ("/home/ann", "/home/ann/a|b")
    text = (
        "41+0|COMPLETED|0:0|41|1790000005|ann|n1|1790000001\n41+1|FAILED|1:0|42|1790000005|ann|n2|Unknown\n"
    )
    found = parse_accounting(text, ["41", "41+1"])
    states = {job: report.state for job, report in found.items()}
    assert states == {"41": "COMPLETED", "41+1": "FAILED"}
    assert (found["41"].started, found["41+1"].started) == (1790000001.0, None)


@pytest.mark.parametrize(
    "options", ["--array=0-3", "--arr=0-3", "-a 0-3", "-a0-3", "-Qa0-3", "-Q -Hs -a0", "--hold --array 1,2"]
)
def test_options_that_make_an_array_are_refused(options: str) -> None:
    with pytest.raises(ValueError, match="would start the same run several times"):
        check_no_array(Slurm(), {"options": options})


@pytest.mark.parametrize(
    "options", ["", "--account=x", "--hold", "-A abc", "-Qp gpua", "-Jalpha", "--constraint=array"]
)
def test_options_without_an_array_are_accepted(options: str) -> None:
    check_no_array(Slurm(), {"options": options})


def test_job_reads_its_standard_input_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "si.in").write_text("the input\n")
    exit_file = str(tmp_path / "exit")
    words = ["sh", "-c", "cat > copy"]
    mark = mark_folder(exit_file)
    text = job_script(words, exit_file, mark, str(tmp_path), "TASK", input_file=str(tmp_path / "si.in"))
    (tmp_path / "job.sh").write_text(text)
    subprocess.run(["sh", str(tmp_path / "job.sh")], stdin=subprocess.DEVNULL, check=True)
    assert (tmp_path / "copy").read_text() == "the input\n"


class Scripted:
    """A scheduler that says of its only job what it is told to; none of its jobs does anything."""

    name = "scripted"
    array_variable = "TASK"
    array_options = ("--array",)
    restart_variable = "RESTARTS"

    def __init__(self) -> None:
        self.report = JobReport(JobPhase.RUNNING, "RUNNING")

    def submit(self, request: JobRequest) -> str:
        return "1"

    def find(self, name: str) -> str | None:
        return None

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        return {"1": self.report}

    def account(self, ids: Sequence[str]) -> dict[str, JobReport]:
        return {}

    def usage(self, job: str) -> JobUsage:
        return UNKNOWN_USAGE

    def cancel(self, ids: Sequence[str]) -> None:
        pass


def attempt(folder: Path, code: int, restarts: str = "") -> None:
    """Do what one attempt at a job does that ends with an exit code."""
    words = ["sh", str(script_of(["sh", "-c", f"exit {code}"], folder, "exit"))]
    subprocess.run(words, env=os.environ | {"RESTARTS": restarts}, check=False)


@pytest.mark.parametrize("earlier", [0, 143])
def test_exit_code_of_an_earlier_attempt_is_ignored_after_requeue(earlier: int, tmp_path: Path) -> None:
    system, states, verdicts = Scripted(), list[str](), list[Verdict]()
    follower = BatchFollower(system, 0.05)

    def hear(job: Job) -> None:
        assert job.report is not None
        states.append(job.report.state)

    follower.submit(job_in(tmp_path, hear, verdicts))
    wait_until(lambda: "RUNNING" in states, "it runs", 60.0)
    system.report = PENDING
    wait_until(lambda: "PENDING" in states, "it waits again", 60.0)
    attempt(tmp_path, earlier)
    system.report = ended("FAILED", reason="Odd")
    wait_until(lambda: verdicts, "it is over", 60.0)
    follower.stop(60.0)
    assert verdicts == [Verdict("failed in the scheduler (Odd)")]


def test_late_exit_code_of_an_earlier_attempt_is_ignored(tmp_path: Path) -> None:
    system, verdicts = Scripted(), list[Verdict]()
    attempt(tmp_path, 7, "1")
    attempt(tmp_path, 0)
    system.report = ended("FAILED")
    follower = BatchFollower(system, 0.05)
    follower.submit(job_in(tmp_path, lambda _job: None, verdicts))
    wait_until(lambda: verdicts, "it is over", 60.0)
    follower.stop(60.0)
    assert verdicts == [Verdict("exit code 7", 7)]


def job_in(folder: Path, hear: Callable[[Job], None], verdicts: list[Verdict]) -> Job:
    """Return a job whose exit files are in a folder."""
    request = JobRequest("job", "script.sh", "log", str(folder))
    return Job("one", request, str(folder), "exit", 1, (), hear, lambda _job, said: verdicts.append(said))
