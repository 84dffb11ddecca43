"""Words by which a program says that it has ended well, whatever it complained of before."""

from __future__ import annotations

import re

DONE = re.compile(
    rb"\b(?:normal termination(?! \(return value [1-9])"
    rb"|(?:finished|completed|ended|terminated|exited) (?:successfully|normally)"
    rb"|successfully (?:finished|completed|ended)|job done\.|total wall time:|finished mdrun"
    rb"|happy landing!|thank you very much for using q-chem|end of tests\.|run terminated when"
    rb"|exit(?:ed)?(?: with)?(?: code| status)\s{0,2}[:=]?\s{0,2}0(?![.\dx]))"
)
"""What programs write when they have ended well, in lower case."""

_EXITED = re.compile(
    rb"(?:^|[\s+,])(?:exit(?:ed)?(?: with)?(?: code| status)\s{0,2}[:=]?\s{0,2}|rc ?= ?|returned "
    rb"|return code:? |returncode ?= ?|finished: )0(?![.\dx])"
    rb"|, exit 0\s*$"
)
"""What scripts write of a program that did, in lower case."""

_OF_ALL = re.compile(
    rb"^(?:\d+ of \d+ steps \(100%\) done|finished, errors: 0"
    rb"|\[  passed  \] \d+ tests?\.|100% tests passed, 0 tests failed out of \d+"
    rb"|number of trials: (\d+)/\1 \(\1 terminated\))\s*$",
    re.MULTILINE,
)
"""What workflow engines write of all their jobs, in lower case."""

_WORDS = (b"exit", b"rc", b"return", b"finished", b"done", b"passed", b"trials")
"""Words of which each such line has one."""


def ended_well_at(lowered: bytes, start: int = 0) -> int:
    """Return where the last line begins that says of a program that it ended well; -1 where none does.

    Args:
        lowered: The end of a log, in lower case.
        start: Where to look from.
    """
    if not any(lowered.find(word, start) >= 0 for word in _WORDS):
        return -1
    return max(
        (found.start() for pattern in (_EXITED, _OF_ALL) for found in pattern.finditer(lowered, start)),
        default=-1,
    )
