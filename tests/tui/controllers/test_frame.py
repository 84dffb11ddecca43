from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.catalog.catalog import SyncPhase
from runtui.tui.controllers.frame import Frame, directory_title, empty_text
from tests.tui.controllers.fakes import Browser


def test_no_rows_have_a_reason_of_their_own_for_each_state() -> None:
    texts = [
        empty_text(SyncPhase.READING, "Esc", has_runs=False),
        empty_text(SyncPhase.UNREACHABLE, "Esc", has_runs=True),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=True),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=True, is_read=False),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=False),
    ]
    assert len(set(texts)) == len(texts)
    assert empty_text(SyncPhase.LISTING, "Esc", has_runs=True) == texts[0]


def test_several_directories_are_counted(tmp_path: Path) -> None:
    base = str(tmp_path)
    assert directory_title(base, 1) == base
    assert directory_title(base, 3) == f"3 directories in {base}"


@pytest.mark.parametrize(("reading", "other", "where"), [(9.0, 1.0, "a"), (1.0, 9.0, ""), (4.0, 9.0, "a")])
def test_the_longest_silence_is_shown_with_the_directory_that_does_not_answer(
    tmp_path: Path, reading: float, other: float, where: str
) -> None:
    browser = Browser(tmp_path)
    shown: list[tuple[float, str]] = []
    status: Any = SimpleNamespace(show=lambda _health, silence, at: shown.append((silence, at)))
    sources: Any = SimpleNamespace(silence=lambda: (reading, "a"))
    silences = (lambda: 0.0, lambda: other)
    Frame(sources, browser.catalog, browser.view, browser.table, None, status, silences, "Esc").show_status()
    assert shown == [(9.0, where)]
