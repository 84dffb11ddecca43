"""Severity of a log line; ``0 errors`` and ``error tolerance 1e-6`` have none."""

from __future__ import annotations

import enum
import re


class LogLevel(enum.IntEnum):
    """Severity of a line; None stands for an ordinary one."""

    WARNING = 1
    ERROR = 2


_LOOKED_AT = 4096  # characters of a line
_DECLARED_WITHIN = 120  # characters of a line

_DECLARED = re.compile(
    r"(?<![\w.-])(?P<error>ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|PANIC)(?![\w-])(?!\s*[=:]?\s*\d*\.\d)"
    r"|(?<![\w.-])(?P<warning>WARN(?:ING)?)(?![\w-])"
    r"|(?<![\w.-])(?P<other>TRACE|DEBUG|INFO|NOTICE|VERBOSE)(?![\w-])"
    r"|(?:[\[<]|\b(?:level|lvl|severity)\"?\s*[=:]\s*\"?)"
    r"(?:(?P<error2>err(?:or)?|critical|fatal|panic)|(?P<warning2>warn(?:ing)?)"
    r"|(?P<other2>info|debug|trace|notice))[\]>\"\s,}]"
    r"|:\s(?:(?P<error3>(?:fatal )?error)|(?P<warning3>warning)|(?P<other3>note|info)):\s"  # compilers
)
"""A level that the program itself gave the line."""

_WORD = re.compile(
    r"(?<![\w/.=-])"
    r"(?:(?P<error>(?:[A-Za-z_][\w.]*)?(?:Error|Exception)(?=:|$|\()"
    r"|(?i:(?:fatal\s+)?errors?|fatal(?:ly)?|failed|failures?|fail|exceptions?|traceback|critical|abort(?:ed|ing|(?=\())|panic(?:ked)?"
    r"|segmentation fault|segfault|core dumped|out of memory|oom-kill(?:er|ed)?|killed|bus error"
    r"|floating point exception|assertion|severe(?= \()|sig(?:segv|abrt|fpe|bus|ill|kill)|mpi_abort"
    r"|illegal instruction|terminated(?!\s+(?:normally|successfully|on:))|limit exceeded|quota exceeded"
    r"|no such file or directory|permission denied|command not found|no space left on device"
    r"|(?:cannot|can't|could not) (?:open|allocate|stat|access|read|write|find|load)|not found(?= \(required)"
    r"|exit(?:ed)?(?: with)? (?:code|status)[:=]? *[1-9][0-9]*))"
    r"|(?P<warning>(?i:warn(?:ings?)?|deprecat(?:ed|ionwarning))))"
    r"(?![\w/=]|[.-]\w)"
)

_NONE_BEFORE = re.compile(
    r"(?:(?<![\w.])(?:no|0|zero|without|any|non|not|never|if|on|when|until|unless|ignor(?:e|es|ed|ing)|catch|handle"
    r"|allow(?:ed)?|expect(?:ed)?|standard|std\.?|%d)"
    r"(?:[\s-]+(?:an?|the|fatal|known|other|further|more|new|serious|significant|such|runtime|previous|of))*[\s-]*)\Z",
    re.IGNORECASE,
)
_MEASURE_BEFORE = re.compile(
    r"(?:(?<![\w.])(?:rel(?:ative|\.)?|abs(?:olute|\.)?|mean|squared?|rms|max(?:imum|\.)?|min(?:imum)?|truncation"
    r"|rounding|round-?off|estimated?|numerical|statistical|l1|l2|linf|energy|total|average|avg|residual"
    r"|approximation|interpolation|quadrature|local|global|training|test|validation|discreti[sz]ation|fit"
    r"|continuity|solver|iteration)\s+)\Z",
    re.IGNORECASE,
)
_NOUN_AFTER = re.compile(
    r"[\s_-]*(?:tol(?:erances?)?|norms?|bars?|estimat\w*|bounds?|handl\w*|correct\w*|threshold|level|rate|margin"
    r"|control|propagation|model|function|free|analysis|metric|stream|checking|limit|budget|term|output"
    r"|log(?:s|file|ging)?|counts?|messages?\s+(?:will|are)|is\s+(?:below|less|within|small)"
    r"|(?:will be|is|are) ignored)(?!\w)",
    re.IGNORECASE,
)
_HARMLESS_AFTER = re.compile(
    r"\s+(?:list|trapping|traps?|checks?|score|handl\w*|support|enabled|disabled|rate|count)(?!\w)",
    re.IGNORECASE,
)
_NOTHING_AFTER = re.compile(
    r"(?:\s+[a-z]+\s*[:=]|\s+(?:codes?|status|count))?\s*[:=]?\s*[(\[]?\s*"
    r"(?:0(?![\w.])|(?:none|no|false|nil)(?:\s*(?:$|[,;|)\]])|\s+\w+\s*[:=]|\s+(?:\w+\s+)?(?:errors?|failures?"
    r"|problems?|issues?|exceptions?|warnings?|found|detected)(?!\w)))",
    re.IGNORECASE,
)
_ZERO_OF_WHAT = re.compile(
    r"\s*:\s*0\s+(?!of\b|in\b|out\b|errors?\b|failures?\b|warnings?\b|found\b|detected\b)[a-z]+(?!\w|\s*[:=])"
)
"""What follows a level that begins a message: ``ERROR: 0 atoms``, but not ``ERROR: 0 WARN: 1``."""
_MEASURED_AFTER = re.compile(
    r"\s*(?:\([^()]{0,20}\))?\s*(?:[:=<>~]|is|of|was|<=|>=)*\s*[-+]?(?:\d*\.\d+|\d+\.?\d*(?=e[-+]?\d))(?!\.?\w*\.py)"
    r"(?:e[-+]?\d+)?",
    re.IGNORECASE,
)


def level_of(text: str) -> LogLevel | None:
    """Return the severity of a line, or None for an ordinary one.

    A level that the program gave the line counts first; otherwise words such as ``error``, ``failed`` and
    ``Traceback`` do, unless their number is nought, or they are the name of something that is measured.

    Args:
        text: The line as it is shown.
    """
    text = text[:_LOOKED_AT]
    declared = _DECLARED.search(text, 0, _DECLARED_WITHIN)
    if declared is not None:
        if declared["error"] or declared["error2"] or declared["error3"]:
            is_none = _is_none(text, *declared.span()) and not _ZERO_OF_WHAT.match(text, declared.end())
            return None if is_none else LogLevel.ERROR
        if declared["warning"] or declared["warning2"] or declared["warning3"]:
            return None if _is_none(text, *declared.span()) else LogLevel.WARNING
        return None
    level = None
    for match in _WORD.finditer(text):
        is_measure = "error" in match[0].lower() and _is_measure(text, *match.span())
        if is_measure or _is_none(text, *match.span()):
            continue
        if match["error"]:
            return LogLevel.ERROR
        level = LogLevel.WARNING
    return level


def _is_none(text: str, begin: int, end: int) -> bool:
    if _NOTHING_AFTER.match(text, end) or _HARMLESS_AFTER.match(text, end):
        return True
    return _NONE_BEFORE.search(text, max(0, begin - 60), begin) is not None


def _is_measure(text: str, begin: int, end: int) -> bool:
    """Return whether the word is the name of a measured quantity."""
    if _NOUN_AFTER.match(text, end) or _MEASURED_AFTER.match(text, end):
        return True
    return bool(_MEASURE_BEFORE.search(text, max(0, begin - 40), begin)) and not text.startswith(":", end)


_HINTS = (
    b"err", b"fatal", b"fail", b"exception", b"traceback", b"crit", b"abort", b"panic", b"fault",
    b"core dumped", b"out of memory", b"kill", b"assertion", b"sigsegv", b"sigfpe", b"sigbus",
    b"sigill", b"severe", b"illegal", b"terminated", b"exceeded", b"no such file", b"denied", b"not found",
    b"no space left", b"cannot ", b"can't ", b"could not ", b"exit",
)  # fmt: skip


_LOWER = bytes(range(256)).lower()
_NO_LETTERS = bytes([byte for byte in range(256) if not chr(byte).isalpha() or byte > 127])
_NO_LETTERS_IN_LINES = _NO_LETTERS.replace(b"\n", b"")
_HINTS_LETTERS = frozenset(hint.translate(_LOWER, _NO_LETTERS) for hint in _HINTS)
_MOST_KNOWN = 4096  # lines


class ErrorLines:
    """Matcher of lines that tell of an error, for going from one to the next."""

    ignores_case = True
    is_literal = False
    spans_lines = False
    bound = _LOOKED_AT
    literals = _HINTS

    def __init__(self) -> None:
        self._harmless: set[bytes] = set()

    def matches(self, text: str, begin: int = 0, end: int | None = None) -> bool:
        """Return whether a line tells of an error."""
        return level_of(text[begin:end]) is LogLevel.ERROR

    def candidate(self, text: str, begin: int, end: int) -> int:
        """Return -1: there is no way to look at many lines at once."""
        return -1

    def is_missing(self, data: bytearray, size: int) -> bool:
        """Return whether certainly no such line is in the first `size` bytes, as far as a quick check tells.

        Programs print the same few lines over and over, with other numbers: of what is left of them without
        the numbers most was seen before. That takes a fourth of the time of looking for all the hints.
        """
        new = set(bytes(data[:size].translate(_LOWER, _NO_LETTERS_IN_LINES)).split(b"\n")) - self._harmless
        letters = b"\n".join(new)
        known = set(letters)
        if any(known.issuperset(hint) and hint in letters for hint in _HINTS_LETTERS):
            return False
        if len(self._harmless) + len(new) > _MOST_KNOWN:
            self._harmless.clear()
        if len(new) <= _MOST_KNOWN:
            self._harmless |= new
        return True
