"""Why a program failed, asked from a program."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

import runtui
from runtui.logs.diagnose.own_rules import own_rule

LOG = b"2026-03-01 10:00:00 INFO step 1\n2026-03-01 10:00:01 ERROR: mesh 3 does not fit\n"


def test_kind_line_and_place_are_told(tmp_path: Path) -> None:
    path = tmp_path / "sim.log"
    path.write_bytes(LOG)
    found = runtui.why_failed(path)
    assert found == runtui.LogFailure(
        runtui.FailureKind.ERROR, "ERROR: mesh 3 does not fit", str(path), 2, LOG.rindex(b"2026")
    )
    assert found.is_known


def test_stream_is_read_to_its_end() -> None:
    found = runtui.why_failed(io.BytesIO(LOG))
    assert (found.kind, found.log, found.line_number) == ("error", "standard input", 2)
    assert runtui.why_failed(io.BytesIO(gzip.compress(LOG))) == found


def test_compressed_stream_that_ends_in_the_middle_tells_what_could_be_read() -> None:
    packed = gzip.compress(LOG + b"step\n" * 5)
    assert runtui.why_failed(io.BytesIO(packed[:-6])).line_number in (2, 7)


def test_rules_win(tmp_path: Path) -> None:
    found = runtui.why_failed(io.BytesIO(LOG), [own_rule("numerics", "does not fit")])
    assert found.kind is runtui.FailureKind.NUMERICS


def test_log_that_tells_nothing_gives_its_last_line() -> None:
    found = runtui.why_failed(io.BytesIO(b"step 1\nstep 2\n"))
    assert (found.kind, found.line, found.line_number) == ("unknown", "step 2", 2)
    assert not found.is_known


@pytest.mark.parametrize("path", ["", "none.log"])
def test_what_cannot_be_read_raises_an_error_of_one_line(path: str, tmp_path: Path) -> None:
    with pytest.raises(runtui.StoreError) as error:
        runtui.why_failed(tmp_path / path)
    assert "\n" not in str(error.value)
