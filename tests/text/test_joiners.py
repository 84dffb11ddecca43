from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.text.joiners import JOINER, NON_JOINER, joiners_made_visible

SHOWN = "\ufffd"
EMOJI_FORM = "\ufe0f"


@pytest.mark.parametrize(
    "text",
    [
        f"می{NON_JOINER}خواهم",  # Persian: two parts of a verb
        f"ه{JOINER}",  # the form of a letter that would join the next one
        f"क्{JOINER}ष",  # Hindi: a half form
        f"क्{NON_JOINER}ष",  # Hindi: a visible virama
        f"👩{JOINER}🔬",
        f"👩🏽{JOINER}🔬",
        f"❤{EMOJI_FORM}",
        f"1{EMOJI_FORM}\u20e3",
        "葛\U000e0100",
        "ᠭ\u180b",
    ],
)
def test_joiners_that_change_a_glyph_stay(text: str) -> None:
    assert joiners_made_visible(text) == text


@pytest.mark.parametrize("hidden", [JOINER, NON_JOINER, EMOJI_FORM, "\ufe0e", "\u180b", "\U000e0100"])
def test_joiners_in_latin_text_are_made_visible(hidden: str) -> None:
    assert joiners_made_visible(f"run{hidden}1") == f"run{SHOWN}1"
    assert joiners_made_visible(f"{hidden}run") == f"{SHOWN}run"
    assert joiners_made_visible(f"run{hidden}") == f"run{SHOWN}"


def test_joiner_after_a_non_joining_letter_is_made_visible() -> None:
    assert joiners_made_visible(f"ر{JOINER}") == f"ر{SHOWN}"


def test_repeated_joiners_are_made_visible() -> None:
    assert joiners_made_visible(f"❤{EMOJI_FORM}{EMOJI_FORM}") == f"❤{EMOJI_FORM}{SHOWN}"
    assert joiners_made_visible(f"👩{JOINER}{JOINER}🔬") == f"👩{SHOWN}{SHOWN}🔬"


@given(st.text(st.sampled_from(f"a1م🌊क\u094d葛{JOINER}{NON_JOINER}{EMOJI_FORM}"), max_size=12))
def test_making_joiners_visible_keeps_the_length_and_is_idempotent(text: str) -> None:
    shown = joiners_made_visible(text)
    assert len(shown) == len(text)
    assert all(after in (before, SHOWN) for before, after in zip(text, shown, strict=True))
    assert joiners_made_visible(shown) == shown
