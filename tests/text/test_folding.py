from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from runtui.text.folding import composed, folded


@given(st.text())
def test_accents_are_composed_from_any_normal_form(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert composed(unicodedata.normalize(form, text)) == unicodedata.normalize("NFC", text)


def test_folding_ignores_case_and_normal_form() -> None:
    assert folded("STRASSE É") == folded("straße e\u0301") == "strasse é"
