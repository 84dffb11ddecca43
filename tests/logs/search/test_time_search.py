"""Time stamps, going to a time, and several logs by time."""

from __future__ import annotations

import math
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.lines import lines_after
from runtui.logs.read.source import FileSource
from runtui.logs.read.time_merge import MergedLine, MergedLog, MergedTimeSearch
from runtui.logs.read.timestamps import time_of
from runtui.logs.search.time_search import TimeSearch

WRITTEN = datetime(2026, 3, 2, 10, 0).timestamp()
NOON = datetime(2026, 1, 1, 12).timestamp()
NOON_UTC = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("2026-01-01T12:00:00Z x", NOON_UTC),
        ("2026-01-01T13:00:00.25+01:00 x", NOON_UTC + 0.25),
        ("2026-01-01 12:00:00.123 INFO", NOON + 0.123),
        ("2026-01-01 12:00:00,123 - root - INFO", NOON + 0.123),
        ("2026/01/01 12:00:00 x", NOON),
        ("[2026-01-01 12:00:00.123] [info] spdlog", NOON + 0.123),
        ("20260101T120000Z", NOON_UTC),
        ("26/01/01 12:00:00 INFO SparkContext", NOON),
        ("Jan  1 12:00:00 host sshd[1]: x", NOON),
        ("Dec 31 12:00:00 host x", NOON - 86400),
        ("Thu Jan  1 12:00:00 2026", NOON),
        ("[01/Jan/2026:12:00:00 +0000] GET", NOON_UTC),
        ("E0101 12:00:00.5 99 file.cc:1] x", NOON + 0.5),
        ("[12:34:56] x", datetime(2026, 3, 1, 12, 34, 56).timestamp()),
        ("09:00:00.5 x", datetime(2026, 3, 2, 9).timestamp() + 0.5),
        ("1767268800.5 x", 1767268800.5),
        ("1767268800123 x", 1767268800.123),
        ('{"ts": 1767268800.25, "m": 1}', 1767268800.25),
        ("[1,3]<stdout>:2026-01-01 12:00:00 x", NOON),
        ("[rank3]: [09:00:00] x", datetime(2026, 3, 2, 9).timestamp()),
        ("  12: 09:00:00 x", datetime(2026, 3, 2, 9).timestamp()),
        ("slurmstepd: error: *** JOB 5 ON n1 CANCELLED AT 2026-01-01T12:00:00 ***", NOON),
        ("2016-12-31T23:59:60Z leap", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()),
        ("elapsed 00:12:34", None),
        ("step 1767268800", None),
        ("2026-13-45 12:00:00 x", None),
        ("12:99:99 x", None),
        ("Lab 1 12:00:00 x", None),
        ("3.14159265358979", None),
        ("", None),
    ],
)
def test_time_stamps_are_understood(line: str, moment: float | None) -> None:
    assert time_of(line, WRITTEN) == (moment if moment is None else pytest.approx(moment, abs=1e-5))


@given(st.text(st.sampled_from('0123456789:-/. TZ[]+JanFeb,"ts{}'), max_size=60))
def test_no_line_makes_the_clock_stumble(line: str) -> None:
    assert isinstance(time_of(line, WRITTEN), float | None)


def opened(path: Path, data: bytes) -> FileSource:
    path.write_bytes(data)
    source = FileSource(str(path))
    source.look()
    return source


def stamp(seconds: float) -> bytes:
    return datetime.fromtimestamp(NOON + seconds).strftime("%Y-%m-%d %H:%M:%S").encode()


def sought(source: FileSource, wanted: float) -> TimeSearch:
    search = TimeSearch(source, wanted)
    while search.step():
        pass
    return search


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=30).map(sorted),
    st.integers(-1, 31),
    st.integers(0, 2),
)
@settings(deadline=None)
def test_the_first_line_of_a_time_is_found(tmp_path_factory, parts, wanted: int, head: int) -> None:
    data = b"no stamp\n" * head
    expected = None
    for seconds, without in parts:
        if expected is None and seconds >= wanted:
            expected = len(data)
        data += stamp(seconds) + b" x\n" + b"  more\n" * without
    source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
    search = sought(source, NOON + wanted)
    assert (None if search.found is None else search.found.begin) == expected


def test_a_time_is_found_in_a_large_log_with_long_stretches_without_stamps(tmp_path) -> None:
    data = b"".join(
        stamp(number) + b" step\n" + (b"no stamp here\n" * (90_000 if number % 50 == 7 else 1))
        for number in range(200)
    )
    source = opened(tmp_path / "a.log", data)
    for wanted in (0, 7, 8, 57, 58, 150, 199):
        search = sought(source, NOON + wanted)
        assert search.found is not None
        assert search.found.raw.startswith(stamp(wanted))
    assert sought(source, NOON + 200).found is None
    assert not sought(opened(tmp_path / "b.log", b"nothing\n" * 100), NOON).has_stamps


def test_a_log_of_times_without_dates_that_ends_today(tmp_path) -> None:
    written = datetime(2026, 3, 2, 0, 30).timestamp()
    source = opened(tmp_path / "a.log", b"23:00:00 a\n23:59:59 b\n00:00:01 c\n00:29:00 d\n")
    os.utime(source.path, (written, written))
    source.look()
    search = sought(source, datetime(2026, 3, 2, 0, 0, 0).timestamp())
    assert search.found is not None
    assert search.found.raw == b"00:00:01 c"


LOGS = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=8).map(sorted), min_size=1, max_size=4
)


@given(LOGS, st.integers(0, 60), st.integers(1, 7))
@settings(deadline=None)
def test_merged_logs_are_in_the_order_of_time_from_any_place(tmp_path_factory, logs, middle, count) -> None:
    folder = tmp_path_factory.mktemp("logs")
    sources = []
    expected: list[tuple[float, int, bytes]] = []
    for number, parts in enumerate(logs):
        data = b""
        for seconds, without in parts:
            for line in [stamp(seconds) + b" %d" % number, *[b"more"] * without]:
                data += line + b"\n"
                expected.append((NOON + seconds, number, line))
        sources.append(opened(folder / f"rank-{number}.log", data))
    expected.sort(key=lambda entry: entry[:2])
    merged = MergedLog(sources)

    def told(lines: list[MergedLine]) -> list[tuple[float, int, bytes]]:
        return [(line.time, line.source, line.line.raw) for line in lines]

    every = merged.after(merged.start(), 1000)
    assert told(every) == expected
    assert merged.before(merged.end(), 1000) == every
    assert (every[-1].after if every else merged.start()) == merged.end()
    # From any place in it, a few lines at a time, both ways.
    middle = min(middle, len(every))
    place = every[middle].before if middle < len(every) else merged.end()
    onwards: list[MergedLine] = []
    while lines := merged.after(onwards[-1].after if onwards else place, count):
        onwards += lines
    back: list[MergedLine] = []
    while lines := merged.before(back[0].before if back else place, count):
        back = lines + back
    assert back + onwards == every


def test_a_merged_log_goes_to_a_time(tmp_path) -> None:
    sources = [
        opened(tmp_path / f"rank-{rank}.log", b"".join(stamp(s) + b" x\n" for s in range(rank, 1000, 3)))
        for rank in range(3)
    ]
    search = MergedTimeSearch(sources, NOON + 500)
    while search.step():
        pass
    merged = MergedLog(sources)
    assert [line.time - NOON for line in merged.after(search.place, 3)] == [500, 501, 502]
    assert [line.time - NOON for line in merged.before(search.place, 2)] == [498, 499]


def test_merged_logs_whose_clocks_go_back_lose_and_repeat_nothing(tmp_path) -> None:
    generator = random.Random(1)
    sources = [
        opened(
            tmp_path / f"{number}.log",
            b"".join(
                (stamp(generator.randrange(100)) if generator.random() < 0.5 else b"")
                + b" %d %d\n" % (number, line)
                for line in range(200)
            ),
        )
        for number in range(3)
    ]
    merged = MergedLog(sources)
    middle = merged.after(merged.start(), 300)[-1].after
    found = merged.before(middle, 1000) + merged.after(middle, 1000)
    for number, source in enumerate(sources):
        own = [line.line for line in found if line.source == number]
        assert own == lines_after(source, 0, 1000)


def test_a_log_without_stamps_stands_before_the_others(tmp_path) -> None:
    sources = [opened(tmp_path / "a.log", stamp(1) + b" a\n"), opened(tmp_path / "b.log", b"one\ntwo\n")]
    merged = MergedLog(sources)
    lines = merged.after(merged.start(), 9)
    assert [line.line.raw[-3:] for line in lines] == [b"one", b"two", b"1 a"]
    assert lines[0].time == -math.inf
    assert merged.before(merged.end(), 9) == lines
    assert time.time() > lines[-1].time
