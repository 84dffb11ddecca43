"""Rules that can apply to a log."""

from __future__ import annotations

from runtui.logs.diagnose.literals import distinct_lines, possible_rules
from runtui.logs.diagnose.rules import RULES


def test_lines_that_differ_in_their_numbers_count_once() -> None:
    text = b"".join(b"step %d energy -%d.5\n" % (step, step) for step in range(99)) + b"killed\n"
    assert sorted(distinct_lines(text).split()) == [b"energy", b"killed", b"step"]


def test_rules_are_those_that_look_for_something_in_the_text() -> None:
    text = b"step 1\nslurmstepd: error: detected 2 oom_kill events in step 17\n"
    found = dict(possible_rules(distinct_lines(text)))
    wanted = {
        number
        for number, rule in enumerate(RULES)
        if any(literal.translate(None, b"0123456789.+-") in distinct_lines(text) for literal in rule.literals)
    }
    assert set(found) == wanted
    assert any(b"oom_kill" in literals for literals in found.values())


def test_no_rule_applies_to_regular_output() -> None:
    assert possible_rules(distinct_lines(b"step 1 temp 300\nstep 2 temp 300\n")) == []
