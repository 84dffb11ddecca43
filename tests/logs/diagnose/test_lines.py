import pytest

from runtui.logs.diagnose.lines import line_around, lines_after, lines_before, without_rank

TEXT = b"one\ntwo\nthree\n"


def test_bounds_of_lines_are_those_of_their_words() -> None:
    assert line_around(TEXT, 5) == (4, 7)
    assert [TEXT[begin:end] for begin, end in lines_after(TEXT, 3)] == [b"two", b"three"]
    assert [TEXT[begin:end] for begin, end in lines_before(TEXT, 8)] == [b"two", b"one"]


def test_places_in_a_line_without_end_that_are_near_have_the_same_bounds() -> None:
    data = b"x" * 100_000
    begin, end = line_around(data, 50_000)
    assert (begin, end) == line_around(data, 50_100)
    assert 0 < 50_000 - begin < 4096


@pytest.mark.parametrize(
    "line",
    [
        "[1,3]<stderr>: bad cell",
        "[3] bad cell",
        "[rank3]: bad cell",
        "   3: bad cell",
        "[default3:3]: bad cell",
        "(train pid=12, ip=10.0.0.1) bad cell",
        "      From worker 2:\tbad cell",
        " *   bad cell      *",
        "|   bad cell      |",
        " ║   bad cell      ║",
        "  | bad cell",
    ],
)
def test_marks_are_taken_from_a_line(line: str) -> None:
    assert without_rank(line) == "bad cell"


def test_mark_of_pytest_is_taken_from_exceptions_alone() -> None:
    assert without_rank("E           ValueError: bad cell") == "ValueError: bad cell"
    assert without_rank("E       assert 0.97 == 1.0") == "E       assert 0.97 == 1.0"
    assert without_rank("E   1.0  2.0") == "E   1.0  2.0"
