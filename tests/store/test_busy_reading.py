"""Reading beside a classic writer that rewrites in place: nothing torn or empty is taken for good."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from runtui.store.metadata import read_metadata
from runtui.store.record import RecordState
from runtui.store.rows import read_record
from runtui.store.torn_file import ATTEMPTS

WRITER = Path(__file__).parent.parent / "classic_writer.py"


def test_reader_never_sees_a_torn_file_of_a_busy_writer(runs_dir: Path, rounds: Callable[[int], int]) -> None:
    seconds = min(30, rounds(6))
    command = [sys.executable, str(WRITER), str(runs_dir), "--size", "20000", "--hz", "10"]
    with subprocess.Popen([*command, "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        name = writer.stdout.readline().strip()
        assert writer.stdout.readline().strip() == "writing"
        steps: list[int] = []
        while writer.poll() is None:
            time.sleep(0.05)  # the reader's rhythm, not a wait
            metadata = read_metadata(str(runs_dir / name))
            assert metadata["run_id"] == name
            assert len(metadata.get("history", "x" * 100)) > 50
            steps.append(metadata.get("step", 0))
            record = read_record(str(runs_dir), name, ATTEMPTS)
            assert (record.state, record.problem) == (RecordState.READ, "")
    assert steps == sorted(steps)
    assert len(set(steps)) > 10
