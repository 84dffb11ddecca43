from __future__ import annotations

import tomllib
from pathlib import Path

from runtui.logs.diagnose.rules import RULES

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = tomllib.loads((CORPUS / "expected.toml").read_text())


def test_every_rule_matches_a_corpus_log() -> None:
    told = set()
    for name in EXPECTED:
        lines = (CORPUS / name).read_text().splitlines()
        for number, rule in enumerate(RULES):
            literals = [literal.decode() for literal in rule.literals]
            if any(
                any(literal in line.lower() for literal in literals) and rule.pattern.search(line.strip())
                for line in lines
            ):
                told.add(number)
    assert [rule.source for number, rule in enumerate(RULES) if number not in told] == []


def test_literals_of_rules_are_lower_case() -> None:
    assert [rule for rule in RULES if any(literal != literal.lower() for literal in rule.literals)] == []
