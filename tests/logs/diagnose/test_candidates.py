"""Lines to which rules can apply."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.candidates import is_vague, known_line, possible_rules
from runtui.logs.diagnose.rules import RULES


@pytest.mark.parametrize(
    ("text", "expected"), [("it failed", True), ("exit code 3", True), ("it failed: bad cell", False)]
)
def test_vague_text_says_only_that_something_failed(text: str, expected: bool) -> None:
    assert is_vague(text) is expected


def test_rules_that_apply_to_a_line_are_remembered() -> None:
    line = known_line(b"ERROR: mesh 3 does not fit")
    numbers = [number for number, _texts in possible_rules(b"ERROR: mesh 3 does not fit\n")]
    assert known_line(b"ERROR: mesh 3 does not fit") is line
    assert any(map(line.is_of, numbers))
    assert [line.is_of(number) for number in numbers] == [
        RULES[number].pattern.search(line.text) is not None for number in numbers
    ]
