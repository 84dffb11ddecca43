"""Lines of a log as their program meant them: without what loggers, launchers and containers put before them.

The rules for failures see these lines, and their places lead back to the log. Sources of the forms: srun(1)
(``--label``), mpirun(1) of Open MPI (``--output tag``) and MPICH (``-l``), torchrun, Ray, syslog (RFC 3164),
ISO 8601, the json-file driver of Docker, pino, and Python's and Java's loggers.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

_SAMPLE = 60  # lines by which it is judged what all share
_FEWEST_ALIKE = 3  # lines that must have an ambiguous mark
_SHARE_ALIKE = 0.9  # of the lines that must have it
_SHARE_PACKED = 0.5  # of the lines that must be JSON objects
_MOST_LAYERS = 4  # marks before each other: a time, a rank, a host and a time again

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = rb"\d\d?:\d\d:\d\d(?:[.,:]\d{1,9})?"
_TIME = re.compile(
    rb"[ \t]{0,4}[\[(<]?(?:"
    rb"\d{4}[-/.]\d\d[-/.]\d\d[T _]" + _CLOCK + rb"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?"
    rb"|\d\d?[-/.]\d\d?[-/.](?:\d{4}|\d\d)[ T,]{1,2}" + _CLOCK + rb"(?: ?[AP]M\b)?"
    rb"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
    + _MONTH
    + rb" {1,2}\d\d? "
    + _CLOCK
    + rb"(?: [A-Z]{3,4})?(?: \d{4}\b)?"
    rb"|\d\d?[ -]" + _MONTH + rb"[ -]\d{4}[ T]" + _CLOCK + rb""
    rb"|" + _CLOCK + rb"(?: ?[AP]M\b)?"
    rb"|1[4-9]\d{8}(?:[.,]\d{1,9}|\d{3})?(?= |\])"
    rb"|(?<=\[) {0,8}\d{1,8}\.\d{3,6}(?=\])"
    rb")[\])>]?(?: [-|:](?= )|[|:])?[ \t]?"
)
"""A time at the beginning of a line, with one blank after it: what is indented stays so."""

_LEVEL = rb"(?:CRITICAL|FATAL|ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE|NOTICE)\b"
_TIMES = re.compile(rb"^" + _TIME.pattern, re.MULTILINE)
_NOUGHTS = bytes.maketrans(b"123456789", b"0" * 9)
_LIKE_TIME = re.compile(_TIME.pattern.replace(b"1[4-9]\\d{8}", b"0{10}"))
"""The same for lines whose digits are all nought."""

_AFTER_TIME = re.compile(
    rb"std(?:out|err) [FP] "  # of containers
    rb"|[\w.-]{1,60} (?:[\w./@-]{1,60}\[\d{1,9}\]|kernel): "  # syslog
    rb"|(?:\[[\w.]{1,60}\] ?(?=\[?"
    + _LEVEL
    + rb")|[\w.]{1,60}(?: - |:)(?="
    + _LEVEL
    + rb"))?"  # a logger's name
    rb"(?:[\[(]?(?:INFO|DEBUG|TRACE|NOTICE)\b[\])]?:?(?: [-|](?= ))? )?"
)
"""What often follows a time, and says nothing of a failure."""

_COLOURS = re.compile(rb"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")

_RANK = re.compile(
    rb"\[(?:[\w.-]{1,80}@)?\d{1,6}[,.](\d{1,6})\]<std(?:err|out)>:"  # Open MPI
    rb"|\[(?:default|rank|local_rank)(\d{1,6})\]:"  # torchrun, PyTorch
    rb"|\(\w{1,40} pid=(\d+)[^()\n]{0,60}\)"  # Ray
    rb"|\s{0,8}From worker (\d{1,6}):\s"  # Julia
)
"""Marks of ranks that nothing else looks like."""

_NUMBER = re.compile(rb" {0,6}(\d{1,6}):|\[(\d{1,6})\]:?(?= |$)")
_HOST = re.compile(rb"(?=[A-Za-z_.-]{0,60}\d)([A-Za-z][\w.-]{0,60}):(?= |$)")
_POD = re.compile(rb"([A-Za-z][\w./-]{0,80}) {1,20}\|")

_MARKS: tuple[tuple[re.Pattern[bytes], tuple[bytes, ...]], ...] = (
    (_RANK, (b"]<std", b"[rank", b"[default", b"[local_rank", b" pid=", b"From worker ")),
    (_NUMBER, ()),
    (_POD, ()),
    (_HOST, ()),
)
"""Marks, each with texts of which a log with it has one. Where nothing but a mark looks like it, it is taken
from every line; one without such texts must stand before nearly all lines."""

_MESSAGE_KEYS = ("log", "msg", "message", "event", "text", "MESSAGE")
_DETAIL_KEYS = ("exc_info", "exception", "stack_trace", "stack", "stacktrace", "traceback", "error", "err")
_LEVEL_KEYS = ("level", "levelname", "severity", "lvl")
_ERROR_LEVELS = frozenset(("error", "err", "critical", "fatal", "panic", "emerg", "alert"))
_FIRST_ERROR_LEVEL = 50  # of pino and bunyan; Python's is 40, which is their warning
_MOST_DETAILS = 200  # lines of one entry


class PlainLines(NamedTuple):
    """Lines of a part of a log, with the places that they have in it.

    Attributes:
        data: The lines, in UTF-8.
        begins: Where each line begins in `data`; None where both are the same.
        places: Where it begins in the log.
        offset, end: Where the part begins and ends in the log, in bytes.
    """

    data: bytes
    begins: Sequence[int] | None
    places: Sequence[int]
    offset: int
    end: int

    def place_of(self, position: int) -> int:
        """Return where in the log the line lies in which a position of `data` is."""
        if self.begins is None:
            return self.offset + position
        return self.places[bisect_right(self.begins, position) - 1]

    def end_of(self, position: int) -> int:
        """Return where in the log the line ends in which a position of `data` is."""
        if self.begins is None:
            return self.offset + position
        line = bisect_right(self.begins, position)
        return self.places[line] if line < len(self.places) else self.end


class _Lines(NamedTuple):
    """Lines, and where each begins in the part of the log."""

    texts: list[bytes]
    places: list[int]


def plain_lines(data: bytes, offset: int, encoding: str = "") -> PlainLines:
    """Return the lines of a part of a log without marks, in UTF-8.

    Args:
        data: The part, which begins with a line.
        offset: Where it begins in the log, in bytes.
        encoding: ``utf-16-le`` or ``utf-16-be``; others are read as UTF-8.
    """
    texts = [] if encoding or b"\r" in data else data.split(b"\n")
    end = offset + len(data)
    if texts and not _are_packed(texts):
        plain = _without_marks(texts)
        if plain is None:
            return PlainLines(data, None, (), offset, end)
        return _joined(_Lines(plain, line_begins(texts)), offset, end)
    lines = _decoded(data, encoding) if encoding else _split(data)
    if _are_packed(lines.texts):
        lines = _unpacked(lines)
    plain = _without_marks(lines.texts)
    return _joined(lines if plain is None else lines._replace(texts=plain), offset, end)


def _joined(lines: _Lines, offset: int, end: int) -> PlainLines:
    places = [offset + place for place in lines.places]
    return PlainLines(b"\n".join(lines.texts), line_begins(lines.texts), places, offset, end)


def line_begins(texts: Sequence[bytes]) -> list[int]:
    """Return where each line begins in all of them together."""
    return list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))


def _split(data: bytes) -> _Lines:
    """Return the lines; a carriage return ends one, too, as a progress bar is drawn over what was there."""
    texts: list[bytes] = []
    places: list[int] = []
    place = 0
    for line in data.split(b"\n"):
        part_place = place
        for part in line.rstrip(b"\r").split(b"\r"):
            texts.append(part)
            places.append(part_place)
            part_place += len(part) + 1
        place += len(line) + 1
    return _Lines(texts, places)


def _decoded(data: bytes, encoding: str) -> _Lines:
    lines = data.decode(encoding, "replace").split("\n")
    newline = len("\n".encode(encoding))
    lengths = (len(line.encode(encoding, "replace")) + newline for line in lines[:-1])
    texts = [line.strip("\r\ufeff").encode("utf-8", "replace") for line in lines]
    return _Lines(texts, list(accumulate(lengths, initial=0)))


# Entries that are JSON objects


def _are_packed(texts: Sequence[bytes]) -> bool:
    sample = _sample(texts)
    packed = sum(text.startswith(b"{") and text.rstrip().endswith(b"}") for text in sample)
    return bool(sample) and packed >= _SHARE_PACKED * len(sample)


def _unpacked(lines: _Lines) -> _Lines:
    """Return the messages of entries that are JSON objects, each followed by the traceback that it has."""
    found = [
        (text, place)
        for entry, place in zip(lines.texts, lines.places, strict=True)
        for text in _messages(entry)
    ]
    return _Lines([text for text, _place in found], [place for _text, place in found])


def _messages(line: bytes) -> list[bytes]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return [line]
    if not isinstance(entry, dict):
        return [line]
    message = next((entry[key] for key in _MESSAGE_KEYS if isinstance(entry.get(key), str)), None)
    details = [text for key in _DETAIL_KEYS for text in _details(entry.get(key))]
    if message is None and not details:
        return [line]
    found = [] if message is None else message.rstrip("\n").split("\n")
    if found and _is_error(entry) and not found[0].lstrip().lower().startswith(tuple(_ERROR_LEVELS)):
        found[0] = f"ERROR: {found[0]}"
    return [text.encode("utf-8", "replace") for text in (*found, *details[:_MOST_DETAILS])]


def _details(value: object) -> list[str]:
    if isinstance(value, dict):
        value = value.get("stack") or value.get("stacktrace") or value.get("message")
    if isinstance(value, list):
        value = "\n".join(text for text in value if isinstance(text, str))
    return value.rstrip("\n").split("\n") if isinstance(value, str) and value else []


def _is_error(entry: dict[str, Any]) -> bool:
    level = next((entry[key] for key in _LEVEL_KEYS if key in entry), None)
    if isinstance(level, str):
        return level.lower() in _ERROR_LEVELS
    return isinstance(level, int) and level >= _FIRST_ERROR_LEVEL


# Marks before the lines


def _without_marks(lines: Sequence[bytes]) -> list[bytes] | None:
    """Return the lines without times, hosts and colours, and with the ranks as ``3: ``; None without any."""
    texts = list(lines)
    whole = b"\n".join(texts)
    is_changed = b"\x1b" in whole
    if is_changed:
        texts = [_COLOURS.sub(b"", text) for text in texts]
    marks: list[bytes] = [b""] * len(texts)
    for _layer in range(_MOST_LAYERS):
        has_more = _has_times(b"\n".join(texts) if is_changed else whole) and _strip_times(texts)
        sample = _sample(texts)
        for form, literals in _MARKS:
            if any(literal in whole for literal in literals) if literals else _is_shared(sample, form):
                has_more |= _strip_marks(texts, marks, form)
                sample = _sample(texts)
                if len(set(filter(None, marks))) == 1:
                    marks = [b""] * len(texts)  # what all share tells nothing, and may stand before ranks
        if not has_more:
            break
        is_changed = True
    if not is_changed:
        return None
    numbers = {mark: number for number, mark in enumerate(dict.fromkeys(filter(None, marks)))}
    if len(numbers) > 1:
        texts = [
            b"%d: %b" % (numbers[mark], text) if mark else text
            for mark, text in zip(marks, texts, strict=True)
        ]
    return texts


def _has_times(whole: bytes) -> bool:
    # Of the lines that differ only in their numbers one is looked at: most logs have few others.
    distinct = set(whole.translate(_NOUGHTS).split(b"\n"))
    return any(map(_LIKE_TIME.match, distinct)) and _TIMES.search(whole) is not None


def _strip_times(texts: list[bytes]) -> bool:
    has_changed = False
    for number, text in enumerate(texts):
        found = _TIME.match(text)
        if found is None:
            continue
        end = found.end()
        if (after := _AFTER_TIME.match(text, end)) is not None:
            end = after.end()
        texts[number] = text[end:]
        has_changed = True
    return has_changed


def _strip_marks(texts: list[bytes], marks: list[bytes], form: re.Pattern[bytes]) -> bool:
    """Take a mark from each line that has it; of several the first is kept as the line's.

    What is indented stays so: one blank after the mark belongs to it where it stands after all of them.
    """
    found = {number: mark for number, text in enumerate(texts) if (mark := form.match(text)) is not None}
    blank = all(texts[number][mark.end() :][:1] in (b" ", b"\t", b"") for number, mark in found.items())
    for number, mark in found.items():
        texts[number] = texts[number][mark.end() + blank :]
        if not marks[number]:
            marks[number] = next(group for group in mark.groups() if group is not None)
    return bool(found)


def _is_shared(sample: Sequence[bytes], form: re.Pattern[bytes]) -> bool:
    alike = sum(form.match(text) is not None for text in sample)
    return alike >= _FEWEST_ALIKE and alike >= _SHARE_ALIKE * len(sample)


def _sample(texts: Sequence[bytes]) -> list[bytes]:
    return [text for text in texts[:: max(1, len(texts) // _SAMPLE)] if text.strip()]
