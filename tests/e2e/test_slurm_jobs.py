"""Runs and their jobs on a real Slurm that keeps accounts; skipped where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.run_dirs import write_run
from tests.runtime.launches import PYTHON, has_written, metadata_of, only_run
from tests.slurm import Cluster, running_slurm
from tests.store.children import ROOT, Child
from tests.waiting import wait_until

LONG = 90.0  # seconds: Slurm looks for jobs that are out of time every half a minute


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_slurm(has_accounting=True) as cluster, pytest.MonkeyPatch.context() as patch:
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RUNTUI_BATCH_INTERVAL", "1")
        yield cluster


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def runtui(base: Path, *words: str) -> str:
    command, *rest = words
    done = subprocess.run(
        [PYTHON, "-m", "runtui", command, "-C", str(base), *rest],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=base.parent,
    )
    return done.stdout + done.stderr


def row(base: Path, *query: str) -> Mapping[str, Any]:
    """Return the only run that a query finds, as ``ls --json`` shows it; an empty one where there is none."""
    found = json.loads(runtui(base, "ls", "--json", *query).partition("\nruntui:")[0])
    assert len(found) <= 1
    return found[0] if found else {}


def awaited_row(base: Path, *query: str) -> Mapping[str, Any]:
    """Return the run that a query finds, as soon as it does: a busy scheduler may answer late."""
    wait_until(lambda: row(base, *query) != {}, " ".join(query), LONG, lambda: str(row(base)))
    return row(base, *query) or awaited_row(base, *query)


def submitted(base: Path, *words: str) -> str:
    """Launch a command as a job of a detached run, and return the job."""
    runtui(base, "launch", "--on", "slurm", "--detach", *words)
    return str(metadata_of(base)["job"]["id"])


def script(cluster: Cluster, base: Path, text: str, *options: str) -> str:
    """Submit a script, as users do, and return its job."""
    path = base.parent / "job.sh"
    path.write_text(f"#!/bin/bash\n{text}\n")
    answer = cluster.ask("sbatch", "--parsable", f"--chdir={base.parent}", *options, str(path))
    return answer.strip()


def launch_line(base: Path, command: str) -> str:
    return f"{PYTHON} -m runtui launch -C {base} -- {command}"


SLEEPING = ("sh", "-c", "echo ready; sleep 600")


def test_requeued_job_is_pending_and_its_run_is_not_cleaned_up(cluster: Cluster, base: Path) -> None:
    job = submitted(base, "--", *SLEEPING)
    wait_until(has_written(base, "ready"), "it runs", LONG)
    write_run(base, "current-one")
    (base / "current").unlink()
    (base / "current").symlink_to("current-one")
    cluster.ask("scontrol", "requeue", job)
    wait_until(lambda: metadata_of_job(base)["status"] == "failed", "the first attempt has ended", LONG)
    wait_until(lambda: row(base, "has:job").get("status") == "initialising", "it waits", LONG)
    wait_until(lambda: row(base, "has:job")["job"]["detail"] == "BeginTime", "Slurm says why", LONG)
    found = row(base, "has:job")
    assert found["job"]["state"] == "PENDING"
    assert row(base, "is:failed") == {}
    assert awaited_row(base, "job.state:pending")["run_id"] == found["run_id"]
    assert "its job" in runtui(base, "clean", "--run", found["run_id"], "--yes")
    assert (base / found["run_id"]).is_dir()
    assert "cancelled job" in runtui(base, "cancel", found["run_id"])
    wait_until(lambda: row(base, "reason:cancelled") != {}, "it is cancelled", LONG)
    assert "moved 1 run" in runtui(base, "clean", "--run", found["run_id"], "--yes")


def metadata_of_job(base: Path) -> dict[str, Any]:
    (path,) = [path for path in base.glob("*/metadata.json") if '"job"' in path.read_text()]
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_run_launched_in_a_batch_script_shows_the_job_state(cluster: Cluster, base: Path) -> None:
    base.mkdir()
    job = script(cluster, base, launch_line(base, "sh -c 'echo ready; sleep 600'"))
    wait_until(lambda: base.is_dir() and any(base.glob("*/logs/output.log")), "it is launched", LONG)
    wait_until(has_written(base, "ready"), "it runs", LONG)
    found = awaited_row(base, "queue:running")["job"]
    assert (found["job_id"], found["state"], found["node"]) == (job, "RUNNING", "node1")
    cluster.ask("scancel", job)
    wait_until(lambda: row(base)["status"] == "failed", "it has ended", LONG)
    wait_until(lambda: row(base, "reason:cancelled") != {}, "it is cancelled", LONG, lambda: str(row(base)))
    assert awaited_row(base, "job.state:cancelled")


def test_the_run_of_an_attempt_before_its_job_was_requeued_says_so(cluster: Cluster, base: Path) -> None:
    base.mkdir()
    job = script(cluster, base, launch_line(base, "sh -c 'echo ready; sleep 600'"), "--requeue")
    wait_until(lambda: any(base.glob("*/logs/output.log")), "it is launched", LONG)
    wait_until(has_written(base, "ready"), "it runs", LONG)
    first = only_run(base).name
    cluster.ask("scontrol", "requeue", job)
    wait_until(lambda: row(base)["status"] == "initialising", "it waits", LONG, lambda: str(row(base)))
    free_since: list[int] = []

    def others() -> list[str]:
        # Slurm waits for two minutes, unless it is told otherwise. Told so in the second in which the first
        # attempt ended, its node says "Job already killed, do not launch batch job", and the job has failed.
        if "CPUAlloc=0 " in cluster.ask("scontrol", "show", "node"):
            free_since.append(int(time.time()))
        is_free = bool(free_since) and int(time.time()) > free_since[0] + 1
        if is_free and "BeginTime" in cluster.ask("squeue", "-h", "-j", job, "-o", "%r"):
            cluster.ask("scontrol", "update", f"jobid={job}", "StartTime=now")
        found = [path.parent for path in base.glob("*/metadata.json")]
        return [path.name for path in found if not path.is_symlink() and path.name != first]

    wait_until(others, "it begins anew", 3 * LONG, lambda: cluster.ask("scontrol", "show", "job", job))
    (later,) = others()
    found = awaited_row(base, "reason:requeued")
    assert (found["run_id"], found["reason"]["kind"]) == (first, "requeued")
    assert found["reason"]["line"] == f"job {job} was requeued: its later attempt is {later}"
    assert f"its later attempt is {later}" in runtui(base, "show", first)
    assert awaited_row(base, "is:live")["run_id"] == later
    cluster.ask("scancel", job)


def test_detached_job_records_its_state(cluster: Cluster, base: Path) -> None:
    submitted(base, "--resource", "options=--hold", "--", "true")
    wait_until(lambda: row(base, "job.state:pending") != {}, "it is held", LONG)
    cluster.ask("scontrol", "release", metadata_of(base)["job"]["id"])
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it has ended", LONG)
    assert metadata_of(base)["job"]["state"] == "COMPLETED"
    assert metadata_of(base)["job"]["node"] == "node1"
    wait_until(lambda: row(base, "job.state:completed") != {}, "its state follows", LONG)


def test_job_reads_the_standard_input_of_its_launch(cluster: Cluster, base: Path) -> None:
    (base.parent / "si.in").write_text("the input\n")
    with open(base.parent / "si.in") as file:
        words = [PYTHON, "-m", "runtui", "launch", "-C", str(base), "--on", "slurm", "--detach", "--", "cat"]
        subprocess.run(words, stdin=file, capture_output=True, check=True, cwd=base.parent)
    (base.parent / "si.in").write_text("changed since\n")
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it has ended", LONG)
    assert (only_run(base) / "logs" / "output.log").read_text() == "the input\n"


def test_step_is_waiting_while_its_dependency_runs(cluster: Cluster, base: Path) -> None:
    (base.parent / "p.toml").write_text(
        "[[steps]]\nname = 'long'\ncommand = 'sleep 600'\n"
        "[[steps]]\nname = 'next'\ncommand = 'true'\nneeds = ['long']\n"
    )
    words = [PYTHON, "-m", "runtui", "exec", "-C", str(base), "--on", "slurm", "p.toml"]
    told = base.parent / "told"
    with (
        open(told, "w") as output,
        Child(words, stdin=subprocess.DEVNULL, stdout=output, cwd=base.parent) as process,
    ):

        def states() -> list[str]:
            try:
                return [f"{step['state']} {step['job']['state']}" for step in metadata_of(base)["steps"]]
            except (OSError, ValueError, KeyError):
                return []

        expected = ["running RUNNING", "waiting PENDING"]
        wait_until(lambda: states() == expected, "the second waits", LONG, lambda: str(states()))
        lines = told.read_text().splitlines()
        assert lines[1:] == ["long: waiting", "next: waiting", "long: running"]
        process.terminate()
        process.wait(timeout=LONG)


def test_steps_that_ran_as_jobs_are_kept_until_something_changes(cluster: Cluster, base: Path) -> None:
    (base.parent / "x.in").write_text("1\n")
    (base.parent / "p.toml").write_text(
        "[[steps]]\nname = 'a'\ncommand = 'cat x.in > {results}/x'\n"
        "[[steps]]\nname = 'b'\ncommand = 'cat {results}/x | tee -a {results}/y'\nneeds = ['a']\n"
    )

    def redone() -> set[str]:
        answer = runtui(base, "exec", "--resume", "latest")
        assert metadata_of(base)["status"] == "completed", answer
        return {step["name"] for step in metadata_of(base)["steps"] if step["state"] == "done"}

    runtui(base, "exec", "--on", "slurm", "p.toml")
    assert redone() == set()
    (base.parent / "x.in").write_text("2\n")
    assert redone() == {"a", "b"}
    assert (only_run(base) / "results" / "y").read_text() == "1\n2\n"
    assert redone() == set()
    (only_run(base) / "results" / "y").unlink()
    assert redone() == {"b"}


def test_each_array_task_is_a_run_with_its_own_job(cluster: Cluster, base: Path) -> None:
    base.mkdir()
    command = "bash -c 'sleep 1; exit $((SLURM_ARRAY_TASK_ID == 2))'"
    job = script(cluster, base, launch_line(base, command), "--array=1-3")

    def jobs() -> set[tuple[str, str]]:
        found = json.loads(runtui(base, "ls", "--json", "-status:running").partition("\nruntui:")[0])
        return {(run["job"]["job_id"], run["job"]["state"]) for run in found if run["job"]}

    ended = {(f"{job}_1", "COMPLETED"), (f"{job}_2", "FAILED"), (f"{job}_3", "COMPLETED")}
    wait_until(lambda: jobs() == ended, "all have ended", LONG, lambda: str(jobs()))


def test_tasks_and_components_are_found_by_their_ids(cluster: Cluster, base: Path) -> None:
    array = script(cluster, base, "sleep 600", "--array=1-2", "--hold")
    both = script(cluster, base, "#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n1\nsleep 600", "--hold")
    jobs = {"task": f"{array}_2", "component": f"{both}+1"}
    for name, job in jobs.items():
        write_run(base, name, status="running", slurm_job_id=job)
    for name, job in jobs.items():
        wait_until(lambda job=job: row(base, f"job.id:{job}") != {}, "it is found", LONG)  # type: ignore[misc]
        found = row(base, f"job.id={job}")
        assert (found["run_id"], found["job"]["job_id"]) == (name, job)
        pending = partial(row, base, f"job.id:{job}", "job.state:pending")
        wait_until(lambda ask=pending, run=name: ask().get("run_id") == run, "its state is known", LONG)
        assert f"slurm {job} PENDING JobHeldUser" in runtui(base, "show", name)
    cluster.ask("scancel", array, both)


WRITER = """
import os, time
from runtui import RunManager
manager = RunManager({base!r})
manager.create_run("by a program")
manager.update_status("running")
open("ready", "w").close()
time.sleep(600)
"""


def test_killed_job_fails_its_run_without_changing_the_metadata(cluster: Cluster, base: Path) -> None:
    base.mkdir()
    (base.parent / "writer.py").write_text(WRITER.format(base=str(base)))
    job = script(cluster, base, f"{PYTHON} writer.py")
    wait_until((base.parent / "ready").exists, "it runs", LONG)
    assert awaited_row(base, "queue:running")["job"]["job_id"] == job
    cluster.ask("scancel", "--signal=KILL", "--full", job)
    wait_until(lambda: row(base)["status"] == "failed", "it has failed", LONG, lambda: str(row(base)))
    found = awaited_row(base, "is:failed")
    assert found["completed_at"] is not None
    assert found["duration"] < LONG
    assert json.loads((only_run(base) / "metadata.json").read_text())["status"] == "running"
    write_run(base, "newest")
    (base / "current").unlink()
    assert "moved 1 run to the trash" in runtui(base, "clean", "--keep", "1", "--yes")
    assert row(base)["run_id"] == "newest"


def test_job_id_is_read_from_metadata_and_output_file_names(cluster: Cluster, base: Path) -> None:
    job = script(cluster, base, "sleep 600")
    wait_until(lambda: "RUNNING" in cluster.ask("squeue", "-h", "-j", job, "-o", "%T"), "it runs", LONG)
    write_run(base, "text", status="running", slurm_job_id=job)
    write_run(base, "number", status="running", job_id=int(job))
    write_run(base, "nested", status="running", slurm={"job_id": int(job)})
    write_run(base, "file", status="running")
    (base / "file" / f"slurm-{job}.out").write_text("step 1\n")

    def running() -> set[str]:
        return set(runtui(base, "ls", "queue:running", "--columns", "id").split())

    wait_until(lambda: running() == {"text", "number", "nested", "file"}, "all run", LONG)
    cluster.ask("scancel", job)

    def cancelled() -> set[str]:
        return set(runtui(base, "ls", "reason:cancelled", "--columns", "id").split())

    wait_until(lambda: len(cancelled()) == 4, "all are cancelled", LONG, lambda: runtui(base, "ls"))


CATCHER = """
import signal, sys, time
from runtui import RunManager
manager = RunManager({base!r})
manager.create_run("by a program that saves itself")
manager.update_status("running")

def end(number, frame):
    manager.update_status("completed")
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
open("ready", "w").close()
while True:
    time.sleep(0.1)
"""


def test_completed_run_of_a_timed_out_job_is_listed_as_uncertain(cluster: Cluster, base: Path) -> None:
    base.mkdir()
    (base.parent / "catcher.py").write_text(CATCHER.format(base=str(base)))
    job = script(cluster, base, f"exec {PYTHON} catcher.py", "--time=10")
    wait_until((base.parent / "ready").exists, "it runs", LONG)
    end = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 2))
    cluster.ask("scontrol", "update", f"jobid={job}", f"EndTime={end}")
    wait_until(lambda: row(base, "reason:timeout") != {}, "it is in doubt", LONG, lambda: str(row(base)))
    found = awaited_row(base, "is:failed")
    assert (found["status"], found["job"]["state"]) == ("completed", "TIMEOUT")
    assert "completed?" in runtui(base, "ls", "--columns", "status")
    assert metadata_of(base)["status"] == "completed"


def test_run_cancelled_by_the_user_has_the_reason_cancelled(cluster: Cluster, base: Path) -> None:
    submitted(base, "--", *SLEEPING)
    wait_until(has_written(base, "ready"), "it runs", LONG)
    assert "stopping pid" in runtui(base, "cancel", "latest")
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended", LONG)
    assert metadata_of(base)["error"].startswith("cancelled by ")
    assert awaited_row(base, "reason:cancelled")["reason"]["kind"] == "cancelled"


CLASSIC = """
mkdir -p {run}/logs
now=$(date -u +%FT%TZ)
echo '{{"run_id": "classic", "status": "running", "created_at": "'$now'"{more}}}' > {run}/metadata.json
touch {base}/ready
sleep 600
"""


@pytest.mark.parametrize("more", [', "slurm_job_id": "\'$SLURM_JOB_ID\'"', ""])
def test_the_job_of_a_run_that_a_program_writes_itself_is_cancelled(
    cluster: Cluster, base: Path, more: str
) -> None:
    run = base / "classic"
    run.mkdir(parents=True)
    # Without a key, only the name of the output tells.
    place = base.parent if more else run
    path = base.parent / "job.sh"
    path.write_text("#!/bin/bash" + CLASSIC.format(run=run, base=base.parent, more=more))
    job = cluster.ask("sbatch", "--parsable", f"--chdir={place}", str(path)).strip()
    wait_until((base.parent / "ready").exists, "it runs", LONG)
    assert awaited_row(base, "queue:running")["job"]["job_id"] == job
    told = runtui(base, "cancel", "classic")
    assert told == f"classic: its job is slurm {job}, RUNNING on node1\nclassic: cancelled job {job}\n"
    found = awaited_row(base, "reason:cancelled")
    assert found["status"] == "failed"


def test_one_task_of_an_array_and_all_of_a_heterogeneous_job_are_cancelled(
    cluster: Cluster, base: Path
) -> None:
    array = script(cluster, base, "sleep 600", "--array=1-2", "--hold")
    both = script(cluster, base, "#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n1\nsleep 600", "--hold")
    write_run(base, "task", status="running", slurm_job_id=f"{array}_2")
    write_run(base, "component", status="running", slurm_job_id=f"{both}+1")
    assert f"cancelled job {array}_2" in runtui(base, "cancel", "task")
    assert f"cancelled job {both}+1" in runtui(base, "cancel", "component")

    def queue() -> list[str]:
        return cluster.ask("squeue", "-h", "-r", "-j", f"{array},{both}", "-o", "%i").split()

    wait_until(lambda: queue() == [f"{array}_1"], "only the other task is left", LONG, lambda: str(queue()))
    cluster.ask("scancel", array)


def test_node_failure_is_the_reason_of_the_run(cluster: Cluster, base: Path) -> None:
    submitted(base, "--resource", "options=--no-requeue", "--", *SLEEPING)
    wait_until(has_written(base, "ready"), "it runs", LONG)
    cluster.ask("scontrol", "update", "nodename=node1", "state=down", "reason=test")
    try:
        wait_until(lambda: row(base, "reason:node") != {}, "its node failed", LONG, lambda: str(row(base)))
        assert awaited_row(base, "job.state:node_fail")
    finally:
        cluster.ask("scontrol", "update", "nodename=node1", "state=resume")


def test_directories_of_a_loop_of_scripts_are_runs(cluster: Cluster, base: Path) -> None:
    ends = {
        "well": "echo step 1",
        "silently": "echo step 1; exit 3",
        "loudly": "python3 -c 'raise ValueError(1)'; echo jobs done",
        "noisily": "echo 'ERROR: Module gcc cannot be loaded due to a conflict.'; echo step 1",
        "without-errors": "echo step 1",
    }
    for number in range(30):
        name = list(ends)[number % len(ends)]
        folder = base / f"{number:02}-{name}"
        folder.mkdir(parents=True)
        (folder / "params.json").write_text(json.dumps({"beta": number / 10}))
        errors = "#SBATCH --error=job.err\n" if name == "without-errors" else ""
        script = f"#!/bin/bash\n#SBATCH -J beta{number}\n{errors}{ends[name]}\n"
        (folder / "run.sh").write_text(script)
        cluster.ask("sbatch", f"--chdir={folder}", str(folder / "run.sh"))

    def states() -> dict[str, str]:
        found = json.loads(runtui(base, "ls", "--json").partition("\nruntui:")[0])
        return {run["run_id"]: run["status"] for run in found if run["layout"] == "slurm"}

    def are_right() -> bool:
        wanted = {"silently": "failed", "loudly": "failed"}
        return states() == {
            folder.name: wanted.get(folder.name.partition("-")[2], "completed") for folder in base.iterdir()
        }

    wait_until(are_right, "30 directories with the ends of their jobs", LONG, states)
    before = contents(base)
    found = row(base, "beta=1.1")
    assert (found["run_id"], found["description"]) == ("11-silently", "beta11")
    assert "exit code 3" in runtui(base, "show", "11-silently")
    assert "ValueError" in runtui(base, "logs", "--errors", "12-loudly")
    assert contents(base) == before


def test_array_with_errors_apart_is_a_run_for_each_task(cluster: Cluster, base: Path) -> None:
    (base / "logs").mkdir(parents=True)
    text = (
        "#SBATCH --array=0-3 --mem=16 -J decay\n"
        "#SBATCH --output=logs/%x_%A_%a.out --error=logs/%x_%A_%a.err\n"
        "echo task $SLURM_ARRAY_TASK_ID\n"
        "[ $SLURM_ARRAY_TASK_ID != 2 ] || python3 -c 'raise ValueError(7)'\n"
        "echo jobs done\n"
    )
    (base / "job.sh").write_text(f"#!/bin/bash\n{text}")
    job = cluster.ask("sbatch", "--parsable", f"--chdir={base}", str(base / "job.sh")).strip()
    wait_until(lambda: not cluster.ask("squeue", "-h", "-j", job), "all have ended", LONG)
    before = contents(base)

    def found() -> dict[str, Mapping[str, Any]]:
        listed = json.loads(runtui(base, "ls", "--json").partition("\nruntui:")[0])
        return {run["job"]["job_id"]: run for run in listed}

    def states() -> list[str]:
        return [run["status"] for _job, run in sorted(found().items())]

    wait_until(lambda: states() == ["completed", "completed", "failed", "completed"], "ends", LONG, states)
    failed = found()[f"{job}_2"]
    assert (failed["description"], failed["reason"]["line"]) == ("decay", "ValueError: 7")
    assert "ValueError: 7" in runtui(base, "logs", "--errors", failed["run_id"])
    assert contents(base) == before


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_directory_of_a_script_is_run_again_in_a_copy(cluster: Cluster, tmp_path: Path) -> None:
    """A user reruns the job that a script of his own was, with another parameter, and its files stay."""
    run = tmp_path / "lid"
    run.mkdir()
    directives = "#SBATCH --time=5 --mem=64M"
    text = f"#!/bin/bash\n{directives}\ncd $SLURM_SUBMIT_DIR\necho beta=3 > result.txt\ncat in.txt\n"
    (run / "job.sh").write_text(text)
    (run / "in.txt").write_text("an input\n")
    os.utime(run / "in.txt", (time.time() - 60,) * 2)
    subprocess.run(["sbatch", "--wait", "job.sh"], cwd=run, check=True, env=os.environ | cluster.environment)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    assert before["result.txt"] == b"beta=3\n"
    told = runtui(tmp_path, "rerun", "lid", "--set", "beta=4", "--launch", "--on", "slurm")
    assert "command: /bin/bash job.sh" in told
    assert "copies: job.sh, in.txt" in told
    (child,) = (path.parent for path in tmp_path.glob("*-*/metadata.json"))

    def metadata() -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((child / "metadata.json").read_text())
        return found

    has_completed = "the job has completed"
    wait_until(lambda: metadata()["status"] == "completed", has_completed, LONG, lambda: str(metadata()))
    assert (child / "result.txt").read_text() == "beta=4\n"
    assert "an input" in (child / "logs" / "output.log").read_text()
    assert metadata()["job"]["resources"] == {"time": "5", "memory": "64M"}
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
