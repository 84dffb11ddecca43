"""Lines of a log that tell of a failure, by the rules, each with the line that says it best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from runtui.logs.diagnose.around_messages import is_telling
from runtui.logs.diagnose.attempts import last_attempt
from runtui.logs.diagnose.boxes import is_heading, message_after, said, sentence
from runtui.logs.diagnose.dumps import end_without_dump
from runtui.logs.diagnose.ended_well import ended_well_at
from runtui.logs.diagnose.going_on import GoingOn
from runtui.logs.diagnose.kind_by_words import kind_by_words
from runtui.logs.diagnose.last_words import message_before
from runtui.logs.diagnose.lines import (
    BOX,
    LONGEST_LINE,
    SHOWN,
    line_around,
    lines_after,
    lines_before,
    plain_text,
    without_rank,
)
from runtui.logs.diagnose.noise import is_minor, without_noise
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.plain_lines import may_be_wrapped, plain_lines
from runtui.logs.diagnose.rules import RULES, Nearness, Rule, Says
from runtui.logs.diagnose.tracebacks import final_line, frames, is_only_handled, root_line
from runtui.logs.diagnose.words import WordIndex, vocabulary
from runtui.store.failure import FailureKind, FailureSummary
from runtui.text.sanitize import safe_text

SURVIVED = 4 * 1024
"""Bytes that a log goes on for after what did not end the run."""

MAY_BE_SURVIVED = frozenset({Nearness.COMPLAINT, Nearness.CLEANUP})
"""Nearness of what a script often goes on after."""

_PIECES_KEPT = 8  # parts of logs whose findings are kept: a digest asks for them more than once
_MOST_ALIKE = 50  # lines at each end of a log that hold the same text
_SURVIVED_BEFORE_DUMP = 16 * 1024  # the same where most of a dump was left out
HOW_IT_ENDED = frozenset({FailureKind.CRASH, FailureKind.KILLED, FailureKind.MPI, FailureKind.ERROR})
"""Kinds of ends of processes that say nothing of why they ended."""

_MAY_BE_HANDLED = frozenset({
    FailureKind.EXCEPTION, FailureKind.ERROR, FailureKind.MISSING, FailureKind.ASSERT, FailureKind.MPI,
    FailureKind.UNKNOWN,
})  # fmt: skip
"""Kinds of failures after which a program can still end well."""

_TOLD_BY_ANY_ERROR = frozenset({
    FailureKind.NUMERICS, FailureKind.OOM, FailureKind.DISK, FailureKind.LICENCE, FailureKind.SEGFAULT,
})  # fmt: skip
"""Kinds that the words of a line tell surely that calls itself an error."""

_FOUND_BY_PLACE = frozenset({Says.NEXT, Says.BEFORE, Says.MESSAGE, Says.BOX, Says.SAID})
_ANY_WORDS = frozenset({Says.BOX, Says.SAID})
_LAST_WORDS = next(number for number, rule in enumerate(RULES) if rule.says is Says.SAID)
_TOGETHER = 1536  # bytes between what is said and an end
_OF_ONE_END = 4096  # bytes in which launchers tell of the end of all ranks
_SAYS_NOTHING = re.compile(r"false|additional information:", re.IGNORECASE)
"""A line below a heading that comes before the message, as where deal.II's condition is no expression."""

_OF_OTHERS = frozenset(("signal received",))
"""Messages that tell only of what another line says better."""

_MOST_BOXES = 100  # lines at the end of a log that may head a box
_MOST_BELOW = 12  # lines below a heading
_INDENTED = 4  # characters at the beginning of a line of code
_NOT_MINOR = frozenset({Nearness.VERDICT, Nearness.SIGNAL, Nearness.ENDED})
"""Nearness of what is true whatever else the line says."""

_ENDS_OF_JOBS = frozenset({FailureKind.TIMEOUT, FailureKind.PREEMPTED, FailureKind.NODE})

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


class Finding(NamedTuple):
    """A line that tells of a failure.

    Attributes:
        rule: The number of the rule that says so.
        kind: The kind of failure that it tells of.
        nearness: How near it is to the root cause.
        begin: Where what belongs to it begins in the log, such as the heading of a traceback.
        left: Bytes of the log after the line, without a dump at its end.
        is_survived: Whether the program then went on writing what it had written before, or began anew.
        place: Where the line begins in the log, where `offset` is a place in what was kept of it.
        is_earlier: Whether it is of an earlier attempt of the job.
    """

    rule: int
    kind: FailureKind
    nearness: Nearness
    log: str
    begin: int
    offset: int
    line: str
    left: int
    is_survived: bool = False
    place: int = 0
    is_earlier: bool = False

    @property
    def is_end(self) -> bool:
        """Whether it tells only how a process ended."""
        return self.kind in HOW_IT_ENDED and self.nearness in (Nearness.SIGNAL, Nearness.ENDED)

    @property
    def is_by_place(self) -> bool:
        """Whether only what stands around it shows that it tells of a failure, not its own words."""
        return RULES[self.rule].says in _ANY_WORDS

    @property
    def ended_itself(self) -> bool:
        """Whether the process did, by an abort or its exit code."""
        if self.nearness is Nearness.ENDED:
            return self.kind in (FailureKind.MPI, FailureKind.ERROR)
        return self.kind is FailureKind.CRASH

    @property
    def ends_job(self) -> bool:
        """Whether the scheduler says that it ended the job, which it may have begun anew."""
        return self.nearness is Nearness.VERDICT and self.kind in _ENDS_OF_JOBS

    def digest(self) -> FailureSummary:
        """Return the line as the summary of a run's failure."""
        return FailureSummary(self.kind, safe_text(self.line, SHOWN), self.log, self.place)

    def told_by(self, kind: FailureKind, reason: str) -> FailureSummary:
        """Return the digest with a reason that stands elsewhere, and what the log says beside it."""
        told = safe_text(self.line, SHOWN)
        return FailureSummary(kind, reason, self.log, self.place, "" if told == reason else told)


@lru_cache(maxsize=_PIECES_KEPT)
def findings(piece: Piece) -> Sequence[Finding]:
    """Return the lines of a piece that tell of a failure, in their order, one finding for each."""
    held = _HeldTexts(piece.data)
    if _tells_nothing(piece, held):
        return ()
    lines = plain_lines(piece.data, piece.offset, piece.encoding)
    data = without_noise(lines.data)
    if data is not piece.data:
        held = _HeldTexts(data)
    by_line: dict[int, Finding] = {}
    places: dict[int, tuple[int, int]] = {}
    possible_rules = _possible_rules(data)
    if not possible_rules:
        return ()
    is_end = piece.is_end
    words_end = end_without_dump(data) or len(data)
    last_line = max(data.rfind(b"\n", 0, len(data[:words_end].rstrip())), 0)
    dumped = lines.end_of(len(data)) - lines.end_of(words_end) if is_end else 0
    tracebacks = list(frames(data, held.lowered))
    texts: dict[tuple[int, int], str] = {}
    messages: dict[int, int] = {}

    def found_at(number: int, begin: int, first: int, last: int) -> Finding:
        line = without_rank(plain_text(data[first:last])).strip()
        return Finding(
            number,
            _kind_of(RULES[number], data, first, last),
            RULES[number].nearness,
            piece.log,
            lines.place_of(begin),
            lines.place_of(first),
            line,
            piece.size - lines.end_of(last) - dumped,
            place=piece.place_of(lines.place_of(first)),
        )

    for number, possible in possible_rules:
        rule = RULES[number]
        start = 0
        if rule.nearness in MAY_BE_SURVIVED:  # a script that went on for long did without
            reach = SURVIVED if piece.parts is None else _SURVIVED_BEFORE_DUMP
            start = len(data) if not is_end else max(0, words_end - reach)
        if rule.nearness is Nearness.CLEANUP:
            start = max(start, last_line)
        candidates: Iterable[tuple[int, int]] = held.lines_with(possible, start)
        if rule.says in _ANY_WORDS:
            candidates = sorted(set(candidates))[-_MOST_BOXES:]
        for begin, end in candidates:
            if rule.says is not Says.FINAL and any(first < begin < last for first, last in tracebacks):
                continue  # the source text that a traceback quotes
            text = texts.get((begin, end))
            if text is None:
                text = texts[begin, end] = without_rank(plain_text(data[begin:end]))
            if not _pattern_of(number).search(text):
                continue
            if rule.nearness not in _NOT_MINOR and is_minor(text):
                continue
            place = _line_that_says(data, begin, end, rule, text)
            if place is None:
                continue
            is_below = rule.says in _ANY_WORDS and place[0] != begin
            if is_below and any(first < place[0] < last for first, last in tracebacks):
                continue
            if rule.says is Says.BOX and place[0] != begin:
                messages[begin] = place[0]
            known = by_line.get(place[0])
            if known is not None and known.rule < number:
                if RULES[known.rule].says in _ANY_WORDS and rule.kind is not FailureKind.ERROR:
                    by_line[place[0]] = found_at(number, begin, *place)._replace(nearness=known.nearness)
                elif rule.says in _FOUND_BY_PLACE:
                    by_line[place[0]] = known._replace(nearness=min(known.nearness, rule.nearness))
                continue
            places[place[0]] = begin, place[1]
            by_line[place[0]] = found_at(number, begin, *place)
    _join(by_line, messages)
    for number, begin, end in _last_words(data, by_line, tracebacks):
        places[begin] = begin, end
        by_line[begin] = found_at(number, begin, begin, end)
    going_on = GoingOn(data, min(begin for begin, _end in places.values()) if places else 0)
    last = max(by_line, default=0)
    attempt = last_attempt(data, piece.opening, min(by_line)) if by_line else 0
    well = ended_well_at(held.lowered, last) if is_end and by_line else -1
    return [
        by_line[place]._replace(
            is_survived=place < attempt
            or (place < well and by_line[place].kind in _MAY_BE_HANDLED)
            or going_on.has_gone_on(*places[place], fails_later=last > places[place][1]),
            is_earlier=place < attempt,
        )
        for place in sorted(by_line)
    ]


def _kind_of(rule: Rule, data: bytes, begin: int, end: int) -> FailureKind:
    """Return the kind of a message that a rule found by what stands around it."""
    if rule.kind not in (FailureKind.ERROR, FailureKind.ASSERT):
        return rule.kind
    is_by_place = rule.says in _FOUND_BY_PLACE
    if is_by_place or rule.nearness is Nearness.REMARK:
        kind = kind_by_words(sentence(data, begin, end))
        if kind is not FailureKind.ERROR and (is_by_place or kind in _TOLD_BY_ANY_ERROR):
            return kind
    return rule.kind


def _join(found: dict[int, Finding], messages: Mapping[int, int]) -> None:
    """Drop headings for their messages, which are as near, and of the kind that the heading tells."""
    for heading, message in messages.items():
        told, told_by = found.get(heading), found.get(message)
        if told is None or told_by is None or told.is_end:
            continue
        del found[heading]
        found[message] = told_by._replace(
            kind=told.kind if told_by.kind is FailureKind.ERROR else told_by.kind,
            nearness=min(told.nearness, told_by.nearness),
        )


def _last_words(
    data: bytes, found: Mapping[int, Finding], tracebacks: Sequence[tuple[int, int]]
) -> list[tuple[int, int, int]]:
    """Return what the program said before its ends, where no rule knows it, with the number of the rule."""
    places = sorted(found)
    ends = [place for place in places if found[place].is_end]
    words = []
    for number, place in enumerate(places):
        if not found[place].is_end or (number and place - places[number - 1] <= _TOGETHER):
            continue
        is_own = any(found[other].ended_itself for other in ends if 0 <= other - place <= _OF_ONE_END)
        begin = next((first for first, last in tracebacks if last == place), place)
        bounds = message_before(data, begin, is_own=is_own)
        if bounds is not None and bounds[0] not in found:
            words.append((_LAST_WORDS, *bounds))
    return words


@cache
def _pattern_of(rule: int) -> re.Pattern[str]:
    return RULES[rule].pattern


def is_vague(text: str) -> bool:
    """Return whether a text says no more than that something failed."""
    return all(map(re.compile(_VAGUE).fullmatch, _WORD.findall(text.lower())))


def _possible_rules(data: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the numbers of the rules that can apply to a log, with what each looks for."""
    possible = _LITERALS.possible_in(vocabulary(data))
    found: dict[int, list[bytes]] = {}
    for number, literal in sorted({(number, text) for text in possible for number in _RULES_BY_TEXT[text]}):
        found.setdefault(number, []).append(literal)
    return list(found.items())


def _tells_nothing(piece: Piece, held: _HeldTexts) -> bool:
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


class _HeldTexts:
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
                if len(lines) > 2 * _MOST_ALIKE:  # the first ones tell why, the last ones how it ended
                    lines = lines[:_MOST_ALIKE] + lines[-_MOST_ALIKE:]
                self._lines[literal] = lines
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


def _line_that_says(data: bytes, begin: int, end: int, rule: Rule, text: str) -> tuple[int, int] | None:
    if rule.says is Says.NEXT:
        return _next_line(data, begin, end)
    if rule.says is Says.BOX:
        if not is_heading(text):
            return None
        return message_after(data, begin, end) or message_before(data, begin, is_own=False)
    if rule.says is Says.SAID:
        return message_before(data, begin, is_own=False)
    if rule.says is Says.BEFORE:
        return _line_before(data, begin)
    if rule.says is Says.MESSAGE:
        return _message_after(data, end) or (begin, end)
    if rule.says is Says.FINAL:
        final = final_line(data, begin, end)
        return None if is_only_handled(data, *final) else final
    if rule.says is Says.ROOT:
        return root_line(data, begin, end)
    return begin, end


def _next_line(data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Return the next line that tells something, or has words at least, or else the line itself."""
    words = None
    for number, (first, last) in enumerate(lines_after(data, end)):
        text = said(data[first:last])
        if not text or is_minor(text) or _SAYS_NOTHING.fullmatch(text):
            continue
        if text.lower() in _OF_OTHERS:
            return None
        if is_telling(text):
            return first, last
        words = words or (first, last)
        if number >= _MOST_BELOW:
            break
    return words or (begin, end)


def _line_before(data: bytes, begin: int) -> tuple[int, int] | None:
    """Return the line before one, in a box the first of its paragraph; None if it is indented, as code is."""
    found = None
    for first, last in lines_before(data, begin):
        line = data[first:last].decode("utf-8", "replace")
        is_boxed = BOX.fullmatch(line.rstrip()) is not None
        if not without_rank(plain_text(data[first:last])).strip() or (found is not None and not is_boxed):
            if found is not None:
                break
        elif is_boxed:
            found = first, last
        else:
            return None if line[:_INDENTED].isspace() else (first, last)
    return found


def _message_after(data: bytes, end: int) -> tuple[int, int] | None:
    is_heading = False
    for first, last in lines_after(data, end):
        line = data[first:last].strip()
        if is_heading and line:
            return first, last
        if line in (b"...", b""):
            return None
        if line.startswith(b"message:"):
            if line.rstrip(b"|> ") != b"message:":
                return first, last
            is_heading = True
    return None
