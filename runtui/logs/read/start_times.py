"""Times at which programs began, as the first lines of their logs say."""

from __future__ import annotations

import re
from datetime import datetime

from runtui.text.lazy_pattern import LazyPattern

_STARTS: tuple[tuple[LazyPattern[bytes], str], ...] = (
    # OpenFOAM, GROMACS, VASP, NWChem, ABINIT, CP2K, Quantum ESPRESSO, ORCA, Amber
    (
        LazyPattern(rb"^Date   : (\w+ \d+ \d{4})\r?\nTime   : ([\d:]+)", re.MULTILINE),
        "%b %d %Y %H:%M:%S",
    ),
    (
        LazyPattern(
            rb"^(?:Log file opened|Started mdrun) on (?:rank \d+ |node \d+ )?\w{3} (\w{3} +\d+ [\d:]+ \d{4})",
            re.MULTILINE,
        ),
        "%b %d %H:%M:%S %Y",
    ),
    (LazyPattern(rb"executed on .{0,60} date (\d{4}\.\d\d\.\d\d) +([\d:]+)"), "%Y.%m.%d %H:%M:%S"),
    (LazyPattern(rb"^ +date += \w{3} (\w{3} +\d+ [\d:]+ \d{4})", re.MULTILINE), "%b %d %H:%M:%S %Y"),
    (LazyPattern(rb"Starting date : \w+ (\d+ \w+ \d{4})\.\s*-? ?\( at ([\dh]+)"), "%d %b %Y %Hh%M"),
    (LazyPattern(rb"PROGRAM STARTED AT +(\d{4}-\d\d-\d\d [\d:]{8})"), "%Y-%m-%d %H:%M:%S"),
    (LazyPattern(rb"starts \.* ?on +(\d+ ?\w{3}\d{4}) +at +([\d: ]*\d)"), "%d%b%Y %H:%M:%S"),
    (LazyPattern(rb"\* Starting time: \w{3} (\w{3} +\d+ [\d:]+ \d{4})"), "%b %d %H:%M:%S %Y"),
    (LazyPattern(rb"^\| Run on (\d\d/\d\d/\d{4}) at ([\d:]+)", re.MULTILINE), "%m/%d/%Y %H:%M:%S"),
)
"""Expressions whose groups, joined by blanks, are a time, and how to read that."""

_WORDS = (
    b"Date ", b"date ", b"Log file opened", b"Started mdrun", b"PROGRAM STARTED", b"starts", b"Starting time",
    b"Run on ",
)  # fmt: skip
"""Texts of which each of them has one: most logs have none, which is quickly seen."""

_BLANKS = re.compile(r"\s+")
_MANGLED_TIME = re.compile(r"(?<=:) (?=\d)")


def start_time(head: bytes) -> float | None:
    """Return when a simulation code began, in the machine's own time; None where its log does not say.

    Args:
        head: The beginning of its log.

    Returns:
        Seconds since the epoch.
    """
    if not any(word in head for word in _WORDS):
        return None
    for pattern, form in _STARTS:
        found = pattern.search(head)
        if found is None:
            continue
        text = " ".join(group.decode("ascii", "replace") for group in found.groups())
        text = _MANGLED_TIME.sub("0", _BLANKS.sub(" ", text))
        try:
            return datetime.strptime(text.strip(), form).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    return None
