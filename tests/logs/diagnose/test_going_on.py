"""Programs that went on after a line."""

from __future__ import annotations

from runtui.logs.diagnose.going_on import GoingOn

ERROR = b"ValueError: bad value\n"


def steps(first: int, count: int, mark: bytes = b"") -> bytes:
    return b"".join(b"%bstep %d energy %d.5\n" % (mark, first + number, number) for number in range(count))


def has_gone_on(before: bytes, line: bytes, after: bytes) -> bool:
    return GoingOn(before + line + after).has_gone_on(len(before), len(before) + len(line) - 1)


def test_more_of_the_same_output_is_going_on() -> None:
    assert has_gone_on(steps(0, 10), ERROR, steps(10, 10))


def test_few_lines_after_are_those_of_a_program_that_ends() -> None:
    assert not has_gone_on(steps(0, 10), ERROR, steps(10, 5))


def test_other_words_after_are_not_going_on() -> None:
    other = b"".join(b"%b of the program is left\n" % (b"x" * number) for number in range(1, 40))
    assert not has_gone_on(steps(0, 10), ERROR, other)


def test_regular_output_that_begins_after_is_going_on() -> None:
    assert has_gone_on(b"begin\n", ERROR, steps(0, 40))


def test_repeated_errors_and_dumps_are_not_going_on() -> None:
    assert not has_gone_on(b"begin\n", ERROR, b"ERROR: rank 3 is gone\n" * 40)
    assert not has_gone_on(b"begin\n", ERROR, b"#3  0x00007f8e5d0a1b20 in ?? ()\n" * 40)


def test_other_ranks_do_not_tell_that_a_rank_went_on() -> None:
    before = steps(0, 10, b"0: ") + steps(0, 10, b"1: ")
    assert not has_gone_on(before, b"1: " + ERROR, steps(10, 30, b"0: "))
    assert has_gone_on(before, b"1: " + ERROR, steps(10, 30, b"1: "))


def test_a_dump_after_more_of_the_same_output_does_not_hide_it() -> None:
    table = b"".join(b"cell %d of the %b part\n" % (number, b"x" * (number % 40)) for number in range(99))
    assert has_gone_on(steps(0, 10), ERROR, steps(10, 10) + table)


def test_rows_of_numbers_are_told_apart_by_their_columns() -> None:
    rows = b"".join(b"  %d 300.%d -1.5\n" % (number, number) for number in range(10))
    assert has_gone_on(rows, ERROR, rows)
    assert not has_gone_on(rows, ERROR, b"1 2\n" * 30)


def test_a_program_that_says_what_it_does_about_an_error_needs_few_lines() -> None:
    assert has_gone_on(steps(0, 3), ERROR, b"retrying with half the batch size\n" + steps(3, 3))
    assert not has_gone_on(steps(0, 3), ERROR, b"cannot be recovered, restarting is refused\n" + steps(3, 3))
