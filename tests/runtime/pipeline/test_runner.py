from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runtui import StoreError, run_pipeline
from runtui.catalog.sync.scan import scan_runs
from runtui.runtime.pipeline.runner import resume_pipeline
from runtui.store.edits.run_edits import set_status
from runtui.store.status import RunStatus
from tests.runtime.launches import PYTHON, below, is_gone, metadata_of, only_run, wait_until_gone
from tests.store.children import ROOT, Child
from tests.waiting import wait_until

WORK = """
import os, sys, time

def numbers(step):
    print("making numbers")
    (step.results / "numbers.txt").write_text("1 2 3")
    return [1, 2, 3]

def total(step):
    assert os.path.exists("work.py"), f"functions run beside the pipeline, and not in {os.getcwd()}"
    return sum(step.inputs["numbers"])

def check(step):
    if not os.path.exists(os.environ["RUNTUI_RUN"] + "/go"):
        raise ValueError("there is no go")
    (step.results / "total.txt").write_text(str(step.inputs["total"]))
"""

PIPELINE = """
description = "sums"
tags = ["daily"]

[[steps]]
name = "fetch"
command = "echo raw > {results}/raw.csv; echo fetched"
outputs = ["results/raw.csv"]
temporary = true

[[steps]]
name = "read"
command = ["cp", "{results}/raw.csv", "{results}/copy.csv"]
needs = ["fetch"]
outputs = ["results/copy.csv"]

[[steps]]
name = "numbers"
call = "work:numbers"
mode = "thread"

[[steps]]
name = "total"
call = "work:total"
needs = ["numbers"]

[[steps]]
name = "check"
call = "work:check"
needs = ["total", "read"]
mode = "sync"
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def write(tmp_path: Path, text: str) -> str:
    (tmp_path / "work.py").write_text(WORK)
    path = tmp_path / "pipeline.toml"
    path.write_text(text)
    return str(path)


def executing(base: Path, *words: str) -> Child:
    return Child(
        [PYTHON, "-m", "runtui", "exec", "-C", str(base), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def execute(base: Path, *words: str) -> tuple[int, str, str]:
    with executing(base, *words) as process:
        out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def states(base: Path) -> dict[str, str]:
    return {entry["name"]: entry["state"] for entry in metadata_of(base)["steps"]}


@pytest.mark.parametrize("mode", [None, "sync", "thread", "process"])
def test_a_pipeline_fails_is_resumed_and_completes(mode: str | None, base: Path, tmp_path: Path) -> None:
    options = [] if mode is None else ["--mode", mode]
    code, out, _err = execute(base, write(tmp_path, PIPELINE), *options)
    assert code == 1
    assert "check: failed: ValueError: there is no go" in out
    found = metadata_of(base)
    assert (found["status"], found["error"]) == ("failed", "check: ValueError: there is no go")
    assert (found["description"], found["tags"]) == ("sums", ["daily"])
    assert (found["steps_done"], found["steps_total"]) == (4, 5)
    assert (found["git_commit"], found["git_dirty"]) == (None, None)
    run = only_run(base)
    assert sorted(path.name for path in (run / "results").iterdir()) == ["copy.csv", "numbers.txt"]
    assert (run / "logs" / "fetch.log").read_text() == "fetched\n"
    assert "there is no go" in (run / "logs" / "check.log").read_text()

    (run / "go").touch()
    code, out, err = execute(base, "--resume", "latest", *options)
    assert code == 0, out + err
    assert "fetch: stands\n" in out
    assert "read: stands\n" in out
    assert (run / "results" / "total.txt").read_text() == "6"
    found = metadata_of(base)
    assert found["status"] == "completed"
    assert "error" not in found
    assert states(base) == {
        "fetch": "kept", "read": "kept", "numbers": "done", "total": "done", "check": "done"
    }  # fmt: skip
    assert found["resumptions"][0]["status"] == "failed"
    assert not list((run / ".runtui").glob("data/*"))


def test_what_is_wrong_with_a_pipeline_is_told_before_a_run_is_made(base: Path, tmp_path: Path) -> None:
    circle = "[[steps]]\nname='a'\ncommand='x'\nneeds=['b']\n[[steps]]\nname='b'\ncommand='x'\nneeds=['a']"
    code, _out, err = execute(base, write(tmp_path, circle))
    assert code == 1
    assert "steps wait for one another: a waits for b; b waits for a" in err
    assert not base.exists()
    assert execute(base)[0] == 2


def test_states_are_seen_while_steps_run(base: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    text = f"""
        [[steps]]
        name = "quick"
        command = "true"
        [[steps]]
        name = "long"
        command = ["cat", "{fifo}"]
        needs = ["quick"]
        [[steps]]
        name = "after"
        command = "true"
        needs = ["long"]
    """

    def seen() -> bool:
        try:
            return states(base) == {"quick": "done", "long": "running", "after": "waiting"}
        except (OSError, ValueError, KeyError):
            return False

    with executing(base, write(tmp_path, text)) as process:
        try:
            wait_until(seen, "the states are on disk")
            assert metadata_of(base)["status"] == "running"
            assert metadata_of(base)["steps_done"] == 1
        finally:
            with open(fifo, "w"):
                pass
        process.communicate(timeout=120)
    assert process.returncode == 0
    assert set(states(base).values()) == {"done"}


def test_outputs_timeouts_and_retries(base: Path, tmp_path: Path) -> None:
    text = """
        [[steps]]
        name = "lazy"
        command = "true"
        outputs = ["results/x"]
        [[steps]]
        name = "slow"
        command = "sleep 600"
        timeout = 0.2
        [[steps]]
        name = "third"
        command = "echo try; test $(grep -c try $RUNTUI_LOGS/third.log) = 3"
        retries = 2
        [[steps]]
        name = "behind"
        command = "true"
        needs = ["lazy", "third"]
    """
    assert execute(base, write(tmp_path, text))[0] == 1
    found = {entry["name"]: entry for entry in metadata_of(base)["steps"]}
    assert found["lazy"]["error"] == f"it did not make {only_run(base)}/results/x"
    assert found["slow"]["error"] == "it took longer than its 0.2 s"
    assert (found["third"]["state"], found["third"]["attempts"]) == ("done", 3)
    assert found["behind"]["state"] == "blocked"


LONG = """
[[steps]]
name = "long"
command = "sleep 600 & echo ready; wait"
[[steps]]
name = "function"
call = "time:sleep"
[[steps]]
name = "next"
command = "true"
needs = ["long"]
"""


def has_begun(base: Path) -> bool:
    try:
        return (
            "ready" in (only_run(base) / "logs" / "long.log").read_text()
            and "running" in states(base).values()
        )
    except (OSError, ValueError, KeyError):
        return False


@pytest.mark.parametrize("how", ["terminate", "kill runner", "kill guard"])
def test_whatever_ends_it_nothing_is_left_and_the_truth_is_told(how: str, base: Path, tmp_path: Path) -> None:
    with executing(base, write(tmp_path, LONG)) as process:
        wait_until(lambda: has_begun(base), "it is at work")
        pids = below(process.pid)
        victim = pids[0] if how == "kill runner" else process.pid
        os.kill(victim, signal.SIGTERM if how == "terminate" else signal.SIGKILL)
        process.communicate(timeout=120)
    assert len(pids) >= 4
    wait_until(lambda: all(map(is_gone, pids)), "all processes have ended")
    wait_until_gone(pids)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it is recorded")
    assert metadata_of(base)["error"] in (
        "terminated by SIGTERM",
        "its launcher was killed",
        "the process that supervised it was killed by SIGKILL",
    )
    assert states(base)["long"] == states(base)["next"] == "cancelled"


def test_a_step_that_forks_and_leaves_is_ended_with_the_step(base: Path, tmp_path: Path) -> None:
    text = '''
        [[steps]]
        name = "leaves"
        command = """
            cd {run}
            setsid sh -c 'echo $$; : > begun; exec sleep 600' &
            until [ -e begun ]; do sleep 0.02; done
        """
    '''
    assert execute(base, write(tmp_path, text))[0] == 0
    pid = int((only_run(base) / "logs" / "leaves.log").read_text())
    wait_until_gone([pid])


def test_what_a_step_leaves_behind_is_told_from_what_another_one_still_needs(
    base: Path, tmp_path: Path
) -> None:
    text = '''
        [[steps]]
        name = "leaves"
        command = """
            setsid sh -c 'echo $$; exec sleep 600' &
            until [ -s {logs}/leaves.log ] && [ -e {run}/serving ]; do sleep 0.02; done
        """

        [[steps]]
        name = "next"
        command = "touch {run}/go"
        needs = ["leaves"]

        [[steps]]
        name = "needs a server"
        command = """
            setsid sh -c 'echo $$ > {run}/server; : > {run}/serving; exec sleep 600' &
            until [ -e {run}/go ]; do sleep 0.02; done
            kill -s 0 $(cat {run}/server)
        """
    '''
    assert execute(base, write(tmp_path, text), "--workers", "2")[0] == 0
    run = only_run(base)
    wait_until_gone([int(path.read_text()) for path in (run / "logs" / "leaves.log", run / "server")])


@pytest.mark.skipif(sys.platform != "linux", reason="it is stopped in the middle by what only Linux has")
def test_where_both_of_its_processes_are_killed_the_commands_end(base: Path, tmp_path: Path) -> None:
    text = '''
        [[steps]]
        name = "long"
        command = """
            trap 'touch {run}/told; exit' TERM
            (setsid sh -c 'echo $$ > {run}/far; exec sleep 600' &)
            until [ -s {run}/far ]; do sleep 0.02; done
            echo ready
            while :; do sleep 0.1; done
        """
    '''
    with executing(base, write(tmp_path, text)) as process:
        wait_until(lambda: has_begun(base), "it is at work")
        runner, *others = below(process.pid)
        assert int((only_run(base) / "far").read_text()) in others
        os.kill(process.pid, signal.SIGSTOP)  # or it would end them itself
        os.kill(runner, signal.SIGKILL)
        process.kill()
        process.communicate(timeout=120)
    wait_until_gone(others)
    assert (only_run(base) / "told").exists()
    (found,) = scan_runs(str(base))
    assert found.is_lost


def test_a_thousand_steps(base: Path, tmp_path: Path) -> None:
    text = "".join(
        f"[[steps]]\nname = 's{number}'\ncommand = ['true']\n"
        + (f"needs = ['s{number // 3}']\n" if number else "")
        for number in range(1000)
    )
    assert execute(base, write(tmp_path, text))[0] == 0
    found = metadata_of(base)
    assert (found["status"], found["steps_done"], found["steps_total"]) == ("completed", 1000, 1000)


def test_one_that_is_at_work_is_not_resumed(base: Path, tmp_path: Path) -> None:
    with executing(base, write(tmp_path, LONG)) as process:
        wait_until(lambda: has_begun(base), "it is at work")
        code, _out, err = execute(base, "--resume", "latest")
        process.terminate()
        process.communicate(timeout=120)
    assert code == 1
    assert "is at work, as process" in err


def test_one_that_was_lost_on_another_host_goes_on_when_it_was_marked(base: Path, tmp_path: Path) -> None:
    assert execute(base, write(tmp_path, PIPELINE))[0] == 1
    run = only_run(base)
    metadata = metadata_of(base) | {"status": "running"}
    (run / "metadata.json").write_text(json.dumps(metadata))
    writer = {"host": "node9", "pid": 7, "boot_id": "x", "start_time": 1}
    (run / ".runtui" / "writer.json").write_text(json.dumps(writer))
    (run / "go").touch()
    code, _out, err = execute(base, "--resume", run.name)
    assert (code, "as process 7 on node9: mark it failed first if it is lost" in err) == (1, True)
    (outcome,) = set_status(str(base), [run.name], RunStatus.FAILED)
    assert outcome.done
    assert execute(base, "--resume", run.name)[0] == 0
    assert metadata_of(base)["status"] == "completed"


def test_a_pipeline_goes_on_alone_as_it_was_executed(base: Path, tmp_path: Path) -> None:
    source = write(tmp_path, PIPELINE)
    assert execute(base, source, "--mode", "thread", "--workers", "1")[0] == 1
    run = only_run(base)
    Path(source).write_text("[[steps]]\nname = 'a'\ncommand = 'x'\nneeds = ['a']\n")
    with pytest.raises(StoreError, match="wait for one another"):
        resume_pipeline(str(base), run.name)
    Path(source).write_text(PIPELINE)
    (run / "go").touch()
    resume_pipeline(str(base), run.name)
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it ended well")
    assert metadata_of(base)["executed"] == {"mode": "thread", "workers": 1}
    assert states(base)["fetch"] == "kept"
    wait_until(lambda: "check: done" in (run / "logs" / "runtui-exec.log").read_text(), "it says so")
    (run / ".runtui" / "pipeline.json").chmod(0o666)
    with pytest.raises(StoreError, match="not your own"):
        resume_pipeline(str(base), run.name)


def test_a_folder_of_scripts_is_one_call_also_beside_threads(base: Path, tmp_path: Path, capfd) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "10_fetch.py").write_text(
        "import os, pathlib\n"
        "pathlib.Path(os.environ['RUNTUI_RESULTS'], 'raw.csv').write_text('1\\n2\\n')\n"
        "print('fetched')\n"
    )
    (scripts / "20_count.sh").write_text("wc -l < $RUNTUI_RESULTS/raw.csv > $RUNTUI_RESULTS/count\n")
    found = []
    thread = threading.Thread(target=lambda: found.append(run_pipeline(scripts, base, tags=["x"])))
    thread.start()
    thread.join()
    (run,) = found
    assert run.status == "completed"
    assert run.list_outputs() == ["count", "raw.csv"]
    with run.open_output("count") as file:
        assert file.read().strip() == "2"
    assert run.read_log("10_fetch.log") == "fetched\n"
    assert run.metadata["tags"] == ["x"]
    assert "20_count: done" in capfd.readouterr().out
    (scripts / "20_count.sh").write_text("exit 3\n")
    assert run_pipeline(scripts, base).status == "failed"
    with pytest.raises(StoreError, match="has no numbered scripts"):
        run_pipeline(base, base)
    with pytest.raises(ValueError, match="fast"):
        run_pipeline(scripts, base, mode="fast")
