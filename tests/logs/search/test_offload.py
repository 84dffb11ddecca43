"""What takes long is done by another process, with the same result, and nothing of it is left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from runtui.logs.diagnose.levels import ErrorLines
from runtui.logs.read.source import FileSource
from runtui.logs.search import offload as offloaded
from runtui.logs.search.line_filter import Filter
from runtui.logs.search.offload import OffloadedSearch
from runtui.logs.search.pattern import Among, Matcher, NoLongerWantedError, WhileWanted, compile_pattern
from runtui.logs.search.search import MatchCount, Search
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _at_once(monkeypatch) -> None:
    """Everything takes long."""
    monkeypatch.setattr(offloaded, "_MOMENT", -1.0)


class LentOnly(FileSource):
    """A log that is not to be gone through in this process."""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        raise AssertionError("it was read here")


def opened(path: Path, kind: type[FileSource] = FileSource) -> FileSource:
    source = kind(str(path))
    source.look()
    return source


@pytest.fixture
def path(tmp_path) -> Path:
    (tmp_path / "a.log").write_bytes(LOG)
    return tmp_path / "a.log"


@pytest.fixture
def endless(tmp_path) -> Path:
    """A log that nobody comes to the end of."""
    (tmp_path / "endless.log").touch()
    os.truncate(tmp_path / "endless.log", 1 << 40)
    return tmp_path / "endless.log"


def state_of(pid: int) -> tuple[str, int]:
    """Return the state of a process, and who started it."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "X", 0
    return state, int(parent)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that have not ended."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return [one for one in pids if state_of(one)[1] == pid and state_of(one)[0] not in "XZ"]


LOG = b"".join(
    b"step %d of the run\n" % number + (b"ERROR: rank %d died\n" % number if number % 9000 == 8999 else b"")
    for number in range(90_000)
)
PATTERNS = [
    compile_pattern(r"rank \d+"),
    ErrorLines(),
    Among(compile_pattern("died"), compile_pattern("17999")),
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=["expression", "errors", "among"])
def test_offloaded_search_finds_the_same(path: Path, pattern: Matcher) -> None:
    before = children(os.getpid())
    for begin, backwards in ((0, False), (len(LOG), True)):
        far, here = (
            Search(opened(path, kind), pattern, begin, backwards=backwards) for kind in (LentOnly, FileSource)
        )
        OffloadedSearch(lambda: True).run(far)
        while here.step():
            pass
        assert far.found is not None
        assert (far.found, far.position) == (here.found, here.position)
    assert children(os.getpid()) == before


def test_slow_expression_is_never_tried_in_this_process(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(offloaded, "_MOMENT", 3600.0)
    source = opened(path, LentOnly)
    search = Search(source, compile_pattern("a?" * 12 + "[!-/]"), 0)
    OffloadedSearch(lambda: True).run(search)
    assert (search.found, search.position) == (None, source.size)


def test_offloaded_match_count_is_correct(path: Path) -> None:
    count = MatchCount(opened(path), PATTERNS[0])
    OffloadedSearch(lambda: True).run(count)
    places = [match.start() for match in re.finditer(b"ERROR", LOG)]
    assert (count.total, len(places)) == (10, 10)
    assert [count.number_of(place) for place in places] == [*range(1, 11)]
    OffloadedSearch(lambda: True).run(MatchCount(opened(path, LentOnly), PATTERNS[0]))


@pytest.mark.parametrize("backwards", [False, True])
def test_offloaded_filter_finds_the_same(path: Path, *, backwards: bool) -> None:
    begin = len(LOG) if backwards else 0
    far, begun, here = (
        Filter(opened(path, kind), PATTERNS[0], begin, 45, 2, backwards=backwards)
        for kind in (LentOnly, FileSource, FileSource)
    )
    OffloadedSearch(lambda: True).run(far)
    assert begun.step()
    assert begun.lines
    OffloadedSearch(lambda: True).run(begun)
    while here.step():
        pass
    assert len(here.lines) == 45
    assert far.lines == begun.lines == here.lines


def test_interrupted_filter_finishes_here_if_no_process_can_start(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", f"{path}/missing")
    monkeypatch.setattr(offloaded, "_MOMENT", 0.0)
    source = opened(path)
    going = OffloadedSearch(lambda: True)
    filtering = Filter(source, WhileWanted(PATTERNS[0], going.goes_on), 0, 25, 2)
    going.run(filtering)
    expected = Filter(source, PATTERNS[0], 0, 25, 2)
    while expected.step():
        pass
    assert filtering.lines == expected.lines


def test_brief_query_gives_up_after_its_time_limit(path: Path, monkeypatch) -> None:
    asking = OffloadedSearch(lambda: True)
    count = MatchCount(opened(path), WhileWanted(PATTERNS[0], asking.goes_on))
    asking.run(count)
    ask = partial(count.number_of, LOG.index(b"ERROR"))
    for patience, answer in ((3600.0, 1), (-1.0, None)):
        monkeypatch.setattr(offloaded, "_BRIEF", patience)
        with nullcontext() if answer else pytest.raises(NoLongerWantedError):
            assert asking.briefly(ask) == answer


def test_search_process_ends_when_the_search_is_cancelled(endless: Path) -> None:
    before = children(os.getpid())
    seen: set[int] = set()

    def is_wanted() -> bool:
        seen.update(set(children(os.getpid())).difference(before))
        return not seen

    search = Search(opened(endless), compile_pattern("no such line"), 0)
    OffloadedSearch(is_wanted).run(search)
    assert search.found is None
    assert seen
    assert children(os.getpid()) == before


_PROGRAM = """
import sys
from runtui.logs.search import offload
from runtui.logs.search.pattern import compile_pattern
from runtui.logs.search.search import Search
from runtui.logs.read.source import FileSource
offload._MOMENT = -1.0
source = FileSource(sys.argv[1])
source.look()
offload.OffloadedSearch(lambda: True).run(Search(source, compile_pattern("no such line"), 0))
"""


def test_search_process_ends_when_its_parent_is_killed(endless: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(endless)])
    try:
        wait_until(lambda: children(program.pid), "it has started a process")
        (child,) = children(program.pid)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()
    wait_until(lambda: state_of(child)[0] in "XZ", "that process has ended")
