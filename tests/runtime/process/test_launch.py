from __future__ import annotations

import json
import os
import pty
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from runtui.catalog.sync.liveness import OutputTimes, gather_evidence
from runtui.catalog.sync.scan import scan_runs
from runtui.cli import main
from runtui.runtime.process.launch import launch_run
from runtui.store.child_run import resume
from runtui.store.errors import RunExistsError, RunNotFoundError, StoreError
from runtui.store.manager import RunManager
from runtui.store.process import ProcessIdentity, is_alive
from runtui.store.rows import read_record
from tests.runtime.launches import (
    PYTHON,
    below,
    has_written,
    is_gone,
    launch_words,
    launched,
    log_of,
    metadata_of,
    only_run,
    run_to_end,
    wait_until_gone,
)
from tests.store.children import ROOT, Child
from tests.waiting import wait_until

linux_only = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "runs"


SLEEPING = ("sh", "-c", "sleep 600 & echo ready; wait; wait")
"""A shell with a child, that both sleep for long; it says so."""


def test_a_command_is_recorded_from_beginning_to_end(base: Path) -> None:
    options = ["--description", "a test", "--tag", "one", "--tag", "two"]
    process = run_to_end(base, "sh", "-c", "echo out; echo err >&2; ls -- /dev/null", options=options)
    assert process.returncode == 0
    assert log_of(base) == "out\nerr\n/dev/null\n"
    found = metadata_of(base)
    assert (found["status"], found["description"], found["tags"]) == ("completed", "a test", ["one", "two"])
    assert found["exit_code"] == 0
    assert "error" not in found
    assert "signal" not in found
    assert found["started_at"] <= found["completed_at"]
    assert found["command"][:2] == ["sh", "-c"]
    assert found["working_directory"] == os.getcwd()
    assert found["environment"]["cpus"] > 0
    assert found["log"] == "logs/output.log"
    identity = ProcessIdentity.from_json(found["process"])
    assert identity is not None
    assert identity.pid == found["pid"]
    assert is_alive(identity) is False
    assert not (only_run(base) / ".runtui" / "reserve").exists()


def test_words_after_the_first_double_dash_belong_to_the_command(base: Path) -> None:
    process = run_to_end(base, "echo", "--detach", "--", "-C", "x")
    assert process.returncode == 0
    assert log_of(base) == "--detach -- -C x\n"


def test_launch_without_a_command_is_a_usage_error(base: Path) -> None:
    process = run_to_end(base)
    assert process.returncode == 2
    assert not base.exists()


def test_nonzero_exit_code_is_passed_on_and_fails_the_run(base: Path) -> None:
    assert run_to_end(base, "sh", "-c", "exit 3").returncode == 3
    found = metadata_of(base)
    assert (found["status"], found["error"], found["exit_code"]) == ("failed", "exit code 3", 3)


def test_closed_standard_streams_are_tolerated(base: Path) -> None:
    words = launch_words(base, "sh", "-c", "echo out; cat; echo err >&2; exit 3")
    line = f"exec {shlex.join(words)} <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", line], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == 3
    assert log_of(base) == "out\nerr\n"


def test_fatal_signal_of_the_command_is_recorded(base: Path) -> None:
    assert run_to_end(base, "sh", "-c", "kill -SEGV $$").returncode == 128 + signal.SIGSEGV
    found = metadata_of(base)
    assert (found["status"], found["signal"], found["exit_code"]) == ("failed", "SIGSEGV", None)
    assert found["error"] == "killed by signal 11 (SIGSEGV)"


def test_cpu_time_and_peak_memory_of_the_command_are_recorded(base: Path) -> None:
    code = "block = b'x' * 200_000_000\nfor _ in range(3_000_000): pass"
    assert run_to_end(base, PYTHON, "-c", code).returncode == 0
    found = metadata_of(base)
    assert found["peak_memory"] > 200_000_000
    assert 0.01 < found["cpu_seconds"] < 60


def test_peak_memory_indistinguishable_from_runtuis_own_is_omitted(base: Path) -> None:
    assert run_to_end(base, "true").returncode == 0
    assert "peak_memory" not in metadata_of(base)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["no-such-program"], 127, "no-such-program: command not found"),
        (["/etc/passwd"], 126, "/etc/passwd cannot be started: Permission denied"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--detach"]])
def test_command_that_cannot_be_started_is_recorded_as_failed(
    words: list[str], code: int, why: str, options: list[str], base: Path
) -> None:
    process = launched(base, *words, options=options)
    with process:
        _out, err = process.communicate(timeout=120)
    assert process.returncode == (1 if options else code)
    assert why in err
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it is recorded")
    assert why in metadata_of(base)["error"]


def test_command_finds_its_run_and_only_harmless_variables_are_recorded(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    run_to_end(base, "sh", "-c", "echo $RUNTUI_RUN_ID; cd $RUNTUI_RESULTS && pwd; echo $DATABASE_PASSWORD")
    run = only_run(base)
    assert log_of(base).splitlines() == [run.name, str(run / "results"), "hunter2"]
    assert "hunter2" not in (run / "metadata.json").read_text()
    assert metadata_of(base)["environment"]["OMP_NUM_THREADS"] == "7"


def test_git_commit_and_dirty_state_are_recorded(base: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "model.py").write_text("beta = 0.3\n")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(sources)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    run_to_end(base, "true", cwd=sources)
    clean = metadata_of(base)
    (sources / "model.py").write_text("beta = 0.4\n")
    other = base.parent / "other"
    run_to_end(other, "true", cwd=sources)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    assert (clean["git_commit"], clean["git_dirty"]) == (commit[:12], False)
    assert (metadata_of(other)["git_commit"], metadata_of(other)["git_dirty"]) == (commit[:12], True)


def test_metadata_set_by_the_command_is_kept(base: Path) -> None:
    code = (
        "import os; from runtui import RunManager\n"
        "manager = RunManager(os.path.dirname(os.environ['RUNTUI_RUN']))\n"
        "manager.load_run(os.environ['RUNTUI_RUN_ID'])\n"
        "manager.update_status('checkpointed', steps=7)\n"
    )
    assert run_to_end(base, PYTHON, "-c", code).returncode == 0
    found = metadata_of(base)
    assert (found["status"], found["steps"], found["exit_code"]) == ("checkpointed", 7, 0)


def test_damaged_metadata_is_repaired_at_the_end(base: Path) -> None:
    assert run_to_end(base, "sh", "-c", "echo '{' > $RUNTUI_RUN/metadata.json").returncode == 0
    assert metadata_of(base)["status"] == "completed"


@linux_only
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGINT, "interrupted by SIGINT"),
        (signal.SIGTERM, "terminated by SIGTERM"),
        (signal.SIGHUP, "terminated by SIGHUP"),
    ],
)
def test_a_signal_ends_the_command_with_all_its_children(
    number: signal.Signals, reason: str, base: Path
) -> None:
    with launched(base, *SLEEPING) as process:
        wait_until(has_written(base, "ready"), "it runs")
        all_of_it = below(process.pid)
        process.send_signal(number)
        process.communicate(timeout=120)
    assert len(all_of_it) == 3
    assert process.returncode == 128 + number
    wait_until_gone(all_of_it)
    found = metadata_of(base)
    assert (found["status"], found["error"]) == ("failed", reason)


@linux_only
def test_second_sigterm_kills_a_command_that_ignores_the_first(base: Path) -> None:
    code = "trap 'echo asked' TERM; (trap '' TERM; exec sleep 600) & echo ready; wait; wait; wait; wait"
    with launched(base, "sh", "-c", code) as process:
        wait_until(has_written(base, "ready"), "it runs")
        all_of_it = below(process.pid)
        process.terminate()
        wait_until(
            lambda: "asked" in log_of(base), "it was asked"
        )  # two that come at once may be taken for one
        process.terminate()
        process.communicate(timeout=120)
    assert process.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)  # the last may come after the end
    wait_until_gone(all_of_it)
    assert metadata_of(base)["error"] == "terminated by SIGTERM"
    assert metadata_of(base)["signal"] == "SIGKILL"


@linux_only
@pytest.mark.parametrize("victim", ["guard", "supervisor", "both"])
def test_sigkill_of_a_supervisor_ends_all_processes_and_is_noticed(victim: str, base: Path) -> None:
    with launched(base, *SLEEPING) as process:
        wait_until(has_written(base, "ready"), "it runs")
        supervisor, *_rest = all_of_it = below(process.pid)
        for pid in {"guard": [process.pid], "supervisor": [supervisor], "both": [process.pid, supervisor]}[
            victim
        ]:
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=120)
    wait_until_gone(all_of_it)
    if victim == "both":
        assert metadata_of(base)["status"] == "running"
        (found,) = scan_runs(str(base))
        assert (found.is_lost, found.stale_reason) == (True, f"its launcher, process {supervisor}, is gone")
        return
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it is recorded")
    why = {"guard": "its launcher was killed", "supervisor": "supervised it was killed by SIGKILL"}[victim]
    assert why in metadata_of(base)["error"]
    assert not (only_run(base) / ".runtui" / "reserve").exists()


FAR = "setsid sh -c 'echo $$ far; exec sleep 600' & (setsid sh -c 'echo $$ forked; exec sleep 600' &);"
BARE = "setsid env -i sh -c 'echo $$ bare; exec sleep 600' &"
"""What leaves its session, what also loses its parent, and what also clears its environment."""


def stayed(base: Path) -> list[int]:
    """Return the pids that the commands of the only run have put into its log."""
    return [int(line.split()[0]) for line in log_of(base).splitlines() if line[:1].isdecimal()]


def kill_both(process: subprocess.Popen[str]) -> None:
    """Kill a launcher and its child at once, as `pkill -9 runtui` does."""
    supervisor = below(process.pid)[0]
    process.send_signal(signal.SIGSTOP)  # or it would end everything before it is killed
    os.kill(supervisor, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=120)
    wait_until(lambda: is_gone(supervisor), "it is gone")


@linux_only
@pytest.mark.parametrize("how", ["both", "session", "children"])
def test_process_outside_the_session_is_ended_when_both_supervisors_die(how: str, base: Path) -> None:
    code = f"{FAR} {BARE} trap 'echo told; exit' TERM; echo $$ main; while :; do sleep 0.1; done"
    with launched(base, "sh", "-c", code, start_new_session=True) as process:
        wait_until(lambda: has_written(base, "main")() and len(stayed(base)) == 4, "all of it runs")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if how == "both":
            kill_both(process)
        elif how == "session":
            for pid in [process.pid, *below(process.pid)]:
                with suppress(ProcessLookupError):  # a sleep that has ended meanwhile
                    if os.getsid(pid) == process.pid:
                        os.kill(pid, signal.SIGKILL)
        else:
            for pid in [*map(int, children), process.pid]:
                os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=120)
    wait_until_gone(stayed(base))
    assert log_of(base).endswith("told\n")


@linux_only
def test_nested_run_records_its_end_when_the_outer_run_is_killed(base: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    with launched(base, *launch_words(inner, *SLEEPING)) as process:
        wait_until(has_written(inner, "ready"), "it runs")
        kill_both(process)
    wait_until(lambda: metadata_of(inner)["status"] == "failed", "its end is recorded")
    assert metadata_of(inner)["error"] == "terminated by SIGTERM"


@linux_only
def test_terminated_outer_run_ends_the_nested_run_and_its_leftovers(base: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    code = f"{shlex.join(launch_words(inner, 'sh', '-c', FAR + ' echo ready; sleep 600'))} & wait"
    with launched(base, "sh", "-c", code) as process:
        wait_until(lambda: has_written(inner, "ready")() and len(stayed(inner)) == 2, "it runs")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    wait_until_gone(stayed(inner))
    wait_until(lambda: metadata_of(inner)["status"] == "failed", "its end is recorded")


@linux_only
def test_processes_of_a_lost_run_are_counted_and_stopped(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with launched(base, "sh", "-c", f"{FAR} echo ready; sleep 600") as process:
        wait_until(lambda: has_written(base, "ready")() and len(stayed(base)) == 2, "it runs")
        (reaper_process,) = keepers_of(process.pid)
        os.kill(reaper_process, signal.SIGKILL)
        kill_both(process)
    (found,) = scan_runs(str(base))
    assert found.is_lost
    assert found.stale_reason.endswith("of its processes still run: cancel it to stop them")
    assert main(["ls", "-C", str(base)]) == 0
    assert "lost" in capsys.readouterr().out
    assert main(["cancel", "-C", str(base), "latest"]) == 0
    assert "processes that its launcher had left" in capsys.readouterr().out
    wait_until_gone(stayed(base))
    metadata = metadata_of(base)
    assert metadata["status"] == "failed"
    assert metadata["error"].startswith("its launcher was killed; ")
    assert not list((only_run(base) / ".runtui").glob("supervisor.json"))


def keepers() -> list[int]:
    """Return the shells that wait for their launcher's end."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.read_bytes().startswith(b"sh\0-c\0\nexec 3<&0\n"):
                found.append(int(path.parent.name))
    return found


def keepers_of(launcher: int) -> list[int]:
    """Return those of them that wait for the end of a pipe which a launcher holds."""
    pipes = {os.readlink(path) for path in Path(f"/proc/{launcher}/fd").iterdir()}
    found = []
    for reaper_process in keepers():
        with suppress(OSError):
            if os.readlink(f"/proc/{reaper_process}/fd/3") in pipes:
                found.append(reaper_process)
    return found


@linux_only
def test_reaper_hides_the_program_name_and_ends_with_the_run(base: Path) -> None:
    with launched(base, *SLEEPING) as process:
        wait_until(has_written(base, "ready"), "it runs")
        (reaper_process,) = keepers_of(process.pid)
        assert b"runtui" not in Path(f"/proc/{reaper_process}/cmdline").read_bytes().lower()
        assert reaper_process not in below(process.pid)
        process.terminate()
        process.communicate(timeout=120)
    wait_until_gone([reaper_process])


def test_run_updated_by_a_short_command_does_not_look_lost(base: Path) -> None:
    code = (
        "import os; from runtui import RunManager\n"
        "manager = RunManager(os.path.dirname(os.environ['RUNTUI_RUN']))\n"
        "manager.load_run(os.environ['RUNTUI_RUN_ID'])\n"
        "manager.update_status('running', steps_done=7)\n"
    )
    words = ["sh", "-c", '"$1" -c "$2"; echo ready; sleep 600', "sh", PYTHON, code]
    with launched(base, *words) as process:
        wait_until(has_written(base, "ready"), "it runs")
        assert metadata_of(base)["steps_done"] == 7
        record = read_record(str(base), only_run(base).name)
        assert gather_evidence(str(base), record, 0.0, OutputTimes()).alive
        assert main(["cancel", "-C", str(base), "latest"]) == 0
        process.communicate(timeout=120)
    assert metadata_of(base)["status"] == "failed"


STRUCK = """
import os, signal, sys

moment, number = sys.argv[1], int(sys.argv[2])
sys.argv = ["runtui", *sys.argv[3:]]
is_struck = False

def look(event, values):
    global is_struck
    if is_struck or event not in ("os.mkdir", "os.rename", "os.fork"):
        return
    paths = [os.fspath(value) for value in values[:2] if isinstance(value, str | os.PathLike)]
    if moment == event or moment in map(os.path.basename, paths):
        is_struck = True
        os.kill(os.getpid(), number)

sys.addaudithook(look)
from runtui.cli import program
program()
"""
"""Runs the program, which a signal strikes right before a moment: a call, or a file that gets its name."""


def struck(base: Path, moment: str, number: int, *words: str) -> int:
    """Run the program with a signal at a moment, and return its exit code."""
    command = [PYTHON, "-c", STRUCK, moment, str(int(number)), *words]
    with Child(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL) as process:
        process.communicate(timeout=120)
    return int(process.returncode)


MOMENTS = ["logs", "writer.json", "supervisor.json", "metadata.json", "current", "os.fork"]


@pytest.mark.parametrize("options", [[], ["--detach"]])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", MOMENTS)
def test_signal_during_run_creation_is_recorded(
    moment: str, number: signal.Signals, options: list[str], base: Path
) -> None:
    assert struck(base, moment, number, "launch", "-C", str(base), *options, "--", "sleep", "600")
    found = metadata_of(base)
    assert (found["status"], number.name in found["error"]) == ("failed", True)


@pytest.mark.parametrize("moment", MOMENTS)
def test_signal_during_pipeline_run_creation_is_recorded(moment: str, base: Path, tmp_path: Path) -> None:
    pipeline = tmp_path / "pipeline.toml"
    pipeline.write_text('[[steps]]\nname = "long"\ncommand = "sleep 600"\n')
    assert struck(base, moment, signal.SIGTERM, "exec", str(pipeline), "-C", str(base))
    found = metadata_of(base)
    assert (found["status"], found["error"]) == ("failed", "terminated by SIGTERM")


@pytest.mark.parametrize("moment", ["current", "os.fork"])
def test_run_of_a_launcher_killed_before_start_is_lost_and_cleanable(moment: str, base: Path) -> None:
    assert struck(base, moment, signal.SIGKILL, "launch", "-C", str(base), "--", "sleep", "600")
    assert metadata_of(base)["status"] == "initialising"
    (found,) = scan_runs(str(base))
    assert (found.is_lost, found.effective_status) == (True, "lost")
    RunManager(base).create_run("a newer one")
    assert main(["mark", "-C", str(base), found.name, "failed"]) == 0
    assert main(["clean", "-C", str(base), "status:failed", "--yes"]) == 0
    assert not (base / found.name).exists()


@linux_only
def test_daemonized_process_ends_with_the_command(base: Path, tmp_path: Path) -> None:
    code = "setsid sh -c 'echo $$; : > begun; exec sleep 600' & until [ -e begun ]; do sleep 0.02; done"
    process = run_to_end(base, "sh", "-c", code, cwd=tmp_path)
    assert process.returncode == 0
    wait_until_gone([int(log_of(base))])
    found = metadata_of(base)
    assert (found["status"], found["left_behind"]) == ("completed", 1)


def test_ctrl_c_terminates_the_command_once(base: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        script = "trap 'echo asked; exit 0' TERM; echo ready; sleep 600"
        os.execv(PYTHON, launch_words(base, "sh", "-c", script))
    try:
        wait_until(has_written(base, "ready"), "it runs")
        os.write(terminal, b"\x03")
        _pid, status = os.waitpid(process, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    assert log_of(base).count("asked") == 1
    found = metadata_of(base)
    assert (found["status"], found["error"]) == ("failed", "interrupted by SIGINT")


def test_a_detached_run_survives_the_end_of_the_session(base: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    process, terminal = pty.fork()
    if process == 0:
        words = launch_words(base, "sh", "-c", f"echo ready; cat {fifo}", options=["--detach"])
        # Its session's leader lives until the terminal goes away, as a shell does.
        os.execvp("sh", ["sh", "-c", '"$@" && echo left && cat', "sh", *words])
    try:
        wait_until(has_written(base, "ready"), "it runs")
        with open(terminal, "rb", buffering=0) as screen:
            said = b""
            while b"left" not in said:
                said += screen.read(4096)
        assert b"is running in the background, pid " in said
        os.waitpid(process, 0)  # by SIGHUP, as its terminal is closed
        with open(fifo, "w") as way:
            way.write("still here\n")
    except BaseException:
        os.kill(metadata_of(base)["pid"], signal.SIGKILL)
        raise
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it ended well")
    assert log_of(base) == "ready\nstill here\n"


def test_gigabyte_of_output_is_logged_completely(base: Path) -> None:
    if shutil.disk_usage(base.parent).free < 3_000_000_000:
        pytest.skip("there is no space for a gigabyte")
    assert run_to_end(base, "head", "-c", "1000000000", "/dev/zero").returncode == 0
    log = only_run(base) / "logs" / "output.log"
    assert log.stat().st_size == 1_000_000_000
    log.unlink()
    assert metadata_of(base)["status"] == "completed"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if os.geteuid():
        pytest.skip("only root can mount here")
    point = tmp_path / "small"
    point.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1M", "none", str(point)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield point
    subprocess.run(["umount", "--lazy", str(point)], check=True)


def test_failure_is_recorded_on_a_full_disk(small_disk: Path) -> None:
    base = small_disk / "runs"
    process = run_to_end(base, "cat", "/dev/zero")
    assert process.returncode == 1
    log = only_run(base) / "logs" / "output.log"
    assert log.stat().st_size > 500_000
    found = metadata_of(base)
    assert (found["status"], found["error"]) == ("failed", "exit code 1")
    assert found["pid"] > 0


def status_of(run: Path) -> str:
    return json.loads((run / "metadata.json").read_text())["status"]


def test_waiting_run_can_be_launched_from_any_thread(base: Path) -> None:
    manager = RunManager(base)
    parent = manager.create_run("the first")
    checkpoint = manager.run_dir / "checkpoints" / "step-1"
    checkpoint.write_text("1")
    manager.add_checkpoint("step-1", checkpoint)
    manager.update_status("failed")
    child = resume(str(base), parent).run_id
    found = []
    words = ["sh", "-c", 'echo "$RUNTUI_RESUME_FROM"; pwd']
    thread = threading.Thread(
        target=lambda: found.append(launch_run(str(base), child, words, directory=str(base)))
    )
    thread.start()
    thread.join()
    assert found[0].run_id == child
    wait_until(lambda: status_of(base / child) == "completed", "it ended well")
    assert (base / child / "logs" / "output.log").read_text() == f"{checkpoint}\n{base}\n"
    metadata = json.loads((base / child / "metadata.json").read_text())
    assert (metadata["pid"], metadata["parent_run_id"]) == (found[0].pid, parent)
    with pytest.raises(RunExistsError, match="is completed"):
        launch_run(str(base), child, words)


def test_concurrent_launches_start_a_run_once(base: Path) -> None:
    name = RunManager(base).create_run("a run that waits")
    came: list[str] = []

    def ask() -> None:
        try:
            launch_run(str(base), name, ["sh", "-c", "echo once; sleep 0.2"])
            came.append("started")
        except RunExistsError:
            came.append("refused")
        except StoreError as error:
            came.append("refused" if "was started before" in str(error) else str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["refused", "refused", "refused", "started"]
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it ended well")
    assert log_of(base) == "once\n"


def test_command_that_cannot_start_is_refused_with_a_reason(base: Path) -> None:
    manager = RunManager(base)
    with pytest.raises(RunNotFoundError):
        launch_run(str(base), "no-such-run", ["true"])
    name = manager.create_run("a run that waits")
    with pytest.raises(ValueError, match="no command"):
        launch_run(str(base), name, [])
    with pytest.raises(StoreError, match="command not found"):
        launch_run(str(base), name, ["no-such-program"])
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it is recorded")
