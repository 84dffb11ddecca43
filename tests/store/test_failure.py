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
def test_failure_summary_shows_kind_and_line(kind: FailureKind, line: str, text: str) -> None:
    assert FailureSummary(kind, line).text == text


def test_failure_kinds_are_lowercase_words() -> None:
    assert all(kind.isalpha() and kind.islower() for kind in FailureKind)
