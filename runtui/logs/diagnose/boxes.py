"""Messages in boxes, below headings, and before the lines that tell only how a program ended.

Sources of the forms are the printers of errors of simulation codes: CP2K, NWChem, ABINIT, Quantum ESPRESSO,
GROMACS, ROMS, NEMO, PETSc, MFEM, deal.II, Geant4, OpenFOAM, Trilinos, MOOSE, SU2, Athena++, code_aster,
code_saturne, COSMO, Charm++, CHARMM, DALTON, Q-Chem, WAVEWATCH, Nastran, LS-DYNA and others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from runtui.logs.diagnose.around_messages import (
    OF_ERROR,
    OF_PLACE,
    is_negative,
    is_of_launcher,
    is_progress,
    is_telling,
    words_of,
)
from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.levels import LogLevel, level_of
from runtui.logs.diagnose.lines import RANK, lines_after, lines_before, plain_text, without_rank
from runtui.logs.diagnose.rules.table import PLANNED

_MOST_AFTER = 16  # lines after a heading
_MOST_BEFORE = 30  # lines before an end
_MOST_OF_PARAGRAPH = 5  # lines
_MOST_COMPARED = 16 * 1024  # bytes in which the shape of a line is looked for
_FEWEST_WORDS = 3  # of a message
_FEWEST_IN_BOX = 2  # words of a message in a box
_MOST_KNOWN = 1024  # lines that are remembered: programs print many of them again
_MOST_KEYS = 4  # lines of a box behind the first one that tells something
_KEY = re.compile(r"[A-Z][A-Za-z ]{0,30}[:=]\s")
_DRAWN = re.compile(r"([#*!=<>])\1\1")
_MESSAGE = re.compile(r"(?:error )?message\s*[:=]\s*\S", re.IGNORECASE)
_LONGEST_HEADING = 200  # characters

_WARNING = re.compile(r"(?:.{0,80}[\s\[(:])?warn(?:ing)?\b[\]):]{1,3}\s*(.+)", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:using|used|default\w*|instead|ignor\w+|skip\w*|continu\w+|fall\w*|deprecat\w+|will|may|might"
    r"|assum\w+|retry\w*|kernel does not)\b",
    re.IGNORECASE,
)
"""What a warning says of a fault that the program went on with."""

_PLANNED = re.compile(PLANNED, re.IGNORECASE)
_SPACED = re.compile(r"\b(?:[A-Za-z] ){3,}[A-Za-z]\b")
_CASED = re.compile(
    r"\b(?:ERRORS?|FATAL|ABORT(?:ED|ING)?|EXCEPTION|STOP|SEVERE|MESSAGE|IN|FROM|AT|WARNING)\b"
)
"""Words that stand in capitals without being names of routines."""

_CODED = re.compile(r"<[AEFS]> <|\berror\s*#\s*\d|^E R R O R|^\w+: STOP$")
"""Headings that no usual word of an error is in: of code_aster, Quantum ESPRESSO and TELEMAC."""

_CONDITION = re.compile(r"[\w)\]]\s{0,4}(?:[=!<>]=|&&|\|\|)\s{0,4}[\w(!\"'-]|\(\s?[<>]=?\s?[\w-]")
"""What was asserted, which tells more than a place."""

_TABLE = re.compile(r"[^\W\d_]{2} {3,}[^\W\d_]{2}")
"""Columns of words; numbers are far from each other in messages, too, as Fortran writes them."""

_PETSC = re.compile(r"\s*(?:\[\d+\]\s*)?PETSC ERROR:(?=\s|$)")
_IN_NUMBERS = b"0123456789.+-eE"
_RANK = re.compile(RANK.pattern.encode())


def said(line: bytes) -> str:
    """Return the words of a line, without the mark of a rank, the sides of a box, and PETSc's mark."""
    text = without_rank(plain_text(line)).strip()
    if text.startswith("["):
        text = _PETSC.sub("", text).strip()
    return text.strip("│║┃").strip()


def sentence(data: bytes, begin: int, end: int) -> str:
    """Return what a line says, with the lines after it in which its sentence goes on."""
    text = said(data[begin:end])
    for first, last in islice(lines_after(data, end), _MOST_OF_PARAGRAPH):
        more = said(data[first:last])
        if text.endswith((".", "!", "?", ":")) or not more[:1].islower():
            break
        text = f"{text} {more}"
    return text


@lru_cache(maxsize=_MOST_KNOWN)
def is_heading(text: str) -> bool:
    """Return whether a line tells that there is an error, and at most where, but not what is wrong."""
    if len(text) > _LONGEST_HEADING:
        return False
    text = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)  # E R R O R
    if is_of_launcher(text) or not (_CODED.search(text) or level_of(text) is LogLevel.ERROR):
        return False
    if _CONDITION.search(text):
        return False
    text = text.lower() if text.isupper() else _CASED.sub(lambda found: found[0].lower(), text)
    words = words_of(OF_PLACE.sub(" ", text))
    unknown = [word for word in words if OF_ERROR.fullmatch(word) is None]
    if not unknown:
        return True
    # The name of the program stands before the error.
    is_title = text.rstrip(" *!").endswith((":", ": stop")) or _DRAWN.match(text) is not None
    return len(unknown) == 1 and words[0] == unknown[0] and len(words) > 1 and is_title


def message_after(data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Return the bounds of the message below a heading, from the same rank; None if there is none.

    Of a box of keys and values it is that of the message.
    """
    rank = RANK.match(plain_text(data[begin:end]))
    found = None
    left = _MOST_KEYS
    for first, last in islice(lines_after(data, end), _MOST_AFTER):
        if rank is not None and not plain_text(data[first:last]).startswith(rank[0]):
            continue
        text = said(data[first:last])
        if is_of_launcher(text) or (found is not None and (not text or not left)):
            break
        left -= found is not None
        if not is_telling(text) or is_dump(data[first:last]) or is_heading(text):
            continue
        if found is None or _MESSAGE.match(text):
            found = first, last
        if not _KEY.match(text) or _MESSAGE.match(text):
            break
    return found


def message_before(data: bytes, begin: int, *, is_own: bool) -> tuple[int, int] | None:
    """Return the bounds of what a program said before the line of its end that begins at a place.

    Args:
        data: The text.
        begin: Where that line begins.
        is_own: Whether the program ended itself, so that its last words are most likely its reason.
    """
    paragraph, is_boxed = _paragraph_before(data, begin)
    for first, last in paragraph:
        text = said(data[first:last])
        is_survived = _WARNING.match(text) is not None and _GOES_ON.search(text) is not None
        if (
            not is_survived
            and is_negative(text)
            and not _PLANNED.search(text)
            and len(words_of(text)) >= _FEWEST_WORDS
        ):
            return first, last
    if not paragraph or not (is_own or is_boxed):
        return None
    first, last = paragraph[0] if is_boxed else paragraph[-1]
    text = said(data[first:last])
    if is_boxed:
        is_message = len(words_of(text)) >= _FEWEST_IN_BOX
    else:
        is_message = len(words_of(text)) >= _FEWEST_WORDS and _TABLE.search(text) is None
    return (first, last) if is_message and not is_progress(text) else None


def warning_before(data: bytes, begin: int) -> tuple[int, int] | None:
    """Return the bounds of the last warning before an end that names a fault; None where none does."""
    for first, last in lines_before(data, begin):
        warning = _WARNING.match(said(data[first:last]))
        if warning is None:
            continue
        text = warning[1]
        is_fault = is_negative(text) and len(words_of(text)) >= _FEWEST_WORDS
        if is_fault and not _GOES_ON.search(text):
            return first, last
    return None


def _paragraph_before(data: bytes, begin: int) -> tuple[list[tuple[int, int]], bool]:
    """Return the bounds of the last lines before a place that can be a message, and if they are boxed."""
    paragraph: list[tuple[int, int]] = []
    shapes: dict[bytes, int] | None = None
    compared = b""
    was_frame = is_frame = False
    before = list(lines_before(data, begin, _MOST_BEFORE))
    for number, (first, last) in enumerate(before):
        line = data[first:last]
        text = said(line)
        is_frame = bool(line.strip()) and not words_of(text)
        if is_frame or is_dump(line) or not is_telling(text) or is_of_launcher(text) or is_heading(text):
            if paragraph:
                break
            was_frame = was_frame or is_frame
            continue
        if number + 1 < len(before) and b"current input line" in data[slice(*before[number + 1])]:
            continue
        if shapes is None:
            compared = data[max(0, begin - _MOST_COMPARED) : begin]
            shapes = _shapes(compared)
        is_regular = shapes.get(_shape(line), 0) > 1 and not _is_of_ranks(line, compared)
        if is_regular or len(paragraph) >= _MOST_OF_PARAGRAPH:
            is_frame = False
            break
        paragraph.append((first, last))
    return paragraph[::-1], was_frame and is_frame


def _shapes(data: bytes) -> dict[bytes, int]:
    """Return how often each line is in a text, whatever numbers it has."""
    found: dict[bytes, int] = {}
    for line in data.split(b"\n"):
        shape = _shape(line)
        found[shape] = found.get(shape, 0) + 1
    return found


def _shape(line: bytes) -> bytes:
    return line.translate(None, _IN_NUMBERS).strip()


def _is_of_ranks(line: bytes, data: bytes) -> bool:
    """Return whether nothing looks like a line but the same from other ranks."""
    shape = _shape(line)
    alike = [other for other in data.split(b"\n") if _shape(other) == shape]
    ranks = [rank for other in alike if (rank := _RANK.match(other)) is not None]
    return (
        len(ranks) == len(alike)
        and len({other[rank.end() :] for other, rank in zip(alike, ranks, strict=True)}) == 1
    )
