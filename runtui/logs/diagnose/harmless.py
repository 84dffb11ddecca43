"""Lines of logs to which no rule applies, told without the rules: most lines of most logs.

Lines that differ in their numbers alone are looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache, cached_property, lru_cache

from runtui.logs.diagnose.boxes import is_heading
from runtui.logs.diagnose.lines import LONGEST_LINE, line_around, plain_text, without_rank
from runtui.logs.diagnose.plain_lines import may_be_wrapped
from runtui.logs.diagnose.rules import RULES, Says
from runtui.logs.diagnose.words import NOUGHTS, LineIndex

_MOST_SUSPECTS = 8  # lines that may tell of a failure and are looked at by themselves
_LONGEST_SUSPECT = 200  # bytes of such a line
_KEPT = 8192  # lines that are remembered, such as the last one of many runs' logs
_MOST_ALIKE = 50  # lines at each end of a log that hold the same text
_BETWEEN_WORDS = re.compile(r"(?<!\w)|(?!\w)")

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?!|[()]", re.DOTALL)
"""What brackets of groups are told by in an expression: escapes, sets of characters, beginnings and ends."""

_ANY_DIGIT = re.compile(r"\\d|\{\d*,?\d*\}|0-9")
"""What has digits in an expression that holds for all of them."""

_DIGIT = re.compile(r"\d", re.ASCII)


def _rules_by_text() -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for number, rule in enumerate(RULES):
        for literal in rule.literals:
            found.setdefault(literal, []).append(number)
    return found


RULES_BY_TEXT = _rules_by_text()
"""The numbers of the rules that look for a text, for all texts that rules look for."""

_TEXTS = LineIndex(RULES_BY_TEXT)


def tells_nothing(data: bytes) -> bool:
    """Return whether no rule can apply to any line, whatever a launcher or a logger put before it. Cheap."""
    if b"\r" in data or may_be_wrapped(data):
        return False
    suspects = {line for line, texts in _TEXTS.lines_in(data).items() if not _is_always_harmless(line, texts)}
    if not suspects:
        return True
    if len(suspects) > _MOST_SUSPECTS:
        return False
    shapes = data.translate(NOUGHTS).split(b"\n")
    lines = {line for line, shape in zip(data.split(b"\n"), shapes, strict=True) if shape in suspects}
    return len(lines) <= _MOST_SUSPECTS and all(map(_is_harmless, lines))


def telling_texts(data: bytes) -> set[bytes]:
    """Return what rules look for, of a text without marks, in lines that a rule may apply to."""
    lines = _TEXTS.lines_in(data)
    return {
        text for line, texts in lines.items() if len(line) > LONGEST_LINE or may_tell(line) for text in texts
    }


@lru_cache(maxsize=_KEPT)
def may_tell(line: bytes) -> bool:
    """Return whether a rule may apply to a line, given with noughts for its digits."""
    rules = {rule for text in _texts_in(line) for rule in RULES_BY_TEXT[text]}
    return _may_apply(rules, [without_rank(plain_text(line))])


@lru_cache(maxsize=_KEPT)
def _is_always_harmless(line: bytes, texts: Sequence[bytes]) -> bool:
    """Return whether no rule applies to a line, nor to a part of it, whatever its numbers are.

    Args:
        line: The line, with noughts for its digits.
        texts: What it may hold of what rules look for.
    """
    rules = {rule for text in texts for rule in RULES_BY_TEXT[text]}
    return len(line) <= _LONGEST_SUSPECT and not _may_apply(rules, _ends_of(line))


def _texts_in(line: bytes) -> Sequence[bytes]:
    """Return what a line, given with noughts for its digits, may hold of what rules look for."""
    return _TEXTS.lines_in(line).get(line, ())


def _may_apply(rules: Collection[int], texts: Collection[str]) -> bool:
    return any(_may_find(rule, texts) for rule in rules)


def _may_find(rule: int, texts: Collection[str]) -> bool:
    pattern = _pattern_for_any_number(rule)
    if pattern is None:
        return True
    found = [text for text in texts if pattern.search(text)]
    if RULES[rule].says is not Says.BOX:
        return bool(found)
    return any(is_heading(text.replace("0", "1")) for text in found)  # "error 0" is none


@lru_cache(maxsize=_KEPT)
def _is_harmless(line: bytes) -> bool:
    """Return whether no rule applies to a line, nor to what is left of it without its first words."""
    if len(line) > _LONGEST_SUSPECT:
        return False
    lowered = line.lower()
    texts = _texts_in(line.translate(NOUGHTS))
    rules = {rule for text in texts if text in lowered for rule in RULES_BY_TEXT[text]}
    ends = _ends_of(line)
    return not any(_finds(rule, text) for rule in rules for text in ends)


def _finds(rule: int, text: str) -> bool:
    is_found = pattern_of(rule).search(text) is not None
    return is_found and (RULES[rule].says is not Says.BOX or is_heading(text))


def _ends_of(line: bytes) -> set[str]:
    """Return a line as it is shown, and what is left of it without each number of its first words."""
    shown = plain_text(line)
    ends = {shown[place.start() :] for place in _BETWEEN_WORDS.finditer(shown)}
    ends.update([shown, *map(without_rank, ends)])
    return ends


@cache
def pattern_of(rule: int) -> re.Pattern[str]:
    """Return the expression of a rule, given its number."""
    return RULES[rule].pattern


@cache
def _pattern_for_any_number(rule: int) -> re.Pattern[str] | None:
    """Return what finds all that a rule's expression does, with all digits alike; None if they are not."""
    source = RULES[rule].source
    if _tells_digits_apart(source):
        source = without_exceptions(source)
    return None if _tells_digits_apart(source) else re.compile(source, RULES[rule].flags)


def _tells_digits_apart(source: str) -> bool:
    return _DIGIT.search(_ANY_DIGIT.sub("", source)) is not None


def without_exceptions(source: str) -> str:
    """Return an expression that finds more: without what must not stand there and tells digits apart."""
    kept: list[str] = []
    place = depth = 0
    begin = outer = -1  # of the outermost exception
    for part in _PART.finditer(source):
        if part[0].startswith("("):
            depth += 1
            if part[0] != "(" and begin < 0:
                begin, outer = part.start(), depth
        elif part[0] == ")":
            if depth == outer:
                if _tells_digits_apart(source[begin : part.end()]):
                    kept.append(source[place:begin])
                    place = part.end()
                begin = outer = -1
            depth -= 1
    return "".join([*kept, source[place:]])


def both_ends(lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first and the last ones of many lines: those tell why, and these how it ended."""
    return lines if len(lines) <= 2 * _MOST_ALIKE else lines[:_MOST_ALIKE] + lines[-_MOST_ALIKE:]


class HeldTexts:
    """The texts that a log holds: many rules look for the same."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines: dict[bytes, list[tuple[int, int]]] = {}
        self._telling_lines: dict[bytes, list[tuple[int, int]]] = {}
        self._telling: dict[tuple[int, int], bool] = {}

    @cached_property
    def lowered(self) -> bytes:
        """The log in lower case."""
        return self._data.lower()

    def telling_lines_with(self, literals: Sequence[bytes], start: int) -> Iterator[tuple[int, int]]:
        """Yield the bounds of those of `lines_with` that a rule may apply to."""
        for literal in literals:
            lines = self._telling_lines.get(literal)
            if lines is None:
                lines = self._telling_lines[literal] = list(filter(self.may_tell, self._lines_with(literal)))
            yield from (bounds for bounds in lines if bounds[1] > start)

    def lines_with(self, literals: Sequence[bytes], start: int) -> Iterator[tuple[int, int]]:
        """Yield the bounds of the lines that hold one of the texts after `start`, each once for each text."""
        for literal in literals:
            yield from (bounds for bounds in self._lines_with(literal) if bounds[1] > start)

    def _lines_with(self, literal: bytes) -> list[tuple[int, int]]:
        lines = self._lines.get(literal)
        if lines is None:
            lines = self._lines[literal] = both_ends(list(self._all_with(literal)))
        return lines

    def may_tell(self, bounds: tuple[int, int]) -> bool:
        """Return whether a rule may apply to the line with these bounds."""
        known = self._telling.get(bounds)
        if known is None:
            known = self._telling[bounds] = may_tell(self._data[slice(*bounds)].translate(NOUGHTS))
        return known

    def _all_with(self, literal: bytes) -> Iterator[tuple[int, int]]:
        lowered = self.lowered
        place = lowered.find(literal)
        while place >= 0:
            begin, end = line_around(lowered, place)
            yield begin, min(end, begin + LONGEST_LINE)
            place = lowered.find(literal, end)
