from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.compressed import open_source
from runtui.logs.read.following import Following
from runtui.logs.read.lines import Line


def opened(path: Path, count: int = 10) -> tuple[Following, list[bytes | str]]:
    """Return a log that is followed, and what it begins with."""
    following = Following(open_source(str(path)))
    return following, raw(following.begin(count))


def raw(news: list[Line | str]) -> list[bytes | str]:
    """Return lines as bytes, between notices."""
    return [one.raw if isinstance(one, Line) else one for one in news]


def looked(following: Following) -> list[bytes | str]:
    return raw(list(following.look()))


PARTS = st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"\n", b"a\nb", b"\r50 %"])), max_size=12)


@given(PARTS, PARTS)
@settings(deadline=None)
def test_appended_lines_are_followed_exactly_once(tmp_path_factory, before, after) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(b"".join(before))
    following, lines = opened(path, 10_000)
    with path.open("ab", buffering=0) as file:
        for part in after:
            file.write(part)
            lines += looked(following)
    assert [*lines, following.unfinished] == b"".join(before + after).split(b"\n")


@given(st.lists(st.tuples(st.sampled_from(["append", "rotate"]), PARTS), max_size=6))
@settings(deadline=None)
def test_following_through_rotations_loses_and_repeats_no_line(tmp_path_factory, events) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(b"")
    following, told = opened(path)
    wanted: list[bytes] = []
    held = b""
    for number, (what, parts) in enumerate(events):
        data = b"".join(parts)
        with path.open("ab") as file:
            file.write(data)
        if what == "rotate":
            os.rename(path, f"{path}.{number}")
            path.write_bytes(b"")
        told += looked(following)
        *lines, held = (held + data).split(b"\n")
        wanted += lines
        if what == "rotate":
            wanted += [held] if held else []
            held = b""
    assert [one for one in told if isinstance(one, bytes)] == wanted
    assert told.count("the log was replaced by a new file") == [what for what, _ in events].count("rotate")
    assert following.unfinished == held


def test_following_begins_with_the_requested_number_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)) + "half")
    assert opened(path, 3)[1] == [b"line 99998", b"line 99999"]
    assert opened(path, 0)[1] == []
    following, _ = opened(path, 1)
    assert following.unfinished == b"half"
    with path.open("a") as file:
        file.write(" and whole\n")
    assert looked(following) == [b"half and whole"]
    assert following.unfinished == b""
    assert looked(following) == []


def test_truncated_log_restarts_after_its_unfinished_line(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nthr")
    following, _ = opened(path)
    path.write_text("new\n")
    assert looked(following) == [b"thr", "the log was truncated", b"new"]


def test_log_removal_and_return_are_reported_after_the_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    following, _ = opened(path)
    with path.open("a") as writer:
        writer.write("two\n")
        writer.flush()
        path.unlink()
        assert looked(following) == [b"two", "the log was removed"]
        assert looked(following) == []
        writer.write("three\n")
        writer.flush()
        path.write_text("back\n")
        assert looked(following) == [b"three", "the log is back", b"back"]


def test_log_created_later_is_followed_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    following, lines = opened(path)
    assert (lines, looked(following)) == ([], [])
    path.write_text("one\ntwo\n")
    assert looked(following) == [b"one", b"two"]


def test_compressed_log_is_read_to_its_end_or_reported_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "a.log.gz"
    data = gzip.compress(b"".join(b"line %d\n" % number for number in range(500_000)))
    path.write_bytes(data)
    assert opened(path, 1)[1] == [b"line 499999"]
    path.write_bytes(data[: len(data) // 2])
    assert isinstance(opened(path, 1)[1][0], str)


def test_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.log")
    with pytest.raises(OSError, match="not a regular file"):
        opened(tmp_path / "a.log")
