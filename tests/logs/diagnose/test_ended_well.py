"""Words by which a script says that its program ended well, after what it complained of."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.logs.diagnose.digest import Facts, read_digest
from runtui.logs.diagnose.ended_well import ended_well_at
from runtui.store.failure import FailureKind

CLOSED = "worker: closing\ntornado.iostream.StreamClosedError: Stream is closed\nwrote result.nc\n"


@pytest.mark.parametrize(
    "last",
    [
        "model returned 0",
        "+ rc=0",
        "Job finished, exit code 0",
        "elapsed 1391 s, exit 0",
        "9 of 9 steps (100%) done",
        "[  PASSED  ] 34 tests.",
    ],
)
def test_an_exception_before_the_end_of_a_program_that_went_well_is_no_reason(
    last: str, tmp_path: Path
) -> None:
    (tmp_path / "run.log").write_text(f"{CLOSED}{last}\n")
    assert read_digest(str(tmp_path), Facts()).kind is FailureKind.UNKNOWN


@pytest.mark.parametrize(
    "last", ["model returned 1", "rc=0x00000001", "Job finished, exit code 01.5", "+ exit 0", "jobs done"]
)
def test_what_says_less_leaves_the_reason(last: str, tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text(f"{CLOSED}{last}\n")
    found = read_digest(str(tmp_path), Facts())
    assert (found.kind, found.line) == (
        FailureKind.EXCEPTION,
        "tornado.iostream.StreamClosedError: Stream is closed",
    )


def test_memory_that_ran_out_is_the_reason_whatever_the_script_returned(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("slurmstepd: error: Detected 1 oom-kill event(s)\nexit code 0\n")
    assert read_digest(str(tmp_path), Facts()).kind is FailureKind.OOM


def test_the_last_such_line_counts() -> None:
    text = b"step returned 0\nstep 2 failed\nstep returned 0\n"
    assert text[ended_well_at(text) :].lstrip().startswith(b"returned 0\n")
    assert ended_well_at(text) > 20
    assert ended_well_at(text, len(text) - 5) == -1
    assert ended_well_at(b"nothing of the kind\n") == -1
