from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from runtui.text.folding import composed, folded


@given(st.text())
def test_a_text_is_the_same_however_its_accents_are_stored(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert composed(unicodedata.normalize(form, text)) == unicodedata.normalize("NFC", text)


def test_case_does_not_matter() -> None:
    assert folded("STRASSE É") == folded("straße e\u0301") == "strasse é"
