"""Notes as they are kept, and as rows have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.notes import note_in, note_line, note_text, tidy_note
from runtui.text.sanitize import safe_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("wrong geometry", "wrong geometry"),
        ("  first\r\nsecond  \n\n", "  first\nsecond"),
        ("\n\na\n\n\nb\n", "a\n\n\nb"),
        (" \n\t\n", ""),
    ],
    ids=["one line", "line ends", "blank lines", "nothing"],
)
def test_note_is_kept_without_blanks_around_it(typed: str, kept: str) -> None:
    assert tidy_note(typed) == kept


@pytest.mark.parametrize("value", [None, 3, ["a"], {"a": 1}, "", " \n "])
def test_value_without_text_is_no_note(value: object) -> None:
    assert note_in(value) == ""


def test_lines_of_a_note_survive_the_row() -> None:
    note = note_in("first\n\n\tsecond\x1b[2J")
    assert note_text(note) == "first\n\n\tsecond␛[2J"
    assert note_line(note) == "first / second␛[2J"


@given(st.text())
def test_note_of_a_row_is_one_safe_line(text: str) -> None:
    note = note_in(text)
    assert safe_text(note) == note
    assert "\n" not in note_line(note)
