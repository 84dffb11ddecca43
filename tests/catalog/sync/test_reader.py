"""Many runs are read, several at once where the file system is slow."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from runtui.catalog.sync.reader import RunReader
from runtui.layouts.registry import read_run
from runtui.store.record import RunRecord
from tests.foreign_runs import sacred_run, slurm_run
from tests.run_dirs import write_run


def test_only_changed_runs_are_read_again(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        write_run(runs_dir, f"run-{number}")
    names = sorted(path.name for path in runs_dir.iterdir())
    reader = RunReader(str(runs_dir), 4)
    known = {run.name: run.stamp for run in reader.look(names, {}) if run.stamp is not None}
    assert sorted(known) == names
    assert reader.look(names, known) == []
    write_run(runs_dir, "run-7", status="failed")
    (runs_dir / "run-9" / "metadata.json").unlink()
    assert sorted((run.name, run.status) for run in reader.look(names, known)) == [
        ("run-7", "failed"),
        ("run-9", ""),
    ]
    reader.edited = {"run-11"}
    assert "run-11" in [run.name for run in reader.look(names, known)]


def test_runs_whose_parameter_files_changed_are_read_again(runs_dir: Path) -> None:
    for number in range(3):
        (write_run(runs_dir, f"run-{number}", alpha=1) / "config.yaml").write_text("beta: 1\n")
    names = sorted(path.name for path in runs_dir.iterdir())
    reader = RunReader(str(runs_dir), 4)
    reader.keys = frozenset({"alpha", "beta"})
    known = {run.name: (run.stamp or b"") + run.values_stamp.encode() for run in reader.look(names, {})}
    assert reader.look(names, known) == []
    (runs_dir / "run-1" / "config.yaml").write_text("beta: 22\n")
    assert [(run.name, run.values["beta"]) for run in reader.look(names, known)] == [("run-1", 22)]


def test_slow_reads_run_concurrently_up_to_the_limit(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"run-{number:03}" for number in range(200)]
    for name in names:
        write_run(runs_dir, name)
    in_flight = [0, 0]
    lock = threading.Lock()

    def slow(base: str, name: str, *arguments: object, **options: object) -> RunRecord:
        with lock:
            in_flight[0] += 1
            in_flight[1] = max(in_flight)
        time.sleep(0.003)
        with lock:
            in_flight[0] -= 1
        return read_run(base, name)

    monkeypatch.setattr("runtui.layouts.registry.read_run", slow)
    reader = RunReader(str(runs_dir), 4)
    assert sorted(run.name for run in reader.look(names, {})) == names
    reader.rest()
    assert 1 < in_flight[1] <= 4


def test_error_in_a_reader_thread_is_raised(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_then_wrong(base: str, name: str, *arguments: object, **options: object) -> RunRecord:
        time.sleep(0.003)
        if name == "run-150":
            raise ZeroDivisionError
        return RunRecord(name, name)

    monkeypatch.setattr("runtui.layouts.registry.read_run", slow_then_wrong)
    reader = RunReader(str(runs_dir), 4)
    with pytest.raises(ZeroDivisionError):
        reader.look([f"run-{number:03}" for number in range(200)], {})
    reader.rest()


def test_ended_runs_of_other_programs_are_read_again_when_a_file_that_tells_of_them_changed(
    runs_dir: Path,
) -> None:
    for number in range(1, 6):
        sacred_run(runs_dir, number)
        slurm_run(runs_dir, number)
    names = sorted(path.name for path in runs_dir.iterdir())
    reader = RunReader(str(runs_dir), 4)
    reader.keys = frozenset({"seed", "model.width"})
    known = {run.name: (run.stamp or b"") + run.values_stamp.encode() for run in reader.look(names, {})}
    assert reader.look(names, known) == []
    record = runs_dir / "2" / "run.json"
    record.write_text(record.read_text().replace("COMPLETED", "INTERRUPTED"))
    config = runs_dir / "3" / "config.json"
    config.write_text(config.read_text().replace("64", "128"))
    (runs_dir / "4" / "metadata.json").write_text('{"run_id": "4", "status": "paused"}')
    with (runs_dir / "case-00002" / "slurm-4000002.out").open("a") as log:
        log.write("slurmstepd: error: *** JOB 4000002 ON n1 CANCELLED AT 2026-11-20T12:00:00 ***\n")
    (runs_dir / "case-00003" / "params.json").write_text('{"seed": 33}')
    (runs_dir / "case-00004" / "params.toml").write_text("lr = 3")
    assert sorted((run.name, run.status, dict(run.values)) for run in reader.look(names, known)) == [
        ("2", "failed", {"seed": 2, "model.width": 64}),
        ("3", "completed", {"seed": 3, "model.width": 128}),
        ("4", "paused", {"seed": 4, "model.width": 64}),
        ("case-00002", "failed", {"seed": 2, "model.width": 64}),
        ("case-00003", "completed", {"seed": 33}),
        ("case-00004", "completed", {"seed": 4, "model.width": 64}),
    ]


def test_run_of_which_very_many_files_may_tell_is_always_read_again(runs_dir: Path) -> None:
    (runs_dir / "r").mkdir()
    (runs_dir / "r" / "config.yaml").write_text("a: 1\n")
    for number in range(30):
        (runs_dir / "r" / f"part{number}.log").write_text("step 1\n")
    reader = RunReader(str(runs_dir), 4)
    known = {run.name: (run.stamp or b"") + run.values_stamp.encode() for run in reader.look(["r"], {})}
    assert [run.layout for run in reader.look(["r"], known)] == ["plain"]
