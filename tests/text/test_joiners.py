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
def test_between_latin_letters_nothing_stays_hidden(hidden: str) -> None:
    assert joiners_made_visible(f"run{hidden}1") == f"run{SHOWN}1"
    assert joiners_made_visible(f"{hidden}run") == f"{SHOWN}run"
    assert joiners_made_visible(f"run{hidden}") == f"run{SHOWN}"


def test_after_a_letter_that_joins_nothing_a_joiner_is_needless() -> None:
    assert joiners_made_visible(f"ر{JOINER}") == f"ر{SHOWN}"


def test_of_several_in_a_row_none_hides_behind_another() -> None:
    assert joiners_made_visible(f"❤{EMOJI_FORM}{EMOJI_FORM}") == f"❤{EMOJI_FORM}{SHOWN}"
    assert joiners_made_visible(f"👩{JOINER}{JOINER}🔬") == f"👩{SHOWN}{SHOWN}🔬"


@given(st.text(st.sampled_from(f"a1م🌊क\u094d葛{JOINER}{NON_JOINER}{EMOJI_FORM}"), max_size=12))
def test_the_length_stays_and_what_was_made_visible_does_not_change_again(text: str) -> None:
    shown = joiners_made_visible(text)
    assert len(shown) == len(text)
    assert all(after in (before, SHOWN) for before, after in zip(text, shown, strict=True))
    assert joiners_made_visible(shown) == shown
