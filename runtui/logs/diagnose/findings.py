"""Lines of a log that tell of a failure, by the rules, each with the line that says it best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from runtui.logs.diagnose.attempts import last_attempt
from runtui.logs.diagnose.dumps import end_without_dump
from runtui.logs.diagnose.going_on import GoingOn
from runtui.logs.diagnose.literals import distinct_lines, possible_rules
from runtui.logs.diagnose.noise import may_have_noise, without_noise
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.plain_lines import plain_lines
from runtui.logs.diagnose.rules import RULES, Nearness, Rule, Says
from runtui.logs.read.text import shown_line
from runtui.store.failure import FailureKind, FailureSummary
from runtui.text.sanitize import safe_text

LONGEST_LINE = 4096
"""Bytes of a line that are looked at."""

SURVIVED = 4 * 1024
"""Bytes that a log goes on for after what did not end the run."""

SHOWN = 300
"""Characters of a line that are shown."""

MAY_BE_SURVIVED = frozenset({Nearness.COMPLAINT, Nearness.CLEANUP})
"""Nearness of what a script often goes on after."""

_PIECES_KEPT = 8  # parts of logs whose findings are kept: a digest asks for them more than once
_MOST_ALIKE = 50  # lines at each end of a log that hold the same text
_SURVIVED_BEFORE_DUMP = 16 * 1024  # the same where most of a dump was left out
_MOST_FRAMES = 400  # lines of a traceback
_MOST_BEFORE = 12  # lines
_INDENTED = 4  # characters at the beginning of a line of code
_STEP = 1024  # bytes
_BEFORE = 256  # bytes of a line without end that are looked at before what a rule looks for
_MINOR = re.compile(
    r"^(?:\W{0,4}|.{0,60}[\s\[(:-])WARN(?:ING)?\b(?!: ThreadSanitizer)"
    r"|(?i:\b(?:ignor(?:ed|ing)|retrying|(?:will|to) retry|anew|falling back|not a failure|harmless"
    r"|(?:0|no|zero) (?:\w+ ){0,2}(?:failed|errors?|failures?))\b)"
)
"""A line that says of itself that the run goes on."""

_NOT_MINOR = frozenset({Nearness.VERDICT, Nearness.SIGNAL, Nearness.ENDED})
"""Nearness of what is true whatever else the line says."""

_ENDS_OF_JOBS = frozenset({FailureKind.TIMEOUT, FailureKind.PREEMPTED, FailureKind.NODE})

_RANK = re.compile(
    r"\[\d+,\d+\]<std(?:err|out)>: ?"  # Open MPI
    r"|\[(?:rank)?\d{1,6}\]:? "  # MPICH, PyTorch
    r"|\s{0,6}\d{1,6}: "  # srun
    r"|\[[\w.-]{1,60}:\d{1,6}\]: ?"  # accelerate
    r"|\(\w{1,40} pid=\d+[^()]{0,60}\) "  # Ray
    r"|\s{0,8}From worker \d{1,6}:\s{1,8}"  # Julia
)
_TREE = re.compile(r"[ \t]*(?:\| ?)?")
_BOX = re.compile(r"\s{0,4}([*|!#])(?=\s|$)(?:\s+\\___/)?(.{0,200}?)\s*(?<=\s)\1\s*")
_CALL = re.compile(r"\s+at |\s+\.\.\. \d+ more|Caused by: ")
_NAME_ALONE = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*:\s*")
"""The last line of a traceback whose message begins with a line break, or is empty."""

_ERROR_LABEL = re.compile(r"\berror: +\S", re.IGNORECASE)

_HEADING = b"traceback (most recent call last)"
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
        begin: Where what belongs to it begins in the log, such as the heading of a traceback.
        left: Bytes of the log after the line, without a dump at its end.
        is_survived: Whether the program then went on writing what it had written before, or began anew.
        place: Where the line begins in the log, where `offset` is a place in what was kept of it.
        is_earlier: Whether it is of an earlier attempt of the job.
    """

    rule: int
    log: str
    begin: int
    offset: int
    line: str
    left: int
    is_survived: bool = False
    place: int = 0
    is_earlier: bool = False

    @property
    def nearness(self) -> Nearness:
        """Nearness of the line to the root cause."""
        return RULES[self.rule].nearness

    @property
    def kind(self) -> FailureKind:
        """The kind of failure that the line tells of."""
        return RULES[self.rule].kind

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
    # Most logs begin with nothing that any rule looks for.
    if not (piece.is_end or piece.encoding or possible_rules(distinct_lines(piece.data.lower()))):
        return ()
    lines = plain_lines(piece.data, piece.offset, piece.encoding)
    data = lines.data
    lowered = data.lower()
    distinct = distinct_lines(lowered)
    if may_have_noise(distinct):
        data = without_noise(data)
        lowered = data.lower()
    by_line: dict[int, Finding] = {}
    places: dict[int, tuple[int, int]] = {}
    possible = possible_rules(distinct)
    if not possible:
        return ()
    is_end = piece.is_end
    words_end = end_without_dump(data) or len(data)
    last_line = max(data.rfind(b"\n", 0, len(data[:words_end].rstrip())), 0)
    dumped = lines.end_of(len(data)) - lines.end_of(words_end) if is_end else 0
    frames = list(_frames(data, lowered))
    texts: dict[tuple[int, int], str] = {}
    held: dict[bytes, list[tuple[int, int]]] = {}
    for number, literals in possible:
        rule = RULES[number]
        start = 0
        if rule.nearness in MAY_BE_SURVIVED:  # a script that went on for long did without
            reach = SURVIVED if piece.parts is None else _SURVIVED_BEFORE_DUMP
            start = len(data) if not is_end else max(0, words_end - reach)
        if rule.says is Says.LAST or rule.nearness is Nearness.CLEANUP:
            start = max(start, last_line)
        for begin, end in _lines_with(lowered, literals, start, held):
            if rule.says is not Says.FINAL and any(first < begin < last for first, last in frames):
                continue  # the source text that a traceback quotes
            text = texts.get((begin, end))
            if text is None:
                text = texts[begin, end] = _without_rank(plain_text(data[begin:end]))
            if not _pattern_of(number).search(text) or (rule.says is Says.LAST and is_vague(text)):
                continue
            if rule.nearness not in _NOT_MINOR and _MINOR.search(text):
                continue
            place = _line_that_says(data, begin, end, rule)
            if place is None:
                continue
            known = by_line.get(place[0])
            if known is not None and known.rule < number:
                continue
            places[place[0]] = begin, place[1]
            line = _without_rank(plain_text(data[place[0] : place[1]])).strip()
            by_line[place[0]] = Finding(
                number,
                piece.log,
                lines.place_of(begin),
                lines.place_of(place[0]),
                line,
                piece.size - lines.end_of(place[1]) - dumped,
                place=piece.place_of(lines.place_of(place[0])),
            )
    going_on = GoingOn(data, min(begin for begin, _end in places.values()) if places else 0)
    last = max(by_line, default=0)
    attempt = last_attempt(data, piece.opening, min(by_line)) if by_line else 0
    return [
        by_line[place]._replace(
            is_survived=place < attempt
            or going_on.has_gone_on(*places[place], fails_later=last > places[place][1]),
            is_earlier=place < attempt,
        )
        for place in sorted(by_line)
    ]


@cache
def _pattern_of(rule: int) -> re.Pattern[str]:
    return RULES[rule].pattern


def is_vague(text: str) -> bool:
    """Return whether a text says no more than that something failed."""
    return all(map(re.compile(_VAGUE).fullmatch, _WORD.findall(text.lower())))


def _lines_with(
    lowered: bytes, literals: Sequence[bytes], start: int, held: dict[bytes, list[tuple[int, int]]]
) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the lines that hold one of the texts after `start`, each once for each text.

    Args:
        lowered: The log in lower case.
        literals: The texts.
        start: Where to begin.
        held: Takes the lines that hold each text, of which many rules look for the same.
    """
    for literal in literals:
        lines = held.get(literal)
        if lines is None:
            lines = list(_lines_that_hold(lowered, literal))
            if len(lines) > 2 * _MOST_ALIKE:  # the first ones tell why, the last ones how it ended
                lines = lines[:_MOST_ALIKE] + lines[-_MOST_ALIKE:]
            held[literal] = lines
        for begin, end in lines:
            if end > start:
                yield begin, end


def _lines_that_hold(lowered: bytes, literal: bytes) -> Iterator[tuple[int, int]]:
    place = lowered.find(literal)
    while place >= 0:
        begin, end = _line_around(lowered, place)
        yield begin, min(end, begin + LONGEST_LINE)
        place = lowered.find(literal, end)


def _line_around(data: bytes, place: int) -> tuple[int, int]:
    begin = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1
    if place - begin > LONGEST_LINE // 2:
        # Far inside a line without end: in steps, so that all rules find the same begin.
        begin += (place - begin) // _STEP * _STEP - _BEFORE
    end = data.find(b"\n", place)
    return begin, len(data) if end < 0 else end


def _line_that_says(data: bytes, begin: int, end: int, rule: Rule) -> tuple[int, int] | None:
    if rule.says is Says.NEXT:
        for first, last in _lines_after(data, end):
            text = _without_rank(plain_text(data[first:last])).strip()
            if text and not _MINOR.search(text):
                return first, last
        return begin, end
    if rule.says is Says.BEFORE:
        return _line_before(data, begin)
    if rule.says is Says.MESSAGE:
        return _message_after(data, end) or (begin, end)
    if rule.says is Says.FINAL:
        return _final_line(data, begin, end)
    if rule.says is Says.ROOT:
        return _root_line(data, begin, end)
    return begin, end


def _line_before(data: bytes, begin: int) -> tuple[int, int] | None:
    """Return the line before one, in a box the first of its paragraph; None if it is indented, as code is."""
    found = None
    for first, last in _lines_before(data, begin):
        line = data[first:last].decode("utf-8", "replace")
        is_boxed = _BOX.fullmatch(line.rstrip()) is not None
        if not _without_rank(plain_text(data[first:last])).strip() or (found is not None and not is_boxed):
            if found is not None:
                break
        elif is_boxed:
            found = first, last
        else:
            return None if line[:_INDENTED].isspace() else (first, last)
    return found


def _lines_before(data: bytes, begin: int) -> Iterator[tuple[int, int]]:
    for _line in range(_MOST_BEFORE):
        if begin <= 0:
            return
        end = begin - 1
        begin = data.rfind(b"\n", 0, end) + 1
        if end - begin <= LONGEST_LINE:
            yield begin, end


def _message_after(data: bytes, end: int) -> tuple[int, int] | None:
    is_heading = False
    for first, last in _lines_after(data, end):
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


def _final_line(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return the line that ends the traceback whose heading is given: the first one that is not indented.

    Lines of other ranks in between are left out.
    """
    margin = _margin(data[begin:end])
    last = begin, end
    for first, last_of in _lines_after(data, end):
        line = data[first:last_of].decode("utf-8", "replace").rstrip()
        if not line.startswith(margin):
            continue
        text = line[len(margin) :]
        if text and not text[0].isspace():
            return _words_after(data, first, last_of) if _NAME_ALONE.fullmatch(text) else (first, last_of)
    return last


def _words_after(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return the line of an exception's message whose first lines are empty, a rule or a heading."""
    words = None
    for first, last in islice(_lines_after(data, end), _MOST_BEFORE):
        text = plain_text(data[first:last]).strip()
        if text.lower().startswith("traceback (most recent"):
            break
        if _ERROR_LABEL.search(text):
            return begin, end  # it tells by itself
        if words is None and any(char.isalpha() for char in text) and not text.endswith(":"):
            words = first, last
    return words or (begin, end)


def _margin(heading: bytes) -> str:
    """Return the margin of a traceback's lines: the mark of a rank, the lines of a tree."""
    line = heading.decode("utf-8", "replace")
    place = line.lower().find("traceback (most")
    rank = _RANK.match(line)
    margin = rank[0] if rank else ""
    rest = line[len(margin) : place]
    if rest.lstrip().startswith("+ Exception Group"):
        return margin + rest[: rest.index("+")] + "| "
    tree = _TREE.fullmatch(rest)
    return margin + tree[0] if tree else ""


def _frames(data: bytes, lowered: bytes) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the tracebacks, from their heading up to their final line."""
    place = lowered.find(_HEADING)
    while place >= 0:
        begin, end = _line_around(data, place)
        final, _end = _final_line(data, begin, end)
        if final > begin:
            yield begin, final
        place = lowered.find(_HEADING, end)


def _root_line(data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Return the last cause in the stack of calls after a line; None where no calls follow."""
    root = None
    for first, last in _lines_after(data, end):
        line = data[first:last].decode("utf-8", "replace")
        if not _CALL.match(line):
            break
        if root is None:
            root = begin, end
        if line.startswith("Caused by: "):
            root = first, last
    return root


def _lines_after(data: bytes, end: int) -> Iterator[tuple[int, int]]:
    for _line in range(_MOST_FRAMES):
        begin = end + 1
        if begin >= len(data):
            return
        end = data.find(b"\n", begin)
        if end < 0:
            end = len(data)
        yield begin, min(end, begin + LONGEST_LINE)


def plain_text(line: bytes) -> str:
    """Return a line as it is shown."""
    return shown_line(line.decode("utf-8", "replace"))


def _without_rank(line: str) -> str:
    rank = _RANK.match(line)
    text = line[rank.end() :] if rank else line
    box = _BOX.fullmatch(text)
    return _TREE.sub("", box[2].strip() if box else text, count=1)
