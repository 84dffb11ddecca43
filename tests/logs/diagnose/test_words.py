from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.diagnose.words import NOUGHTS, LineIndex, WordIndex, shapes, vocabulary

_TEXTS = (b"exit code", b"killed", b"out of memory", b"signal 9")
_INDEX = WordIndex(_TEXTS)  # for all examples: what it has learned of one must not mislead it in another
_LINES = LineIndex(_TEXTS)
_PARTS = ("exit", " code", "code", " ", "\n", "step", "killed", "7", ".", "out of", "memory", "signal", "9")


def test_lines_that_differ_only_in_their_digits_have_one_shape() -> None:
    assert shapes(b"Step 10 loss 1.5\nStep 27 loss 2.3\nend") == {b"Step 00 loss 0.0", b"end"}


def test_vocabulary_is_without_numbers_and_in_lower_case() -> None:
    assert vocabulary(b"Step 10 loss 1e-3\nSTEP 20 loss 2.5e-4\n").words == {b"step", b"loss", b"e"}


def test_texts_that_a_log_cannot_hold_are_left_out() -> None:
    index = WordIndex(_TEXTS)
    assert index.possible_in(vocabulary(b"step 1\nstep 2\n")) == []
    log = b"step 1\nProcess KILLED, exit code 137\n"
    assert sorted(index.possible_in(vocabulary(log))) == [b"exit code", b"killed"]


@given(st.lists(st.sampled_from(_PARTS)))
def test_no_text_that_a_log_holds_is_left_out(parts: list[str]) -> None:
    log = "".join(parts).encode()
    assert {text for text in _TEXTS if text in log} <= set(_INDEX.possible_in(vocabulary(log)))


def test_lines_are_found_with_what_they_may_hold_whatever_their_numbers() -> None:
    index = LineIndex(_TEXTS)
    for number in (7, 8):
        found = index.lines_in(b"step %d\nKilled by signal 9, exit code %d\nstep 3\n" % (number, number))
        (line,) = found
        assert line == b"Killed by signal 0, exit code 0"
        assert sorted(found[line]) == [b"exit code", b"killed", b"signal 9"]


@given(st.lists(st.sampled_from(_PARTS)))
def test_no_line_with_a_text_is_left_out(parts: list[str]) -> None:
    log = "".join(parts).encode()
    found = _LINES.lines_in(log)
    for line in log.split(b"\n"):
        held = {text for text in _TEXTS if text in line}
        assert held <= set(found.get(line.translate(NOUGHTS), ()))
