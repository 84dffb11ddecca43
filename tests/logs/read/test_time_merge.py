"""Several logs as one, in the order of their times."""

from __future__ import annotations

import math
import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.lines import lines_after
from runtui.logs.read.time_merge import MergedLine, MergedLog, MergedTimeSearch
from tests.logs.timed import NOON, opened, stamp

LOGS = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=8).map(sorted), min_size=1, max_size=4
)


@given(LOGS, st.integers(0, 60), st.integers(1, 7))
@settings(deadline=None)
def test_merged_logs_are_in_time_order_from_any_position(tmp_path_factory, logs, middle, count) -> None:
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


def test_merged_logs_are_searched_by_time(tmp_path) -> None:
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


def test_clocks_going_back_lose_and_repeat_no_merged_line(tmp_path) -> None:
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


def test_log_without_timestamps_comes_first(tmp_path) -> None:
    sources = [opened(tmp_path / "a.log", stamp(1) + b" a\n"), opened(tmp_path / "b.log", b"one\ntwo\n")]
    merged = MergedLog(sources)
    lines = merged.after(merged.start(), 9)
    assert [line.line.raw[-3:] for line in lines] == [b"one", b"two", b"1 a"]
    assert lines[0].time == -math.inf
    assert merged.before(merged.end(), 9) == lines
    assert time.time() > lines[-1].time
