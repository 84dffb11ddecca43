"""The digest of a failure, in one line: from a run's logs and metadata, with its place in the logs.

Deciding is a pure function of the pieces that were read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from runtui.logs.diagnose.boxes import said, sentence
from runtui.logs.diagnose.candidates import is_vague
from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.findings import (
    APART,
    MAY_BE_SURVIVED,
    SURVIVED,
    Finding,
    findings,
)
from runtui.logs.diagnose.kind_by_words import kind_by_words
from runtui.logs.diagnose.last_words import last_words
from runtui.logs.diagnose.lines import LONGEST_LINE, SHOWN, plain_text
from runtui.logs.diagnose.looking_back import is_same_output
from runtui.logs.diagnose.noise import without_noise
from runtui.logs.diagnose.pieces import (
    MOST_BYTES,
    TOGETHER,
    Piece,
    is_end_alone,
    looked_back,
    read_end,
    read_pieces,
    size_of,
)
from runtui.logs.diagnose.plain_lines import PlainLines, plain_lines
from runtui.logs.diagnose.root_cause import best_of, nearest_of
from runtui.logs.diagnose.rules import RECORDED, RULES, Nearness, Rule, Says
from runtui.store.failure import FailureKind, FailureSummary, ReadShare
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule
    from runtui.logs.search.pattern import Pattern

_MOST_LOOKED_BACK = 3  # logs
_TELLING = 16  # characters by which a line is recognised in a reason that holds the beginning of it


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


class WholeLogs(NamedTuple):
    """The logs of which parts were read.

    Attributes:
        look_back: Returns the end of a log with what stands before it, for where that may tell more.
        size: Bytes of all of them.
        logs: How many there are.
    """

    look_back: Callable[[Piece], Piece]
    size: int
    logs: int = 1


def read_digest(
    run_dir: str, facts: Facts, *, may_have_job: bool = True, rules: Sequence[OwnRule] = ()
) -> FailureSummary:
    """Return the digest of a run's failure. Never raises for what is on disk; reads at most `MOST_BYTES`.

    Args:
        run_dir: The run.
        facts: The facts of it besides its logs.
        may_have_job: As for `find_logs`.
        rules: The user's rules.
    """
    pieces, problems, unread, size, logs = read_pieces(run_dir, may_have_job=may_have_job)
    found = digest_of(facts, pieces, rules, WholeLogs(partial(looked_back, run_dir), size, logs))
    if not found.line:
        problems = (*problems, *([unread] if unread else []))
        return FailureSummary(found.kind, safe_text(problems[0], SHOWN)) if problems else found
    if found.kind is FailureKind.UNKNOWN and unread:
        return found._replace(line=f"{found.line} ({unread})")
    return found


def read_log_digest(run_dir: str, log: str, reason: str, since: int = 0) -> FailureSummary:
    """Return the digest of a failure that one log tells of. Never raises for what is on disk.

    Args:
        run_dir: The run.
        log: The log's path below the run.
        reason: The reason known without the log, in one line.
        since: Where in the log the failed attempt begins, in bytes.
    """
    pieces, _problem = read_end(run_dir, log, MOST_BYTES)
    if since > 0:
        return digest_of(
            Facts(reason), [part for piece in pieces if (part := _part_since(piece, since)).data]
        )
    return digest_of(Facts(reason), pieces, whole=WholeLogs(partial(looked_back, run_dir), size_of(pieces)))


def _is_regular_until(end: Piece, pieces: Sequence[Piece]) -> bool:
    """Return whether a log tells of nothing but regular output before its end."""
    beginning = next((piece for piece in pieces if piece.log == end.log and piece.offset == 0), None)
    if beginning is None or not is_same_output(beginning.data, end.data):
        return False
    return nearest_of(findings(beginning)) is None


def _may_be_a_consequence(best: Finding | None, pieces: Sequence[Piece]) -> bool:
    """Return whether a log may say before its end why it failed."""
    if not any(map(is_end_alone, pieces)):
        return False
    if best is None or best.nearness not in (Nearness.VERDICT, Nearness.CAUSE):
        return not all(_is_regular_until(piece, pieces) for piece in pieces if is_end_alone(piece))
    # Of many ranks that failed alike the first one said it first.
    return not any(
        piece.is_end and piece.log == best.log and (piece.offset == 0 or best.begin - piece.offset > APART)
        for piece in pieces
    )


def _part_since(piece: Piece, since: int) -> Piece:
    cut = min(max(0, since - piece.offset), len(piece.data))
    return piece._replace(offset=piece.offset + cut, data=piece.data[cut:])


def digest_of(
    facts: Facts,
    pieces: Sequence[Piece],
    rules: Sequence[OwnRule] = (),
    whole: WholeLogs | None = None,
) -> FailureSummary:
    """Return the digest of a run's failure.

    Args:
        facts: The facts of it besides its logs.
        pieces: Beginnings and ends of its logs, those that tell most likely why first.
        rules: The user's rules, which win over what the logs tell by themselves.
        whole: The logs that these are parts of; None where there is no more to read.
    """
    if rules and not facts.is_typed and (own := _by_rules(rules, pieces, facts.reason)) is not None:
        return own
    best = best_of(pieces)
    if whole is None:
        return _digest(facts, best, pieces)
    if not facts.is_typed and facts.kind is None and _may_be_a_consequence(best, pieces):
        ends = [piece for piece in pieces if is_end_alone(piece)][:_MOST_LOOKED_BACK]
        pieces = [whole.look_back(piece) if piece in ends else piece for piece in pieces]
        best = best_of(pieces)
    found = _digest(facts, best, pieces)
    bytes_read = sum(piece.read or len(piece.data) for piece in pieces)
    share = ReadShare(bytes_read, whole.size, len({piece.log for piece in pieces}), whole.logs)
    return found._replace(read=share) if pieces and share.is_small else found


def _digest(facts: Facts, found: Finding | None, pieces: Sequence[Piece]) -> FailureSummary:
    if facts.is_typed:
        return _with_typed_reason(facts.reason, found)
    if facts.reason and facts.kind is not None:
        return _with_kind(facts.reason, facts.kind, pieces)
    if facts.reason:
        said_last = _said_last(pieces) if found is None and is_vague(facts.reason) else None
        return said_last or _with_reason(facts.reason, found)
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
    found = [finding for piece in pieces for finding in findings(piece)]
    order = {piece.log: place for place, piece in reversed(list(enumerate(pieces)))}
    found.sort(key=lambda finding: (order[finding.log], finding.offset))
    return [finding.digest() for finding in found]


# The user's rules


def _by_rules(rules: Sequence[OwnRule], pieces: Sequence[Piece], reason: str) -> FailureSummary | None:
    """Return the digest by the first rule that finds a line; None where there is none.

    Args:
        rules: The user's rules.
        pieces: The parts of the run's logs that were read. The last line of the newest log counts.
        reason: The reason that the run recorded, in one line, or ``""``.
    """
    from runtui.logs.diagnose.own_rules import pattern_of

    newest = max((piece.modified for piece in pieces), default=0.0)
    ordered = sorted(pieces, key=lambda piece: (piece.modified < newest - TOGETHER, not piece.is_end))
    lines = [(piece.log, plain_lines(piece.data, piece.offset, piece.encoding)) for piece in ordered]
    for rule in rules:
        pattern = pattern_of(rule.source)
        for log, part in lines:
            if (found := _last_line(pattern, part)) is not None:
                begin, text = found
                return FailureSummary(rule.kind, safe_text(text, SHOWN), log, part.place_of(begin))
        if reason and pattern.matches(reason):
            return FailureSummary(rule.kind, reason)
    return None


def _last_line(pattern: Pattern, lines: PlainLines) -> tuple[int, str] | None:
    data = lines.data
    if pattern.literals and not _has_any(data.lower() if pattern.ignores_case else data, pattern.literals):
        return None
    end = len(data)
    while end > 0:
        begin = data.rfind(b"\n", 0, end) + 1
        text = plain_text(data[begin : min(end, begin + LONGEST_LINE)]).strip()
        if text and pattern.matches(text):
            return begin, text
        end = begin - 1
    return None


def _has_any(data: bytes, texts: Iterable[bytes]) -> bool:
    return any(text in data for text in texts)


# Deciding


def _with_reason(reason: str, found: Finding | None) -> FailureSummary:
    """Return the digest of a run that recorded a reason, which says it best unless it says nothing."""
    said = _rule_of(reason)
    if said is not None and said.kind is FailureKind.LOST:
        return _lost(reason.removeprefix(f"{FailureKind.LOST}: "), found)
    if said in RECORDED and said.nearness is Nearness.VERDICT:
        # Of the last attempt, where a log may tell of an earlier one.
        if found is not None and found.kind is said.kind:
            return found.told_by(said.kind, reason)
        return FailureSummary(said.kind, reason)
    if found is not None and found.nearness is Nearness.VERDICT:
        return found.digest()
    if is_vague(reason):
        if said is not None and said.kind is FailureKind.ERROR:
            said = None  # an exit code that has no meaning of its own
        if found is not None and (said is None or found.nearness <= said.nearness):
            return found.digest()
        return FailureSummary(FailureKind.ERROR if said is None else said.kind, reason)
    if found is not None and found.nearness in MAY_BE_SURVIVED:
        found = None  # the recorded reason is of something else
    if said is not None and (found is None or said.nearness <= found.nearness or found.kind is said.kind):
        kind = said.kind
        is_told = found is not None and found.kind is kind
    else:
        kind = FailureKind.ERROR if found is None else found.kind
        is_told = found is not None
    if found is not None and is_told:
        return found.told_by(kind, reason)
    return FailureSummary(kind, reason)


def _with_kind(reason: str, kind: FailureKind, pieces: Sequence[Piece]) -> FailureSummary:
    """Return the digest of a run that recorded a reason and its kind, with the place in the logs of both."""
    # The reason is that of a step first, and its line is cut where other steps failed, too.
    told = [
        (place, found)
        for piece in pieces
        if (found := nearest_of(findings(piece))) is not None
        and found.kind is kind
        and (place := reason.find(found.line[:_TELLING])) >= 0
    ]
    if not told:
        return FailureSummary(kind, reason)
    _place, found = min(told, key=lambda pair: pair[0])
    return FailureSummary(kind, reason, found.log, found.place)


def _lost(how: str, found: Finding | None) -> FailureSummary:
    """Return the digest of a run that vanished, given how that is known: its log may end with why."""
    if found is None or found.left > SURVIVED or found.nearness in MAY_BE_SURVIVED:
        return FailureSummary(FailureKind.LOST, how)
    return found.digest()


def _with_typed_reason(reason: str, found: Finding | None) -> FailureSummary:
    """Return the digest of a run whose user said why it failed; the logs only add where they speak of it."""
    said = _rule_of(reason)
    kind = next(
        (kind for kind in FailureKind if kind in re.findall(r"[a-z]+", reason.lower())), FailureKind.ERROR
    )
    if said is not None:
        kind = said.kind
    return FailureSummary(kind, reason) if found is None else found.told_by(kind, reason)


def _rule_of(text: str) -> Rule | None:
    lowered = text.encode("utf-8", "replace").lower()
    for rule in (*RECORDED, *RULES):
        is_possible = rule.says is Says.THIS and any(literal in lowered for literal in rule.literals)
        if is_possible and rule.pattern.search(text):
            return rule
    return None


def _said_last(pieces: Sequence[Piece]) -> FailureSummary | None:
    """Return what a program said last of why it ended, which no rule knows; None for nothing."""
    for piece in pieces:
        if not piece.is_end:
            continue
        lines = plain_lines(piece.data, piece.offset, piece.encoding)
        data = without_noise(lines.data)
        bounds = last_words(data)
        if bounds is not None and not is_vague(line := said(data[slice(*bounds)])):
            kind = kind_by_words(sentence(data, *bounds))
            place = piece.place_of(lines.place_of(bounds[0]))
            return FailureSummary(kind, safe_text(line, SHOWN), piece.log, place)
    return None


def _last_words(pieces: Sequence[Piece]) -> FailureSummary:
    if (said_last := _said_last(pieces)) is not None:
        return said_last
    ends = [piece for piece in pieces if piece.is_end]
    # Noise only where a log has nothing else
    for piece in (*(end._replace(data=without_noise(end.data)) for end in ends), *ends):
        lines = plain_lines(piece.data, piece.offset, piece.encoding)
        end = len(lines.data)
        while end > 0:
            begin = max(lines.data.rfind(b"\n", 0, end), lines.data.rfind(b"\r", 0, end)) + 1
            line = plain_text(lines.data[begin : min(end, begin + LONGEST_LINE)])
            if any(char.isalnum() for char in line) and not is_dump(lines.data[begin:end]):
                return FailureSummary(
                    FailureKind.UNKNOWN,
                    safe_text(line, SHOWN),
                    piece.log,
                    piece.place_of(lines.place_of(begin)),
                )
            end = begin - 1
    return FailureSummary(FailureKind.UNKNOWN, "")
