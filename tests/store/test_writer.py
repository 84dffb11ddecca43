"""Which processes work on a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.store.process import ProcessIdentity, this_process
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import UnprovenError
from runtui.store.writer import (
    Supervision,
    forget_supervisor,
    own_supervisor,
    read_supervisor,
    read_writer,
    record_supervisor,
    record_writer,
)
from tests.run_dirs import write_run

GONE = this_process()._replace(pid=2**22 - 1, start_time=1)
ELSEWHERE = this_process()._replace(host="another-host")


@pytest.fixture
def run(runs_dir: Path) -> Path:
    return write_run(runs_dir, "r", status="running")


def test_writer_and_supervisor_records_are_read_back(run: Path) -> None:
    assert read_writer(str(run)) is None
    assert read_supervisor(str(run)) is None
    assert own_supervisor(str(run)) is None
    record_writer(SafeDirectory(run))
    record_supervisor(SafeDirectory(run), "mark", GONE)
    assert read_writer(str(run)) == this_process()
    expected = Supervision(this_process(), GONE, "mark")
    assert read_supervisor(str(run)) == expected
    assert own_supervisor(str(run)) == expected


def test_forget_supervisor_removes_the_record_and_is_idempotent(run: Path) -> None:
    record_supervisor(SafeDirectory(run))
    for _time in range(2):
        forget_supervisor(SafeDirectory(run))
        assert read_supervisor(str(run)) is None
    assert list((run / ".runtui").iterdir()) == []


@pytest.mark.parametrize(
    ("process", "guard", "is_alive"),
    [
        (this_process(), None, True),
        (GONE, None, False),
        (GONE, GONE, False),
        (GONE, this_process(), True),
        (ELSEWHERE, None, None),
        (GONE, ELSEWHERE, None),
        (ELSEWHERE, this_process(), True),
    ],
)
def test_supervision_is_alive_while_either_process_lives(
    process: ProcessIdentity, guard: ProcessIdentity | None, is_alive: bool | None
) -> None:
    assert Supervision(process, guard, "").is_alive is is_alive


def test_supervisor_record_writable_by_others_is_not_trusted(run: Path) -> None:
    record_supervisor(SafeDirectory(run))
    path = run / ".runtui" / "supervisor.json"
    path.chmod(0o666)
    assert read_supervisor(str(run)) is None
    with pytest.raises(UnprovenError, match="nothing was stopped"):
        own_supervisor(str(run))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"pid": "x"}', b"\xff"])
def test_damaged_supervisor_record_is_none(data: bytes, run: Path) -> None:
    record_supervisor(SafeDirectory(run))
    (run / ".runtui" / "supervisor.json").write_bytes(data)
    assert read_supervisor(str(run)) is None


def test_mark_of_a_wrong_type_is_empty(run: Path) -> None:
    record_supervisor(SafeDirectory(run), "mark")
    path = run / ".runtui" / "supervisor.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"mark": 7}))
    found = read_supervisor(str(run))
    assert found is not None
    assert found.mark == ""
