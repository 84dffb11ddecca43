"""Tracebacks and stacks of calls: where each ends, and which of their lines tells why.

Sources of the forms: Python's traceback module and what others print instead (rich, loguru, IPython,
better_exceptions, pytest), exceptions of Python that hold those of another process, Java and Node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from runtui.logs.diagnose.lines import RANK, TREE, line_around, lines_after, plain_text, without_rank

_HEADINGS = (b"traceback (most recent call last)", b"raytaskerror(")
"""What a traceback of Python, or one that Ray prints, begins with, in lower case."""

_MOST_OF_MESSAGE = 12  # lines of an exception's message that are looked at for words
_MOST_AROUND = 80  # lines of an exception's message before the traceback that it holds
_MOST_BETWEEN = 2  # lines between an exception and what tells of the next one
_MOST_NESTED = 4  # exceptions, each of which holds the traceback of the next
_NAME = r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*"
_NAME_ALONE = re.compile(rf"{_NAME}:\s*")
"""The last line of a traceback whose message begins with a line break, or is empty."""

_BARE_NAME = re.compile(_NAME)
_HOLDS_ANOTHER = re.compile(
    r"(?:\w+\.)*(?:PapermillExecutionError|CellExecutionError|ProcessRaisedException|RemoteTraceback"
    r"|RemoteError|TransportableException|WorkflowError|ChildFailedError)\b"
)
"""Exceptions whose message has the traceback of another one."""

_ERROR_LABEL = re.compile(r"\berror: +\S", re.IGNORECASE)
_FRAME = re.compile(r"\s+File \"")
_CALL = re.compile(r"\s+at |\s+\.\.\. \d+ (?:more|common frames)|Caused by: |\s+Suppressed: ")
_FRAMED = re.compile(r"(\s*)([╭┌+])[─━-]{2,}")
_FRAMES_END = {"╭": "╰", "┌": "└", "+": "+"}
_OF_NOTEBOOK = re.compile(rf"({_NAME})\s{{2,}}(?=Traceback \(most)", re.IGNORECASE)
_KEY = re.compile(r"(\s+)\w+\s*: ")
_RULE = re.compile(r"-{40,}")
"""What mpirun draws above and below its words, which may come in between."""

_BETWEEN = ("> File ", "│", "└", "├", "...")
"""How lines of a traceback begin that are not indented, and yet are not its last."""


def final_line(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return the bounds of the line that ends the traceback whose heading is given.

    That is the first one that is not indented. Lines of other ranks in between are left out.
    """
    return _final_line(data, begin, end, _MOST_NESTED)


def is_only_handled(data: bytes, begin: int, end: int) -> bool:
    """Return whether an exception has no message, and another one was raised while it was handled."""
    if _BARE_NAME.fullmatch(without_rank(plain_text(data[begin:end])).strip()) is None:
        return False
    after = islice(lines_after(data, end), _MOST_BETWEEN)
    return any(b"During handling of the above exception" in data[slice(*line)] for line in after)


def frames(data: bytes, lowered: bytes) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the tracebacks, from their heading up to their final line.

    Args:
        data: A text.
        lowered: The same in lower case.
    """
    for heading in _HEADINGS:
        place = lowered.find(heading)
        while place >= 0:
            begin, end = line_around(data, place)
            final, _end = _final_line(data, begin, end, 0)
            if final > begin:
                yield begin, final
            place = lowered.find(heading, end)


def root_line(data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Return the last cause in the stack of calls after a line; None where no calls follow."""
    root = None
    for first, last in lines_after(data, end):
        line = data[first:last].decode("utf-8", "replace")
        if not _CALL.match(line):
            break
        if root is None:
            root = begin, end
        if line.startswith("Caused by: "):
            root = first, last
    return root


def _final_line(data: bytes, begin: int, end: int, nested: int) -> tuple[int, int]:
    heading = data[begin:end].decode("utf-8", "replace")
    margin, kind_of_end = _form(heading)
    last = begin, end
    is_in_box = False
    for first, last_of in lines_after(data, end):
        line = data[first:last_of].decode("utf-8", "replace").rstrip()
        if _RULE.fullmatch(line):
            is_in_box = not is_in_box
            continue
        if is_in_box or not line.startswith(margin):
            continue
        text = line[len(margin) :]
        if kind_of_end:
            if not text.startswith(kind_of_end):
                continue
            if kind_of_end not in _FRAMES_END.values():
                return first, last_of
            kind_of_end = ""  # what the frame is drawn around has ended: its message is next
            continue
        if text and not text[0].isspace() and not text.startswith(_BETWEEN):
            if _is_called(data, last_of, margin):
                continue
            is_alone = _NAME_ALONE.fullmatch(text) is not None
            if nested and (is_alone or _HOLDS_ANOTHER.match(text)):
                is_alone = is_alone and not _HOLDS_ANOTHER.match(text)
                return _words_after(data, first, last_of, nested, is_alone=is_alone)
            return first, last_of
    return last


def _is_called(data: bytes, end: int, margin: str) -> bool:
    """Return whether the frames of another process follow a line, as with Ray: then theirs is the last."""
    first, last = next(lines_after(data, end), (0, 0))
    line = data[first:last].decode("utf-8", "replace")
    return line.startswith(margin) and _FRAME.match(line, len(margin)) is not None


def _words_after(data: bytes, begin: int, end: int, nested: int, *, is_alone: bool) -> tuple[int, int]:
    """Return the line that tells what an exception's message does not tell in its first line.

    Args:
        data: The text.
        begin, end: The exception's line.
        nested: How many exceptions may hold the next one.
        is_alone: Whether the line is the exception's name alone, and its message follows.
    """
    words = None
    for number, (first, last) in enumerate(islice(lines_after(data, end), _MOST_AROUND)):
        text = plain_text(data[first:last]).strip()
        if "traceback (most recent" in text.lower():
            return _final_line(data, first, last, nested - 1)
        if not is_alone or number >= _MOST_OF_MESSAGE:
            continue
        if _ERROR_LABEL.search(text):
            return begin, end  # it tells by itself
        is_said = any(char.isalpha() for char in text) and not text.endswith(":")
        if words is None and is_said:
            words = first, last
    return words or (begin, end)


def _form(heading: str) -> tuple[str, str]:
    """Return the margin of a traceback's lines, and how the line begins that is its last or ends its frame.

    The margin is the mark of a rank, the lines of a tree, or the blanks before a frame that is drawn.
    """
    place = heading.lower().find("traceback (most")
    rank = RANK.match(heading)
    margin = rank[0] if rank else ""
    rest = heading[len(margin) : place]
    if rest.lstrip().startswith("+ Exception Group"):
        return margin + rest[: rest.index("+")] + "| ", ""
    tree = TREE.fullmatch(rest)
    if tree is not None:
        return margin + tree[0], ""
    framed = _FRAMED.match(rest)
    if framed is not None:
        return margin + framed[1], _FRAMES_END[framed[2]]
    notebook = _OF_NOTEBOOK.match(heading, len(margin))
    if notebook is not None:
        return margin, notebook[1]
    key = _KEY.fullmatch(rest)
    return (margin + key[1] if key else margin), ""
