"""Lines to which rules can apply: those that hold the texts that rules look for, and what applies to each."""

from __future__ import annotations

import re
from functools import lru_cache

from runtui.logs.diagnose.harmless import RULES_BY_TEXT, pattern_of, telling_texts
from runtui.logs.diagnose.lines import plain_text, without_rank
from runtui.logs.diagnose.noise import is_minor
from runtui.logs.diagnose.rules import RULES, Nearness

_LINES_KEPT = 4096  # lines of which it is known what rules say of them
_NOT_MINOR = frozenset({Nearness.VERDICT, Nearness.SIGNAL, Nearness.ENDED})
"""Nearness of what is true whatever else the line says."""

_WORD = re.compile(r"[a-z]+")
_VAGUE = (
    r"an?|the|it|was|is|has|of|in|by|with|see|logs?|run|job|step|process|program|simulation|solver|script"
    r"|command|fail(?:ed|ure)?|errors?|unknown|crashed|died|ended|exit(?:ed|code)?|return(?:ed|code)?|code"
    r"|status|signal|non|zero|nonzero"
)
"""Words of which a reason may consist that says no more than that the run failed."""


class KnownLine:
    """A line, and which rules were found to apply to it: programs and their runs write the same again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rules: dict[int, bool] = {}

    def is_of(self, number: int) -> bool:
        """Return whether a rule applies to the line."""
        found = self._rules.get(number)
        if found is None:
            found = self._rules[number] = self._is_of(number)
        return found

    def _is_of(self, number: int) -> bool:
        rule = RULES[number]
        if not pattern_of(number).search(self.text):
            return False
        return rule.nearness in _NOT_MINOR or not is_minor(self.text)


@lru_cache(_LINES_KEPT)
def known_line(line: bytes) -> KnownLine:
    """Return a line of a log, with what is known of it."""
    return KnownLine(without_rank(plain_text(line)))


def is_vague(text: str) -> bool:
    """Return whether a text says no more than that something failed."""
    return all(map(re.compile(_VAGUE).fullmatch, _WORD.findall(text.lower())))


def possible_rules(data: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the numbers of the rules that can apply to a log, with what each looks for."""
    possible = telling_texts(data)
    found: dict[int, list[bytes]] = {}
    for number, literal in sorted({(number, text) for text in possible for number in RULES_BY_TEXT[text]}):
        found.setdefault(number, []).append(literal)
    return list(found.items())
