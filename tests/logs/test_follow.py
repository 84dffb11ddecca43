import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.follow import LogFollower
from runtui.logs.text import shown_line


def lines_of(data: bytes) -> list[str]:
    return [shown_line(line.decode("utf-8", "replace")) for line in data.split(b"\n")]


@given(st.lists(st.binary(max_size=60), max_size=12))
@settings(deadline=None)
def test_whatever_is_appended_the_lines_are_those_of_the_whole_file(tmp_path_factory, chunks) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(b"")
    follower = LogFollower(str(path))
    lines: list[str] = []
    partial = ""
    with path.open("ab") as file:
        for chunk in chunks:
            file.write(chunk)
            file.flush()
            update = follower.look()
            if update is not None:
                if update.restart:
                    lines = []
                lines.extend(update.lines)
                partial = update.partial
    assert [*lines, partial] == lines_of(b"".join(chunks))


def test_nothing_new_is_nothing(tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo")
    follower = LogFollower(str(path))
    update = follower.look()
    assert update is not None
    assert (update.restart, update.lines, update.partial) == (True, ("one",), "two")
    assert follower.look() is None


def test_only_the_end_of_a_large_log_is_read_from_a_whole_line_on(tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    update = LogFollower(str(path), window=1000).look()
    assert update is not None
    assert update.lines[-1] == "line 99999"
    assert update.lines[0] == f"line {100_000 - len(update.lines)}"
    assert update.skipped == path.stat().st_size - len("".join(f"{line}\n" for line in update.lines))


def test_a_truncated_log_begins_anew_and_says_so(tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\ntwo\nthree\n")
    follower = LogFollower(str(path))
    follower.look()
    path.write_text("new\n")
    update = follower.look()
    assert update is not None
    assert (update.restart, update.lines, update.notice) == (True, ("new",), "the log was truncated")


def test_a_replaced_log_begins_anew_and_says_so(tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    follower = LogFollower(str(path))
    follower.look()
    other = tmp_path / "b.log"
    other.write_text("a new file, longer than the old\n")
    os.rename(other, path)
    update = follower.look()
    assert update is not None
    assert update.restart
    assert update.lines == ("a new file, longer than the old",)
    assert "replaced" in update.notice


def test_a_removed_log_keeps_its_lines_and_its_return_is_seen(tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    follower = LogFollower(str(path))
    follower.look()
    path.unlink()
    update = follower.look()
    assert update is not None
    assert (update.restart, update.notice) == (False, "the log was removed")
    assert follower.look() is None
    path.write_text("back\n")
    update = follower.look()
    assert update is not None
    assert (update.restart, update.lines) == (True, ("back",))


def test_a_burst_larger_than_the_window_is_skipped_over(tmp_path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    follower = LogFollower(str(path), window=100)
    follower.look()
    with path.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(1000)))
    update = follower.look()
    assert update is not None
    assert update.restart
    assert update.lines[-1] == "line 999"
    assert "faster" in update.notice


def test_a_log_that_is_not_there_yet_is_no_news(tmp_path) -> None:
    assert LogFollower(str(tmp_path / "none.log")).look() is None


def test_a_fifo_is_refused_without_waiting(tmp_path) -> None:
    os.mkfifo(tmp_path / "a.log")
    with pytest.raises(OSError, match="not a regular file"):
        LogFollower(str(tmp_path / "a.log")).look()
