"""Search, counts, line numbers and the filter find what looking at each line of a plain split finds."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.lines import PIECE, Line, LineReader, lines_after
from runtui.logs.read.source import FileSource
from runtui.logs.search import blocks
from runtui.logs.search import line_numbers as numbers
from runtui.logs.search.blocks import line_matches
from runtui.logs.search.line_filter import Filter
from runtui.logs.search.line_numbers import LineNumbers
from runtui.logs.search.pattern import LineFilter, Pattern, compile_filter, compile_pattern
from runtui.logs.search.search import MatchCount, Search


def opened(path: Path, data: bytes) -> FileSource:
    path.write_bytes(data)
    source = FileSource(str(path))
    source.look()
    return source


def matching(source: FileSource, pattern: LineFilter) -> list[Line]:
    reader = LineReader(source)
    return [line for line in reader.after(0, 1_000_000) if line_matches(reader, line, pattern)]


def all_found(source: FileSource, pattern: Pattern, *, backwards: bool = False) -> list[Line]:
    found = []
    position = source.size if backwards else 0
    while True:
        search = Search(source, pattern, position, backwards=backwards)
        while search.step():
            assert search.found is None
        if search.found is None:
            return found
        found.append(search.found)
        position = search.found.begin if backwards else search.found.end


def counted(count: MatchCount) -> int:
    while count.step():
        pass
    return count.total


@pytest.fixture
def small_blocks(monkeypatch) -> None:
    """Blocks of a few bytes, so that a few lines meet their borders."""
    monkeypatch.setattr(blocks, "BLOCK", 32)
    monkeypatch.setattr(blocks, "PIECE", 8)
    monkeypatch.setattr(blocks, "OVERLAP", 16)
    monkeypatch.setattr("runtui.logs.search.search.OVERLAP", 16)
    monkeypatch.setattr("runtui.logs.read.lines.PIECE", 8)
    monkeypatch.setattr("runtui.logs.read.lines.LONGEST", 16)
    monkeypatch.setattr("runtui.logs.read.lines._STATES", 64)
    monkeypatch.setattr(numbers, "_STRETCH", 16)


LOG = st.lists(
    st.sampled_from(
        ["a", "b", "ab", "Ab", "\n", "\n", "\r", "é", "\x1b[1m", "x" * 9, "a\b", "\x1b[0m", "1", " ", "aab"]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())
PATTERNS = st.sampled_from(
    ["ab", "AB", "a", "b$", "^a", "a.*b", "[ab]1", "a|1", "é", ".", "^$", r"\d", "x+", "(?!b)a", "b b", "xa",
     r"\bab"]
)  # fmt: skip


@given(LOG, PATTERNS, st.booleans())
@settings(deadline=None, max_examples=3000)
@pytest.mark.usefixtures("small_blocks")
def test_search_finds_the_lines_that_match(tmp_path_factory, data: bytes, text: str, literal: bool) -> None:
    source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
    pattern = compile_pattern(text, literal=literal)
    expected = matching(source, pattern)
    assert all_found(source, pattern) == expected
    assert all_found(source, pattern, backwards=True) == expected[::-1]
    count = MatchCount(source, pattern)
    assert counted(count) == len(expected)
    assert [count.number_of(line.begin) for line in expected] == list(range(1, len(expected) + 1))


@given(
    st.text(st.sampled_from("aaabb1é\n"), max_size=150).map(lambda text: text.replace("1", "a" * 12)),
    st.sampled_from(
        ["ab", "a.b", "ba{2,4}b", "aé", "é.", "^a", "b$", "^$", "a$", r"\bab", "(?<=b)a{3}", "a(?!b)",
         "bb|éa", "[ab]é?b"]
    ),
)  # fmt: skip
@settings(deadline=None, max_examples=1000)
@pytest.mark.usefixtures("small_blocks")
def test_matches_across_cuts_of_long_lines_are_found(tmp_path_factory, text: str, pattern: str) -> None:
    source = opened(tmp_path_factory.mktemp("log") / "a.log", text.encode())
    begins = [line.begin for line in lines_after(source, 0, 1_000_000)]
    expression = re.compile(pattern, re.MULTILINE)
    places = [
        len(text[:place].encode())
        for place in range(len(text) + (bool(text) and not text.endswith("\n")))
        if expression.match(text, place)
    ]
    expected = sorted({begins[bisect_right(begins, place) - 1] for place in places})
    compiled = compile_pattern(pattern, ignore_case=False)
    assert [line.begin for line in all_found(source, compiled)] == expected
    assert [line.begin for line in all_found(source, compiled, backwards=True)] == expected[::-1]
    assert counted(MatchCount(source, compiled)) == len(expected)
    filtering = Filter(source, compiled, 0, 1_000)
    while filtering.step():
        pass
    assert [shown.line.begin for shown in filtering.lines] == expected


@given(LOG, PATTERNS)
@settings(deadline=None, max_examples=300)
@pytest.mark.usefixtures("small_blocks")
def test_filter_with_an_exclamation_mark_shows_the_other_lines(
    tmp_path_factory, data: bytes, text: str
) -> None:
    source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
    left_out = matching(source, compile_pattern(text))
    filtering = Filter(source, compile_filter(f"!{text}"), 0, 1_000)
    while filtering.step():
        pass
    expected = [line for line in lines_after(source, 0, 1_000_000) if line not in left_out]
    assert [shown.line for shown in filtering.lines] == expected


def test_matches_at_piece_borders_of_a_huge_line_are_found(tmp_path) -> None:
    data = bytearray(b"x" * 1_300_000)
    borders = range(PIECE, len(data), PIECE)
    for number, border in enumerate(borders):
        data[border - number % 7 - 1 : border - number % 7 + 6] = b"Needle!"
    source = opened(tmp_path / "a.log", bytes(data))
    for text in ("Needle", "needle!", "N[^x]+dle"):
        pattern = compile_pattern(text)
        found = all_found(source, pattern)
        assert [line.end for line in found] == [*borders]
        assert found == all_found(source, pattern, backwards=True)[::-1]
        assert counted(MatchCount(source, pattern)) == len(borders)


@given(LOG, PATTERNS, st.integers(0, 3), st.integers(1, 5), st.data())
@settings(deadline=None, max_examples=300)
@pytest.mark.usefixtures("small_blocks")
def test_filter_shows_matches_with_context(
    tmp_path_factory, data: bytes, text: str, context: int, count: int, draw
) -> None:
    source = opened(tmp_path_factory.mktemp("log") / "a.log", data)
    pattern = compile_filter(draw.draw(st.sampled_from(["", "!"])) + text)
    every = lines_after(source, 0, 1_000_000)
    hits = {line.begin for line in matching(source, pattern)}
    places = [place for place, line in enumerate(every) if line.begin in hits]
    near = {near for place in places for near in range(place - context, place + context + 1)}
    expected = [(line, line.begin in hits) for place, line in enumerate(every) if place in near]

    def gathered(begin: int, backwards: bool) -> list[tuple[Line, bool]]:
        found: list[tuple[Line, bool]] = []
        while True:
            filtering = Filter(source, pattern, begin, count, context, backwards=backwards)
            while filtering.step():
                pass
            found.extend((shown.line, shown.matches) for shown in filtering.lines)
            if len(filtering.lines) < count:
                return found
            assert len(filtering.lines) == count
            begin = found[-1][0].begin if backwards else found[-1][0].end

    assert gathered(0, backwards=False) == expected
    assert gathered(source.size, backwards=True) == expected[::-1]
    border = draw.draw(st.sampled_from([0, *(line.end for line in every)]))
    after = [pair for pair in expected if pair[0].begin >= border]
    before = [pair for pair in expected if pair[0].end <= border]
    assert gathered(border, backwards=False) == after
    assert gathered(border, backwards=True) == before[::-1]


@given(st.lists(LOG, min_size=1, max_size=4), PATTERNS)
@settings(deadline=None)
@pytest.mark.usefixtures("small_blocks")
def test_line_numbers_and_match_counts_follow_a_growing_log(
    tmp_path_factory, chunks: list[bytes], text: str
) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    source = opened(path, b"")
    count = LineNumbers(source)
    pattern = compile_pattern(text)
    matches = MatchCount(source, pattern)
    data = b""
    for chunk in chunks:
        data += chunk
        with path.open("ab") as file:
            file.write(chunk)
        source.look()
        while count.step():
            pass
        assert count.newlines == data.count(b"\n")
        for offset in range(len(data) + 1):
            assert count.number_of(offset) == data[:offset].count(b"\n") + 1
        begins = [0, *(place + 1 for place, byte in enumerate(data) if byte == 10)]
        for number in range(len(begins) + 2):
            known = 1 <= number <= len(begins) and begins[number - 1] < len(data)
            assert count.offset_of(number) == (begins[number - 1] if known else None)
        expected = matching(source, pattern)
        assert counted(matches) == len(expected)
        assert [matches.number_of(line.begin) for line in expected] == list(range(1, len(expected) + 1))


def test_line_numbers_restart_with_a_new_log(tmp_path) -> None:
    source = opened(tmp_path / "a.log", b"a\nb\nc\n")
    count = LineNumbers(source)
    count.step()
    assert count.newlines == 3
    (tmp_path / "a.log").write_bytes(b"d\n")
    source.look()
    assert count.number_of(0) is None
    assert not count.step()
    assert (count.newlines, count.offset_of(1), count.offset_of(2)) == (1, 0, None)


@pytest.mark.parametrize(
    "text",
    ["Needle", "needle", "needle [0-9]+", "[Nn]eedle", r"ne\w+ \d+$", "tick|needle", "^needle",
     "(?=n)needle", "ü"],
)  # fmt: skip
def test_search_finds_matches_at_block_borders_of_a_large_log(tmp_path, text: str) -> None:
    generator = random.Random(text)
    parts = []
    for number in range(4000):
        parts.append(b"tuck %d " % number + b"." * generator.randrange(1200))
        if generator.random() < 0.02:
            parts.append(b"Needle %d" % number)
        if generator.random() < 0.02:
            parts.append(f"needle für {number}".encode())
    source = opened(tmp_path / "a.log", b"\n".join(parts))
    pattern = compile_pattern(text)
    expected = matching(source, pattern)
    assert expected
    assert all_found(source, pattern) == expected
    assert all_found(source, pattern, backwards=True) == expected[::-1]
    assert counted(MatchCount(source, pattern)) == len(expected)


def test_search_ignores_colour_sequences(tmp_path) -> None:
    source = opened(tmp_path / "a.log", b"\x1b[31mer\x1b[1mror\x1b[0m\nplain\n\x1b[1;31mx\x1b[m\n")
    assert [line.begin for line in all_found(source, compile_pattern("error"))] == [0]
    assert all_found(source, compile_pattern("31m")) == []


def test_search_sees_the_last_state_of_a_progress_bar_only(tmp_path) -> None:
    states = b"\r".join(b"step %d/20000" % number for number in range(200_000))
    source = opened(tmp_path / "a.log", b"before\n" + states + b"\nafter\n")
    assert all_found(source, compile_pattern("step 5/")) == []
    (found,) = all_found(source, compile_pattern("step 199999"))
    assert found.begin == len("before\n")


def test_search_finds_a_match_in_the_middle_of_a_huge_line(tmp_path) -> None:
    data = b"x" * 3_000_000 + b" needle " + b"y" * 3_000_000 + b"\nneedle\n"
    source = opened(tmp_path / "a.log", data)
    for text in ("needle", "ne+dle", "needle$"):
        pattern = compile_pattern(text)
        found = all_found(source, pattern)
        assert found == all_found(source, pattern, backwards=True)[::-1]
        assert found == matching(source, pattern)
        assert len(found) == (1 if "$" in text else 2)


def test_search_ends_when_its_log_is_replaced(tmp_path) -> None:
    source = opened(tmp_path / "a.log", b"x\n" * 2_000_000)
    search = Search(source, compile_pattern("y"), 0)
    assert search.step()
    (tmp_path / "a.log").write_bytes(b"y\n" * 3_000_000)
    source.look()
    assert not search.step()
    assert search.found is None
