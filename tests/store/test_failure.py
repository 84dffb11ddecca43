"""Why a run failed, as a table shows it."""

from __future__ import annotations

import pytest

from runtui.store.failure import FailureKind, FailureSummary, ReadShare


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


def test_share_of_logs_that_was_read_is_told_by_bytes_and_files() -> None:
    assert ReadShare(65_536, 5 * 1024**2, 1, 1).text == "read 64.0 KiB of 5.0 MiB"
    assert ReadShare(65_536, 5 * 1024**2, 6, 1064).text == "read 64.0 KiB of 5.0 MiB, 6 of 1,064 logs"
    assert ReadShare(65_536, 5 * 1024**2, 1, 1).is_small
    assert ReadShare(500, 900, 2, 64).is_small
    assert not ReadShare(500, 900, 2, 3).is_small
