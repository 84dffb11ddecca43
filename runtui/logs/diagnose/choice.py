"""Choice among the logs of many ranks: the one that differs from its siblings tells most likely why.

Most ranks end because one of them failed. Their logs say the same, its own does not: other last lines, an
earlier end, more errors.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runtui.logs.diagnose.levels import LogLevel, level_of
from runtui.logs.read.log_files import LogFile, is_error_log, unpacked_name

TAIL = 4096
"""Bytes of the end of each log that are compared."""

MOST_LOOKED_AT = 1024
"""Logs whose ends are compared."""

_FEWEST_SIBLINGS = 3  # logs
_SHARE_RARE = 0.25  # of the siblings that have a line which tells them apart
_WEIGHT_OF_ERRORS = 8  # of a line that tells of an error, where another one counts 1
_OTHER_SIZE = 0.1  # of the usual size, by which a log is larger or smaller than its siblings
_LINES = 60  # at the end of a log
_SHAPE = 64  # bytes

_NUMBER = re.compile(r"\d+")
_NUMBERS = b"0123456789.+-"
_JOB_OR_ROTATED = re.compile(r"(?:^|/)slurm-\d|\.(?:log|out|err|txt)[.-]\d+$", re.IGNORECASE)
"""Names whose numbers tell of a job or of the age of a log, and not of a rank."""


class Siblings(NamedTuple):
    """Logs of the ranks of one program.

    Attributes:
        logs: The logs, those first that tell most likely why.
        differing: How many of them differ from the others.
    """

    logs: list[LogFile]
    differing: int


def groups_of(logs: Iterable[LogFile]) -> list[list[LogFile]]:
    """Return the logs whose names differ only in their numbers, as those of ranks do, group by group."""
    groups: dict[str, list[LogFile]] = {}
    names = {unpacked_name(log.name) for log in logs}
    for log in logs:
        name = unpacked_name(log.name)
        folded = _NUMBER.sub("#", name)
        is_rotated = _JOB_OR_ROTATED.search(name) is not None and (
            "slurm-" in name or name.rpartition(".")[0] in names
        )
        if folded != name and not is_rotated:
            groups.setdefault(folded, []).append(log)
    return [group for group in groups.values() if len(group) >= _FEWEST_SIBLINGS]


def worth_a_look(group: Sequence[LogFile]) -> list[LogFile]:
    """Return the logs of a group whose ends are compared: of very many those of the most unusual size."""
    if len(group) <= MOST_LOOKED_AT:
        return list(group)
    usual = _usual_size(group)
    return sorted(group, key=lambda log: (-abs(log.size - usual), log.modified))[:MOST_LOOKED_AT]


def siblings_of(group: Sequence[LogFile], tails: Mapping[str, bytes]) -> Siblings:
    """Return the logs of a group, those first that differ most from the others and ended first.

    Args:
        group: The logs.
        tails: Ends of them, by name.
    """
    lines = {log.name: _shapes(tails.get(log.name, b"")) for log in group}
    counts = Counter(shape for shapes in lines.values() for shape in shapes)
    most = max(1, int(len(group) * _SHARE_RARE))
    rare = {shape: _weight(shape) / count for shape, count in counts.items() if count <= most}
    usual = _usual_size(group)
    scores = {
        log.name: (
            sum(rare.get(shape, 0.0) for shape in lines[log.name]),
            is_error_log(log.name) and log.size > usual * (1 + _OTHER_SIZE),
            not is_error_log(log.name) and abs(log.size - usual) > usual * _OTHER_SIZE,
        )
        for log in group
    }
    ordered = sorted(group, key=lambda log: log.modified)
    ordered.sort(key=lambda log: scores[log.name], reverse=True)
    differing = sum(score[0] > 0 or score[1] for score in scores.values())
    # Where most differ, they tell of different things, and none stands out.
    return Siblings(_varied(ordered, lines, rare), differing if differing <= len(group) // 2 else 0)


def _usual_size(logs: Sequence[LogFile]) -> int:
    return sorted(log.size for log in logs)[len(logs) // 2]


def _varied(
    logs: Sequence[LogFile], lines: Mapping[str, frozenset[bytes]], rare: Mapping[bytes, float]
) -> list[LogFile]:
    """Return logs in the same order, but those last that say nothing rare that an earlier one did not say."""
    told: set[bytes] = set()
    first: list[LogFile] = []
    later: list[LogFile] = []
    for log in logs:
        new = {shape for shape in lines[log.name] if shape in rare} - told
        (first if new else later).append(log)
        told |= new
    return first + later


def _shapes(tail: bytes) -> frozenset[bytes]:
    lines = tail.translate(None, _NUMBERS).split(b"\n")[-_LINES:]
    return frozenset(line[:_SHAPE].strip() for line in lines) - {b""}


def _weight(shape: bytes) -> float:
    is_error = level_of(shape.decode("utf-8", "replace")) is LogLevel.ERROR
    return _WEIGHT_OF_ERRORS if is_error else 1.0
