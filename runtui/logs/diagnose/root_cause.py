"""The finding that tells best why a run failed, among all that its logs tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runtui.logs.diagnose.attempts import last_attempt
from runtui.logs.diagnose.findings import APART, MAY_BE_SURVIVED, SURVIVED, Finding, findings
from runtui.logs.diagnose.levels import LogLevel, level_of
from runtui.logs.diagnose.noise import is_often_survived
from runtui.logs.diagnose.pieces import TOGETHER, Piece, is_end_alone
from runtui.logs.diagnose.rules import RULES, Nearness, Says
from runtui.store.failure import FailureKind

_SAME = 2560  # bytes between the first rank that failed, and the next that fails in the same way
_BEGUN_ANEW = 512  # bytes that a log goes on for after the end of a job that was begun anew
_LINE_END = 2  # bytes
_KILLED_TASKS = re.compile(r"\btasks? [\d,-]+: (?:Killed|Terminated)\b")
_FROM_OUTSIDE = frozenset({FailureKind.KILLED, FailureKind.OOM, FailureKind.TIMEOUT, FailureKind.NODE})
"""Kinds of ends that a program does not bring about by what it said."""

_OF_AN_END = re.compile(
    r"\b(?:died|killed|dead|BrokenProcessPool|SIG(?:KILL|TERM)|exit ?code|exit status)\b", re.IGNORECASE
)
"""Remarks that tell only of the end of another process, too."""


def best_of(pieces: Sequence[Piece]) -> Finding | None:
    """Return the finding that tells best why a run failed; None where its logs tell nothing.

    Args:
        pieces: Beginnings and ends of its logs.
    """
    best = _best_of_newest([piece for piece in pieces if not piece.goes_on_in])
    if best is not None and best.nearness in (Nearness.VERDICT, Nearness.CAUSE):
        return best
    # A log that was rotated lately may hold no more than how it ended.
    for piece in pieces:
        if not piece.goes_on_in or (best is not None and best.log != piece.goes_on_in):
            continue
        before = nearest_of(findings(piece))
        if (
            before is not None
            and before.left <= SURVIVED
            and (best is None or before.nearness < best.nearness)
        ):
            return before
    return best


def _best_of_newest(pieces: Sequence[Piece]) -> Finding | None:
    if not pieces:
        return None
    newest = max(piece.modified for piece in pieces)
    for is_old in (False, True):
        for is_end in (True, False):
            chosen = [
                (best, piece.differs)
                for piece in pieces
                if (piece.modified < newest - TOGETHER) is is_old
                and piece.is_end is is_end
                and (best := nearest_of(findings(piece))) is not None
                and (is_end or not _begins_anew(piece.log, pieces))
            ]
            if chosen:
                return _of_ranks(chosen)
    return None


def _begins_anew(log: str, pieces: Sequence[Piece]) -> bool:
    """Return whether a log ends with another attempt than the one it begins with."""
    ends = (piece for piece in pieces if piece.log == log and is_end_alone(piece))
    return any(last_attempt(piece.data, piece.opening) > 0 for piece in ends)


def _of_ranks(chosen: Sequence[tuple[Finding, bool]]) -> Finding:
    """Return the finding nearest to the root cause, given whether each is of a log unlike its siblings.

    What all ranks say is most often what became of them after one of them had failed.
    """
    nearest = min((finding for finding, _differs in chosen), key=lambda finding: finding.nearness)
    differing = [finding for finding, differs in chosen if differs]
    if not differing:
        return nearest
    own = min(differing, key=lambda finding: finding.nearness)
    is_said_by_all = nearest.nearness in (Nearness.VERDICT, Nearness.CAUSE)
    return nearest if is_said_by_all and nearest.nearness < own.nearness else own


def nearest_of(found: Sequence[Finding]) -> Finding | None:
    """Return the finding nearest to the root cause of a log's last failure."""
    repeated = {
        finding.line
        for finding in found
        if finding.is_survived and not finding.is_earlier and finding.nearness >= Nearness.REMARK
    }
    found = [
        finding
        for finding in found
        if not finding.is_earlier and (finding.ends_job or not finding.is_survived)
    ]
    # What the program went on after before was hardly why it ended the last time.
    found = [finding for finding in found if finding.line not in repeated] or found
    if not found:
        return None
    last = _last_without_gap(_of_last_attempt(found), APART)
    last = _without_ends_of_others(last)
    nearest = _of_nearness(last, min(finding.nearness for finding in last))
    if nearest.nearness in MAY_BE_SURVIVED:
        is_final = last[-1].left <= _LINE_END and last[-1].nearness in MAY_BE_SURVIVED
        return last[-1] if is_final else _of_nearness(last, nearest.nearness, is_last=True)
    if nearest.is_end:
        return _why(nearest, last) or nearest
    return nearest


def _without_ends_of_others(found: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings without the tasks that were killed because another one had ended itself."""
    own = next(
        (number for number, finding in enumerate(found) if finding.ended_itself and finding.is_end), None
    )
    if own is None:
        return found
    return [
        *found[:own],
        *(one for one in found[own:] if not (one.is_end and _KILLED_TASKS.search(one.line))),
    ]


def _why(end: Finding, found: Sequence[Finding]) -> Finding | None:
    """Return what a program said shortly before it ended, which only that line tells; None for nothing."""
    said = [one for one in found if one.offset < end.offset and _between(one, end) <= _SAME]
    if end.kind in _FROM_OUTSIDE:  # which no module that did not load has caused
        said = [one for one in said if not is_often_survived(one.line)]
    remarks = [
        finding
        for finding in said
        if finding.nearness is Nearness.REMARK
        and not _OF_AN_END.search(finding.line)
        and (RULES[finding.rule].says is not Says.NEXT or level_of(finding.line) is LogLevel.ERROR)
    ]
    complaints = [finding for finding in said if finding.nearness is Nearness.COMPLAINT]
    return remarks[0] if remarks else complaints[-1] if complaints else None


def _of_nearness(found: Sequence[Finding], nearness: Nearness, *, is_last: bool = False) -> Finding:
    """Return the first of the findings that are equally near and together.

    What comes first is the cause of what follows, be it a chained exception or the other ranks.
    """
    together = _last_without_gap([finding for finding in found if finding.nearness == nearness], _SAME)
    return together[-1 if is_last else 0]


def _of_last_attempt(found: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings after the last end of a job that the scheduler began anew.

    What a job that is being ended still says, comes at once, and tells only that it is ended.
    """
    for place in range(len(found) - 1, 0, -1):
        before, after = found[place - 1], found[place]
        has_gone_on = after.begin - before.offset - len(before.line) > _BEGUN_ANEW
        if has_gone_on and before.ends_job and any(one.nearness is Nearness.CAUSE for one in found[place:]):
            return found[place:]
    return found


def _last_without_gap(found: Sequence[Finding], gap: int) -> Sequence[Finding]:
    first = len(found) - 1
    while first and _between(found[first - 1], found[first]) <= gap:
        first -= 1
    return found[first:]


def _between(before: Finding, after: Finding) -> int:
    """Return how many bytes a program wrote between two findings, without those of dumps."""
    return after.begin - before.offset - (after.dumped - before.dumped)
