"""Why a program failed, asked from a program."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

import runtui
from runtui.logs.diagnose import log_failure
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


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["job.out", "job.out.gz"])
def test_compression_is_told_by_the_data(
    name: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    packed = compress(LOG[:32]) + compress(LOG[32:]) + bytes(64)
    wanted = runtui.why_failed(io.BytesIO(LOG))
    assert runtui.why_failed(io.BytesIO(packed)) == wanted
    path = tmp_path / name
    path.write_bytes(packed)
    assert runtui.why_failed(path) == wanted._replace(log=str(path))


@pytest.mark.parametrize("log", [LOG, b"BZh9 is no stream\n" + LOG, b"ERROR: mesh 3 does not fit\n"])
def test_text_is_read_as_such_whatever_its_name(log: bytes, tmp_path: Path) -> None:
    path = tmp_path / "job.out.bz2"
    path.write_bytes(log)
    assert runtui.why_failed(path).line == "ERROR: mesh 3 does not fit"
    assert runtui.why_failed(io.BytesIO(log)).line == "ERROR: mesh 3 does not fit"


def test_stream_without_end_that_is_no_text_is_refused() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:
            buffer[:] = bytes(range(256)) * (len(buffer) // 256) + bytes(len(buffer) % 256)
            return len(buffer)

    with pytest.raises(runtui.StoreError, match="standard input is binary"):
        runtui.why_failed(io.BufferedReader(Endless()))


def test_lines_far_from_the_beginning_have_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_failure, "_MOST_COUNTED", 20)
    path = tmp_path / "sim.log"
    path.write_bytes(LOG * 2)
    found = runtui.why_failed(path)
    assert (found.line, found.line_number) == ("ERROR: mesh 3 does not fit", None)


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


def test_nameless_log_is_named_in_the_error() -> None:
    with pytest.raises(runtui.StoreError, match=r"^'': no such file"):
        runtui.why_failed("")
