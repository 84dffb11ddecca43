from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtui.demo.diffusion import Diffusion
from runtui.demo.plan import plan_demo
from runtui.demo.supervisor import DemoResult, check_demo_directory, run_demo, running_processes
from runtui.store.errors import StoreError
from runtui.store.manager import RunManager
from runtui.store.process import is_alive
from tests.demo.small import metadata_of, writer_of
from tests.waiting import wait_until


@dataclass(frozen=True)
class Demo:
    """A demo that was run: where, what it returned and told, and where it was run from."""

    base: Path
    result: DemoResult
    lines: list[str]
    working_dir: Path

    def by_description(self, description: str) -> Path:
        (found,) = [run for run in run_dirs(self.base) if metadata_of(run)["description"] == description]
        return found


def run_dirs(base: Path) -> list[Path]:
    return [path for path in base.iterdir() if not path.name.startswith(".") and not path.is_symlink()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The whole demo, run once. What is left running at the end is terminated, and is then gone."""
    base = tmp_path_factory.mktemp("demo") / "runs"
    working_dir = tmp_path_factory.mktemp("elsewhere")
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(working_dir)
        result = run_demo(str(base), progress=lines.append)
    yield Demo(base, result, lines, working_dir)
    for run_id in result.live:
        writer = writer_of(base / run_id)
        os.killpg(writer.pid, signal.SIGTERM)
        os.waitpid(writer.pid, 0)
        assert is_alive(writer) is False
        metadata = metadata_of(base / run_id)
        assert (metadata["status"], metadata["error"]) == ("failed", "terminated by SIGTERM")


def test_most_runs_complete_and_some_fail(demo: Demo) -> None:
    assert demo.result.finished == {"completed": 13, "failed": 5}
    assert len(demo.result.live) == 3
    assert len(demo.result.lost) == 1
    assert len(run_dirs(demo.base)) == len(plan_demo()) == 22


@pytest.mark.parametrize(
    ("description", "error"),
    [
        ("Gas with two solute particles put in at step 700", "ZeroDivisionError: "),
        (
            "Plate with a larger time step, to save time",
            "FloatingPointError: the field diverged at step 340: ",
        ),
        ("Long heating of the plate", "killed by signal 9 (SIGKILL)"),
        ("SEIR, beta from the spreadsheet", "ValueError: could not convert string to float: '0,35'"),
        pytest.param(
            "Gas with its whole trajectory kept on scratch",
            "OSError: [Errno 28] No space left on device",
            marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full"),
        ),
    ],
)
def test_each_failure_has_its_own_reason(description: str, error: str, demo: Demo) -> None:
    run = demo.by_description(description)
    metadata = metadata_of(run)
    assert metadata["status"] == "failed"
    assert metadata["error"].startswith(error)
    assert metadata["completed_at"] is not None
    log = (run / "logs" / "simulation.log").read_text()
    assert ("Traceback (most recent call last):" in log) == ("killed" not in error)
    assert any("failed" in line and error in line for line in demo.lines)


def test_the_killed_run_stopped_between_checkpoints(demo: Demo) -> None:
    run = demo.base / "plate-long"
    assert [entry["name"] for entry in metadata_of(run)["checkpoints"]] == ["step-000500", "step-001000"]
    rows = (run / "results" / "field.jsonl").read_text().splitlines()
    assert 1000 < json.loads(rows[-1])["step"] < 1500


def test_child_resumes_from_the_killed_runs_checkpoint(demo: Demo) -> None:
    child = demo.by_description("Long heating of the plate, second half")
    metadata, parent = metadata_of(child), metadata_of(demo.base / "plate-long")
    assert metadata["status"] == "completed"
    assert metadata["parent_run_id"] == "plate-long"
    assert metadata["resumed_at_step"] == 1000
    assert metadata["checkpoints"][:2] == parent["checkpoints"]
    manager = RunManager(demo.base)
    assert manager.load_run(child.name)
    found = manager.find_checkpoint("step-001000")
    assert found == demo.base / "plate-long" / "checkpoints" / "step-001000.json"

    params: dict[str, Any] = json.loads((child / "run_params.json").read_text())
    uninterrupted = Diffusion.start(params)
    while uninterrupted.steps_done < params["schedule"]["steps"]:
        uninterrupted.step()
    assert metadata["metrics"] == uninterrupted.summary()


def test_lost_run_has_status_running_but_no_process(demo: Demo) -> None:
    (run_id,) = demo.result.lost
    metadata = metadata_of(demo.base / run_id)
    assert metadata["status"] == "running"
    assert metadata["description"] == "Dense gas, overnight"
    assert is_alive(writer_of(demo.base / run_id)) is False


def test_the_hanging_run_is_alive_and_silent(demo: Demo) -> None:
    run = demo.base / "plate-rank0-of-2"
    assert run.name in demo.result.live
    writer = writer_of(run)
    assert metadata_of(run)["status"] == "running"
    assert is_alive(writer) is True
    if os.path.exists("/proc/self/stat"):
        assert Path(f"/proc/{writer.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    log = run / "logs" / "simulation.log"
    assert log.read_text().endswith("waiting for the edge cells of rank 1\n")
    assert time.time() - log.stat().st_mtime > 2.0


@pytest.mark.parametrize(
    "description", ["Winter wave, the whole country, day by day", "Lennard-Jones gas, production"]
)
def test_live_runs_continue_after_the_demo_finishes(description: str, demo: Demo) -> None:
    run = demo.by_description(description)
    assert run.name in demo.result.live
    writer, log = writer_of(run), run / "logs" / "simulation.log"
    assert metadata_of(run)["status"] == "running"
    assert is_alive(writer) is True
    assert os.getpgid(writer.pid) == os.getsid(writer.pid) == writer.pid
    size = log.stat().st_size
    wait_until(lambda: log.stat().st_size > size, "a line more in the log")


def test_demo_simulations_stop_within_two_minutes() -> None:
    detached = [planned for planned in plan_demo() if planned.is_detached]
    assert all(0 < planned.walltime <= 110 for planned in plan_demo())
    (hanging,) = [planned for planned in detached if "exchange_at" in planned.params["schedule"]]
    assert hanging.walltime < 100
    for planned in detached:
        if planned is not hanging:
            assert 60 < planned.params["schedule"]["steps"] * planned.pace < 100


def test_demo_has_runs_with_readable_ids_and_uuids(demo: Demo) -> None:
    names = [run.name for run in run_dirs(demo.base)]
    uuids = [name for name in names if name.count("-") == 4 and str(uuid.UUID(name)) == name]
    assert len(uuids) > len(names) / 2
    assert {"epidemic-baseline", "lj-gas-overlap", "plate-long"} <= set(names)


def test_demo_directory_contains_only_runs(demo: Demo) -> None:
    for entry in demo.base.iterdir():
        assert (
            entry.name in (".run_index.json", ".runtui", "current")
            or metadata_of(entry)["run_id"] == entry.name
        )
    assert not [path for path in demo.base.rglob("*") if path.name.endswith("tmp")]
    assert os.readlink(demo.base / "current") in [run.name for run in run_dirs(demo.base)]
    assert list(demo.working_dir.iterdir()) == []


def test_sweep_shows_attack_rate_growing_with_beta(demo: Demo) -> None:
    found = []
    for run in run_dirs(demo.base):
        metadata = metadata_of(run)
        if metadata["tags"] == ["sweep", "beta"]:
            params = json.loads((run / "run_params.json").read_text())
            found.append((params["beta"], metadata["metrics"]["attack_rate"]))
    assert len(found) == 5
    assert sorted(found) == sorted(found, key=lambda pair: pair[1])


@pytest.mark.parametrize("kind", ["not empty", "not a directory", "below a file"])
def test_nonempty_or_invalid_directory_is_refused(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "thesis.tex"
    file.write_text("years of work")
    base = {"not empty": tmp_path, "not a directory": file, "below a file": file / "runs"}[kind]
    for refuse in (check_demo_directory, lambda path: run_demo(path, progress=print)):
        with pytest.raises(StoreError, match="name a new") as refusal:
            refuse(str(base))
        assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    assert file.read_text() == "years of work"


def test_empty_or_missing_directory_is_accepted(tmp_path: Path) -> None:
    check_demo_directory(str(tmp_path))
    check_demo_directory(str(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []


def test_module_reports_a_refusal_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    words = [sys.executable, "-m", "runtui.demo", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not empty" in done.stderr
    assert done.stderr.count("\n") == 1


def assert_all_ended(base: Path) -> None:
    for run in run_dirs(base):
        assert is_alive(writer_of(run)) is False
        assert metadata_of(run)["status"] in ("completed", "failed")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_demo_ends_all_its_processes(number: signal.Signals, code: int, tmp_path: Path) -> None:
    base = tmp_path / "runs"

    def running() -> int:
        names = (
            [path for path in run_dirs(base) if (path / "metadata.json").exists()] if base.exists() else []
        )
        return sum(metadata_of(run)["status"] == "running" for run in names)

    words = [sys.executable, "-m", "runtui.demo", str(base)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: running() >= 3, "three runs at work")
        process.send_signal(number)
        assert process.wait(timeout=20) == code
    assert_all_ended(base)
    ends = [metadata_of(run).get("error") for run in run_dirs(base)]
    assert ends.count("terminated by SIGTERM") >= 2


def test_failing_progress_callback_ends_the_demo(tmp_path: Path) -> None:
    told: list[str] = []

    def progress(line: str) -> None:
        told.append(line)
        if len(told) == 6:
            raise BrokenPipeError("nobody listens")

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with pytest.raises(BrokenPipeError):
        run_demo(str(tmp_path / "runs"), progress=progress)
    assert_all_ended(tmp_path / "runs")
    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]


def test_running_processes_lists_only_live_writers(tmp_path: Path) -> None:
    RunManager(tmp_path).create_run(run_id="alive")
    write = "import sys; from runtui import RunManager; RunManager(sys.argv[1]).create_run(run_id='dead')"
    subprocess.run([sys.executable, "-c", write, str(tmp_path)], check=True)
    (tmp_path / "no-run").mkdir()
    assert running_processes(str(tmp_path)) == [os.getpid()]
    assert running_processes(str(tmp_path / "missing")) == []
