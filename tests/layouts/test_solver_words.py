from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.layouts.solver_words import BANNER_WORDS, FAILURE_WORDS
from runtui.layouts.solvers import SOLVERS, Solver

EXCEPTIONS = re.compile(rb"\(\?![^()]*\)")
"""What must not follow in an expression, of which no examples can be made."""


@pytest.mark.parametrize("solver", SOLVERS, ids=[solver.name for solver in SOLVERS])
@given(data=st.data())
def test_each_banner_and_failure_has_one_of_the_words(solver: Solver, data: st.DataObject) -> None:
    for pattern, words in ((solver.banner, BANNER_WORDS), (solver.failed, FAILURE_WORDS)):
        source = EXCEPTIONS.sub(b"", pattern.source)
        text = data.draw(st.from_regex(re.compile(source, re.MULTILINE)))
        assert words.lines_in(text)


def test_log_of_no_code_has_none_of_the_words() -> None:
    log = b"Loading module gcc/12.2\nstep 100 energy -1.5 error 1e-3\nwrote results.csv\n"
    assert not BANNER_WORDS.lines_in(log)
    assert not FAILURE_WORDS.lines_in(log)
