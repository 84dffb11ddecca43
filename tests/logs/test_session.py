"""A log being looked at and followed: what is on screen is what a plain reader of the file has seen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.read.lines import Line
from runtui.logs.read.source import LogChange
from runtui.logs.search.pattern import compile_pattern
from runtui.logs.session import ALL, LogSession, lines_of
from runtui.logs.viewport import Kept, Viewport

PIECES = st.text("ab\n", min_size=1, max_size=30).map(str.encode)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, bytes]]:
    kinds = st.sampled_from(["append", "append", "append", "truncate", "replace", "remove"])
    return [(draw(kinds), draw(PIECES)) for _step in range(draw(st.integers(1, 12)))]


@settings(max_examples=150, deadline=None)
@given(histories())
def test_following_shows_each_line_once_after_any_changes(
    history: list[tuple[str, bytes]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "logs", "a.log")
        log.parent.mkdir()
        log.write_bytes(b"first\n")
        session = LogSession(folder)
        behind: int | None = None
        shown: list[Line] = []
        for kind, data in [("append", b""), *history]:
            _change(log, kind, data)
            news = session.look(behind)
            assert news.look is not None
            if news.look.notice and news.is_anew:
                shown = []
            if news.chunk is not None:
                lines = list(news.chunk.lines)
                if shown and lines and shown[-1].begin == lines[0].begin:
                    shown.pop()
                shown += lines
                behind = 0 if not shown else shown[-1].end if shown[-1].ended else shown[-1].begin
            if news.look.change is not LogChange.REMOVED and log.exists():
                expected = log.read_bytes().split(b"\n")
                assert [line.raw for line in shown] == (expected if expected[-1] else expected[:-1])


@given(st.binary(max_size=60), st.integers(0, 1000))
def test_last_lines_of_a_replaced_file_are_read(data: bytes, begin: int) -> None:
    lines = lines_of(data, begin)
    expected = data.split(b"\n")
    assert [line.raw for line in lines] == (expected if expected[-1] else expected[:-1])
    assert [line.begin for line in lines] == [
        begin + sum(len(raw) + 1 for raw in expected[:place]) for place in range(len(lines))
    ]


def _change(log: Path, kind: str, data: bytes) -> None:
    if kind == "append":
        with open(log, "ab") as file:
            file.write(data)
    elif kind == "truncate":
        if log.exists():
            os.truncate(log, 0)
            with open(log, "ab") as file:
                file.write(data)
    elif kind == "replace":
        other = log.with_name("other")
        other.write_bytes(data)
        os.replace(other, log)
    elif log.exists():
        log.unlink()


def kept(count: int, begin: int = 0) -> list[Kept]:
    return [Kept(Line(place * 10, place * 10 + 10, b"x")) for place in range(begin, begin + count)]


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
    st.integers(1, 10),
    st.lists(st.integers(-12, 12), max_size=20),
)
def test_viewport_scrolls_through_the_rows_of_all_lines(
    rows: list[int], height: int, moves: list[int]
) -> None:
    view = Viewport(lambda one: rows[one.line.begin // 10])
    view.height = height
    view.append(kept(len(rows)))
    every = [(place, row) for place, count in enumerate(rows) for row in range(count)]
    last = max(0, len(every) - height)
    view.show_end()
    at = last
    assert view.rows() == every[at : at + height]
    for move in moves:
        view.move(move)
        at = max(0, min(last, at + move))
        assert view.rows() == every[at : at + height]
        assert view.is_at_end == (at == last)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 39), st.integers(1, 10), st.integers(1, 30))
def test_adding_and_trimming_lines_keeps_the_screen(
    count: int, more: int, top: int, height: int, most: int
) -> None:
    view = Viewport(lambda _one: 1)
    view.height = height
    view.append(kept(count, begin=100))
    view.show(min(top, count - 1))
    seen = [view.kept[place] for place, _row in view.rows()]
    view.prepend(kept(more, begin=100 - more))
    assert [view.kept[place] for place, _row in view.rows()] == seen
    view.trim(most, at_the_beginning=False)
    assert [view.kept[place] for place, _row in view.rows()] == seen
    view.trim(most, at_the_beginning=True)
    assert [view.kept[place] for place, _row in view.rows()] == seen
    assert len(view.kept) <= max(most, height, len(seen))


def test_lines_but_not_notices_are_found_by_offset() -> None:
    view = Viewport(lambda _one: 1)
    lines = kept(10)
    view.append(
        [*lines[:5], Kept(Line(0, 0, b""), 1, "replaced"), *(one._replace(generation=1) for one in lines)]
    )
    assert view.place_of(30, 0) == 3
    assert view.place_of(30, 1) == 9
    assert view.place_of(0, 1) == 6
    assert view.place_of(35, 1) is None


def test_cleared_filter_stops_at_once_without_progress(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"line\n" * 2_000_000)
    session = LogSession(str(tmp_path))
    session.look(None)
    seen: list[float | None] = []

    def never() -> bool:
        seen.append(session.progress)
        session.filter = None
        return False

    session.filter, session.is_cancelled = compile_pattern("nowhere"), never
    session.end()
    assert len(seen) == 1
    assert session.progress is None


def test_newest_log_replaces_a_missing_choice(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"line\n")
    (tmp_path / "logs" / "empty.log").write_bytes(b"")
    session = LogSession(str(tmp_path))
    choice = session.choose("logs/gone.log")
    news = session.look(None)
    assert (news.missing, news.name, news.choice) == ("logs/gone.log", "logs/a.log", choice)
    assert news.chunk is not None
    assert [line.raw for line in news.chunk.lines] == [b"line"]
    news = session.look(5)
    assert (news.missing, news.name, news.chunk) == ("", "logs/a.log", None)
    session.choose("logs/empty.log")
    assert session.look(None).name == "logs/empty.log"


def test_filtering_stops_when_another_log_is_chosen(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"line\n" * 2_000_000)
    session = LogSession(str(tmp_path))
    session.look(None)
    asked: list[None] = []

    def never() -> bool:
        asked.append(None)
        session.choose("logs/b.log")
        return False

    session.filter, session.is_cancelled = compile_pattern("nowhere"), never
    session.end()
    assert len(asked) == 1


def test_same_named_logs_are_distinguished_by_folder(tmp_path: Path) -> None:
    for rank in range(2):
        folder = tmp_path / "logs" / f"rank.{rank}"
        folder.mkdir(parents=True)
        (folder / "stdout").write_text(f"from {rank}\n")
    (tmp_path / "run.log").write_text("from the run\n")
    session = LogSession(str(tmp_path))
    session.look(None)
    session.choose(ALL)
    news = session.look(None)
    assert news.chunk is not None
    assert {line.raw.decode() for line in news.chunk.lines} == {
        "rank.0/stdout │ from 0",
        "rank.1/stdout │ from 1",
        "run.log       │ from the run",
    }


def test_look_reports_a_dangling_logs_folder(tmp_path: Path) -> None:
    (tmp_path / "logs").symlink_to("/scratch/gone")
    news = LogSession(str(tmp_path)).look(None)
    assert (news.name, news.problems) == (
        "",
        ("logs/ is a link to /scratch/gone, which does not exist",),
    )
