"""On a real Slurm, which these tests start; they are skipped where there is none."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from runtui.batch.base import (
    BatchError,
    BatchUnreachableError,
    JobPhase,
    JobReport,
    JobRequest,
    Verdict,
    job_script,
)
from runtui.batch.exit_files import mark_folder
from runtui.batch.slurm import Slurm
from runtui.runtime.batch.follower import BatchFollower, Job
from tests.runtime.launches import PYTHON, below, has_written, metadata_of, only_run
from tests.slurm import Cluster, running_slurm
from tests.store.children import ROOT, Child
from tests.waiting import wait_until

INTERVAL = 0.3


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_slurm() as cluster, pytest.MonkeyPatch.context() as patch:
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RUNTUI_BATCH_INTERVAL", "1")
        yield cluster


class Counting(Slurm):
    """Slurm, with a count of the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.polled: list[Sequence[str]] = []

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        self.polled.append(ids)
        return super().poll(ids)


class Followed:
    """Jobs that are followed, and what was heard of each."""

    def __init__(self, folder: Path, interval: float = INTERVAL) -> None:
        self.folder = folder
        self.system = Counting()
        self.follower = BatchFollower(self.system, interval)
        self.jobs: dict[str, Job] = {}
        self.states: dict[str, list[str]] = {}
        self.verdicts: dict[str, Verdict] = {}

    def submit(self, key: str, *words: str, needs: tuple[str, ...] = (), **resources: str) -> None:
        script = job_script(
            words,
            str(self.folder / f"{key}.exit"),
            mark_folder(str(self.folder / f"{key}.exit")),
            str(self.folder),
            self.system.array_variable,
            self.system.restart_variable,
        )
        name = f"{key}-{self.folder.name}"
        request = JobRequest(name, script, str(self.folder / f"{key}.log"), str(self.folder), resources)
        tasks = 3 if "array" in resources else 1
        self.states[key] = []
        self.jobs[key] = Job(
            key, request, str(self.folder), f"{key}.exit", tasks, needs, self._hear, self._end
        )
        self.follower.submit(self.jobs[key])

    def _hear(self, job: Job) -> None:
        assert job.report is not None
        self.states[job.key].append(f"{job.report.state} {job.report.reason}".strip())

    def _end(self, job: Job, verdict: Verdict) -> None:
        assert job.key not in self.verdicts
        self.verdicts[job.key] = verdict

    def wait_for(self, key: str) -> Verdict:
        wait_until(lambda: key in self.verdicts, f"{key} has ended", 60.0, lambda: str(self.states))
        return self.verdicts[key]

    def wait_until_running(self, key: str) -> None:
        wait_until(lambda: "RUNNING" in self.states[key], f"{key} runs", 60.0, lambda: str(self.states))


@pytest.fixture
def followed(cluster: Cluster, tmp_path: Path) -> Iterator[Followed]:
    followed = Followed(tmp_path)
    yield followed
    followed.follower.stop(60.0)


@pytest.fixture(scope="module", autouse=True)
def overdue(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """A job that will have run for too long: Slurm looks for these only every half a minute."""
    followed = Followed(tmp_path_factory.mktemp("overdue"), interval=1.0)
    followed.submit("long", "sleep", "600", time="10")
    followed.wait_until_running("long")
    end = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 2))
    cluster.ask("scontrol", "update", f"jobid={followed.jobs['long'].job_id}", f"EndTime={end}")
    yield followed
    followed.follower.stop(60.0)


def test_succeeded_failed_and_rejected_jobs_have_verdicts(followed: Followed) -> None:
    followed.submit("good", "true")
    followed.submit("bad", "sh", "-c", "exit 3")
    followed.submit("refused", "true", partition="no-such")
    followed.submit("behind", "true", needs=("refused",))
    assert followed.wait_for("good") == Verdict("", 0)
    assert followed.wait_for("bad") == Verdict("exit code 3", 3)
    assert "invalid partition specified: no-such" in followed.wait_for("refused").failure
    assert followed.wait_for("behind").failure == "a step that it needs was not submitted"


def test_job_over_its_memory_limit_fails(followed: Followed) -> None:
    code = "import time; block = b'x' * 300_000_000; time.sleep(600)"
    followed.submit("greedy", PYTHON, "-c", code, memory="20")
    verdict = followed.wait_for("greedy")
    # Where no cgroups enforce it, Slurm kills it all the same, and has no word for why.
    told = ("it exceeded its memory", "failed in the scheduler", "killed by", "exit code", "it was cancelled")
    assert verdict.failure.startswith(told)


def test_cancelled_job_reports_our_reason_or_slurms(followed: Followed, cluster: Cluster) -> None:
    for key in ("ours", "theirs"):
        followed.submit(key, "sleep", "600")
    for key in ("ours", "theirs"):
        followed.wait_until_running(key)
    followed.follower.cancel("ours", "it is enough")
    cluster.ask("scancel", followed.jobs["theirs"].job_id)
    assert followed.wait_for("ours").failure == "it is enough"
    assert followed.wait_for("theirs").failure == "it was cancelled (CANCELLED)"


def test_pending_job_shows_its_reason_and_can_be_cancelled(followed: Followed, cluster: Cluster) -> None:
    followed.submit("held", "true", options="--hold")
    wait_until(lambda: "PENDING JobHeldUser" in followed.states["held"], "it is held")
    followed.follower.cancel("held", "it is enough")
    assert followed.wait_for("held").failure == "it is enough"


def test_slurm_holds_a_job_until_its_dependency_succeeds(followed: Followed, cluster: Cluster) -> None:
    followed.submit("first", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; exit $(cat go)")
    followed.submit("second", "true", needs=("first",))
    wait_until(lambda: "PENDING Dependency" in followed.states["second"], "it waits")
    (followed.folder / "go").write_text("0")
    assert followed.wait_for("second") == Verdict("", 0)
    followed.submit("third", "false")
    followed.submit("fourth", "touch", "never", needs=("third",))
    assert followed.wait_for("third") == Verdict("exit code 1", 1)
    assert followed.wait_for("fourth").failure
    assert not (followed.folder / "never").exists()


def test_array_succeeds_only_if_all_tasks_do(followed: Followed) -> None:
    followed.submit("all", "sh", "-c", "echo $SLURM_ARRAY_TASK_ID > out.$SLURM_ARRAY_TASK_ID", array="0-2")
    followed.submit("some", "sh", "-c", "test $SLURM_ARRAY_TASK_ID != 1", array="0-2")
    assert followed.wait_for("all") == Verdict("", 0)
    assert sorted(path.read_text() for path in followed.folder.glob("out.*")) == ["0\n", "1\n", "2\n"]
    assert followed.wait_for("some") == Verdict("exit code 1", 1)


def has_supervisor(job: str) -> bool:
    """Return whether Slurm has a process that supervises a job."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"slurmstepd: [{job}." in path.read_text(errors="replace"):
                return True
        except OSError:
            continue
    return False


def test_requeued_job_is_noticed(followed: Followed, cluster: Cluster) -> None:
    code = 'test -n "$SLURM_RESTART_COUNT" || { touch begun; sleep 600; }'
    followed.submit("again", "sh", "-c", code, options="--requeue")
    followed.wait_until_running("again")
    wait_until((followed.folder / "begun").exists, "it has begun", 60.0)
    job = followed.jobs["again"].job_id
    cluster.ask("scontrol", "requeue", job)
    wait_until(lambda: followed.jobs["again"].restarts == 1, "it was noticed", 60.0)
    # The first attempt's supervisor would end the second one, too, which must not begin beside it.
    wait_until((followed.folder / "again.exit.0.0").exists, "the first attempt has ended", 60.0)
    wait_until(lambda: not has_supervisor(job), "the first attempt is gone", 60.0)
    # One that begins within the second in which it was told to end, Slurm takes for the one that ended.
    start = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 2))

    def is_over() -> bool:
        # Slurm holds one that was begun anew back for two minutes, and takes no other word at first.
        cluster.ask("scontrol", "update", f"jobid={job}", f"StartTime={start}")
        return "again" in followed.verdicts

    wait_until(is_over, "it has ended", 60.0, lambda: str(followed.states))
    assert followed.wait_for("again") == Verdict("", 0), followed.states["again"]


def test_one_poll_per_interval_covers_all_jobs(cluster: Cluster, tmp_path: Path) -> None:
    followed = Followed(tmp_path, interval=3600.0)
    began = time.monotonic()
    for number in range(5):
        followed.submit(str(number), "true")
    for number in range(5):
        assert followed.wait_for(str(number)) == Verdict("", 0)  # by their own word
    followed.follower.stop(60.0)
    assert len(followed.system.polled) <= 1 + (time.monotonic() - began) / 3600.0 + 1


def test_job_forgotten_by_the_queue_is_lost(followed: Followed, cluster: Cluster) -> None:
    followed.submit("forgotten", "sleep", "600")
    followed.wait_until_running("forgotten")
    job, real = followed.jobs["forgotten"], followed.system.poll
    followed.system.poll = lambda ids: {}  # type: ignore[method-assign]
    assert followed.wait_for("forgotten").failure.startswith("the scheduler no longer knows it")
    followed.system.poll = real  # type: ignore[method-assign]
    cluster.ask("scancel", job.job_id)
    assert Slurm().poll(["99999"]) == {}
    assert Slurm().account([job.job_id]) == {}  # there is none here


def test_last_state_is_kept_while_the_controller_is_down(followed: Followed, cluster: Cluster) -> None:
    followed.submit("patient", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done")
    followed.wait_until_running("patient")
    cluster.stop_controller()
    try:
        with pytest.raises(BatchUnreachableError):
            Slurm().poll([followed.jobs["patient"].job_id])
        assert followed.states["patient"][-1] == "RUNNING"
        assert 0 < followed.jobs["patient"].seen_at < time.time()
        assert "patient" not in followed.verdicts
    finally:
        cluster.start_controller()
    (followed.folder / "go").touch()
    assert followed.wait_for("patient") == Verdict("", 0)


def test_missing_slurm_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BatchError, match="cannot run squeue: check that the scheduler is installed"):
        Slurm().poll(["1"])


# Whole runs


def runtui(*words: str) -> Child:
    return Child(
        [PYTHON, "-m", "runtui", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def test_a_command_is_launched_as_a_job(cluster: Cluster, base: Path) -> None:
    words = ["launch", "-C", str(base), "--on", "slurm", "--resource", "time=5", "--resource", "cpus=2"]
    with runtui(*words, "--", "sh", "-c", "echo $SLURM_CPUS_PER_TASK; exit 3") as process:
        _out, err = process.communicate(timeout=200)
    assert process.returncode == 3, err
    found = metadata_of(base)
    assert (found["status"], found["error"], found["exit_code"]) == ("failed", "exit code 3", 3)
    assert found["job"]["system"] == "slurm"
    assert found["environment"]["SLURM_JOB_ID"] == found["job"]["id"]
    assert (only_run(base) / "logs" / "output.log").read_text() == "2\n"


def test_detached_job_records_its_own_end(cluster: Cluster, base: Path) -> None:
    with runtui("launch", "-C", str(base), "--on", "slurm", "--detach", "--", "echo", "hello") as process:
        _out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it has ended", 60.0)
    assert (only_run(base) / "logs" / "output.log").read_text() == "hello\n"


SLEEPING = ("sh", "-c", "echo ready; sleep 600")


def test_sigterm_cancels_the_job(cluster: Cluster, base: Path) -> None:
    with runtui("launch", "-C", str(base), "--on", "slurm", "--", *SLEEPING) as process:
        wait_until(has_written(base, "ready"), "it runs", 60.0)
        process.terminate()
        process.communicate(timeout=200)
    assert process.returncode == 143
    found = metadata_of(base)
    assert found["status"] == "failed"
    assert "SIGTERM" in found["error"]
    wait_until(lambda: not running(cluster, found["job"]["id"]), "the job is gone", 60.0)


def running(cluster: Cluster, job: str) -> bool:
    return Slurm().poll([job]).get(job, JobReport(JobPhase.ENDED, "")).phase is not JobPhase.ENDED


def test_rejected_job_is_a_failed_run(cluster: Cluster, base: Path) -> None:
    words = ["launch", "-C", str(base), "--on", "slurm", "--resource", "partition=no-such", "--detach"]
    with runtui(*words, "--", "true") as process:
        _out, err = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "invalid partition specified" in err
    assert metadata_of(base)["status"] == "failed"


WORK = """
def one(step):
    return [1, 2, 3]

def two(step):
    print("adding")
    return sum(step.inputs["one"])

def three(step):
    (step.results / "total").write_text(str(step.inputs["two"] + step.inputs["here"]))

def here(step):
    return 100
"""

PIPELINE = """
[[steps]]
name = "one"
call = "work:one"
on = "slurm"
resources = { time = "00:05:00", cpus = 1 }

[[steps]]
name = "two"
call = "work:two"
needs = ["one"]
on = "slurm"

[[steps]]
name = "here"
call = "work:here"
mode = "thread"

[[steps]]
name = "three"
call = "work:three"
needs = ["two", "here"]
on = "slurm"
outputs = ["results/total"]

[[steps]]
name = "show"
command = "cat {results}/total"
needs = ["three"]

[[steps]]
name = "bad"
command = "echo trouble; exit 7"
on = "slurm"

[[steps]]
name = "behind"
command = "touch {results}/never"
needs = ["bad"]
on = "slurm"
"""


def test_pipeline_steps_exchange_data_between_jobs(cluster: Cluster, base: Path, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(WORK)
    (tmp_path / "pipeline.toml").write_text(PIPELINE)
    with runtui("exec", "-C", str(base), str(tmp_path / "pipeline.toml")) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    found = metadata_of(base)
    steps = {entry["name"]: entry for entry in found["steps"]}
    assert {name: entry["state"] for name, entry in steps.items()} == {
        "one": "done", "two": "done", "here": "done", "three": "done", "show": "done", "bad": "failed",
        "behind": "blocked",
    }, out  # fmt: skip
    run = only_run(base)
    assert (run / "logs" / "show.log").read_text() == "106"
    assert "adding" in (run / "logs" / "two.log").read_text()
    assert (steps["bad"]["error"], steps["bad"]["exit_code"]) == ("exit code 7", 7)
    assert int(steps["one"]["job"]["id"]) < int(steps["two"]["job"]["id"])
    assert not (run / "results" / "never").exists()
    assert found["error"] == "bad: exit code 7"


@pytest.mark.parametrize("how", ["told", "killed"])
def test_terminated_or_killed_pipeline_cancels_its_jobs(
    how: str, cluster: Cluster, base: Path, tmp_path: Path
) -> None:
    (tmp_path / "p.toml").write_text(
        "[[steps]]\nname = 'long'\ncommand = 'echo ready; sleep 600'\n"
        "[[steps]]\nname = 'next'\ncommand = 'true'\nneeds = ['long']\n"
    )

    def have_begun() -> bool:
        try:
            entries = metadata_of(base)["steps"]
            has_printed = "ready" in (only_run(base) / "logs" / "long.log").read_text()
            return has_printed and all(entry["job"]["id"] for entry in entries)
        except (OSError, ValueError, KeyError):
            return False

    with runtui("exec", "-C", str(base), "--on", "slurm", str(tmp_path / "p.toml")) as process:
        wait_until(have_begun, "it runs", 60.0)
        if how == "told":
            process.terminate()
        else:
            os.kill(below(process.pid)[0], signal.SIGKILL)
        process.communicate(timeout=120)
    assert process.returncode == (143 if how == "told" else 137)
    found = metadata_of(base)
    assert found["status"] == "failed"
    assert found["error"] in ("terminated by SIGTERM", "the process that supervised it was killed by SIGKILL")
    assert [entry["state"] for entry in found["steps"]] == ["cancelled", "cancelled"]
    for entry in found["steps"]:
        job = entry["job"]["id"]
        wait_until(lambda job=job: not running(cluster, job), "its job is gone", 60.0)


def test_job_over_its_time_limit_fails(overdue: Followed) -> None:
    assert overdue.wait_for("long").failure == "it reached the scheduler's time limit (TIMEOUT)"
