"""The lines of a log as styled text."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from runtui.logs.read.lines import Line
from runtui.logs.search.pattern import compile_pattern
from runtui.logs.viewport import Kept
from runtui.tui.widgets.log_line_renderer import LogLineRenderer, marked, wrapped

STYLES = {
    "": Style(),
    "notice": Style(italic=True),
    "error": Style(color="red"),
    "warning": Style(color="yellow"),
    "match": Style(reverse=True),
    "context": Style(dim=True),
}


def line(text: str, begin: int = 0, notice: str = "") -> Kept:
    raw = text.encode()
    return Kept(Line(begin, begin + len(raw) + 1, raw), 0, notice)


@pytest.fixture
def renderer() -> LogLineRenderer:
    return LogLineRenderer(STYLES.__getitem__)


def drawn(renderer: LogLineRenderer, kept: Kept) -> list[tuple[str, Style | None]]:
    return [(segment.text, segment.style) for segment in renderer.strip(kept)]


@pytest.mark.parametrize(
    ("text", "style"), [("step 1", ""), ("ERROR: out of memory", "error"), ("WARNING: slow", "warning")]
)
def test_lines_are_coloured_by_their_severity(renderer: LogLineRenderer, text: str, style: str) -> None:
    assert drawn(renderer, line(text)) == [(text, STYLES[style])]


def test_notice_is_not_a_line_of_the_log(renderer: LogLineRenderer) -> None:
    assert drawn(renderer, line("", notice="the log was truncated")) == [
        ("── the log was truncated ──", STYLES["notice"])
    ]


def test_matches_stay_marked_until_the_next_search(renderer: LogLineRenderer) -> None:
    assert drawn(renderer, line("a step")) == [("a step", Style())]
    renderer.mark(compile_pattern("step"), None)
    assert drawn(renderer, line("a step")) == [("a ", Style()), ("step", STYLES["match"])]
    renderer.mark(None, None)
    assert drawn(renderer, line("a step")) == [("a step", Style())]


def test_context_lines_of_a_filter_are_dimmed(renderer: LogLineRenderer) -> None:
    renderer.mark(None, compile_pattern("step"))
    assert drawn(renderer, line("a step")) == [("a step", Style())]
    assert drawn(renderer, line("ERROR: other")) == [("ERROR: other", STYLES["context"])]


def test_changed_line_at_the_same_place_is_redrawn(renderer: LogLineRenderer) -> None:
    assert renderer.strip(line("10 %")).text == "10 %"
    assert renderer.strip(line("20 %")).text == "20 %"


def test_slow_pattern_is_suspended_for_a_while(
    renderer: LogLineRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])

    class Slow:
        def spans(self, _text: str) -> list[tuple[int, int]]:
            seconds[0] += 0.01
            return [(0, 1)]

    renderer.mark(Slow(), None)
    assert drawn(renderer, line("aa"))[0] == ("a", STYLES["match"])
    assert drawn(renderer, line("ab")) == [("ab", Style())]
    seconds[0] += 0.2
    assert drawn(renderer, line("ac"))[0] == ("a", STYLES["match"])


def test_long_lines_take_more_rows_only_when_they_are_wrapped(renderer: LogLineRenderer) -> None:
    long = line("x" * 25)
    renderer.resize(10, None)
    assert renderer.rows_of(long) == 1
    renderer.toggle_wrapping()
    assert renderer.rows_of(long) == 3
    assert [renderer.columns(long, row) for row in range(3)] == [(0, 10), (10, 20), (20, 30)]
    assert renderer.rows_of(line("x" * 10)) == 1
    assert renderer.rows_of(line("")) == 1


@pytest.mark.parametrize(("width", "above"), [(10, 4), (20, 2), (45, 0), (7, 5)])
def test_top_text_stays_at_the_top_after_a_width_change(
    renderer: LogLineRenderer, width: int, above: int
) -> None:
    renderer.toggle_wrapping()
    renderer.resize(10, None)
    assert renderer.resize(width, (line("x" * 100), 4)) == above


def test_top_row_stays_without_wrapping(renderer: LogLineRenderer) -> None:
    assert renderer.resize(10, (line("x" * 100), 0)) == 0
    assert renderer.resize(10, None) == 0


@pytest.mark.parametrize("text", ["x" * 40, "x" + "漢字" * 10, "漢" * 21, "é" * 40, "x"])
@pytest.mark.parametrize("width", [2, 7, 10])
def test_wrapped_rows_hold_the_whole_text_without_cutting_wide_characters(text: str, width: int) -> None:
    begins = wrapped(text, width)
    edges = {cell_len(text[:count]) for count in range(len(text) + 1)}
    assert begins[0] == 0
    assert begins[-1] >= cell_len(text)
    assert all(0 < after - before <= width for before, after in pairwise(begins))
    assert set(begins[:-1]) <= edges


@pytest.mark.parametrize(
    ("spans", "texts"),
    [
        ([], ["abc", "def"]),
        ([(0, 6)], ["[abc]", "[def]"]),
        ([(1, 2)], ["a", "[b]", "c", "def"]),
        ([(2, 4)], ["ab", "[c]", "[d]", "ef"]),
        ([(0, 1), (5, 6)], ["[a]", "bc", "de", "[f]"]),
    ],
)
def test_spans_are_marked_across_segments(spans: list[tuple[int, int]], texts: list[str]) -> None:
    mark = STYLES["match"]
    found = marked([Segment("abc", Style()), Segment("def", Style(bold=True))], spans, mark)
    assert [f"[{part.text}]" if part.style == mark else part.text for part in found] == texts
