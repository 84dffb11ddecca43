"""Why a run failed, as a table shows it."""

from __future__ import annotations

import pytest

from runtui.store.failure import FailureKind, FailureSummary


@pytest.mark.parametrize(
    ("kind", "line", "text"),
    [
        (FailureKind.OOM, "no room for the array", "oom: no room for the array"),
        (FailureKind.SEGFAULT, "", "segfault"),
        (FailureKind.UNKNOWN, "step 3", "unknown: step 3"),
    ],
)
def test_the_text_is_the_kind_and_the_line_that_tells_most(kind: FailureKind, line: str, text: str) -> None:
    assert FailureSummary(kind, line).text == text


def test_a_kind_is_a_word_that_a_query_can_name() -> None:
    assert all(kind.isalpha() and kind.islower() for kind in FailureKind)
