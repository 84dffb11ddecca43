"""Lines of a log that tell of a failure, by the rules, each with the line that says it best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from runtui.logs.diagnose.dumps import end_without_dump
from runtui.logs.diagnose.going_on import GoingOn
from runtui.logs.diagnose.noise import without_noise
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

_MOST_FRAMES = 400  # lines of a traceback
_MOST_BEFORE = 12  # lines
_INDENTED = 4  # characters at the beginning of a line of code
_STEP = 1024  # bytes
_BEFORE = 256  # bytes of a line without end that are looked at before what a rule looks for
_MINOR = re.compile(
    r"^(?:\W{0,4}|.{0,60}[\s\[(:-])(?<!NCCL )WARN(?:ING)?\b(?!: ThreadSanitizer)"
    r"|(?i:\b(?:ignor(?:ed|ing)|retrying|(?:will|to) retry|anew|falling back|not a failure|harmless"
    r"|(?<![\w.])(?:0|no|zero) (?:\w+ ){0,2}(?:failed|errors?|failures?))\b)"
)
"""A line that says of itself that the run goes on."""

_SAYS_NOTHING = re.compile(r"false|additional information:", re.IGNORECASE)
"""A line below a heading that comes before the message, as where deal.II's condition is no expression."""

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
_IN_NUMBERS = b"0123456789.+-"
_MOST_WORDS = 20_000  # words that are kept: 2 MB
_LONGEST_WORD = 40  # bytes of such a word
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
        is_survived: Whether the program then went on writing what it had written before.
    """

    rule: int
    log: str
    begin: int
    offset: int
    line: str
    left: int
    is_survived: bool = False

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
        return FailureSummary(self.kind, safe_text(self.line, SHOWN), self.log, self.offset)

    def told_by(self, kind: FailureKind, reason: str) -> FailureSummary:
        """Return the digest with a reason that stands elsewhere, and what the log says beside it."""
        told = safe_text(self.line, SHOWN)
        return FailureSummary(kind, reason, self.log, self.offset, "" if told == reason else told)


def findings(piece: Piece) -> list[Finding]:
    """Return the lines of a piece that tell of a failure, in their order, one finding for each."""
    lines = plain_lines(without_noise(piece.data), piece.offset, piece.encoding)
    data = lines.data
    lowered = data.lower()
    by_line: dict[int, Finding] = {}
    places: dict[int, tuple[int, int]] = {}
    possible_rules = _possible_rules(lowered)
    if not possible_rules:
        return []
    is_end = piece.is_end
    words_end = end_without_dump(data) or len(data)
    last_line = max(data.rfind(b"\n", 0, len(data[:words_end].rstrip())), 0)
    dumped = lines.end_of(len(data)) - lines.end_of(words_end) if is_end else 0
    frames = list(_frames(data, lowered))
    texts: dict[tuple[int, int], str] = {}
    for number, possible in possible_rules:
        rule = RULES[number]
        start = 0
        if rule.nearness in MAY_BE_SURVIVED:  # a script that went on for long did without
            start = len(data) if not is_end else max(0, words_end - SURVIVED)
        if rule.says is Says.LAST or rule.nearness is Nearness.CLEANUP:
            start = max(start, last_line)
        for begin, end in _lines_with(lowered, possible, start):
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
            )
    going_on = GoingOn(data)
    return [
        by_line[place]._replace(is_survived=going_on.has_gone_on(*places[place])) for place in sorted(by_line)
    ]


@cache
def _pattern_of(rule: int) -> re.Pattern[str]:
    return RULES[rule].pattern


def is_vague(text: str) -> bool:
    """Return whether a text says no more than that something failed."""
    return all(map(re.compile(_VAGUE).fullmatch, _WORD.findall(text.lower())))


def _possible_rules(lowered: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the numbers of the rules that can apply to a log in lower case, with what each looks for."""
    parts = _parts_in(_vocabulary(lowered))
    found: dict[int, list[bytes]] = {}
    for number, literal in sorted({place for part in parts for place in _PLACES[part]}):
        found.setdefault(number, []).append(literal)
    return list(found.items())


def _vocabulary(lowered: bytes) -> set[bytes]:
    """Return the distinct words of a text without its numbers; a log of 64 KB has a few hundred.

    To ask it first whether a rule can apply at all is many times faster than to search the whole text.
    """
    lines = set(lowered.translate(None, _IN_NUMBERS).split(b"\n"))
    return set(b" ".join(lines).split())


def _parts_in(words: set[bytes]) -> list[bytes]:
    """Return what rules look for and some words hold. Words that were looked at before cost next to nothing.

    The logs of one program mostly consist of the same words.
    """
    known = [parts for word in words if (parts := _KNOWN_WORDS.get(word)) is not None]
    found = [part for parts in known for part in parts]
    if len(known) == len(words):
        return found
    new = words - _KNOWN_WORDS.keys()
    text = b"\n".join(new)
    more = [part for part in _PLACES if part in text]
    if len(_KNOWN_WORDS) < _MOST_WORDS:
        _KNOWN_WORDS.update(
            (word, tuple(part for part in more if part in word)) for word in new if len(word) <= _LONGEST_WORD
        )
    return found + more


def _longest_word(literal: bytes) -> bytes:
    return max(literal.translate(None, _IN_NUMBERS).split(), key=len, default=b"")


def _places() -> dict[bytes, list[tuple[int, bytes]]]:
    found: dict[bytes, list[tuple[int, bytes]]] = {}
    for number, rule in enumerate(RULES):
        for literal in rule.literals:
            found.setdefault(_longest_word(literal), []).append((number, literal))
    return found


_PLACES = _places()
"""The longest words of all that rules look for, with the numbers of the rules and the whole texts."""

_KNOWN_WORDS: dict[bytes, tuple[bytes, ...]] = {}
"""Words of logs that were met, with what rules look for and the word holds; of most that is nothing."""


def _lines_with(lowered: bytes, literals: Sequence[bytes], start: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the lines that hold one of the texts after `start`, each once for each text."""
    for literal in literals:
        place = lowered.find(literal, start)
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
            if text and not _MINOR.search(text) and not _SAYS_NOTHING.fullmatch(text):
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
