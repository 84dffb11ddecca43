"""An expression that is compiled late finds what one of `re` finds."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from runtui.text.lazy_pattern import LazyPattern

SOURCES = st.sampled_from(("a+", "^b", "(?:ab|b)$", ""))
TEXTS = st.text("abc\n", max_size=12)
PLACES = st.integers(0, 12)


@given(SOURCES, TEXTS, PLACES, PLACES)
def test_matches_are_those_of_the_compiled_expression(source: str, text: str, begin: int, end: int) -> None:
    lazy, compiled = LazyPattern(source, re.MULTILINE), re.compile(source, re.MULTILINE)
    for method in ("search", "match", "fullmatch"):
        found, expected = (getattr(one, method)(text, begin, end) for one in (lazy, compiled))
        assert (found and found.span()) == (expected and expected.span())
    assert [one.span() for one in lazy.finditer(text, begin, end)] == [
        one.span() for one in compiled.finditer(text, begin, end)
    ]


def test_flags_count() -> None:
    assert LazyPattern(b"RUN", re.IGNORECASE).search(b"a run") is not None
    assert LazyPattern(b"RUN").search(b"a run") is None
