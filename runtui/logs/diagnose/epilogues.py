"""Lines that scripts, shells and schedulers write below the output of every job: times, resources, its state.

Sources of the forms: time(1) and bash's ``time``, Slurm's seff, Grid Engine, PBS, Cobalt and LSF.
"""

from __future__ import annotations

import re

_LONGEST_LINE = 400  # bytes that are looked at
_MOST_LINES = 40  # of an epilogue

_EPILOGUE = re.compile(
    rb"[^\w\n]{0,12}(?:"
    rb"(?:date|time|(?:start|end|finish)(?:ed)?(?: (?:date|time))?)\b\s{0,8}[:=].{0,40}\d"
    rb"|(?:real|user|sys)\s+\d"
    rb"|(?:total |elapsed |used |wall ?(?:clock )?|job |run |cpu |max(?:imum)? |average )"
    rb"[\w ]{0,30}\b(?:time|memory|swap|threads|processes|seconds|walltime|cput)\b\s{0,20}[:=]"
    rb"|(?:exit|return)[ _-]?(?:code|status|value)\s{0,4}[:=]?\s{0,4}-?\d{1,3}\b"
    rb"|(?:job|sge|pbs|lsf|slurm|cobalt|epilogu?e?|prologu?e?)\b[^\n]{0,80}"
    rb"\b(?:finish(?:ed|ing)|end(?:ed|ing)?|exit(?:ed|[ _]status)?|complet(?:ed|ing)|removing|clean(?:ing|ed)"
    rb"|done|at)\b"
    rb"|(?:sender|subject): |job <|exited with exit code\b|the output \(if any\)|command being timed:"
    rb"|(?:user|system) time \(|percent of cpu|maximum resident|(?:voluntary|involuntary) context"
    rb"|resources?\b[^\n]{0,20}\b(?:used|usage|requested)\b"
    rb"|(?:job ?id|cluster|user/group|state|nodes|cores(?: per node)?|cpu (?:utilized|efficiency)"
    rb"|memory (?:utilized|efficiency)|job wall-clock time)\s{0,4}:"
    rb"|(?:mon|tue|wed|thu|fri|sat|sun)\w{0,6},? [^\n]{0,24}\d\d:\d\d:\d\d[^\n]{0,16}$"
    rb")|\W*$",
    re.IGNORECASE,
)
"""A line of an epilogue, a rule, or an empty one."""


def is_epilogue(line: bytes) -> bool:
    """Return whether a line is one of an epilogue, a rule, or empty."""
    return _EPILOGUE.match(line[:_LONGEST_LINE]) is not None


def end_without_epilogue(data: bytes, end: int) -> int:
    """Return where the last line ends that the program itself may have written.

    Args:
        data: The end of a log.
        end: Where its last line ends that counts.
    """
    place = end
    for _line in range(_MOST_LINES):
        begin = data.rfind(b"\n", 0, place) + 1
        if not is_epilogue(data[begin:place]):
            return place
        if begin == 0:
            break
        place = begin - 1
    return end
