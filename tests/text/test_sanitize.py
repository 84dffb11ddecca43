"""Text from disk neither commands nor misleads a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.text.sanitize import is_safe, safe_lines, safe_text

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
def test_text_over_its_limit_is_cut_with_an_ellipsis(text: str, limit: int) -> None:
    shown = safe_text(text, limit)
    assert_safe(shown)
    assert len(shown) == min(len(text), limit)
    assert len(text) <= limit or shown.endswith("…")


@pytest.mark.parametrize("text", ["plain", "Gödel's β=0.3", "日本語", "🌊 wave 👩‍🔬", "", " spaces  "])
def test_ordinary_text_of_any_language_is_unchanged(text: str) -> None:
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
def test_unusual_characters_are_made_visible(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@given(ANY_TEXT, st.integers(1, 5), st.integers(1, 20))
def test_lines_are_harmless_and_within_their_limits(text: str, limit: int, width: int) -> None:
    lines = safe_lines(text, limit, width)
    for line in lines[:limit]:
        assert_safe(line)
        assert len(line) <= width
    assert len(lines) <= limit + 1


def test_lines_expand_tabs_and_drop_carriage_returns_and_trailing_blanks() -> None:
    assert safe_lines("a\tb\r\nc\x1bd\n\n", 10) == ["a       b", "c␛d"]


def test_omitted_lines_are_announced() -> None:
    assert safe_lines("1\n2\n3", 2) == ["1", "2", "… only the first 2 lines are shown"]
    assert safe_lines("1\n2\n", 2) == ["1", "2"]


@pytest.mark.parametrize("text", ["Z" + "\u0301\u0316" * 40, "v" + "\u0483\u20dd" * 30])
def test_excess_combining_marks_are_replaced(text: str) -> None:
    shown = safe_text(text)
    assert shown == text[:9] + "\ufffd" * (len(text) - 9)
    assert safe_text("x" + shown) == "x" + shown


@pytest.mark.parametrize(
    "text",
    [
        *("สวัสดีที่นี่", "नमस्ते क्ष", "مَرْحَبًا", "Việt", "שָׁלוֹם"),
        *("می\u200cخواهم", "کار\u200cها", "مَی\u200cخواهم", "ه\u200d", "ه\u200d.", "ނަން", "ܫܠܡܐ"),
        *(
            "क्\u200dष",
            "क्\u200cष",
            "र\u094d\u200d",
            "ශ්\u200dරී",
            "ন্\u200d",
            "র\u200d্য",
            "തമിഴ്\u200cനാട്",
            "ರಾಜ್\u200cಕುಮಾರ್",
        ),
        *(
            "👨\u200d👩\u200d👧\u200d👦 ❤\ufe0f",
            "🏳\ufe0f\u200d🌈",
            "👩🏽\u200d🔬",
            "🏴\u200d☠\ufe0f",
            "1\ufe0f\u20e3 #\ufe0f\u20e3",
        ),
        *(
            "👁\ufe0f\u200d🗨\ufe0f",
            "🙂\u200d↔\ufe0f",
            "🐦\u200d⬛",
            "☀\ufe0e",
            "⚠\ufe0f ok",
            "葛\U000e0100城",
            "ᠮᠣᠩᠭᠣᠯ\u180b",
        ),
    ],
)
def test_joiners_of_scripts_and_emoji_stay(text: str) -> None:
    assert safe_text(text) == text
    assert safe_text(f"a {text} b") == f"a {text} b"


@pytest.mark.parametrize("hidden", ["\u200c", "\u200d", "\ufe00", "\ufe0e", "\ufe0f", "\u180b", "\U000e0100"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(
            ("pay", "pal"),
            ("", "x"),
            ("x", ""),
            ("run-1", "2"),
            ("раз", "два"),
            ("αβ", "γδ"),
            ("é", "e"),
            ("", ""),
        ),
        *(
            ("שלום", "ש"),
            ("สวัส", "ดี"),
            ("한", "글"),
            ("かな", "カナ"),
            ("a_", "_b"),
            (" ", " "),
            ("/", "."),
            ("5", "%"),
        ),
        *(("é".replace("é", "e\u0301"), "x"), ("…", "…"), ("0", "0")),
    ],
)
def test_invisible_joiners_are_made_visible(hidden: str, before: str, after: str) -> None:
    assert safe_text(f"{before}{hidden}{after}") == f"{before}\ufffd{after}"
    assert not is_safe(f"{before}{hidden}{after}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("می\u200c\u200cخواهم", "می\u200c\ufffdخواهم".replace("\u200c", "\ufffd")),
        ("سل\u200dام", "سل\ufffdام"),
        ("کار\u200d", "کار\ufffd"),
        ("سلام\u200c", "سلام\ufffd"),
        ("می\u200cx", "می\ufffdx"),
        ("क\u200dख", "क\ufffdख"),
        ("🌊\u200d", "🌊\ufffd"),
        ("\u200d🌊", "\ufffd🌊"),
        ("x\u200d🌊", "x\ufffd🌊"),
        ("🌊\ufe0f\ufe0f", "🌊\ufe0f\ufffd"),
        ("🌊\u200d\u200d🌊", "🌊\ufffd\ufffd🌊"),
        ("葛\ufe00\ufe00", "葛\ufe00\ufffd"),
        ("1\ufe0f", "1\ufffd"),
    ],
)
def test_a_joiner_is_kept_only_where_it_joins(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@given(
    st.text(
        st.sampled_from("می‌خ‍कष्र🌊🏽👩️︎❤1⃣#葛᠋ᠮxé́\u200c\u200d\ufe0f\ufe00\U000e0100\u064e\u064b"), max_size=14
    )
)
def test_sanitizing_is_idempotent(text: str) -> None:
    shown = safe_text(text)
    assert len(shown) == len(text)
    assert safe_text(shown) == shown
