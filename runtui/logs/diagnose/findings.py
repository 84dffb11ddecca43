"""Lines of a log that tell of a failure, by the rules, each with the line that says it best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import NamedTuple

from runtui.logs.diagnose.around_messages import is_of_exit
from runtui.logs.diagnose.attempts import last_attempt
from runtui.logs.diagnose.boxes import sentence
from runtui.logs.diagnose.candidates import KnownLine, known_line, possible_rules
from runtui.logs.diagnose.dumps import end_without_dump
from runtui.logs.diagnose.ended_well import ended_well_at
from runtui.logs.diagnose.epilogues import end_without_epilogue
from runtui.logs.diagnose.going_on import GoingOn
from runtui.logs.diagnose.harmless import HeldTexts, both_ends
from runtui.logs.diagnose.kind_by_words import kind_by_words
from runtui.logs.diagnose.last_words import message_before, warning_before
from runtui.logs.diagnose.lines import SHOWN, plain_text, without_rank
from runtui.logs.diagnose.noise import without_noise
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.plain_lines import plain_lines
from runtui.logs.diagnose.refusals import is_pointer
from runtui.logs.diagnose.rules import RULES, Nearness, Rule, Says
from runtui.logs.diagnose.telling_lines import line_that_says
from runtui.logs.diagnose.tracebacks import frames
from runtui.store.failure import FailureKind, FailureSummary
from runtui.text.sanitize import safe_text

SURVIVED = 4 * 1024
"""Bytes that a log goes on for after what did not end the run."""

APART = 8 * 1024
"""Bytes without a sign of failure, after which what failed before was survived."""

MAY_BE_SURVIVED = frozenset({Nearness.COMPLAINT, Nearness.CLEANUP})
"""Nearness of what a script often goes on after."""

_PIECES_KEPT = 8  # parts of logs whose findings are kept: a digest asks for them more than once
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
_ENDS_OF_JOBS = frozenset({FailureKind.TIMEOUT, FailureKind.PREEMPTED, FailureKind.NODE})


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
        dumped: Bytes of the log before it, between findings far from each other, in which the program did
            not go on: dumps, and what launchers say of each process.
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
    dumped: int = 0

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
    lines = plain_lines(piece.data, piece.offset, piece.encoding)
    data = without_noise(lines.data)
    held = HeldTexts(data)
    by_line: dict[int, Finding] = {}
    places: dict[int, tuple[int, int]] = {}
    rules = possible_rules(data)
    if not rules:
        return ()
    is_end = piece.is_end
    words_end = end_without_dump(data) or len(data)
    last_line = -1
    dumped = lines.end_of(len(data)) - lines.end_of(words_end) if is_end else 0
    tracebacks = list(frames(data, held.lowered))
    known_lines: dict[tuple[int, int], KnownLine] = {}
    quoted: set[int] = set()
    messages: dict[int, int] = {}

    def found_at(number: int, begin: int, first: int, last: int) -> Finding:
        line = without_rank(plain_text(data[first:last])).strip(" \t│")
        kind, nearness = _kind_of(RULES[number], data, first, last), RULES[number].nearness
        if kind is FailureKind.ERROR and nearness < Nearness.ENDED and (is_of_exit(line) or is_pointer(line)):
            nearness = Nearness.ENDED
        return Finding(
            number,
            kind,
            nearness,
            piece.log,
            lines.place_of(begin),
            lines.place_of(first),
            line,
            piece.size - lines.end_of(last) - dumped,
            place=piece.place_of(lines.place_of(first)),
        )

    for number, possible in rules:
        rule = RULES[number]
        start = 0
        if rule.nearness in MAY_BE_SURVIVED:  # a script that went on for long did without
            reach = SURVIVED if piece.parts is None else _SURVIVED_BEFORE_DUMP
            start = len(data) if not is_end else max(0, words_end - reach)
        if rule.nearness is Nearness.CLEANUP:
            if last_line < 0:
                last_line = _last_line(data, words_end)
            start = max(start, last_line)
        candidates: Iterable[tuple[int, int]] = held.telling_lines_with(possible, start)
        if rule.says in _ANY_WORDS:
            candidates = filter(held.may_tell, both_ends(sorted(set(held.lines_with(possible, start)))))
        for begin, end in candidates:
            line = known_lines.get((begin, end))
            if line is None:
                line = known_lines[begin, end] = known_line(data[begin:end])
                if any(first < begin < last for first, last in tracebacks):
                    quoted.add(begin)
            if begin in quoted and rule.says is not Says.FINAL:
                continue  # the source text that a traceback quotes
            if not line.is_of(number):
                continue
            text = line.text
            place = line_that_says(data, begin, end, rule, text)
            if place is None:
                continue
            is_below = rule.says in _ANY_WORDS and place[0] != begin
            if is_below and any(first < place[0] < last for first, last in tracebacks):
                continue
            if rule.says is Says.BOX and place[0] != begin:
                messages[begin] = place[0]
            known = by_line.get(place[0])
            if known is not None and known.rule < number:
                says_more = known.kind is FailureKind.ERROR and rule.kind is not FailureKind.ERROR
                if says_more and (RULES[known.rule].says in _FOUND_BY_PLACE or known.is_end):
                    by_line[place[0]] = found_at(number, begin, *place)._replace(nearness=known.nearness)
                elif rule.says in _FOUND_BY_PLACE and not known.is_end:
                    by_line[place[0]] = known._replace(nearness=min(known.nearness, rule.nearness))
                continue
            places[place[0]] = begin, place[1]
            by_line[place[0]] = found_at(number, begin, *place)
    _join(by_line, messages)
    going_on = GoingOn(data, min(begin for begin, _end in places.values()) if places else 0)
    attempt = last_attempt(data, piece.opening, min(by_line)) if by_line else 0

    @cache
    def is_survived(place: int, *, fails_later: bool) -> bool:
        return place < attempt or going_on.has_gone_on(*places[place], fails_later=fails_later)

    for number, begin, end in _last_words(data, by_line, tracebacks, partial(is_survived, fails_later=True)):
        places[begin] = begin, end
        by_line[begin] = found_at(number, begin, begin, end)
    last = max(by_line, default=0)
    well = ended_well_at(held.lowered, last) if is_end and by_line else -1
    dumps = _dumps_before(by_line, going_on)
    return [
        by_line[place]._replace(
            dumped=dumps[place],
            is_survived=(place < well and by_line[place].kind in _MAY_BE_HANDLED)
            or is_survived(place, fails_later=last > places[place][1]),
            is_earlier=place < attempt,
        )
        for place in sorted(by_line)
    ]


def _dumps_before(found: Mapping[int, Finding], going_on: GoingOn) -> dict[int, int]:
    """Return how many bytes before each finding, in the gaps between them, are no going on."""
    dumped: dict[int, int] = {}
    before, total = 0, 0
    for number, place in enumerate(sorted(found)):
        if number and place - before > _TOGETHER:
            total += place - before - going_on.bytes_going_on(before, place)
        elif number and found[before].is_end:
            total += min(place - before, len(found[before].line) + 1)
        dumped[place] = total
        before = place
    return dumped


def _last_line(data: bytes, end: int) -> int:
    """Return where the last line begins before a place that a program wrote, not a script below it."""
    return max(data.rfind(b"\n", 0, end_without_epilogue(data, len(data[:end].rstrip()))), 0)


def _kind_of(rule: Rule, data: bytes, begin: int, end: int) -> FailureKind:
    """Return the kind of a message, by its words where what stands around it shows that it is one."""
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
        if message < heading and told.kind is not FailureKind.ERROR:
            continue  # it tells enough by itself
        del found[heading]
        found[message] = told_by._replace(
            kind=told.kind if told_by.kind is FailureKind.ERROR else told_by.kind,
            nearness=min(told.nearness, told_by.nearness),
        )


def _last_words(
    data: bytes,
    found: Mapping[int, Finding],
    tracebacks: Sequence[tuple[int, int]],
    is_survived: Callable[[int], bool],
) -> list[tuple[int, int, int]]:
    """Return what the program said before its ends, where no rule knows it, with the number of the rule."""
    places = sorted(found)
    ends = [place for place in places if found[place].is_end]
    words = []
    for number, place in enumerate(places):
        before = places[number - 1] if number else -_TOGETHER - 1
        is_told = place - before <= _TOGETHER and not is_survived(before)
        if not found[place].is_end or is_told:
            continue
        is_own = any(found[other].ended_itself for other in ends if 0 <= other - place <= _OF_ONE_END)
        begin = next((first for first, last in tracebacks if last == place), place)
        bounds = message_before(data, begin, is_own=is_own)
        if bounds is None and found[place].kind is FailureKind.ERROR:
            bounds = warning_before(data, begin)
        if bounds is not None and bounds[0] not in found:
            words.append((_LAST_WORDS, *bounds))
    return words
