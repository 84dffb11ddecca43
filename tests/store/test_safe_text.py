"""Text from disk neither commands nor misleads a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.safe_text import safe_lines, safe_text

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ANY_TEXT = st.text(st.characters()) | st.text("\x1b[]0;\x07\x9b\r\n\t\u202e\ud800\U000e0041 ab", max_size=40)


def assert_safe(text: str) -> None:
    """Fail where `text` holds anything that a terminal obeys, that reorders it or that cannot be sent."""
    assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not BIDI.intersection(text)
    text.encode()


@given(ANY_TEXT)
def test_any_text_becomes_one_harmless_line_of_the_same_length(text: str) -> None:
    shown = safe_text(text)
    assert_safe(shown)
    assert len(shown.splitlines()) <= 1
    assert len(shown) == len(text)
    assert safe_text(shown) == shown


@given(ANY_TEXT, st.integers(1, 50))
def test_a_limit_holds_and_a_cut_is_marked(text: str, limit: int) -> None:
    shown = safe_text(text, limit)
    assert_safe(shown)
    assert len(shown) == min(len(text), limit)
    assert len(text) <= limit or shown.endswith("…")


@pytest.mark.parametrize("text", ["plain", "Gödel's β=0.3", "日本語", "🌊 wave 👩‍🔬", "", " spaces  "])
def test_ordinary_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\nb\tc\r", "a␊b␉c␍"),
        ("\x7f", "␡"),
        ("\x9b31m", "\ufffd31m"),
        ("file\u202egnp.exe", "file\ufffdgnp.exe"),
        ("\ud800", "\ufffd"),
        ("zero\u200bwidth", "zero\ufffdwidth"),
        ("\ufeffbom", "\ufffdbom"),
    ],
)
def test_what_is_not_ordinary_is_made_visible(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@given(ANY_TEXT, st.integers(1, 5), st.integers(1, 20))
def test_lines_are_harmless_and_within_their_limits(text: str, limit: int, width: int) -> None:
    lines = safe_lines(text, limit, width)
    for line in lines[:limit]:
        assert_safe(line)
        assert len(line) <= width
    assert len(lines) <= limit + 1


def test_lines_expand_tabs_and_lose_the_carriage_return_and_blank_end() -> None:
    assert safe_lines("a\tb\r\nc\x1bd\n\n", 10) == ["a       b", "c␛d"]


def test_lines_left_off_are_announced() -> None:
    assert safe_lines("1\n2\n3", 2) == ["1", "2", "… more than 2 lines, the rest is not shown"]
    assert safe_lines("1\n2\n", 2) == ["1", "2"]


@pytest.mark.parametrize("text", ["Z" + "\u0301\u0316" * 40, "v" + "\ufe0f" * 30, "a" + "\u200d\u200c" * 20])
def test_of_a_flood_of_marks_only_as_many_stay_as_a_language_needs(text: str) -> None:
    shown = safe_text(text)
    assert shown == text[:9] + "\ufffd" * (len(text) - 9)
    assert safe_text("x" + shown) == "x" + shown


@pytest.mark.parametrize("text", ["สวัสดีที่นี่", "नमस्ते क्ष", "مَرْحَبًا", "Việt", "می‌خواهم", "👨‍👩‍👧‍👦 ❤️", "שָׁלוֹם"])
def test_marks_that_languages_need_stay(text: str) -> None:
    assert safe_text(text) == text
