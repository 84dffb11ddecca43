"""Rows of the tables of rules, and expressions that several tables share."""

from __future__ import annotations

import re
from enum import Enum, IntEnum
from typing import NamedTuple

from runtui.store.failure import FailureKind


class Nearness(IntEnum):
    """Nearness of a line's statement to the root cause: of several in one log the nearest counts."""

    VERDICT = 0  # those who ended it say why: the scheduler, the kernel
    CAUSE = 1  # what failed says what failed
    SIGNAL = 2  # how a process ended
    REMARK = 3  # a line that calls itself an error
    COMPLAINT = 4  # what a shell or a tool could not do: scripts often go on, so that the last one counts
    ENDED = 5  # that it was ended: most often a consequence
    CLEANUP = 6  # what a script could not remove in the end


class Says(Enum):
    """Position of the most telling line, relative to the line that the pattern finds."""

    THIS = "this line"
    NEXT = "the next one that is not empty"
    BEFORE = "the one before that is not empty, in a box the first of its paragraph"
    MESSAGE = "the message in the block of YAML that it heads"
    FINAL = "the one that ends a Python traceback"
    BOX = "the message of the box or the heading that it is"
    SAID = "what the program said before it"
    ROOT = "of a stack of calls, the last one that names a cause"


class Rule(NamedTuple):
    """A rule that recognises one kind of failure.

    Attributes:
        kind: The kind of failure.
        nearness: How near to the root cause.
        literals: Texts in lower case of which a line holds at least one: where a log has none of them,
            the rule costs next to nothing.
        source, flags: The expression that the line, as shown and without the mark of a rank, must match
            somewhere.
        says: Which line is the one to show.
    """

    kind: FailureKind
    nearness: Nearness
    literals: tuple[bytes, ...]
    source: str
    flags: int
    says: Says = Says.THIS

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled when it is first needed: a log has the literals of few rules."""
        return re.compile(self.source, self.flags)


def rule(
    kind: FailureKind,
    nearness: Nearness,
    literals: str,
    pattern: str = "",
    says: Says = Says.THIS,
    flags: int = re.I,
) -> Rule:
    """Return a rule; `literals` are separated by ``|``, and without a `pattern` they are all it asks for."""
    texts = literals.split("|")
    source = pattern or "|".join(map(re.escape, texts))
    return Rule(kind, nearness, tuple(text.encode() for text in texts), source, flags, says)


VERDICT, CAUSE, SIGNAL = Nearness.VERDICT, Nearness.CAUSE, Nearness.SIGNAL
REMARK, COMPLAINT = Nearness.REMARK, Nearness.COMPLAINT
ENDED, CLEANUP = Nearness.ENDED, Nearness.CLEANUP

NO_FLAGS = 0
"""Flags of an expression for which upper and lower case differ."""

PYTHON_NAME = r"^(?:[A-Za-z_]\w*\.)*"
"""The beginning of a line up to the name of an exception's class."""

RUN = r"(?:simulation|run|calculation|computation|execution|program(?:me)?|model|integration|analysis|job)"
"""What a program calls itself, or what it does."""

PLANNED = (
    r"(?:\b(?:(?:no|nothing) (?:more|left|new|further|improvement)|not improve|early ?stopping"
    r"|without errors?|stop(?:ping)? request\w*|(?:by|from) (?:the )?user|queue is empty|time limit"
    r"|wall ?(?:clock )?time|time is (?:out|up)|out of time|not changed|user-direction)\b)"
)
"""What a program says of an end that was planned."""

ERROR_LINE = (
    r"^(?:[A-Za-z_][\w.]*(?:Error|Exception): "
    r"|\W*(?:fatal|error|critical|abort\w*(?! as\b)|stopp?ing)\b"
    r"|[\w\s.,:/()|\[\]-]{0,120}\b(?-i:ERROR|FATAL|CRITICAL)\b)"
)
"""The beginning of a line that calls itself an error."""
