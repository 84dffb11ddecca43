"""Messages in boxes and below headings.

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
    is_of_launcher,
    is_telling,
    words_of,
)
from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.levels import LogLevel, level_of
from runtui.logs.diagnose.lines import RANK, lines_after, plain_text, without_rank

_MOST_AFTER = 16  # lines after a heading
_MOST_OF_SENTENCE = 5  # lines
_MOST_KNOWN = 1024  # lines that are remembered: programs print many of them again
_MOST_KEYS = 4  # lines of a box behind the first one that tells something
_KEY = re.compile(r"[A-Z][A-Za-z ]{0,30}[:=]\s")
_DRAWN = re.compile(r"([#*!=<>])\1\1")
_MESSAGE = re.compile(r"(?:error )?message\s*[:=]\s*\S", re.IGNORECASE)
_LONGEST_HEADING = 200  # characters

_SPACED = re.compile(r"\b(?:[A-Za-z] ){3,}[A-Za-z]\b")
_CASED = re.compile(
    r"\b(?:ERRORS?|FATAL|ABORT(?:ED|ING)?|EXCEPTION|STOP|SEVERE|MESSAGE|IN|FROM|AT|WARNING)\b"
)
"""Words that stand in capitals without being names of routines."""

_CODED = re.compile(r"<[AEFS]> <|\berror\s*#\s*\d|^E R R O R|^\w+: STOP$")
"""Headings that no usual word of an error is in: of code_aster, Quantum ESPRESSO and TELEMAC."""

_CONDITION = re.compile(
    r"[\w)\]]\s{0,4}(?:[=!<>]=|&&|\|\|)\s{0,4}[\w(!\"'-]|\(\s?[<>]=?\s?[\w-]|\w\s{1,4}[<>]\s{1,4}-?\d"
)
"""What was asserted, which tells more than a place."""

_PETSC = re.compile(r"\s*(?:\[\d+\]\s*)?PETSC ERROR:(?=\s|$)")


def said(line: bytes) -> str:
    """Return the words of a line, without the mark of a rank, the sides of a box, and PETSc's mark."""
    text = without_rank(plain_text(line)).strip()
    if text.startswith("["):
        text = _PETSC.sub("", text).strip()
    return text.strip("│║┃").strip()


def sentence(data: bytes, begin: int, end: int) -> str:
    """Return what a line says, with the lines after it in which its sentence goes on."""
    text = said(data[begin:end])
    for first, last in islice(lines_after(data, end), _MOST_OF_SENTENCE):
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
