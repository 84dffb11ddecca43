"""The command line where each call to the file system takes long, and where files are cut off."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from runtui.store.metadata import read_metadata
from runtui.store.record import RecordState
from runtui.store.rows import read_record, read_records
from runtui.store.torn_file import ATTEMPTS
from tests.run_dirs import make_runs, write_raw, write_run
from tests.slow import calls_of
from tests.terminal import runtui

HALF = b'{"run_id": "half'


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """A hundred runs, of which one in ten is a child of another."""
    return make_runs(runs_dir, 100, seed=1)


@pytest.mark.parametrize(
    "command",
    [["ls"], ["ls", "--json"], ["show", "RUN"], ["path", "latest"]],
    ids=lambda words: " ".join(words),
)
def test_several_runs_are_read_at_once_on_a_slow_file_system(
    runs: Path, command: list[str], tmp_path: Path
) -> None:
    name = min(os.listdir(runs))
    words = [name if word == "RUN" else word for word in command]
    calls = calls_of(runtui(words[0], "-C", str(runs), *words[1:]), runs, tmp_path / "slow")
    assert calls.at_once > 8
    assert calls.count < 210


def test_fast_reads_run_sequentially(runs: Path, tmp_path: Path) -> None:
    assert calls_of(runtui("ls", "-C", str(runs)), runs, tmp_path / "slow", milliseconds=0).at_once == 1


def test_tagging_reads_no_other_run(runs: Path, tmp_path: Path) -> None:
    name = min(os.listdir(runs))
    assert calls_of(runtui("tag", "-C", str(runs), name, "+a"), runs, tmp_path / "slow", 0).count < 100


class Clock:
    """Stands for the module `time` and counts for how long it is waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    def time(self) -> float:
        return time.time()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the reading of metadata waits by."""
    made = Clock()
    monkeypatch.setattr("runtui.store.torn_file.time", made)
    return made


def half_runs(base: Path, count: int, age: float) -> list[str]:
    """Make runs whose metadata was cut off so many seconds ago; return their names."""
    names = [f"half{number}" for number in range(count)]
    for name in names:
        path = write_raw(base, name, HALF) / "metadata.json"
        os.utime(path, (time.time() - age, time.time() - age))
    return names


@pytest.mark.parametrize("age", [600, -600], ids=["long-ago", "dated-ahead"])
def test_reading_does_not_wait_for_an_old_half_written_file(runs_dir: Path, age: float, clock: Clock) -> None:
    names = half_runs(runs_dir, 20, age)
    runs = read_records(str(runs_dir), names)
    with pytest.raises(Exception, match="is not valid JSON"):
        read_metadata(str(runs_dir / names[0]))
    runs.append(read_record(str(runs_dir), names[0], ATTEMPTS))
    assert {run.state for run in runs} == {RecordState.BROKEN}
    assert clock.waited == []


def test_reading_waits_once_for_all_current_writers(runs_dir: Path, clock: Clock) -> None:
    names = half_runs(runs_dir, 20, age=0)
    runs = read_records(str(runs_dir), names)
    assert {run.state for run in runs} == {RecordState.WRITING}
    assert len(clock.waited) == 3


@pytest.mark.parametrize("age", [0, 60, -60], ids=["by-one-clock", "server-behind", "server-ahead"])
def test_reading_waits_for_a_writer_despite_clock_differences(runs_dir: Path, age: float) -> None:
    (name,) = half_runs(runs_dir, 1, age)

    def finish() -> None:
        write_run(runs_dir, name)

    writer = threading.Timer(0.1, finish)
    writer.start()
    try:
        assert read_metadata(str(runs_dir / name), attempts=100)["status"] == "completed"
    finally:
        writer.join()
