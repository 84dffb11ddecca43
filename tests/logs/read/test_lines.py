"""Lines around a position: whatever the bytes and wherever one starts, they are those of a plain split."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read import lines
from runtui.logs.read.lines import LONGEST, PIECE, Line, LineReader, line_at, lines_after, lines_before
from runtui.logs.read.source import FileSource
from runtui.logs.read.styles import styled_line


def opened(path: Path, data: bytes) -> FileSource:
    path.write_bytes(data)
    source = FileSource(str(path))
    source.look()
    return source


def split(data: bytes) -> list[bytes]:
    """Return the lines of `data` as a plain split gives them; the last one only when it is not empty."""
    parts = data.split(b"\n")
    return parts if parts[-1] else parts[:-1]


def assert_seamless(found: list[Line], data: bytes) -> None:
    """Assert that lines cover all of the bytes once, and hold them."""
    assert [line.begin for line in found] == [0, *(line.end for line in found)][: len(found)]
    assert (found[-1].end if found else 0) == len(data)
    for line in found:
        assert line.raw == data[line.begin : line.end - line.ended][-len(line.raw) or len(data) :]
        assert line.starts == (line.begin == 0 or data[line.begin - 1] == 10)
        assert line.ended == (data[line.end - 1] == 10)


@given(st.binary(max_size=300) | st.text("ab\n\r", max_size=300).map(str.encode), st.integers(0, 300))
@settings(deadline=None)
def test_lines_equal_a_plain_split(tmp_path_factory, data: bytes, offset: int) -> None:
    source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
    found = lines_after(source, 0, 1000)
    assert [line.raw for line in found] == split(data)
    assert lines_before(source, source.size, 1000) == found
    assert_seamless(found, data)
    line = line_at(source, offset)
    if data:
        assert line in found
        assert line == found[-1] or line.begin <= offset < line.end
        assert lines_before(source, line.begin, 1000) + lines_after(source, line.begin, 1000) == found
    else:
        assert line is None


CHUNKS = st.tuples(
    st.sampled_from([b"x", b"\n", b"\r", b"x\r", b"y" * 10 + b"\n", b"\0"]),
    st.sampled_from([1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100]),
)


@given(st.lists(CHUNKS, max_size=8), st.integers(0, 500))
@settings(deadline=None)
def test_long_lines_split_identically_in_both_directions(tmp_path_factory, chunks, offset) -> None:
    data = b"".join(part * count for part, count in chunks)
    with pytest.MonkeyPatch.context() as patch:
        # The same rules with small numbers, so that few bytes meet all of them.
        for name, value in {"PIECE": 8, "LONGEST": 16, "_STATES": 64, "_BLOCK": 16}.items():
            patch.setattr(lines, name, value)
        source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
        found = lines_after(source, 0, 1000)
        assert_seamless(found, data)
        assert lines_before(source, source.size, 1000) == found
        reader = LineReader(source)
        borders = [line.begin for line in found]
        for place in range(len(data)):
            assert reader.border_before(place) == max(border for border in borders if border <= place)
        assert all(len(line.raw) <= 16 for line in found)
        assert all(line.end - line.begin <= 17 or b"\r" in data[line.begin : line.end] for line in found)
        assert all(b"\n" not in line.raw for line in found)
        # Appending moves no border.
        longer = opened(Path(source.path).with_name("b.log"), data + b"z" * offset)
        assert [line.begin for line in lines_after(longer, 0, 1000)][: len(borders)] == borders


def test_line_of_100_mb_is_read_in_pieces(tmp_path) -> None:
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.write(b"before\n")
        file.truncate(100_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"end\nafter\n")
    source = FileSource(str(path))
    source.look()
    last = lines_before(source, source.size, 4)
    assert last[-1].raw == b"after"
    assert last[-2].raw.endswith(b"\0end")
    assert [line.starts for line in last] == [False, False, False, True]
    assert all(len(line.raw) <= LONGEST for line in last)
    middle = line_at(source, 50_000_000)
    assert middle is not None
    assert middle.begin <= 50_000_000 < middle.end <= middle.begin + LONGEST
    assert lines_after(source, 0, 2)[0].raw == b"before"


def test_lines_up_to_32_kib_are_never_split(tmp_path) -> None:
    longest = b"x" * PIECE
    data = b"".join(b"y" * shift + b"\n" + longest + b"\n" for shift in (0, 1, 7, PIECE - 1, PIECE - 2))
    found = lines_after(opened(tmp_path / "a.log", data), 0, 100)
    assert [line.raw for line in found] == split(data)


def test_progress_bar_states_are_one_line(tmp_path) -> None:
    states = b"".join(b"\r%5d/10000 " % count + b"#" * 90 for count in range(10_001))
    source = opened(tmp_path / "a.log", b"before\n" + states + b"\nafter\n")
    found = lines_before(source, source.size, 10)
    assert [styled_line(line.raw)[0].text.strip("#") for line in found] == ["before", "10000/10000 ", "after"]
    assert found == lines_after(source, 0, 10)
    assert line_at(source, 500_000) == found[1]


def test_progress_bar_of_a_real_program_shows_its_last_state(tmp_path) -> None:
    path = tmp_path / "a.log"
    program = (
        "import sys\nfor step in range(1, 3001):\n"
        "    print(f'step {step}', end='\\r', file=sys.stderr, flush=True)\n"
        "print('\\nall done', file=sys.stderr)\n"
    )
    with path.open("wb") as file:
        subprocess.run([sys.executable, "-c", program], stderr=file, check=True)
    source = FileSource(str(path))
    source.look()
    shown = ["".join(piece.text for piece in styled_line(line.raw)) for line in lines_after(source, 0, 9)]
    assert shown == ["step 3000", "all done"]


def test_seeking_in_a_huge_log_uses_little_memory(tmp_path) -> None:
    path = tmp_path / "a.log"
    with path.open("wb") as file:
        file.write(b"first\n")
        file.truncate(3_000_000_000)  # sparse: one line of NULs
        file.seek(0, os.SEEK_END)
        file.write(b"\nlast\n")
    source = FileSource(str(path))
    source.look()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for offset in (0, source.size // 2, source.size - 1):
        line = line_at(source, offset)
        assert line is not None
        assert len(lines_after(source, line.begin, 50) + lines_before(source, line.begin, 50)) >= 50
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
