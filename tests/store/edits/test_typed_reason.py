from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.store.edits.fold import fold
from runtui.store.edits.run_edits import set_status, undo
from runtui.store.metadata import read_metadata
from runtui.store.record import RunRecord
from runtui.store.rows import read_record
from runtui.store.status import RunStatus
from runtui.store.timestamps import timestamp_now
from tests.run_dirs import write_run


def type_reason(base: Path, reason: str, status: RunStatus = RunStatus.FAILED) -> None:
    [outcome] = set_status(str(base), ["gas"], status, reason)
    assert outcome.edit_id


def now_read(base: Path) -> RunRecord:
    return read_record(str(base), "gas", is_edited=True)


@pytest.fixture(params=[False, True], ids=["beside", "folded"])
def failed(request: pytest.FixtureRequest, runs_dir: Path) -> Path:
    """A failed run with a typed reason, beside its metadata or folded in."""
    run = write_run(runs_dir, "gas", status="failed", error="gave up", completed_at=timestamp_now())
    type_reason(runs_dir, "wrong mesh")
    if request.param:
        os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
        assert fold(str(runs_dir), "gas").reason == ""
    return runs_dir


def write_again(base: Path, **changes: object) -> None:
    """Have the program write its metadata again, with what else is in there."""
    metadata = {**read_metadata(str(base / "gas")), **changes}
    metadata.pop("run_id")
    status, created = str(metadata.pop("status")), str(metadata.pop("created_at"))
    write_run(base, "gas", status=status, created=created, **metadata)


def test_a_typed_reason_is_the_reason_until_the_program_sets_a_status(failed: Path) -> None:
    found = now_read(failed)
    assert (found.reason, found.is_reason_typed) == ("wrong mesh", True)
    write_again(failed, progress=1)
    assert now_read(failed).reason == "wrong mesh"


def test_a_program_that_runs_again_or_fails_again_has_the_last_word(failed: Path) -> None:
    write_again(failed, status="running", started_at=timestamp_now())
    assert not now_read(failed).is_reason_typed
    write_again(failed, status="failed", error="out of memory", completed_at=timestamp_now())
    found = now_read(failed)
    assert (found.reason, found.is_reason_typed) == ("out of memory", False)
    type_reason(failed, "too large a mesh")
    assert now_read(failed).reason == "too large a mesh"


def test_a_program_that_runs_again_without_saying_when_has_the_last_word(failed: Path) -> None:
    write_again(failed, status="running")
    assert not now_read(failed).is_reason_typed


def test_a_status_that_the_program_sets_after_the_users_outdates_the_reason(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", status="running")
    type_reason(runs_dir, "hangs")
    assert now_read(runs_dir).reason == "hangs"
    write_again(runs_dir, status="failed", error="SIGTERM", completed_at=timestamp_now())
    assert now_read(runs_dir).reason == "SIGTERM"


def test_an_older_reason_that_undo_brings_back_is_as_old_as_it_was(failed: Path) -> None:
    type_reason(failed, "no, the solver")
    undo(str(failed), "gas")
    assert now_read(failed).reason == "wrong mesh"
    write_again(failed, completed_at=timestamp_now())
    assert not now_read(failed).is_reason_typed


def test_a_typed_reason_without_its_edit_holds(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", status="failed", user_reason="wrong mesh", completed_at=timestamp_now())
    assert now_read(runs_dir).is_reason_typed
