"""Marks that loggers, launchers and containers put before each line: times, levels, ranks, hosts.

Sources of the forms: srun(1) (``--label``), mpirun(1) of Open MPI (``--output tag``) and MPICH (``-l``),
torchrun, Horovod, Lightning, Ray, kubectl, Docker Compose, syslog (RFC 3164), ISO 8601, glog, spdlog, loguru,
and Python's and Java's loggers. Any other mark is recognised by that nearly all lines have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from runtui.logs.diagnose.words import NOUGHTS, shapes, vocabulary

_SAMPLE = 60  # lines by which it is judged what all share
_FEWEST_ALIKE = 3  # lines that must have an ambiguous mark
_FEW = 20  # lines, among which those of a launcher count
_SHARE_ALIKE = 0.9  # of the lines that must have it
_MOST_LAYERS = 4  # marks before each other: a time, a rank, a host and a time again
_LONGEST_SHARED = 80  # bytes of a mark whose form is not known
_FEWEST_RELAYED = 4  # lines after each other that have one level

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = rb"\d\d?:\d\d:\d\d(?:[.,:]\d{1,9})?"
_ZONE = rb"(?: ?(?:Z|UTC|GMT|CES?T|[ECMP][SD]T|BST|JST|AEDT|AEST|[+-]\d\d:?\d\d)\b)?"
_TIME = re.compile(
    rb"[ \t]{0,4}(?:<\d{1,3}>(?:1 )?)?[\[(<]?(?:"
    rb"\d{4}[-/.]\d\d[-/.]\d\d[T _]" + _CLOCK + _ZONE + rb""
    rb"|\d{8}[T_-]?(?:\d{6}|" + _CLOCK + rb")" + _ZONE + rb"(?=[\] ])"
    rb"|\d\d?[-/.]\d\d?[-/.](?:\d{4}|\d\d)[ T,]{1,2}" + _CLOCK + rb"(?: ?[AP]M\b)?"
    rb"|(?:" + _DAY + rb",? )?" + _MONTH + rb" {0,2}\d\d? " + _CLOCK + rb"(?: [A-Z]{3,4}\b)?(?: \d{4}\b)?"
    rb"|(?:" + _DAY + rb", )?\d\d?[ -]" + _MONTH + rb"[ -]\d{4}[ T:]" + _CLOCK + _ZONE + rb""
    rb"|" + _CLOCK + rb"(?: ?[AP]M\b)?"
    rb"|1[4-9]\d{8}(?:[.,]\d{1,9}|\d{3})?(?=[ \]])"
    rb"|(?<=\[) {0,8}\d{1,8}\.\d{3,6}(?=\])"
    rb"|(?<=\[) {0,8}\d{1,8}(?:\.\d{1,6})? ?m?s(?=\])"
    rb")[\])>]?(?: [-|:](?= )|[|:])?[ \t]?"
)
"""A time at the beginning of a line, with one blank after it: what is indented stays so."""

_NO_ERROR = rb"(?:INFO|DEBUG|TRACE|NOTICE|SUCCESS|VERBOSE|(?<=[\[(])(?:info|debug|trace|notice))\b"
_ERROR = (
    rb"(?:CRITICAL|FATAL|ERROR|WARN(?:ING)?|SEVERE|(?<=[\[(])(?:critical|fatal|error|warn(?:ing)?|severe))\b"
)
_NAME = rb"[\w$<>/-]{1,60}"
_PATH = rb"(?!\S*(?:Error|Exception|Exit|Interrupt)\b)" + _NAME + rb"(?:[.:]" + _NAME + rb"){1,9}"
_CLASS = rb"(?!\S*(?:Error|Exception|Exit|Interrupt)\b)(?:" + _NAME + rb"\.){1,9}[A-Z][\w$]{0,60}"
_AFTER_TIME = re.compile(
    rb"std(?:out|err) [FP] "  # of containers
    rb"|[\w.-]{1,60} (?:[\w./@-]{1,60}\[\d{1,9}\]|kernel): "  # syslog
    rb"|[\w.-]{1,60} [\w./-]{1,60} \d{1,9} - - "  # syslog, RFC 5424
    # Names of threads and loggers, a level, and the same after it
    rb"|(?P<before>(?:\[[\w.:/ @-]{1,60}\] ?|[\w.$<>/-]{1,80}(?: - |: ?)){0,2})"
    rb"[\[(|]? ?(?:(?P<level>" + _ERROR + rb")|" + _NO_ERROR + rb")(?: {0,6}[\])])?:?"
    rb"(?: ?-(?= )|(?: | {4,6})\|(?= ))?"
    rb"(?P<after>(?: {1,2}\[(?!rank|default|local_rank|(?i:abort|error|fatal)\b)[\w.:/ @#-]{1,60}\])?"
    rb"(?: {1,2}(?:" + _PATH + rb" -|" + _CLASS + rb":|" + _NAME + rb" -)(?= ))?(?: -(?= ))?) ?"
)
"""What often follows a time, and says nothing of a failure."""

_GLOG = re.compile(rb"([IWEF])(?:\d{4}|\d{8}) " + _CLOCK + rb" {1,8}\d{1,20} [\w./-]{1,120}:\d{1,6}\] ?")
_GLOG_AFTER_TIME = re.compile(rb"(?:\d{1,20} )?([IWEF]) (?:\d{1,20} )?[\w./-]{1,120}:\d{1,6}\] ?")
_GLOG_LEVELS = {b"I": b"", b"W": b"WARNING: ", b"E": b"ERROR: ", b"F": b"FATAL: "}
_TELLS_BY_ITSELF = (b"Check failed: ", b"failed (exitcode: ")

_LEVEL_FIRST = re.compile(
    rb"[\[(]?(?:(" + _ERROR + rb")|" + _NO_ERROR + rb")[\])]?:? {1,6}(?=[\[(]?(?:\d{4}[-/]|\d\d[:/-]))"
)
"""A level before a time."""

_TIMES = re.compile(
    rb"^(?:" + _TIME.pattern + rb"|" + _GLOG.pattern + rb"|" + _LEVEL_FIRST.pattern + rb")", re.MULTILINE
)

_LIKE_TIMES = re.compile(_TIMES.pattern.replace(b"1[4-9]\\d{8}", b"0{10}").replace(b"(?:1 )?", b"(?:0 )?"))
"""The same for lines with noughts for all digits."""

_LETTER = re.compile(rb"(?:^|(?<=[ \]]))[EF](?:\d{4}|\d{8})? [^\n]{1,160}?:\d{1,6}\]", re.MULTILINE)

_COLOURS = re.compile(rb"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")

_RANK = re.compile(
    rb"\[(?:[\w.-]{1,80}@)?(?:\d{1,6}[,.])?(\d{1,6})\]<std(?:err|out)>:"  # Open MPI, Horovod
    rb"|\[(?:default|rank|local_rank):? ?(\d{1,6})\]:?"  # torchrun, PyTorch, Lightning
    rb"|\((?:\w{1,40} )?pid=(\d+)[^()\n]{0,60}\)|\((raylet)\)"  # Ray
    rb"|\s{0,8}From worker (\d{1,6}):\s"  # Julia
    rb"|[\[(<]?(?i:rank|worker|task|process|proc|node) ?[:#]? ?(\d{1,6})[\])>]?(?: ?[:|>]| -)(?= |$)"
    rb"|[\[(](?i:rank|worker|task|process|proc|node) ?[:#]? ?(\d{1,6})[\])](?= |$)"
    rb"|(?:INFO|DEBUG):([\w.]{1,60}):"  # of Python's loggers, without any settings
    rb"|\s?\[First (\d{1,9}) bytes\]:"  # Cromwell, before the output of a job
)
"""Marks of ranks that nothing else looks like."""

_NUMBER = re.compile(rb" {0,6}(\d{1,6}):|\[(\d{1,6})\]:?(?= |$)")
_HOST = re.compile(rb"(?=[A-Za-z_.-]{0,60}\d)([A-Za-z][\w.-]{0,60}):(?= |$)")
_POD = re.compile(rb"([A-Za-z][\w./-]{0,80}) {1,20}\||\[([A-Za-z][\w.-]{0,80}/[\w./-]{1,80})\](?= |$)")

_STREAM = re.compile(rb"(std(?:out|err):|[EOI]:|>{1,3})(?= |$)")

_MARKS: tuple[tuple[re.Pattern[bytes], tuple[bytes, ...]], ...] = (
    (
        _RANK,
        (
            b"]<std",
            b"[rank",
            b"[default",
            b"[local_rank",
            b"pid=",
            b"From worker ",
            b"(raylet)",
            b"INFO:",
            b"DEBUG:",
            b"[First ",
        ),
    ),
    (_NUMBER, ()),
    (_POD, ()),
    (_HOST, ()),
    (_RANK, ()),
    (_STREAM, ()),
)
"""Marks, each with texts of which a log with it has one. Where nothing but a mark looks like it, it is taken
from every line; one without such texts must stand before nearly all lines."""

_DIGITS = re.compile(rb"\d+")
_SHARED_END = re.compile(rb"[\])>]:? |[:|>] | - |\t|[\])>]:?(?=\S)")
_NO_MARK = re.compile(
    rb"error|fatal|warn|fail|abort|excep|sbatch|srun|slurm|mpi|step|iter|epoch|time|cycle|^ |[=%,]",
    re.IGNORECASE,
)
"""What a mark whose form is not known has not: words of messages and of output."""

_OF_LAUNCHER = re.compile(
    rb"(?:srun|slurmstepd\S*|mpirun|mpiexec|prterun|aprun|jsrun|make|timeout|time): "
    rb"|(?:Command )?[Ee]xit(?:ed)?\b.{0,40}\b\d{1,3}$|(?:Killed|Aborted|Terminated|Segmentation fault)\b"
    rb"|\S{1,80}: line \d+: "
)
"""Lines of launchers and shells, before which nothing stands that stands before those of the program."""

_LEVELS = tuple(
    bracket + level
    for level in (b"ERROR", b"error", b"STDERR", b"stderr", b"ERR:", b"ERR]")
    for bracket in (b"", b"[", b"(")
)
_OF_LEVEL = re.compile(rb"[\[(]?(?:ERROR|error|STDERR|stderr|ERR)[\])]?:? ?(?=[ \n]|$|\S)")
_RELAYED = re.compile(rb"\s|$|Traceback \(most|[-=]{8}")
_FEWEST_OF_PROGRAM = 2  # lines in a relayed output that look so


def without_marks(lines: Sequence[bytes]) -> list[bytes] | None:
    """Return the lines without times, hosts and colours, and with the ranks as ``3: ``; None without any."""
    texts = list(lines)
    whole = b"\n".join(texts)
    is_changed = b"\x1b" in whole
    if is_changed:
        texts = [_COLOURS.sub(b"", text) for text in texts]
        whole = b"\n".join(texts)
    marks: list[bytes] = [b""] * len(texts)
    alike = shapes(whole)
    together = b"\n".join(alike)
    for _layer in range(_MOST_LAYERS):
        timed = set(filter(_LIKE_TIMES.match, alike))
        has_more = bool(timed) and _strip_times(texts, timed)
        some = sample(texts)
        for form, literals in _MARKS:
            if any(literal in together for literal in literals) if literals else _is_shared(some, form.match):
                has_more |= _strip_marks(texts, marks, form)
                some = sample(texts)
                if len(set(filter(None, marks))) == 1:
                    marks = [b""] * len(texts)  # what all share tells nothing, and may stand before ranks
        if not has_more:
            has_more = _strip_shared(texts, marks)
        if not has_more:
            break
        is_changed = True
        alike = shapes(b"\n".join(texts))
    is_changed |= any(shape.startswith(_LEVELS) for shape in alike) and _strip_relayed(texts)
    if not is_changed:
        return None
    numbers = {mark: number for number, mark in enumerate(dict.fromkeys(filter(None, marks)))}
    if len(numbers) > 1:
        texts = [
            b"%d: %b" % (numbers[mark], text) if mark else text
            for mark, text in zip(marks, texts, strict=True)
        ]
    return texts


def sample(texts: Sequence[bytes]) -> list[bytes]:
    """Return some lines that have words, from all parts of a text, of the program and not of its launcher."""
    some = [text for text in texts[:: max(1, len(texts) // _SAMPLE)] if text.strip()]
    if len(some) > _FEW:
        return some
    return [text for text in some if not _OF_LAUNCHER.match(text)] or some


def may_have_letters(data: bytes) -> bool:
    """Return whether a letter may stand for the level of an error, as glog writes it."""
    return b":]" in vocabulary(data).lines and _LETTER.search(b"\n".join(shapes(data))) is not None


def _strip_times(texts: list[bytes], timed: AbstractSet[bytes]) -> bool:
    """Take the times from the lines whose shapes have one, with what loggers put around them."""
    has_changed = False
    with_time = [(number, text) for number, text in enumerate(texts) if text.translate(NOUGHTS) in timed]
    levels = [found[1] for _number, text in with_time if (found := _GLOG.match(text)) is not None]
    tells = len(set(levels)) > 1 or len(levels) < _SHARE_ALIKE * len(texts)  # what all share tells nothing
    for number, text in with_time:
        glog = _GLOG.match(text) if levels else None
        if glog is not None:
            rest = text[glog.end() :]
            texts[number] = _labelled(glog[1], rest) if tells else rest
            has_changed = True
            continue
        level = _LEVEL_FIRST.match(text)
        found = _TIME.match(text, level.end() if level else 0)
        if found is None:
            continue
        rest = _after_time(text, found.end())
        rest = _with_border(text, rest)
        texts[number] = level[1] + b": " + rest if level and level[1] else rest
        has_changed = True
    return has_changed


def _after_time(text: bytes, end: int) -> bytes:
    """Return a line after its time, without the logger's name and place; of a level only one of an error."""
    glog = _GLOG_AFTER_TIME.match(text, end)
    if glog is not None:
        return text[glog.end() :] if glog[1] == b"W" else _labelled(glog[1], text[glog.end() :])
    after = _AFTER_TIME.match(text, end)
    if after is None:
        return text[end:]
    if not after["level"]:
        return text[after.end() :]
    if after["after"].strip(b" -|"):
        return after["level"].upper() + b": " + text[after.end() :]
    return text[after.end("before") :]


def _with_border(text: bytes, rest: bytes) -> bytes:
    """Return what is left of a line in a box with the border that looks like a part of its mark."""
    if not rest or not text.endswith((b"|", b"| ")):
        return rest
    is_taken = text.endswith(rest) and text[: len(text) - len(rest)].rstrip().endswith(b"|")
    is_bordered = rest.lstrip().startswith(b"|") and rest.strip() != b"|"
    return b"| " + rest if is_taken and not is_bordered else rest


def _labelled(level: bytes, text: bytes) -> bytes:
    return text if text.startswith(_TELLS_BY_ITSELF) else _GLOG_LEVELS[level] + text


def _strip_marks(texts: list[bytes], marks: list[bytes], form: re.Pattern[bytes]) -> bool:
    """Take a mark from each line that has it; of several the first is kept as the line's.

    What is indented stays so: one blank after the mark belongs to it where it stands after all of them.
    """
    found = {number: mark for number, text in enumerate(texts) if (mark := form.match(text)) is not None}
    blank = all(texts[number][mark.end() :][:1] in (b" ", b"\t", b"") for number, mark in found.items())
    for number, mark in found.items():
        texts[number] = _with_border(texts[number], texts[number][mark.end() + blank :])
        if not marks[number]:
            marks[number] = next(group for group in mark.groups() if group is not None)
    return bool(found)


def _is_shared(some: Sequence[bytes], found_in: Callable[[bytes], object]) -> bool:
    """Return whether nearly all of some lines have what is looked for."""
    alike, least = len(some), max(_FEWEST_ALIKE, _SHARE_ALIKE * len(some))
    for text in some:
        if alike < least:
            break  # as of most logs after a few lines
        alike -= found_in(text) is None
    return alike >= least


def _strip_shared(texts: list[bytes], marks: list[bytes]) -> bool:
    """Take from each line what nearly all have before their words, whatever numbers are in it."""
    mark = _shared_mark(sample(texts))
    if mark is None:
        return False
    found: dict[int, re.Match[bytes]] = {}
    for number, text in enumerate(texts):
        if (match := mark.match(text)) is not None:
            found[number] = match
    names = {match[0] for match in found.values()}
    is_rank = 1 < len(names) <= len(found) // 2
    for number, match in found.items():
        texts[number] = texts[number][match.end() :]
        if is_rank and not marks[number]:
            marks[number] = match[0]
    return bool(found)


def _shared_mark(lines: Sequence[bytes]) -> re.Pattern[bytes] | None:
    """Return the form of what nearly all of some lines begin with; None where it may be what they say."""
    if not _is_shared(lines, _SHARED_END.search):
        return None
    folded = sorted(_DIGITS.sub(b"0", line[:_LONGEST_SHARED]) for line in lines)
    # Where nearly all lines share a beginning, those in the middle of their order do.
    spared = int(len(folded) * (1 - _SHARE_ALIKE) / 2)
    first, last = folded[spared], folded[-1 - spared]
    length = next(
        (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other),
        min(len(first), len(last)),
    )
    ends = [end.end() for end in _SHARED_END.finditer(first, 0, length)]
    shared = next((first[:end] for end in reversed(ends) if _is_mark(first[:end])), None)
    if shared is None:
        return None
    return re.compile(rb"\d+".join(re.escape(part) for part in shared.split(b"0")))


def _is_mark(text: bytes) -> bool:
    is_bracketed = text[:1] in (b"[", b"(", b"<") or text.rstrip().endswith(b"|")
    is_column = text.rstrip().endswith(b"|") and not re.search(rb"[A-Za-z:]", text)
    return _NO_MARK.search(text) is None and (b"0" in text or is_bracketed) and not is_column


def _strip_relayed(texts: list[bytes]) -> bool:
    """Take a level from lines after each other that all have it, as from the output of another program.

    Such output has lines that are empty, indented or rules.
    """
    whole = b"\n".join(texts)
    if sum(whole.count(b"\n" + begin) for begin in _LEVELS) < _FEWEST_RELAYED - 1:
        return False
    has_changed = False
    run: list[tuple[int, int]] = []
    for number, text in enumerate([*texts, b"\0"]):
        found = _OF_LEVEL.match(text)
        if found is not None and (not run or texts[run[0][0]][: run[0][1]].strip() == found[0].strip()):
            run.append((number, found.end()))
            continue
        if len(run) >= _FEWEST_RELAYED:
            relayed = [texts[line][end:] for line, end in run]
            if sum(_RELAYED.match(line) is not None for line in relayed) >= _FEWEST_OF_PROGRAM:
                for (line, _end), rest in zip(run, relayed, strict=True):
                    texts[line] = rest
                has_changed = True
        run = [(number, found.end())] if found is not None else []
    return has_changed
