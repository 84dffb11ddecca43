"""Wording of messages: the telling words first, and without what differs from run to run.

A message in a narrow column begins with what tells most: times, ranks, hosts and places in programs at its
beginning are left out, and paths are shown by their last part. Messages of the same pattern are one problem,
whatever numbers, ids, paths, times and addresses they have.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from runtui.text.lazy_pattern import LazyPattern

VARYING = "…"
"""What stands in a pattern for a number, an id, a path, a time or an address."""

_MOST_KNOWN = 1 << 17  # messages
_MOST_MARKS = 6  # at the beginning of a message
_LEAST_LEFT = 5  # characters that must be left of a message when a mark is cut off
_LONG_PATH = 24  # characters
_MOST_PARTS = 2  # of a path that is shown whole

_CLOCK = r"\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_TIME = (
    rf"\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T _]{_CLOCK}(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?)?"
    rf"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {{1,2}}"
    rf"\d\d? {_CLOCK}(?: [A-Z]{{3,4}})?(?: \d{{4}}\b)?"
    r"|\d\d?:\d\d:\d\d(?:[.,]\d{1,9})?"
)
_LEVEL = r"(?:(?:FOAM )?FATAL (?:IO )?ERROR|CRITICAL|FATAL|ERROR|SEVERE)"
_PLACE = r"(?:[\w.+~-]{0,60}/){0,20}[\w.+-]{1,60}\.(?:[chfF]\w{0,3}|py|jl|sh|rs|go|java|cu|m|R)"
_MARK = LazyPattern(
    r"[\[(<]?(?:" + _TIME + r")[\])>]?(?: ?[-|:,](?= ))? *"  # a time
    r"|[EF]\d{4,8} (?:" + _CLOCK + r") +\d+ [\w.]+:\d+\] "  # glog
    r"|\[(?:[\w.-]{1,60}[:,@])?(?:rank ?|default|proc )?\d{1,6}(?:[,:.]\d{1,6})*\](?:<std\w+>)?:? *"  # a rank
    r"|(?:rank|Rank|task|proc|process|MPI rank) ?#?\d{1,6}: *|\d{1,6}: +"
    r"|(?:slurmstepd|srun|mpirun|mpiexec|prterun|prun)(?:-[\w.]+)?: *(?:(?:fatal )?error: *)?"
    r"|(?=[\w.-]{0,40}\d)[A-Za-z][\w-]{1,40}(?:\.[\w-]+){0,4}: (?=tasks? \d|error|ERROR|fatal|\d)"  # a host
    r"|tasks? [\d,-]+: (?=\w)"
    r"|\*{2,4} (?:JOB|STEP) \S+ ON \S+ (?:CANCELLED AT \S+ (?=DUE TO))?"  # Slurm
    r"|\[?" + _LEVEL + r"(?: on proc(?:ess)? \d+| STOP)?\]?(?: ?[-:|](?= )|\b)(?: *\(\w[\w ,./-]{0,60}\):)?"
    r" +(?!(?:[=:~]|in\b|at\b|on\b|of\b|from\b|while\b))(?=\S)"
    r"|(?:[Ff]atal )?[Ee]rror(?: -|:) +(?=\S)|\[(?:error|fatal|critical)\]:? +|==\d{1,9}== ?"
    r"|\((?:[\w-]{1,40} )?pid[= ]\d+[^()]{0,60}\) *"  # Ray
    r"|\[[\w.]{1,60}\](?:: *| +- +| +(?=\[|" + _LEVEL + r"\b))"  # a logger
    r"|[\w.]{1,60} +- +(?=" + _LEVEL + r"\b)"
    r"|(?:\.{0,2}/(?:[\w.@+~-]{1,80}/){1,30}[\w.@+-]{1,80}|\S{1,80}_script|[\w.-]{1,60}\.sh): "
    r"(?:line \d+: +)?(?:\d+ )?(?=\S)"  # a shell
    r"|(?:[\w.+-]{1,60}: )?"
    + _PLACE
    + r"(?:[:(]\d+(?::\d+)?\)?)(?:: |, | +)(?:\w[\w:<>~]{0,60}(?:\([^()]{0,200}\))?: )?"
    r"|[-=*#!>|%]{2,80} *(?=\S)"
)
"""What may stand before the words of a message: once, or several of them."""

_RULE = LazyPattern(r" *[-=*#!>|%]{2,80}$")
_OF_PATH = LazyPattern(r"(?:[\w.]{1,80}Error: )?\[Errno \d+\] ([^:]{1,80}): (b?(['\"])(.{1,250})\3)")
"""What Python says of a path, the part that tells most: ``[Errno 2] No such file or directory: 'a'``."""

_PATH = LazyPattern(r"(?<![\w.:/…])(?:~|\.{1,2})?/?(?:[\w.@+%=,~-]{1,200}/){1,60}[\w.@+%=,~-]{0,200}")
_CANDIDATE = LazyPattern(r"(?<![^\s(\[])(?:(?P<time>" + _TIME + r")|\S*[\d/]\S*)")
"""What may hold a value: a time, or a word with a digit or a slash; most words have neither."""

_VALUE = LazyPattern(
    r"(?<![\w.:/…])(?:~|\.{1,2}|…)?/?(?:[\w.@+%=,~-]{1,200}/){1,60}[\w.@+%=~-]{0,200}"  # a path
    r"|(?<![\w./])/[\w.@+%=~-]{1,200}|…/[\w.@+%=,~-]{1,200}"
    r"|\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?|\b0x[0-9a-f]+\b"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b"
    # Numbers, but not those that have a meaning of their own
    r"|(?:(?<![\w)])[-+])?(?<!\d)(?<!code )(?<!status )(?<!signal )(?<!errno )(?<![a-z](?=\d[a-z]))"
    r"(?:\d+|(?<!\w)\.\d+)(?:[-,.:_]\d+|\.(?=\s|$|e))*(?:e[-+]?\d{1,4})?",
    re.IGNORECASE,
)


class Wording(NamedTuple):
    """The words of a message, and what differs from run to run.

    Attributes:
        words: The words around each value, one more than there are values.
        values: The values between them: numbers, ids, paths, times, addresses.
    """

    words: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The message with `VARYING` for each value."""
        return VARYING.join(self.words)

    def with_values(self, values: tuple[str | None, ...]) -> str:
        """Return the message with other values; None stands for one that varies."""
        shown = (VARYING if value is None else value for value in values)
        parts = [part for pair in zip(self.words, shown, strict=False) for part in pair]
        return "".join((*parts, self.words[-1]))

    def since(self, place: int) -> str:
        """Return the message from the word before a value on.

        Args:
            place: The number of the value.
        """
        before = self.words[place]
        stripped = before.rstrip()
        begin = stripped.rfind(" ") + 1
        rest = Wording((before[begin:], *self.words[place + 1 :]), self.values[place:])
        return rest.with_values(rest.values).strip()


@lru_cache(_MOST_KNOWN)
def short_message(line: str) -> str:
    """Return a line of a log with its telling words first: marks are cut off, long paths shortened."""
    place = 0
    for _mark in range(_MOST_MARKS):
        found = _MARK.match(line, place)
        if found is None or len(line) - found.end() < _LEAST_LEFT:
            break
        place = found.end()
    message = _RULE.compiled.sub("", " ".join(line[place:].split())) or line
    if (of_path := _OF_PATH.fullmatch(message)) is not None:
        message = f"{of_path[4]}: {of_path[1]}"
    return _PATH.compiled.sub(_short_path, message) if "/" in message else message


def _short_path(found: re.Match[str]) -> str:
    path = found[0]
    parts = [part for part in path.split("/") if part]
    if len(path) <= _LONG_PATH and len(parts) <= _MOST_PARTS:
        return path
    return f"…/{parts[-1]}{'/' if path.endswith('/') else ''}" if parts else path


@lru_cache(_MOST_KNOWN)
def wording_of(line: str) -> Wording:
    """Return the words of a line of a log, and the values among them."""
    message = short_message(line)
    words, values, begin = [], [], 0
    for candidate in _CANDIDATE.finditer(message):
        first, last = candidate.span()
        found = [(first, last)] if candidate["time"] else _values_in(message, first, last)
        for start, end in found:
            words.append(message[begin:start])
            values.append(message[start:end])
            begin = end
    words.append(message[begin:])
    return Wording(tuple(words), tuple(values))


def _values_in(message: str, begin: int, end: int) -> list[tuple[int, int]]:
    return [found.span() for found in _VALUE.finditer(message, begin, end)]
