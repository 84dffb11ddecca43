"""The digest of a failure, in one line: from a run's logs and metadata, with its place in the logs.

Deciding is a pure function of the pieces that were read; reading takes only beginnings and ends of logs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from runtui.logs.diagnose.rules import RECORDED, RULES, Nearness, Rule, Says
from runtui.logs.read.log_files import COMPRESSED, LogFile, find_logs, is_error_log
from runtui.logs.read.text import shown_line
from runtui.store.errors import IrregularFileError, explain
from runtui.store.estale import opened_again
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.regular_file import open_regular
from runtui.text.sanitize import safe_text

MOST_BYTES = 64 * 1024
"""Bytes of a run's logs that are read, of all of them together."""

MOST_LOGS = 6
"""Logs of a run that are read, of whatever size."""

MOST_SMALL_LOGS = 64
"""Logs of a run that are read where all of them together are small, such as those of its ranks."""

LONGEST_LINE = 4096
"""Bytes of a line that are looked at."""

_BEGINNING = 8  # one part in so many of what is read of a log is its beginning
_TOGETHER = 600.0  # seconds: logs written so long before the newest one tell of an earlier attempt
_APART = 8 * 1024  # bytes without a sign of failure, after which what failed before was survived
_SAME = 1536  # bytes between the first rank that failed, and the next that fails in the same way
_SURVIVED = 4 * 1024  # bytes that a log goes on for after what a run that died without a word survived
_BEGUN_ANEW = 512  # bytes that a log goes on for after the end of a job that was begun anew
_MOST_FRAMES = 400  # lines of a traceback
_MOST_BEFORE = 12  # lines
_INDENTED = 4  # characters at the beginning of a line of code
_STEP = 1024  # bytes
_BEFORE = 256  # bytes of a line without end that are looked at before what a rule looks for
_LINE_END = 2  # bytes
_SHOWN = 300  # characters
_TELLING = 16  # characters by which a line is recognised in a reason that holds the beginning of it

_MAY_BE_SURVIVED = frozenset({Nearness.COMPLAINT, Nearness.CLEANUP})
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
_HEADING = b"traceback (most recent call last)"
_WORD = re.compile(r"[a-z]+")
_VAGUE = (
    r"an?|the|it|was|is|has|of|in|by|with|see|logs?|run|job|step|process|program|simulation|solver|script"
    r"|command|fail(?:ed|ure)?|errors?|unknown|crashed|died|ended|exit(?:ed|code)?|return(?:ed|code)?|code"
    r"|status|signal|non|zero|nonzero"
)
"""Words of which a reason may consist that says no more than that the run failed."""


class Piece(NamedTuple):
    """A part of a log.

    Attributes:
        log: The log's path below the run, as the file system spells it.
        offset: Where the part begins, in bytes; it begins with a line.
        data: Its bytes.
        size: Bytes of the whole log.
        modified: When the log was last written, in seconds since the epoch.
    """

    log: str
    offset: int
    data: bytes
    size: int
    modified: float


class Facts(NamedTuple):
    """Facts of a run besides its logs.

    Attributes:
        reason: The reason that a user typed or the simulation recorded, in one line, or ``""``.
        stale_reason: For a run that claims to be alive: why it looks dead, in one line, or ``""``; for one
            that claims to be complete: why that is in doubt.
        is_typed: Whether a user typed the reason.
        kind: The kind of the reason where that was recorded, too.
    """

    reason: str = ""
    stale_reason: str = ""
    is_typed: bool = False
    kind: FailureKind | None = None


def read_digest(run_dir: str, facts: Facts) -> FailureSummary:
    """Return the digest of a run's failure. Never raises for what is on disk; reads at most `MOST_BYTES`."""
    pieces, problems = read_pieces(run_dir)
    found = digest_of(facts, pieces)
    if found.line or not problems:
        return found
    return FailureSummary(found.kind, safe_text(problems[0], _SHOWN))


def read_log_digest(run_dir: str, log: str, reason: str, since: int = 0) -> FailureSummary:
    """Return the digest of a failure that one log tells of. Never raises for what is on disk.

    Args:
        run_dir: The run.
        log: The log's path below the run.
        reason: The reason known without the log, in one line.
        since: Where in the log the failed attempt begins, in bytes.
    """
    try:
        pieces = opened_again(partial(_read_ends, run_dir, log, MOST_BYTES))
    except OSError:
        pieces = []
    return digest_of(Facts(reason), [later for piece in pieces if (later := _part_since(piece, since)).data])


def _part_since(piece: Piece, since: int) -> Piece:
    cut = min(max(0, since - piece.offset), len(piece.data))
    return piece._replace(offset=piece.offset + cut, data=piece.data[cut:])


def digest_of(facts: Facts, pieces: Sequence[Piece]) -> FailureSummary:
    """Return the digest of a run's failure.

    Args:
        facts: The facts of it besides its logs.
        pieces: Beginnings and ends of its logs, those that tell most likely why first.
    """
    found = _best_of(pieces)
    if facts.is_typed:
        return _with_typed_reason(facts.reason, found)
    if facts.reason and facts.kind is not None:
        return _with_kind(facts.reason, facts.kind, pieces)
    if facts.reason:
        return _with_reason(facts.reason, found)
    if facts.stale_reason:
        said = _rule_of(facts.stale_reason)
        if said in RECORDED:  # the scheduler's word
            return _with_reason(facts.stale_reason, found)
        return _lost(facts.stale_reason, found)
    if found is not None:
        return found.digest()
    return _last_words(pieces)


def error_lines(pieces: Sequence[Piece]) -> list[FailureSummary]:
    """Return all lines of the pieces that tell of a failure, in their order, each with its meaning."""
    found = [finding for piece in pieces for finding in _findings(piece)]
    order = {piece.log: place for place, piece in reversed(list(enumerate(pieces)))}
    found.sort(key=lambda finding: (order[finding.log], finding.offset))
    return [finding.digest() for finding in found]


# Reading


class ReadPieces(NamedTuple):
    """The parts of a run's logs that were read, and what could not be, in lines that are safe to show."""

    pieces: list[Piece]
    problems: tuple[str, ...]


def read_pieces(run_dir: str) -> ReadPieces:
    """Return the beginnings and ends of a run's logs, at most `MOST_BYTES` of all together.

    The logs written last come first, and of those written together the ones for errors. Compressed ones are
    left out.
    """
    found = find_logs(run_dir)
    problems = list(found.problems)
    # To come to the end of a compressed one takes as long as whoever made it wants.
    logs = [log for log in found.logs if log.size and not log.name.endswith(COMPRESSED)]
    if not logs:
        packed = [log for log in found.logs if log.size]
        problems += [f"{safe_text(log.name)} is compressed and was not read" for log in packed[:1]]
    newest = max((log.modified for log in logs), default=0.0)
    logs.sort(key=lambda log: (log.modified < newest - _TOGETHER, not is_error_log(log.name)))
    pieces: list[Piece] = []
    for log, share in _shares(_chosen(logs)):
        try:
            pieces += opened_again(partial(_read_ends, run_dir, log.name, share))
        except IrregularFileError:
            continue
        except OSError as error:
            problems.append(f"{safe_text(log.name)} cannot be read: {explain(error, with_path=False)}")
    return ReadPieces(pieces, tuple(problems))


def _chosen(logs: Sequence[LogFile]) -> Sequence[LogFile]:
    """Return the first logs, and of those after them as many as can be read whole."""
    left = MOST_BYTES - sum(log.size for log in logs[:MOST_LOGS])
    count = min(MOST_LOGS, len(logs))
    while count < min(MOST_SMALL_LOGS, len(logs)) and (left := left - logs[count].size) >= 0:
        count += 1
    return logs[:count]


def _shares(logs: Sequence[LogFile]) -> list[tuple[LogFile, int]]:
    """Return how many bytes of each log to read: small ones whole, large ones what they leave, evenly."""
    left = MOST_BYTES
    shares = {}
    for count, log in enumerate(sorted(logs, key=lambda log: log.size)):
        shares[log.name] = min(log.size, left // (len(logs) - count))
        left -= shares[log.name]
    return [(log, shares[log.name]) for log in logs]


def _read_ends(run_dir: str, name: str, share: int) -> list[Piece]:
    with open_regular(os.path.join(run_dir, name), follow_link=True) as file:
        size, modified = file.status.st_size, file.status.st_mtime
        if size <= share:
            return [Piece(name, 0, os.pread(file.descriptor, share, 0), size, modified)]
        head = os.pread(file.descriptor, share // _BEGINNING, 0)
        begin = size - (share - len(head))
        tail = os.pread(file.descriptor, share - len(head), begin)
    cut = tail.find(b"\n") + 1  # the first line is most likely not whole
    return [
        Piece(name, begin + cut, tail[cut:], size, modified),
        Piece(name, 0, head, size, modified),
    ]


# Deciding


class _Finding(NamedTuple):
    """A line that tells of a failure.

    Attributes:
        rule: The number of the rule that says so.
        begin: Where what belongs to it begins in the log, such as the heading of a traceback.
        left: Bytes of the log after the line.
    """

    rule: int
    log: str
    begin: int
    offset: int
    line: str
    left: int

    @property
    def nearness(self) -> Nearness:
        return RULES[self.rule].nearness

    @property
    def kind(self) -> FailureKind:
        return RULES[self.rule].kind

    @property
    def ends_job(self) -> bool:
        """Whether the scheduler says that it ended the job, which it may have begun anew."""
        return self.nearness is Nearness.VERDICT and self.kind in _ENDS_OF_JOBS

    def digest(self) -> FailureSummary:
        return FailureSummary(self.kind, safe_text(self.line, _SHOWN), self.log, self.offset)


def _best_of(pieces: Sequence[Piece]) -> _Finding | None:
    if not pieces:
        return None
    newest = max(piece.modified for piece in pieces)
    for is_old in (False, True):
        for is_end in (True, False):
            chosen = [
                best
                for piece in pieces
                if (piece.modified < newest - _TOGETHER) is is_old
                and (piece.offset + len(piece.data) >= piece.size) is is_end
                and (best := _nearest(_findings(piece))) is not None
            ]
            if chosen:
                return min(chosen, key=lambda finding: finding.nearness)
    return None


def _nearest(found: Sequence[_Finding]) -> _Finding | None:
    """Return the finding nearest to the root cause of a log's last failure."""
    if not found:
        return None
    last = _last_without_gap(_of_last_attempt(found), _APART)
    nearest = _of_nearness(last, min(finding.nearness for finding in last))
    if nearest.nearness in _MAY_BE_SURVIVED:
        is_final = last[-1].left <= _LINE_END and last[-1].nearness in _MAY_BE_SURVIVED
        return last[-1] if is_final else _of_nearness(last, nearest.nearness, is_last=True)
    if nearest.kind is FailureKind.CRASH and nearest.nearness is Nearness.SIGNAL:
        # A program that aborts says why before.
        why = [
            finding
            for finding in last
            if finding.nearness is Nearness.REMARK and 0 < nearest.offset - finding.offset <= _SAME
        ]
        return why[0] if why else nearest
    return nearest


def _of_nearness(found: Sequence[_Finding], nearness: Nearness, *, is_last: bool = False) -> _Finding:
    """Return the first of the findings that are equally near and together.

    What comes first is the cause of what follows, be it a chained exception or the other ranks.
    """
    together = _last_without_gap([finding for finding in found if finding.nearness == nearness], _SAME)
    return together[-1 if is_last else 0]


def _of_last_attempt(found: Sequence[_Finding]) -> Sequence[_Finding]:
    """Return the findings after the last end of a job that the scheduler began anew.

    What a job that is being ended still says, comes at once, and tells only that it is ended.
    """
    for place in range(len(found) - 1, 0, -1):
        before, after = found[place - 1], found[place]
        has_gone_on = after.begin - before.offset - len(before.line) > _BEGUN_ANEW
        if has_gone_on and before.ends_job and any(one.nearness is Nearness.CAUSE for one in found[place:]):
            return found[place:]
    return found


def _last_without_gap(found: Sequence[_Finding], gap: int) -> Sequence[_Finding]:
    first = len(found) - 1
    while first and found[first].begin - found[first - 1].offset <= gap:
        first -= 1
    return found[first:]


def _with_reason(reason: str, found: _Finding | None) -> FailureSummary:
    """Return the digest of a run that recorded a reason, which says it best unless it says nothing."""
    said = _rule_of(reason)
    if said is not None and said.kind is FailureKind.LOST:
        return _lost(reason.removeprefix(f"{FailureKind.LOST}: "), found)
    if said in RECORDED and said.nearness is Nearness.VERDICT:
        # Of the last attempt, where a log may tell of an earlier one.
        place = (found.log, found.offset) if found is not None and found.kind is said.kind else ("", 0)
        return FailureSummary(said.kind, reason, *place)
    if found is not None and found.nearness is Nearness.VERDICT:
        return found.digest()
    if _is_vague(reason):
        if found is not None and (said is None or found.nearness <= said.nearness):
            return found.digest()
        return FailureSummary(FailureKind.ERROR if said is None else said.kind, reason)
    if said is not None and (found is None or said.nearness <= found.nearness or found.kind is said.kind):
        kind = said.kind
        is_told = found is not None and found.kind is kind
    else:
        kind = FailureKind.ERROR if found is None else found.kind
        is_told = found is not None
    if found is not None and is_told:
        return FailureSummary(kind, reason, found.log, found.offset)
    return FailureSummary(kind, reason)


def _is_vague(text: str) -> bool:
    """Return whether a text says no more than that something failed."""
    return all(map(re.compile(_VAGUE).fullmatch, _WORD.findall(text.lower())))


def _with_kind(reason: str, kind: FailureKind, pieces: Sequence[Piece]) -> FailureSummary:
    """Return the digest of a run that recorded a reason and its kind, with the place in the logs of both."""
    # The reason is that of a step first, and its line is cut where other steps failed, too.
    told = [
        (place, found)
        for piece in pieces
        if (found := _nearest(_findings(piece))) is not None
        and found.kind is kind
        and (place := reason.find(found.line[:_TELLING])) >= 0
    ]
    if not told:
        return FailureSummary(kind, reason)
    _place, found = min(told, key=lambda pair: pair[0])
    return FailureSummary(kind, reason, found.log, found.offset)


def _lost(how: str, found: _Finding | None) -> FailureSummary:
    """Return the digest of a run that vanished, given how that is known: its log may end with why."""
    if found is None or found.left > _SURVIVED:
        return FailureSummary(FailureKind.LOST, how)
    return found.digest()


def _with_typed_reason(reason: str, found: _Finding | None) -> FailureSummary:
    """Return the digest of a run whose user said why it failed; the logs only add where they speak of it."""
    said = _rule_of(reason)
    kind = next((kind for kind in FailureKind if kind in _WORD.findall(reason.lower())), FailureKind.ERROR)
    if said is not None:
        kind = said.kind
    return FailureSummary(kind, reason) if found is None else found.digest()._replace(kind=kind, line=reason)


def _rule_of(text: str) -> Rule | None:
    lowered = text.encode("utf-8", "replace").lower()
    for rule in (*RECORDED, *RULES):
        is_possible = rule.says is Says.THIS and any(literal in lowered for literal in rule.literals)
        if is_possible and rule.pattern.search(text):
            return rule
    return None


def _last_words(pieces: Sequence[Piece]) -> FailureSummary:
    for piece in pieces:
        if piece.offset + len(piece.data) < piece.size:
            continue
        end = len(piece.data)
        while end > 0:
            begin = max(piece.data.rfind(b"\n", 0, end), piece.data.rfind(b"\r", 0, end)) + 1
            line = _shown(piece.data[begin : min(end, begin + LONGEST_LINE)])
            if any(char.isalnum() for char in line):
                return FailureSummary(
                    FailureKind.UNKNOWN, safe_text(line, _SHOWN), piece.log, piece.offset + begin
                )
            end = begin - 1
    return FailureSummary(FailureKind.UNKNOWN, "")


# Finding


def _findings(piece: Piece) -> list[_Finding]:
    """Return the lines of a piece that tell of a failure, in their order, one finding for each."""
    data = piece.data
    lowered = data.lower()
    by_line: dict[int, _Finding] = {}
    is_end = piece.offset + len(data) >= piece.size
    last_line = max(data.rfind(b"\n", 0, len(data.rstrip())), 0)
    frames = list(_frames(data, lowered))
    vocabulary = _vocabulary(lowered)
    for number, rule in enumerate(RULES):
        possible = [literal for literal, part in _PARTS[number] if part in vocabulary]
        start = 0
        if rule.nearness in _MAY_BE_SURVIVED:  # a script that went on for long did without
            start = len(data) if not is_end else max(0, len(data) - _SURVIVED)
        if rule.says is Says.LAST or rule.nearness is Nearness.CLEANUP:
            start = max(start, last_line)
        for begin, end in _lines_with(lowered, possible, start):
            if rule.says is not Says.FINAL and any(first < begin < last for first, last in frames):
                continue  # the source text that a traceback quotes
            text = _without_rank(_shown(data[begin:end]))
            if not rule.pattern.search(text) or (rule.says is Says.LAST and _is_vague(text)):
                continue
            place = _line_that_says(data, begin, end, rule)
            if place is None:
                continue
            known = by_line.get(place[0])
            if known is not None and known.rule < number:
                continue
            line = _without_rank(_shown(data[place[0] : place[1]])).strip()
            offset = piece.offset + place[0]
            by_line[place[0]] = _Finding(
                number, piece.log, piece.offset + begin, offset, line, piece.size - piece.offset - place[1]
            )
    return [by_line[place] for place in sorted(by_line)]


def _vocabulary(lowered: bytes) -> bytes:
    """Return the distinct words of a text without its numbers; a log of 64 KB has a few hundred.

    To ask it first whether a rule can apply at all is many times faster than to search the whole text.
    """
    lines = set(lowered.translate(None, _IN_NUMBERS).split(b"\n"))
    return b"\n".join(set(b" ".join(lines).split()))


def _longest_word(literal: bytes) -> bytes:
    return max(literal.translate(None, _IN_NUMBERS).split(), key=len, default=b"")


_PARTS = [[(literal, _longest_word(literal)) for literal in rule.literals] for rule in RULES]
"""For each rule what it looks for, each text with its longest word."""


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
            if _without_rank(_shown(data[first:last])).strip():
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
        if not _without_rank(_shown(data[first:last])).strip() or (found is not None and not is_boxed):
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
            return first, last_of
    return last


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


def _shown(line: bytes) -> str:
    return shown_line(line.decode("utf-8", "replace"))


def _without_rank(line: str) -> str:
    rank = _RANK.match(line)
    text = line[rank.end() :] if rank else line
    box = _BOX.fullmatch(text)
    return _TREE.sub("", box[2].strip() if box else text, count=1)
