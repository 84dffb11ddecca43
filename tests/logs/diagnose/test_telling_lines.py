"""The line that says best what a rule tells."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.rules.table import CAUSE, Says, rule
from runtui.logs.diagnose.telling_lines import line_that_says
from runtui.store.failure import FailureKind

LOG = b"there is no mesh 3\nERROR\n\n  element 17 is inverted\nstep 1\n"


@pytest.mark.parametrize(
    ("says", "found", "line"),
    [
        (Says.THIS, "ERROR", "ERROR"),
        (Says.NEXT, "ERROR", "  element 17 is inverted"),
        (Says.BEFORE, "ERROR", "there is no mesh 3"),
        (Says.BOX, "ERROR", "  element 17 is inverted"),
        (Says.SAID, "ERROR", "there is no mesh 3"),
    ],
)
def test_position_tells_where_the_line_is(says: Says, found: str, line: str) -> None:
    begin = LOG.index(found.encode())
    bounds = line_that_says(
        LOG, begin, begin + len(found), rule(FailureKind.ERROR, CAUSE, "error", says=says), found
    )
    assert bounds is not None
    assert LOG[slice(*bounds)].decode() == line


def test_heading_that_ends_a_program_has_its_message_before_it() -> None:
    log = b"mesh quality is too low for element 17\nAborting.\nloaded modules: gcc hdf5\n"
    begin = log.index(b"Aborting.")
    row = rule(FailureKind.ERROR, CAUSE, "abort", says=Says.BOX)
    assert line_that_says(log, begin, begin + 9, row, "Aborting.") == (0, begin - 1)
