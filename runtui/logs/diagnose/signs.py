"""Signs that a completed run is not what it claims: errors in its logs though it ended with exit code 0.

A sign is a warning for the user, never a failure. To teach another, add a row to `SIGNS`, and the words of a
program to ``tests/logs/diagnose/test_signs.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from runtui.logs.diagnose.lines import LONGEST_LINE, SHOWN, plain_text
from runtui.logs.diagnose.noise import without_noise
from runtui.logs.diagnose.pieces import Piece, read_pieces
from runtui.logs.diagnose.plain_lines import plain_lines
from runtui.store.failure import NO_WARNING, LogWarning
from runtui.text.sanitize import safe_text

_END = 2048
"""Bytes at the end of a log in which a program that ended well says nothing of the kind."""

_ANYWHERE = 0  # bytes
_REPEATED = r"\b(?:retrying|restarting)\b|\btrying to restart\b|\(100%\) done"


class Sign(NamedTuple):
    """A row of the table.

    Attributes:
        literals: Texts in lower case of which a line holds at least one.
        source: The expression that the line must match somewhere, in upper or lower case.
        within: Bytes at the end of a log in which it counts; 0 for anywhere.
        undone_by: The expression of what the log says later where it does not count, or ``""``.
    """

    literals: tuple[bytes, ...]
    source: str
    within: int = _ANYWHERE
    undone_by: str = ""


def _sign(literals: str, source: str = "", within: int = _ANYWHERE, undone_by: str = "") -> Sign:
    """Return a sign; `literals` are separated by ``|``, and without a `source` they are all it asks for."""
    texts = literals.split("|")
    return Sign(
        tuple(text.encode() for text in texts), source or "|".join(map(re.escape, texts)), within, undone_by
    )


SIGNS: tuple[Sign, ...] = (
    # The program's or the shell's last words but one
    _sign("segmentation fault|bus error|floating point exception|core dumped", within=_END),
    _sign("killed|aborted", r"^(?:\S{1,200}: line \d+: +\d+ )?(?:Killed|Aborted)(?: {4,}\S|\s*$)", _END),
    _sign(
        "error|exception",
        r"^(?-i:(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception))(?:: |$)"
        r"(?!.*\b(?:caught|handled|ignor\w+|retry\w*)\b)",
        _END,
    ),
    _sign("oom_kill|oom-kill", r"detected \d+ oom[-_]kill event|oom-kill:", undone_by=_REPEATED),
    _sign("no space left on device|disk quota exceeded"),
    # CalculiX, Abaqus
    _sign("*error", r"^\s*\*{1,3} ?ERROR\b"),
    # It did not converge: CP2K, Quantum ESPRESSO, NWChem, ABINIT, PETSc, GROMACS, scipy, scikit-learn
    _sign(
        "converge",
        r"\b(?:did not|does not|has not|failed to|could not|not enough SCF cycles to) converge\b"
        r"|(?<!if )(?<!if it is )(?<!\d )\bnot converged\b(?! yet)(?!\s*[:=] *0\b)"
        r"|\bconvergence (?:was |has )?not (?:been )?(?:achieved|reached|attained)"
        r"|\bno convergence\b(?! (?:check|test|criteri))",
        undone_by=r"\bconvergence (?:has been |was )?(?:achieved|reached)|\bSCF run converged"
        r"|\bconverged (?:in|after|due to|to) |\b(?:SCF|Total) converged",
    ),
    _sign("requested fmax|stopping criterion", r"did not reach the requested Fmax|Stopping criterion = max "),
    _sign(
        "maximum number of",
        r"maximum number of (?:\w+ ){0,2}(?:iterations|steps|evaluations|cycles) (?:has been |was )?"
        r"(?:exceeded|reached)",
    ),
    # It was stopped before its end: GROMACS (-maxh), Quantum ESPRESSO, CP2K, LAMMPS
    _sign(
        "run time exceeded|cpu time exceeded|time limit|walltime|wall time|term signal",
        r"\bRun time exceeded [\d.]+ hours|\bMaximum CPU time exceeded"
        r"|\b(?:wall ?(?:clock )?)?time limit (?:has been |was )?(?:reached|exceeded)"
        r"|\bexceeded (?:requested|the) (?:execution time|wall ?time)|\bwall ?time exceeded"
        r"|\bReceived the (?:TERM|INT) signal, stopping",
    ),
    # Its results are not to be trusted: LAMMPS, GROMACS, WRF
    _sign("dangerous builds", r"Dangerous builds\s*=\s*[1-9]"),
    _sign("lincs warning"),
    _sign("points exceeded", r"\b[1-9]\d* points exceeded (?:v_)?cfl"),
    _sign(
        "nan",
        r"(?:[=:]\s*|[\d.]\s+|^\s*)[-+]?nan(?=[\s,;)\]}]|$)(?!\s+(?:values?|found|check|detected))",
        _END,
    ),
)
"""The signs, those first that tell most."""


def read_warning(run_dir: str, *, may_have_job: bool = True) -> LogWarning:
    """Return the sign in a run's logs that tells most. Never raises for what is on disk.

    Args:
        run_dir: The run.
        may_have_job: As for `find_logs`.
    """
    return warning_in(read_pieces(run_dir, may_have_job=may_have_job).pieces)


def warning_in(pieces: Sequence[Piece]) -> LogWarning:
    """Return the sign in parts of a run's logs that tells most; `NO_WARNING` for none."""
    found = [
        (number, warning)
        for piece in pieces
        for number in _possible_signs(piece)
        if (warning := _warning_of(piece, SIGNS[number])) is not None
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else NO_WARNING


def _possible_signs(piece: Piece) -> list[int]:
    lowered = piece.data.lower()
    if piece.encoding:
        lowered = lowered.replace(b"\0", b"")
    return [
        number
        for number, sign in enumerate(SIGNS)
        if (piece.is_end or not sign.within)
        and any(lowered.find(literal, -sign.within if sign.within else 0) >= 0 for literal in sign.literals)
    ]


def _warning_of(piece: Piece, sign: Sign) -> LogWarning | None:
    """Return the last line with a sign, unless it is undone later."""
    lines = plain_lines(without_noise(piece.data), piece.offset, piece.encoding)
    lowered = lines.data.lower()
    start = max(0, len(lowered) - sign.within) if sign.within else 0
    place = max(lowered.rfind(literal, start) for literal in sign.literals)
    while place >= start:
        begin = lowered.rfind(b"\n", 0, place) + 1
        end = lowered.find(b"\n", place)
        end = len(lowered) if end < 0 else end
        text = plain_text(lines.data[begin : min(end, begin + LONGEST_LINE)])
        if _pattern_of(sign.source).search(text):
            if sign.undone_by and _pattern_of(sign.undone_by).search(plain_text(lines.data[end:])):
                return None
            return LogWarning(safe_text(text.strip(), SHOWN), piece.log, lines.place_of(begin))
        place = max(lowered.rfind(literal, start, begin) for literal in sign.literals)
    return None


@cache
def _pattern_of(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)
