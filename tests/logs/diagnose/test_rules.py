from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from runtui.logs.diagnose.digest import Facts, digest_of
from runtui.logs.diagnose.lines import plain_text
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.plain_lines import plain_lines
from runtui.logs.diagnose.rules import RULES
from runtui.store.failure import FailureKind, FailureSummary
from tests.logs.diagnose.alternatives import Alternative, alternatives

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
EXPECTED = tomllib.loads((CORPUS / "expected.toml").read_text())
SUBJECTS = sorted(path.stem for path in (HERE / "wordings").glob("*.txt"))
STEPS = b"".join(b"step %d t=0.1 residual=1e-3\n" % step for step in range(40))


class Wording(NamedTuple):
    """A line as programs write it, and the kind of failure that it alone tells of: ``fine`` for none."""

    kind: str
    line: str


@cache
def wordings(subject: str) -> tuple[Wording, ...]:
    text = (HERE / "wordings" / f"{subject}.txt").read_text()
    rows = (line.split(" | ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Wording(kind, line) for kind, line in rows)


def digest(data: bytes) -> FailureSummary:
    return digest_of(Facts(), [Piece("a.log", 0, data, len(data), 1e9)])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_wordings_tell_their_kind_and_line(subject: str) -> None:
    wrong = []
    for kind, line in wordings(subject):
        found = digest(STEPS + line.encode() + b"\n" + (STEPS[:28] if kind == "fine" else b""))
        if kind == "fine":
            is_right = found.kind is FailureKind.UNKNOWN
        else:
            is_right = str(found.kind) == kind and found.line in line
        if not is_right:
            wrong.append(f"{kind} | {line}  is told as  {found.kind}: {found.line}")
    assert wrong == []


# Each row, alternative and literal is needed


@cache
def lines() -> tuple[str, ...]:
    """Return all lines of the corpus and the wordings, as the rules see them."""
    logs = [(CORPUS / name).read_bytes() for name in EXPECTED]
    logs += [wording.line.encode() for subject in SUBJECTS for wording in wordings(subject)]
    shown = {plain_text(line) for log in logs for line in log.split(b"\n")}
    shown |= {plain_text(line) for log in logs for line in plain_lines(log, 0).data.split(b"\n")}
    # Without the marks and boxes that the digest takes off
    shown |= {
        re.sub(r"^(?:\s{0,6}\d{1,6}: |\[\w{1,8}\]:? |[\s|*#!]+)|[\s|*#!]+$", "", line) for line in shown
    }
    return tuple(shown | {line.strip() for line in shown})


@cache
def lines_of(number: int) -> tuple[str, ...]:
    """Return the known lines that a rule matches."""
    rule = RULES[number]
    return tuple(line for line in lines() if has_one(line, rule.literals) and rule.pattern.search(line))


def has_one(line: str, literals: tuple[bytes, ...]) -> bool:
    lowered = line.encode().lower()
    return any(literal in lowered for literal in literals)


def test_every_rule_matches_a_known_line() -> None:
    assert [rule.source for number, rule in enumerate(RULES) if not lines_of(number)] == []


def test_every_alternative_of_a_rule_matches_a_known_line() -> None:
    met: dict[tuple[str, str], bool] = {}
    for number, rule in enumerate(RULES):
        for group, text, source in alternatives(rule.source):
            if not met.get((group, text)):
                pattern = re.compile(source, rule.flags)
                met[group, text] = any(pattern.search(line) for line in lines_of(number))
    assert [f"{text}   of   {group}" for (group, text), is_met in met.items() if not is_met] == []


def test_every_literal_of_a_rule_lies_in_a_line_that_it_matches() -> None:
    unused = [
        f"{literal.decode()}   of   {rule.source}"
        for number, rule in enumerate(RULES)
        for literal in rule.literals
        if not any(has_one(line, (literal,)) for line in lines_of(number))
    ]
    assert unused == []


def test_literals_of_rules_are_lower_case() -> None:
    assert [rule for rule in RULES if any(literal != literal.lower() for literal in rule.literals)] == []


@pytest.mark.parametrize(
    ("source", "sources"),
    [
        ("ab", []),
        ("a|b", ["a", "b"]),
        (r"^x(?:a|b(?:c|d))\|[|)]$", [r"^x(?:a)\|[|)]$", r"^x(?:b(?:c|d))\|[|)]$", r"^x(?:a|b(?:c))\|[|)]$",
                                      r"^x(?:a|b(?:d))\|[|)]$"]),
        ("(?!a|b)(?-i:c|d)", ["(?!a|b)(?-i:c)", "(?!a|b)(?-i:d)"]),
        ("(?!x(?:a|b))[]|]", []),
    ],
)  # fmt: skip
def test_alternatives_of_an_expression(source: str, sources: list[str]) -> None:
    found: list[Alternative] = list(alternatives(source))
    assert sorted(one.source for one in found) == sorted(sources)
