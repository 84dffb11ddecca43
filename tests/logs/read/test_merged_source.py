"""Several logs as one, by time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.read.merged_source import MergedSource
from runtui.logs.read.source import FileSource, LogChange


def text_of(source: MergedSource) -> list[str]:
    while source.look().progress < 1:
        pass
    text = source.read(0, source.size).decode()
    return text.removesuffix("\n").split("\n") if text else []


def stamped(second: float, text: str) -> str:
    return f"2026-01-31 12:00:{second:09.6f} {text}\n"


def test_merged_lines_are_in_time_order_with_their_logs_name(tmp_path: Path) -> None:
    one, two = tmp_path / "rank-0.log", tmp_path / "rank-1.log"
    one.write_text(stamped(1, "a") + stamped(4, "d") + "without a stamp\n")
    two.write_text(stamped(2, "b") + stamped(3, "c") + stamped(5, "e"))
    source = MergedSource({"rank-0": FileSource(str(one)), "rank-1": FileSource(str(two))})
    assert [line[:9] + line[-1] for line in text_of(source)] == [
        "rank-0 │ a",
        "rank-1 │ b",
        "rank-1 │ c",
        "rank-0 │ d",
        "rank-0 │ p",
        "rank-1 │ e",
    ]


def test_new_lines_are_appended_below_the_shown_ones(tmp_path: Path) -> None:
    one, two = tmp_path / "1.log", tmp_path / "2.log"
    one.write_text(stamped(1, "a") + "cut o")
    two.write_text(stamped(9, "z"))
    source = MergedSource({"1": FileSource(str(one)), "2": FileSource(str(two))})
    before = text_of(source)
    assert [line[-1] for line in before] == ["a", "z", "o"]
    with open(one, "a") as file:
        file.write("ff\n" + stamped(2, "b"))
    assert source.look().change is LogChange.GREW
    after = text_of(source)
    assert after[:2] == before[:2]
    assert after[2].endswith("cut off")
    assert after[3].endswith("b")
    two.write_text("anew\n")
    look = source.look()
    assert look.change is LogChange.REWRITTEN
    assert any(line.endswith("anew") for line in text_of(source))


def test_large_logs_are_merged_from_their_ends_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "1.log"
    path.write_text("".join(stamped(second % 60, f"line {second}") for second in range(5000)))
    source = MergedSource({"1": FileSource(str(path))}, limit=10_000)
    lines = text_of(source)
    assert lines[-1].endswith("line 4999")
    assert 100 < len(lines) < 300
    assert "only the ends" in source.look().notice


@given(st.lists(st.lists(st.integers(0, 59), max_size=20).map(sorted), min_size=1, max_size=4))
def test_each_line_is_merged_once_and_in_order(seconds: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for number, of_log in enumerate(seconds):
            path = Path(folder, f"{number}.log")
            path.write_text(
                "".join(stamped(second, f"{number}-{place}") for place, second in enumerate(of_log))
            )
            sources[str(number)] = FileSource(str(path))
        merged = text_of(MergedSource(sources))
    stamps = [line.split(" │ ")[1][:26] for line in merged]
    assert stamps == sorted(stamps)
    expected = [f"{number}-{place}" for number, of_log in enumerate(seconds) for place in range(len(of_log))]
    assert sorted(line.split()[-1] for line in merged) == sorted(expected)


def test_unfinished_lines_come_last(tmp_path: Path) -> None:
    one, two = tmp_path / "1.log", tmp_path / "2.log"
    one.write_text(stamped(1, "a") + "last words of 1")
    two.write_text("10 %\r20 %\r")
    source = MergedSource({"1": FileSource(str(one)), "2": FileSource(str(two))})
    assert [line.split(" │ ")[1] for line in text_of(source)[1:]] == ["last words of 1", "20 %"]
    assert source.read(0, source.settled).decode() == text_of(source)[0] + "\n"
    with open(two, "a") as file:
        file.write("30 %\r")
    assert source.look().change is LogChange.GREW
    assert text_of(source)[-1].endswith("30 %")
    with open(two, "a") as file:
        file.write("done\n")
    assert source.look().change is LogChange.GREW
    assert text_of(source)[1].endswith("30 %\rdone")
    assert text_of(source)[2].endswith("last words of 1")
    assert source.look().change is LogChange.NOTHING
    whole = source.read(0, source.size)
    for offset in range(len(whole) + 1):
        assert source.read(offset, 7) == whole[offset : offset + 7]
