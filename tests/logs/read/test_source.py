"""What happens to a log between two looks: each event is told once, nothing is shown twice or lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.lines import lines_after
from runtui.logs.read.source import FileSource, LogChange
from tests.waiting import wait_until


def watched(path: Path, data: bytes | None) -> FileSource:
    if data is not None:
        path.write_bytes(data)
    source = FileSource(str(path))
    source.look()
    return source


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_change_of_a_log_is_reported_once(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = FileSource(str(path))
    assert source.look().change is LogChange.NOTHING
    path.write_bytes(b"one\n")
    assert source.look().change is LogChange.OPENED
    assert source.look().change is LogChange.NOTHING
    append(path, b"two\n")
    look = source.look()
    assert (look.change, look.size, look.notice) == (LogChange.GREW, 8, "")
    path.write_bytes(b"new\n")
    look = source.look()
    assert (look.change, look.notice) == (LogChange.TRUNCATED, "the log was truncated")
    assert source.look().change is LogChange.NOTHING


def test_rewrite_beyond_the_old_size_is_noticed(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"one\ntwo\n")
    path.write_bytes(b"another log that is longer than the old one\n")
    look = source.look()
    assert (look.change, look.generation) == (LogChange.REWRITTEN, 2)
    assert source.read(0, 100) == b"another log that is longer than the old one\n"


def test_rewrite_with_the_same_size_and_time_is_noticed(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"one\n")
    status = path.stat()
    path.write_bytes(b"two\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert source.look().change is LogChange.REWRITTEN
    assert source.look().change is LogChange.NOTHING


def test_rewrite_with_the_same_ending_is_noticed_by_its_beginning(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"begun at 12:00\n" + b"tick\n" * 10_000)
    path.write_bytes(b"begun at 13:00\n" + b"tick\n" * 20_000)
    assert source.look().change is LogChange.REWRITTEN


def test_copytruncate_hole_is_noticed(tmp_path) -> None:
    path = tmp_path / "a.log"
    with path.open("wb", buffering=0) as writer:  # not for appending: it goes on at its old offset
        writer.write(b"one\ntwo\n")
        source = FileSource(str(path))
        source.look()
        os.truncate(path, 0)
        writer.write(b"three\n")
        assert source.look().change is LogChange.REWRITTEN
    assert source.read(0, 100) == bytes(8) + b"three\n"


def test_last_lines_before_a_rotation_are_not_lost(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"one\n")
    append(path, b"two\n")
    os.rename(path, tmp_path / "a.log.1")
    path.write_bytes(b"three\n")
    look = source.look()
    assert (look.change, look.rest, look.size) == (LogChange.REPLACED, b"two\n", 6)
    assert source.read(0, 100) == b"three\n"


def test_removed_log_stays_readable_with_its_last_lines(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"one\n")
    with path.open("ab", buffering=0) as writer:
        path.unlink()
        writer.write(b"two\n")
        look = source.look()
        assert (look.change, look.generation) == (LogChange.REMOVED, 1)
        assert source.read(0, 100) == b"one\ntwo\n"
        assert source.look().change is LogChange.NOTHING
        writer.write(b"three\n")
    path.write_bytes(b"four\n")
    look = source.look()
    assert (look.change, look.rest, look.generation) == (LogChange.RETURNED, b"three\n", 2)
    assert source.read(0, 100) == b"four\n"


def test_log_moved_away_and_back_continues(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"one\n")
    os.rename(path, tmp_path / "aside")
    assert source.look().change is LogChange.REMOVED
    append(tmp_path / "aside", b"two\n")
    os.rename(tmp_path / "aside", path)
    look = source.look()
    assert (look.change, look.generation, look.rest) == (LogChange.RETURNED, 1, b"")
    assert source.read(0, 100) == b"one\ntwo\n"


def test_reads_stop_at_the_size_of_the_last_look(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"one\n")
    append(path, b"two\n")
    assert source.read(0, 100) == b"one\n"
    buffer = bytearray(100)
    assert source.read_into(1, memoryview(buffer)) == 3
    assert source.read(-0, 2) == b"on"
    assert source.read(50, 2) == b""


def test_only_regular_files_are_opened(tmp_path) -> None:
    os.mkfifo(tmp_path / "a.log")
    for path in (tmp_path / "a.log", tmp_path, Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            FileSource(str(path)).look()


def test_looking_leaks_no_file_descriptor(tmp_path) -> None:
    source = watched(tmp_path / "a.log", b"one\n")
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        append(tmp_path / "a.log", b"%d\n" % number)
        source.look()
    assert len(os.listdir("/proc/self/fd")) == before
    del source
    assert len(os.listdir("/proc/self/fd")) == before - 1


EVENTS = st.one_of(
    st.tuples(st.just("append"), st.binary(max_size=30)),
    st.tuples(st.just("rewrite"), st.binary(max_size=60)),
    st.tuples(st.just("truncate"), st.integers(0, 40)),
    st.tuples(st.just("replace"), st.binary(max_size=60)),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(st.just("look"), st.none()),
)


def happen(path: Path, event: str, what) -> None:
    if event == "append":
        append(path, what)
    elif event == "rewrite":
        path.write_bytes(what)
    elif event == "truncate" and path.exists():
        os.truncate(path, min(what, path.stat().st_size))
    elif event == "replace":
        other = path.with_name("other")
        other.write_bytes(what)
        os.rename(other, path)
    elif event == "remove":
        path.unlink(missing_ok=True)


@given(st.lists(EVENTS, max_size=14))
@settings(deadline=None)
def test_follower_has_the_files_lines_after_any_changes(tmp_path_factory, events) -> None:
    """A follower that keeps its lines until the generation changes, and reads on where the last whole one
    ended, has the lines of a plain split after each look."""
    path = tmp_path_factory.mktemp("log") / "a.log"
    source = FileSource(str(path))
    kept: list[bytes] = []
    offset, generation = 0, source.generation
    for event, what in [*events, ("look", None)]:
        if event != "look":
            happen(path, event, what)
            continue
        look = source.look()
        if look.generation != generation:
            kept, offset, generation = [], 0, look.generation
        partial = []
        for line in lines_after(source, offset, 1000):
            if line.ended:
                kept.append(line.raw)
                offset = line.end
            else:
                partial.append(line.raw)
        if path.exists():
            data = path.read_bytes()
            expected = data.split(b"\n")
            assert [*kept, *partial] == (expected if expected[-1] else expected[:-1])


WRITER = """
import os, signal, sys, time
path, count = sys.argv[1], int(sys.argv[2])
file = open(path, "ab", buffering=0)
reopen = False
def on_hangup(*_):
    global reopen
    reopen = True
signal.signal(signal.SIGHUP, on_hangup)
print("ready", flush=True)
for number in range(count):
    if reopen:
        reopen = False
        file.close()
        file = open(path, "ab", buffering=0)
    file.write(b"line %d\\n" % number)
    if number % 50 == 0:
        time.sleep(0.002)
"""


class Following:
    """Gathers the lines of a log, as a follower does that says what happened and goes on."""

    def __init__(self, path: Path) -> None:
        self.source = FileSource(str(path))
        self.numbers: list[int] = []
        self.changes: list[LogChange] = []
        self._offset = 0
        self._generation = 0
        self._partial = b""

    def look(self) -> None:
        look = self.source.look()
        self.changes.append(look.change)
        if look.generation != self._generation:
            # The old file's last lines, its unfinished one among them. Of a truncated file nobody has the
            # rest of a line that was seen half written, as one is that runs across two pages.
            if look.change in (LogChange.REPLACED, LogChange.RETURNED):
                self._take(self._partial + look.rest)
            self._offset, self._generation, self._partial = 0, look.generation, b""
        for line in lines_after(self.source, self._offset, 1_000_000):
            if line.ended:
                self._take(line.raw)
                self._offset, self._partial = line.end, b""
            else:
                self._partial = line.raw

    def _take(self, data: bytes) -> None:
        self.numbers.extend(int(line.split()[1]) for line in data.split(b"\n") if line)


def rotated_by_hand(path: Path, writer: subprocess.Popen[bytes], number: int, *, copies: bool) -> None:
    aside = path.with_name(f"a.log.{number}")
    if copies:
        aside.write_bytes(path.read_bytes())
        os.truncate(path, 0)
    else:
        os.rename(path, aside)
        writer.send_signal(signal.SIGHUP)


def rotated_by_logrotate(path: Path, writer: subprocess.Popen[bytes], number: int, *, copies: bool) -> None:
    told = f"postrotate\nkill -HUP {writer.pid}\nendscript"
    settings = path.with_name("logrotate.conf")
    settings.write_text(f"{path} {{\nrotate 9\n{'copytruncate' if copies else told}\n}}\n")
    settings.chmod(0o600)
    state = path.with_name("state")
    subprocess.run([shutil.which("logrotate") or "", "-f", "-s", str(state), str(settings)], check=True)


ROTATIONS = [
    rotated_by_hand,
    pytest.param(
        rotated_by_logrotate,
        marks=pytest.mark.skipif(shutil.which("logrotate") is None, reason="there is no logrotate"),
    ),
]


@contextmanager
def writing(path: Path, count: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes numbered lines to a log."""
    command = [sys.executable, "-c", WRITER, str(path), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            yield writer
        finally:
            writer.kill()


@pytest.mark.parametrize("rotate", ROTATIONS)
def test_rotation_by_rename_loses_and_repeats_nothing(tmp_path, rotate) -> None:
    path = tmp_path / "a.log"
    count = 20_000
    following = Following(path)
    with writing(path, count) as writer:
        for rotation in range(4):
            goal = (rotation + 1) * count // 6
            wait_until(lambda goal=goal: following.look() or len(following.numbers) > goal, "lines come")
            rotate(path, writer, rotation, copies=False)
            wait_until(lambda: path.exists() or writer.poll() is not None, "the writer opened its log again")
        wait_until(lambda: following.look() or following.numbers[-1:] == [count - 1], "the last line")
    assert following.numbers == list(range(count))
    assert LogChange.REPLACED in following.changes or LogChange.RETURNED in following.changes


@pytest.mark.parametrize("rotate", ROTATIONS)
def test_copytruncate_repeats_no_line_and_is_noticed_each_time(tmp_path, rotate) -> None:
    path = tmp_path / "a.log"
    count = 20_000
    following = Following(path)
    with writing(path, count) as writer:
        for rotation in range(3):
            goal = len(following.numbers) + 2000
            wait_until(lambda goal=goal: following.look() or len(following.numbers) > goal, "lines come")
            rotate(path, writer, rotation, copies=True)
        wait_until(lambda: following.look() or following.numbers[-1:] == [count - 1], "the last line")
    assert following.numbers == sorted(set(following.numbers))
    told = [change for change in following.changes if change in (LogChange.TRUNCATED, LogChange.REWRITTEN)]
    assert len(told) == 3


def test_looking_at_an_idle_log_reads_nothing(tmp_path) -> None:
    path = tmp_path / "a.log"
    source = watched(path, b"x" * 10_000)
    os.utime(path, (time.time() - 100, time.time() - 100))
    source.look()
    before = int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])
    own = len(Path("/proc/self/io").read_bytes())
    for _ in range(100):
        assert source.look().change is LogChange.NOTHING
    after = int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])
    assert after - before < 10 * own + 2000
