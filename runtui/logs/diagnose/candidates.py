"""Lines to which rules can apply: those that hold the texts that rules look for, and what applies to each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache

from runtui.logs.diagnose.lines import LONGEST_LINE, line_around, plain_text, without_rank
from runtui.logs.diagnose.noise import is_minor
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.plain_lines import may_be_wrapped
from runtui.logs.diagnose.rules import RULES, Nearness, Says
from runtui.logs.diagnose.words import WordIndex, vocabulary

_LINES_KEPT = 4096  # lines of which it is known what rules say of them
_MOST_ALIKE = 50  # lines at each end of a log that hold the same text
_NOT_MINOR = frozenset({Nearness.VERDICT, Nearness.SIGNAL, Nearness.ENDED})
"""Nearness of what is true whatever else the line says."""

_MOST_SUSPECTS = 8  # lines that may tell of a failure and are looked at by themselves
_LONGEST_SUSPECT = 200  # bytes of such a line
_BETWEEN_WORDS = re.compile(r"(?<!\w)|(?!\w)")
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
        if not _pattern_of(number).search(self.text) or (rule.says is Says.LAST and is_vague(self.text)):
            return False
        return rule.nearness in _NOT_MINOR or not is_minor(self.text)


@lru_cache(_LINES_KEPT)
def known_line(line: bytes) -> KnownLine:
    return KnownLine(without_rank(plain_text(line)))


@cache
def _pattern_of(rule: int) -> re.Pattern[str]:
    return RULES[rule].pattern


def is_vague(text: str) -> bool:
    """Return whether a text says no more than that something failed."""
    return all(map(re.compile(_VAGUE).fullmatch, _WORD.findall(text.lower())))


def possible_rules(data: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the numbers of the rules that can apply to a log, with what each looks for."""
    possible = _LITERALS.possible_in(vocabulary(data))
    found: dict[int, list[bytes]] = {}
    for number, literal in sorted({(number, text) for text in possible for number in _RULES_BY_TEXT[text]}):
        found.setdefault(number, []).append(literal)
    return list(found.items())


def tells_nothing(piece: Piece, held: HeldTexts) -> bool:
    """Return whether no rule can apply to any line, whatever a launcher or a logger put before it. Cheap.

    Args:
        piece: The part of a log.
        held: The texts that it holds.
    """
    data = piece.data
    if piece.encoding or b"\r" in data or may_be_wrapped(data):
        return False
    possible = _LITERALS.possible_in(vocabulary(data))
    suspects: set[bytes] = set()
    for begin, end in held.lines_with(possible):
        suspects.add(data[begin:end])
        if len(suspects) > _MOST_SUSPECTS:
            return False
    return all(map(_is_harmless, suspects))


@lru_cache(maxsize=4096)  # lines that many runs' logs have, such as the last one
def _is_harmless(line: bytes) -> bool:
    """Return whether no rule applies to a line, nor to what is left of it without its first words."""
    if len(line) > _LONGEST_SUSPECT:
        return False
    lowered = line.lower()
    rules = {rule for text, numbers in _RULES_BY_TEXT.items() if text in lowered for rule in numbers}
    shown = plain_text(line)
    ends = {shown[place.start() :] for place in _BETWEEN_WORDS.finditer(shown)}
    ends.update([shown, *map(without_rank, ends)])
    return not any(_pattern_of(rule).search(text) for rule in rules for text in ends)


def _rules_by_text() -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for number, rule in enumerate(RULES):
        for literal in rule.literals:
            found.setdefault(literal, []).append(number)
    return found


_RULES_BY_TEXT = _rules_by_text()

_LITERALS = WordIndex(_RULES_BY_TEXT)
"""What all rules look for: a log in whose lines none of it can stand tells of no failure."""


def both_ends(lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first and the last ones of many lines: those tell why, and these how it ended."""
    return lines if len(lines) <= 2 * _MOST_ALIKE else lines[:_MOST_ALIKE] + lines[-_MOST_ALIKE:]


class HeldTexts:
    """The texts that a log holds: many rules look for the same."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines: dict[bytes, list[tuple[int, int]]] = {}

    @cached_property
    def lowered(self) -> bytes:
        """The log in lower case."""
        return self._data.lower()

    def lines_with(self, literals: Sequence[bytes], start: int = 0) -> Iterator[tuple[int, int]]:
        """Yield the bounds of the lines that hold one of the texts after `start`, each once for each text."""
        for literal in literals:
            lines = self._lines.get(literal)
            if lines is None:
                lines = list(self._all_with(literal))
                lines = self._lines[literal] = both_ends(lines)
            for begin, end in lines:
                if end > start:
                    yield begin, end

    def _all_with(self, literal: bytes) -> Iterator[tuple[int, int]]:
        lowered = self.lowered
        place = lowered.find(literal)
        while place >= 0:
            begin, end = line_around(lowered, place)
            yield begin, min(end, begin + LONGEST_LINE)
            place = lowered.find(literal, end)
