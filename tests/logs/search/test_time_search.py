"""Going to a time in a log."""

from __future__ import annotations

import os
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.source import FileSource
from runtui.logs.search.time_search import TimeSearch
from tests.logs.timed import NOON, opened, stamp


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
def test_first_line_at_or_after_a_time_is_found(tmp_path_factory, parts, wanted: int, head: int) -> None:
    data = b"no stamp\n" * head
    expected = None
    for seconds, without in parts:
        if expected is None and seconds >= wanted:
            expected = len(data)
        data += stamp(seconds) + b" x\n" + b"  more\n" * without
    source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
    search = sought(source, NOON + wanted)
    assert (None if search.found is None else search.found.begin) == expected


def test_time_is_found_across_long_stretches_without_timestamps(tmp_path) -> None:
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


def test_time_is_found_across_midnight_in_a_log_without_dates(tmp_path) -> None:
    written = datetime(2026, 3, 2, 0, 30).timestamp()
    source = opened(tmp_path / "a.log", b"23:00:00 a\n23:59:59 b\n00:00:01 c\n00:29:00 d\n")
    os.utime(source.path, (written, written))
    source.look()
    search = sought(source, datetime(2026, 3, 2, 0, 0, 0).timestamp())
    assert search.found is not None
    assert search.found.raw == b"00:00:01 c"
