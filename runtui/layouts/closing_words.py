"""Closing words: the last line by which a program, or its script, says that it has reached its end.

They tell less than what `runtui.layouts.last_words` knows: whoever writes "Done." may not know that a part of
the work failed. So they count only where nothing in the log complains, and only in the last line; and not
where the same was said before, as of each step, or of an inner loop.
"""

from __future__ import annotations

import re

from runtui.text.lazy_pattern import LazyPattern

_NUMBER = r"[-+]?(?:\d[\d,]{0,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[ed][-+]?\d{1,4})?"
_UNIT = r"(?:s|secs?|seconds?|ms|milliseconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b\.?"
_DURATION = (
    r"(?:(?:\d{1,6}(?: days?,?|[d-]) ?)?\d{1,6}:\d\d(?::\d\d)?(?:\.\d{1,9})?(?: ?\(?[hms:]{1,8}\)?)?"
    rf"|{_NUMBER} ?\(?{_UNIT}\)?(?:(?:,| and)? ?{_NUMBER} ?{_UNIT}){{0,3}})"
)
_IN_UNIT = rf"(?: ?[(\[] ?{_UNIT} ?[)\]]| in {_UNIT})"
_IS = r"(?: (?:is|was|of))? ?(?:[:=]+|->)? ?"
_TO = r"(?:to|in|into|as|at)\b.{0,200}"

_ENDED = r"(?:done|finished|completed?|ended|the end|success|(?:good ?)?bye|clean exit|normal exit)"
_BARE = (
    rf"(?:(?:all|we(?:'| a)re|everything|and)(?: is| are)? )?{_ENDED}(?: all)?(?:[!.,:; ]+{_ENDED}){{0,2}}"
)
_CLOCK = (
    r"(?:elapsed|wall(?:[ -]?clock)?|run(?:ning)?|execution|computation(?:al)?|cpu|processing|compute|solve)"
)
_WHOLE = rf"(?:{_CLOCK}|simulation|training|calculation|program|job)"
_TIME = (
    rf"(?:(?:total|overall)(?: {_WHOLE}){{0,2}}[ -]?(?:time|runtime)"
    rf"|{_CLOCK}(?: {_CLOCK}){{0,2}}[ -]?time|runtime|elapsed|total elapsed"
    r"|(?:total )?time (?:elapsed|taken|used|spent|to solution))(?: (?:elapsed|taken|used|spent))?"
)
_MEASURE = (
    r"(?:energy|energies|enthalpy|loss|acc(?:uracy)?|errors?|results?|value|score|cost|objective|reward|estimate"
    r"|(?:log[- ]?)?likelihood|perplexity|ppl|rms[de]|mse|mae|f1|auc|metrics?|answer|ssim|psnr|iou|map)"
)
_RESULTS = (
    r"(?:(?:all|the|final|output|simulation|test|evaluation) ){0,3}"
    r"(?:results?|summary|report|predictions|final \w{1,20})"
)
_REACHED = r"(?:(?:has been |was |is )?(?:reached|achieved|obtained))"

_DATE = (
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,? .{4,30}\d{4}"
    r"|\d{4}[-/.]\d\d?[-/.]\d\d?[t _]{1,3}\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:z|utc|[+-]\d\d:?\d\d))?"
    r"|[\d :./-]{8,30}(?:z|utc|[+-]\d\d:?\d\d)?)"
)
_PIECE = r"(?:job|script|program|run|simulation|calculation)"
_SCRIPT = (
    rf"(?:(?:the |this |my )?{_PIECE}(?: [\w.:#\[\]-]{{1,40}})? (?:is |was |has )?"
    r"(?:finished|completed?|ended|done)"
    rf"|end of (?:the |this )?{_PIECE}|end|fortran stop"
    r"|(?:job |run |script |program )?(?:end|ended|ending|finish|finished|stop|stopped|completed)"
    r"(?: (?:time|date|at|on))?(?=[ :]{1,3}\W{0,2}[\w,]))"
)
"""What scripts write at their ends, before the time or the host."""

_CLOSING = LazyPattern(
    r"(?:(?:root|(?:\w+\.)*__main__|main|(?:\w{1,40}\.)+\w{1,40}): )?(?:"  # of a logger
    rf"{_BARE}(?:[.!:,;]? ?(?:in|after|took)? ?\(?{_DURATION}\)?)?"
    rf"|(?:{_BARE}[.!:,;]? )?{_TIME}(?:{_IN_UNIT}{_IS}{_NUMBER}|{_IS}{_DURATION})"
    rf"|(?:it |that |this |everything )?took {_DURATION}"
    rf"|final (?:[\w()/%^@.-]{{1,30}} ){{0,4}}?{_MEASURE}(?: \([^()]{{1,30}}\)| \w{{1,12}})?"
    rf"{_IS}{_NUMBER}[^:=]{{0,30}}"
    r"|(?:\w{1,30} ){0,3}(?:has |have |is |was )?converged(?: successfully)?"
    r"(?:[:=] ?(?:true|yes)|[.!,;]? (?:after|in|at|to|with|within) .{0,80})?"
    rf"|(?:\w{{1,30}} )?convergence {_REACHED}(?: (?:after|in|at) .{{0,80}})?"
    rf"|{_RESULTS}(?: (?:were|was|have been|has been))? (?:saved|written|stored|exported) {_TO}"
    rf"|(?:saved|wrote|stored|exported) {_RESULTS}(?: \w{{1,20}})? {_TO}"
    rf"|{_SCRIPT}(?: ?[:.!,]? ?(?:(?:at|on) )?(?:time |host |node )?(?:{_DATE}|on [\w.-]{{1,40}}))?"
    r"|(?:\w{1,30}[:.!]? ){0,3}(?:exited|finished|ended|completed|terminated)(?: \w{1,12})?"
    r" without (?:any )?errors?"
    r")[\W_]*",
    re.ASCII,
)
_DENIED = LazyPattern(
    r"\b(?:not?|never|without(?! (?:any )?errors?\b)|non|false|un\w+|\w+n't|fail\w*|abort\w*|kill\w*"
    r"|interrupt\w*"
    r"|errors? (?:occur|found|in)\w*|estimated|remaining|eta|left|partial\w*|0 (?:of|/) ?\d+"
    r"|scf|inner|linear|electron(?:ic|s)?|newton|krylov|ksp|pressure|velocity|density|charge|sub-?cycl\w+"
    r"|single point|epoch|fold|batch|chunk|iteration \d+ (?:has )?converged|time ?step)\b",
    re.ASCII,
)
"""Words of lines that deny their end, or tell of the end of a part."""

_BEGUN = LazyPattern(
    r"(?:now )?(?:load|read|initiali[sz]|build|creat|compil|configur|set|prepar|allocat|import|download"
    r"|connect|start|generat|partition|mesh|pars|check|install|copy|stag|submitt|open|warm|preprocess|tokeni[sz]"
    r"|equilibrat)ing\b",
    re.ASCII,
)
"""Words with which a line begins whose step the next line ends, and not the run."""

_WORDS = (
    "done", "finish", "complete", "ended", "the end", "success", "bye", "exit", "time", "elapsed", "took",
    "final", "converge", "saved", "written", "wrote", "stored", "exported", "end", "stop", "without",
)  # fmt: skip
"""Words of which each such line has one."""

_DECORATION = re.compile(r"[\W_]+", re.ASCII)
_DATE_ALONE = LazyPattern(_DATE + r"\W*", re.ASCII)
_DIGITS = re.compile(r"[\d.,:+e-]*\d[\d.,:+e-]*")
_LONGEST = 300  # bytes of a line
_LONG = 12 * 1024  # bytes of the end of a log whose beginning may not be among them
_FEWEST_LINES = 3  # lines besides the dates that a script writes
_MOST_DATES = 3  # dates before the last one, of a script that writes them between its programs


def has_closed(text: bytes) -> bool:
    """Return whether the last line of a log says that its program has reached its end.

    Args:
        text: The end of the log, from the beginning of a line.
    """
    if not _may_close(text):
        return False
    if _ends_with_date(text):
        return True
    # What loggers put before each line is taken off, and few logs need that.
    from runtui.logs.diagnose.plain_lines import plain_lines

    lines = plain_lines(text, 0).data.split(b"\n")
    last = ""
    while lines and (not last or _DATE_ALONE.fullmatch(last)):
        last = _plain(lines.pop())
    if _CLOSING.fullmatch(last) is None or _DENIED.search(last) is not None:
        return False
    before = list(filter(None, map(_plain, lines)))
    shape = _shape(last)
    # "Done" alone tells of no work.
    return bool(before) and not _BEGUN.match(before[-1]) and all(_shape(line) != shape for line in before)


def _may_close(text: bytes) -> bool:
    end = len(text.rstrip(b"\n\r\t =-*#_"))
    last = text[max(text.rfind(b"\n", 0, end) + 1, end - _LONGEST) : end].lower().decode("utf-8", "replace")
    return any(word in last for word in _WORDS) or _DATE_ALONE.fullmatch(last.strip()) is not None


def _ends_with_date(text: bytes) -> bool:
    """Return whether the last line is a date, as of a script that writes it first and last, not of steps."""
    lines = text.rstrip().split(b"\n")
    if _DATE_ALONE.fullmatch(_plain(lines.pop())) is None:
        return False
    before = list(filter(None, map(_plain, lines)))
    dates = sum(_DATE_ALONE.fullmatch(line) is not None for line in before)
    return len(before) - dates >= _FEWEST_LINES and 0 < dates + (len(text) >= _LONG) <= _MOST_DATES


def _plain(line: bytes) -> str:
    """Return a line in lower case without what decorates it; ``""`` for one without words."""
    if len(line) > _LONGEST:
        line = line[:_LONGEST]
    text = line.decode("utf-8", "replace").lower().strip()
    if not any(letter.isalnum() for letter in text):
        return ""
    begin = _DECORATION.match(text)
    return " ".join((text if begin is None else text[begin.end() :]).split())


def _shape(line: str) -> str:
    return _DIGITS.sub("0", line)
