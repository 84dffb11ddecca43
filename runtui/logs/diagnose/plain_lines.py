"""Lines of a log as their program meant them: without what loggers, launchers and containers put before them.

The rules for failures see these lines, and their places lead back to the log. Sources of the forms: srun(1)
(``--label``), mpirun(1) of Open MPI (``--output tag``) and MPICH (``-l``), torchrun, Ray, syslog (RFC 3164),
ISO 8601, the json-file driver of Docker, pino, and Python's and Java's loggers.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
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

_MARKS = ((_RANK, True), (_NUMBER, False), (_POD, False), (_HOST, False))
"""Marks, each with whether nothing else looks like it; others must stand before nearly all lines."""

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


class _Line(NamedTuple):
    place: int
    text: bytes


def plain_lines(data: bytes, offset: int, encoding: str = "") -> PlainLines:
    """Return the lines of a part of a log without marks, in UTF-8.

    Args:
        data: The part, which begins with a line.
        offset: Where it begins in the log, in bytes.
        encoding: ``utf-16-le`` or ``utf-16-be``; others are read as UTF-8.
    """
    lines = list(_decoded(data, encoding) if encoding else _split(data))
    cleaned = _without_marks(_unpacked(lines))
    if not encoding and cleaned is lines and b"\r" not in data:
        return PlainLines(data, None, (), offset, offset + len(data))
    begins, places, position = [], [], 0
    for line in cleaned:
        begins.append(position)
        places.append(offset + line.place)
        position += len(line.text) + 1
    return PlainLines(b"\n".join(line.text for line in cleaned), begins, places, offset, offset + len(data))


def _split(data: bytes) -> Iterator[_Line]:
    """Yield the lines; a carriage return ends one, too, as a progress bar is drawn over what was there."""
    place = 0
    for line in data.split(b"\n"):
        if b"\r" in line:
            part_place = place
            for part in line.rstrip(b"\r").split(b"\r"):
                yield _Line(part_place, part)
                part_place += len(part) + 1
        else:
            yield _Line(place, line)
        place += len(line) + 1


def _decoded(data: bytes, encoding: str) -> Iterator[_Line]:
    place = 0
    for line in data.decode(encoding, "replace").split("\n"):
        yield _Line(place, line.strip("\r\ufeff").encode("utf-8", "replace"))
        place += len(line.encode(encoding, "replace")) + len("\n".encode(encoding))


# Entries that are JSON objects


def _unpacked(lines: list[_Line]) -> list[_Line]:
    """Return the messages of entries that are JSON objects, each followed by the traceback that it has."""
    sample = _sample(lines)
    packed = sum(line.text.startswith(b"{") and line.text.rstrip().endswith(b"}") for line in sample)
    if not sample or packed < _SHARE_PACKED * len(sample):
        return lines
    return [_Line(line.place, text) for line in lines for text in _messages(line.text)]


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


def _without_marks(lines: list[_Line]) -> list[_Line]:
    """Return the lines without times, hosts and colours, and with the ranks as ``3: ``; the same list if
    there are none."""
    texts = [line.text for line in lines]
    if any(b"\x1b" in text for text in texts):
        texts = [_COLOURS.sub(b"", text) for text in texts]
    marks: list[bytes] = [b""] * len(texts)
    for _layer in range(_MOST_LAYERS):
        has_changed = _strip_times(texts)
        for form, is_certain in _MARKS:
            if is_certain or _is_shared(texts, form):
                has_changed |= _strip_marks(texts, marks, form)
                if len(set(filter(None, marks))) == 1:
                    marks = [b""] * len(texts)  # what all share tells nothing, and may stand before ranks
        if not has_changed:
            break
    numbers = {mark: number for number, mark in enumerate(dict.fromkeys(mark for mark in marks if mark))}
    if len(numbers) > 1:
        texts = [
            b"%d: %b" % (numbers[mark], text) if mark else text
            for mark, text in zip(marks, texts, strict=True)
        ]
    if all(text is line.text for text, line in zip(texts, lines, strict=True)):
        return lines
    return [_Line(line.place, text) for line, text in zip(lines, texts, strict=True)]


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


def _is_shared(texts: Sequence[bytes], form: re.Pattern[bytes]) -> bool:
    step = max(1, len(texts) // _SAMPLE)
    sample = [text for text in texts[::step] if text.strip()]
    alike = sum(form.match(text) is not None for text in sample)
    return alike >= _FEWEST_ALIKE and alike >= _SHARE_ALIKE * len(sample)


def _sample(lines: Sequence[_Line]) -> list[_Line]:
    step = max(1, len(lines) // _SAMPLE)
    return [line for line in lines[::step] if line.text.strip()]
