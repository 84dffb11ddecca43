"""Reading metadata.json whole, also beside its writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata, read_owned
from runtui.store.record import RecordState
from runtui.store.rows import read_record
from tests.run_dirs import bad_runs, write_run
from tests.store.children import ROOT
from tests.store.test_rows import EXPECTED


def test_unreadable_metadata_error_names_the_problem(tmp_path: Path) -> None:
    bad = bad_runs(tmp_path / "runs")
    for case, (state, _status, problem) in EXPECTED.items():
        if case in ("loop", "dangling", "dangling_current", "plain_file"):
            continue
        if state is RecordState.READ:
            assert isinstance(read_metadata(str(bad[case]), attempts=1), dict)
        else:
            with pytest.raises(MetadataError) as caught:
                read_metadata(str(bad[case]), attempts=2)
            assert str(caught.value) == problem


def test_read_owned_refuses_linked_metadata(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    (run / "metadata.json").chmod(0o644)
    assert read_owned(str(run)).is_own
    (run / "metadata.json").rename(run / "other.json")
    (run / "metadata.json").symlink_to("other.json")
    with pytest.raises(MetadataError, match=r"^metadata\.json is a symbolic link$"):
        read_owned(str(run))


def test_reading_retries_until_the_file_of_a_busy_writer_is_complete(runs_dir: Path) -> None:
    command = [sys.executable, "tests/classic_writer.py", str(runs_dir), "--size", "20000", "--seconds", "60"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        run_id = writer.stdout.readline().strip()
        assert writer.stdout.readline() == "writing\n"
        steps = set()
        torn = 0
        while (len(steps) < 20 or not torn) and writer.poll() is None:
            steps.add(read_metadata(str(runs_dir / run_id), attempts=10_000).get("step"))
            record = read_record(str(runs_dir), run_id, attempts=10_000)
            assert record.status in ("initialising", "running", "checkpointed")
            assert record.problem == ""
            once = read_record(str(runs_dir), run_id)
            torn += once.state is RecordState.WRITING
            assert once.state is not RecordState.BROKEN
        writer.kill()
    assert len(steps) >= 20
    assert torn
