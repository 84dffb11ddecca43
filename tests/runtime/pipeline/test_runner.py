from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from runtui.catalog.sync.scan import scan_runs
from runtui.cli import main
from tests.runtime.launches import below, is_gone, metadata_of, only_run, wait_until_gone
from tests.runtime.pipeline.pipelines import LONG, PIPELINE, execute, executing, has_begun, states, write
from tests.waiting import wait_until


@pytest.mark.parametrize("mode", [None, "sync", "thread", "process"])
def test_failed_pipeline_completes_after_resume(mode: str | None, base: Path, tmp_path: Path) -> None:
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
    assert "fetch: up to date\n" in out
    assert "read: up to date\n" in out
    assert (run / "results" / "total.txt").read_text() == "6"
    found = metadata_of(base)
    assert found["status"] == "completed"
    assert "error" not in found
    assert states(base) == {
        "fetch": "kept", "read": "kept", "numbers": "done", "total": "done", "check": "done"
    }  # fmt: skip
    assert found["resumptions"][0]["status"] == "failed"
    assert not list((run / ".runtui").glob("data/*"))


def test_pipeline_errors_are_reported_before_a_run_is_created(base: Path, tmp_path: Path) -> None:
    circle = "[[steps]]\nname='a'\ncommand='x'\nneeds=['b']\n[[steps]]\nname='b'\ncommand='x'\nneeds=['a']"
    code, _out, err = execute(base, write(tmp_path, circle))
    assert code == 1
    assert "steps wait for one another: a waits for b; b waits for a" in err
    assert not base.exists()
    assert execute(base)[0] == 2


def test_step_states_are_on_disk_while_steps_run(base: Path, tmp_path: Path) -> None:
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


def test_missing_outputs_timeouts_and_retries_are_recorded(base: Path, tmp_path: Path) -> None:
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
    assert found["lazy"]["error"] == f"missing outputs: {only_run(base)}/results/x"
    assert found["slow"]["error"] == "it took longer than its 0.2 s"
    assert (found["third"]["state"], found["third"]["attempts"]) == ("done", 3)
    assert found["behind"]["state"] == "blocked"


@pytest.mark.parametrize("how", ["terminate", "kill runner", "kill guard"])
def test_terminated_or_killed_pipeline_ends_all_processes_and_is_failed(
    how: str, base: Path, tmp_path: Path
) -> None:
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


def test_daemonized_process_of_a_step_ends_with_the_step(base: Path, tmp_path: Path) -> None:
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


def test_ending_leftovers_spares_processes_of_other_steps(base: Path, tmp_path: Path) -> None:
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
def test_commands_end_when_both_supervisors_are_killed(base: Path, tmp_path: Path) -> None:
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


def test_pipeline_of_a_thousand_steps_completes(base: Path, tmp_path: Path) -> None:
    text = "".join(
        f"[[steps]]\nname = 's{number}'\ncommand = ['true']\n"
        + (f"needs = ['s{number // 3}']\n" if number else "")
        for number in range(1000)
    )
    assert execute(base, write(tmp_path, text))[0] == 0
    found = metadata_of(base)
    assert (found["status"], found["steps_done"], found["steps_total"]) == ("completed", 1000, 1000)


SCRIPTS = {
    "10_make.py": 'import os; open(os.environ["RUNTUI_RESULTS"] + "/made.txt", "w").write("1")',
    "20_use.sh": 'cat "$RUNTUI_RESULTS/made.txt"',
    "30_end.sh": "echo end",
}

TWO_STEPS = """
    [[steps]]
    name = "a"
    command = "cat si.in > {results}/a.txt"
    outputs = ["results/a.txt"]
    [[steps]]
    name = "b"
    command = "wc -c {results}/a.txt"
    needs = ["a"]
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder of three scripts, each of which needs those before it."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text)
    return folder


def resumed(base: Path, *options: str) -> dict[str, str]:
    """Resume the pipeline, and return what became of its steps."""
    code, out, err = execute(base, "--resume", "latest", *options)
    assert code == 0, out + err
    return {name: "kept" if state == "kept" else "done" for name, state in states(base).items()}


def test_edited_script_runs_again_with_its_dependents(base: Path, scripts: Path) -> None:
    assert execute(base, str(scripts))[0] == 0
    assert set(resumed(base).values()) == {"kept"}
    os.utime(scripts / "20_use.sh", (1, 1))  # its contents are what counts
    assert set(resumed(base).values()) == {"kept"}
    (scripts / "20_use.sh").write_text("echo other")
    assert resumed(base) == {"10_make": "kept", "20_use": "done", "30_end": "done"}
    assert set(resumed(base).values()) == {"kept"}


def test_step_with_a_deleted_result_runs_again(base: Path, scripts: Path) -> None:
    assert execute(base, str(scripts))[0] == 0
    (only_run(base) / "results" / "made.txt").unlink()
    assert set(resumed(base).values()) == {"done"}
    assert (only_run(base) / "results" / "made.txt").read_text() == "1"
    assert set(resumed(base).values()) == {"kept"}


def test_changed_run_parameters_rerun_all_steps(base: Path, scripts: Path) -> None:
    assert execute(base, str(scripts))[0] == 0
    (only_run(base) / "run_params.json").write_text('{"beta": 0.3}')
    assert set(resumed(base).values()) == {"done"}
    assert set(resumed(base).values()) == {"kept"}


def test_changed_input_reruns_its_step(base: Path, tmp_path: Path) -> None:
    (tmp_path / "si.in").write_text("ecut = 20")
    assert execute(base, write(tmp_path, TWO_STEPS))[0] == 0
    assert resumed(base) == {"a": "kept", "b": "kept"}
    (tmp_path / "si.in").write_text("ecut = 40")
    assert resumed(base) == {"a": "done", "b": "done"}
    (only_run(base) / "results" / "a.txt").write_text("by hand")
    assert resumed(base) == {"a": "done", "b": "done"}
    assert (only_run(base) / "results" / "a.txt").read_text() == "ecut = 40"


def test_moved_and_renamed_run_reruns_only_changed_steps(base: Path, tmp_path: Path) -> None:
    (tmp_path / "si.in").write_text("ecut = 20")
    assert execute(base, write(tmp_path, TWO_STEPS))[0] == 0
    only_run(base).rename(base / "renamed")
    base.rename(tmp_path / "moved")
    assert resumed(tmp_path / "moved") == {"a": "kept", "b": "kept"}
    (tmp_path / "linked").symlink_to("moved")
    assert resumed(tmp_path / "linked") == {"a": "kept", "b": "kept"}
    (tmp_path / "moved" / "renamed" / "results" / "a.txt").write_text("by hand")
    assert resumed(tmp_path / "moved") == {"a": "done", "b": "done"}


def test_output_may_be_a_symlink_to_outside_the_run(base: Path, tmp_path: Path) -> None:
    text = f"""
        [[steps]]
        name = "a"
        command = "echo 1 > {tmp_path}/large; ln -sfn {tmp_path}/large {{results}}/link"
        outputs = ["results/link"]
    """
    assert execute(base, write(tmp_path, text))[0] == 0
    assert resumed(base) == {"a": "kept"}
    (tmp_path / "large").unlink()
    assert resumed(base) == {"a": "done"}


def test_requested_steps_run_again(base: Path, scripts: Path) -> None:
    assert execute(base, str(scripts))[0] == 0
    assert resumed(base, "--again", "20_use") == {"10_make": "kept", "20_use": "done", "30_end": "done"}
    assert set(resumed(base, "--force").values()) == {"done"}
    code, _out, err = execute(base, "--resume", "latest", "--again", "nosuch")
    assert (code, "there is no step nosuch: the steps are 10_make" in err) == (1, True)
    for option in (["--force"], ["--again", "20_use"]):
        code, _out, err = execute(base, str(scripts), *option)
        assert (code, "need a run: runtui exec --resume RUN" in err) == (2, True)


def test_failed_step_gets_its_reason_from_its_log(base: Path, tmp_path: Path) -> None:
    text = """
        [[steps]]
        name = "lmp"
        command = "echo \\"ERROR: Unrecognized atom style 'charged' (src/atom.cpp:740)\\"; exit 1"
    """
    assert execute(base, write(tmp_path, text))[0] == 1
    run = metadata_of(base)
    assert run["error"] == "lmp: ERROR: Unrecognized atom style 'charged' (src/atom.cpp:740)"
    assert (run["steps"][0]["kind"], run["steps"][0]["exit_code"]) == ("error", 1)
    # What an earlier attempt said is no reason of the next.
    write(tmp_path, text.replace("echo", "true").replace("exit 1", "exit 3"))
    assert execute(base, "--resume", "latest")[0] == 1
    assert metadata_of(base)["error"] == "lmp: exit code 3"


@pytest.mark.parametrize(
    ("command", "said", "kind"),
    [
        ("cat /no/x", "cat: /no/x: No such file or directory", "missing"),
        ("cd /no/x", "cd: ", "missing"),
        ("sh /no/x.sh", "/no/x.sh", "missing"),
        ("nosuchprogram", "nosuchprogram: ", "missing"),
        (
            "ls /no/y || cp /no/x .; rm /no/z",
            "rm: cannot remove '/no/z': No such file or directory",
            "missing",
        ),
        ("cat /", "cat: /: Is a directory", "error"),
        ("echo the mesh is missing >&2; exit 3", "the mesh is missing", "error"),
    ],
)
def test_the_last_message_of_the_program_that_failed_is_the_reason(
    base: Path, tmp_path: Path, command: str, said: str, kind: str
) -> None:
    text = f'[[steps]]\nname = "a"\ncommand = """{command}"""\n'
    assert execute(base, write(tmp_path, text))[0] == 1
    run = metadata_of(base)
    assert said in run["error"]
    assert run["steps"][0]["kind"] == kind


def test_pipeline_run_is_found_by_the_failure_kind_of_any_step(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
        [[steps]]
        name = "style"
        command = "echo 'ERROR: Unrecognized atom style'; exit 1"
        [[steps]]
        name = "big"
        command = "echo 'MemoryError: Unable to allocate 2.98 GiB for an array'; exit 1"
        [[steps]]
        name = "slow"
        command = "timeout 0.1 sleep 600"
        [[steps]]
        name = "limit"
        command = "sleep 600"
        timeout = 0.2
    """
    assert execute(base, write(tmp_path, text))[0] == 1
    steps = {step["name"]: step["kind"] for step in metadata_of(base)["steps"]}
    assert steps == {"style": "error", "big": "oom", "slow": "timeout", "limit": "timeout"}
    told = metadata_of(base)["error"]
    assert "style: ERROR: Unrecognized atom style; big: oom: MemoryError: Unable to" in told
    assert "slow: timeout: exit code 124" in told
    for words in ("error", "oom", "timeout", "atom"):
        assert main(["-C", str(base), "ls", f"reason:{words}"]) == 0
        assert capsys.readouterr().out.count("\n") == 1, words
    assert main(["-C", str(base), "ls", "reason:disk"]) == 0
    assert capsys.readouterr().out == ""


def failing(**messages: str) -> str:
    """Return the text of a pipeline whose steps, by name, print a message and fail."""
    steps = (
        f'[[steps]]\nname = "{name}"\ncommand = """echo \'{message}\'; exit 1"""\n'
        for name, message in messages.items()
    )
    return "\n".join(steps)


@pytest.mark.parametrize("order", [("mesh", "flow"), ("flow", "mesh")])
def test_kind_and_text_of_a_reason_are_of_the_same_step(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], order: tuple[str, str]
) -> None:
    messages = {"mesh": "ValueError: bad cell", "flow": "OSError: [Errno 28] No space left on device"}
    kinds = {"mesh": "exception", "flow": "disk"}
    first, second = order
    text = failing(**{name: messages[name] for name in order})
    assert execute(base, write(tmp_path, text), "--workers", "1")[0] == 1
    assert main(["-C", str(base), "ls", "--json"]) == 0
    (reason,) = (run["reason"] for run in json.loads(capsys.readouterr().out))
    assert reason["kind"] == kinds[first]
    assert reason["line"].startswith(f"{first}: {messages[first]}; {second}: ")
    assert reason["log"] == f"logs/{first}.log"
    for kind in kinds.values():
        assert main(["-C", str(base), "ls", f"reason:{kind}"]) == 0
        assert capsys.readouterr().out.count("\n") == 1, kind


def test_kinds_of_steps_that_the_reason_does_not_name_are_found(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = {f"a_step_with_a_long_name_number_{number}": "ERROR: bad cell" for number in range(6)}
    assert execute(base, write(tmp_path, failing(**many, last="MemoryError: 3 GB")))[0] == 1
    assert "; and 2 more steps" in metadata_of(base)["error"]
    for kind in ("oom", "error"):
        assert main(["-C", str(base), "ls", f"reason:{kind}"]) == 0
        assert capsys.readouterr().out.count("\n") == 1, kind


def test_a_step_that_was_cancelled_is_not_why_the_run_failed(base: Path, tmp_path: Path) -> None:
    text = failing(first="slurmstepd: error: *** STEP 3.0 ON n1 CANCELLED AT 2026-03-01T10:00:00 ***")
    text += "\n" + failing(second="ERROR: bad cell")
    assert execute(base, write(tmp_path, text))[0] == 1
    assert metadata_of(base)["error"].startswith("second: ERROR: bad cell; first: cancelled: ")


def test_resume_reuses_the_last_execution_options(base: Path, scripts: Path) -> None:
    assert execute(base, str(scripts), "--mode", "thread", "--workers", "1")[0] == 0
    resumed(base)
    assert metadata_of(base)["executed"] == {"mode": "thread", "workers": 1}
    resumed(base, "--mode", "sync")
    assert metadata_of(base)["executed"] == {"mode": "sync", "workers": 1}
