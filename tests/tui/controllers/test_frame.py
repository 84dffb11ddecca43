from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui.catalog.catalog import Health, SyncPhase
from runtui.catalog.query.query import parse_query
from runtui.catalog.sorting import NEWEST_FIRST
from runtui.tui.controllers.frame import Frame, directory_title, empty_text
from tests.tui.controllers.fakes import Browser, run_of, update_of


def test_empty_table_has_a_message_for_each_state() -> None:
    texts = [
        empty_text(SyncPhase.READING, "Esc", has_runs=False),
        empty_text(SyncPhase.UNREACHABLE, "Esc", has_runs=True),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=True),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=True, is_read=False),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=False),
        empty_text(SyncPhase.FRESH, "Esc", has_runs=True, is_filtering=True),
    ]
    assert len(set(texts)) == len(texts)
    assert empty_text(SyncPhase.LISTING, "Esc", has_runs=True) == texts[0]


def test_several_directories_are_counted(tmp_path: Path) -> None:
    base = str(tmp_path)
    assert directory_title(base, 1) == base
    assert directory_title(base, 3) == f"3 directories in {base}"


@pytest.mark.parametrize(("reading", "other", "where"), [(9.0, 1.0, "a"), (1.0, 9.0, ""), (4.0, 9.0, "a")])
def test_longest_silence_is_shown_with_its_directory(
    tmp_path: Path, reading: float, other: float, where: str
) -> None:
    browser = Browser(tmp_path)
    shown: list[tuple[float, str]] = []
    status: Any = SimpleNamespace(show=lambda _health, silence, at: shown.append((silence, at)))
    sources: Any = SimpleNamespace(silence=lambda: (reading, "a"))
    silences = (lambda: 0.0, lambda: other)
    Frame(sources, browser.catalog, browser.view, browser.table, None, status, silences, "Esc").show_status()
    assert shown == [(9.0, where)]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (frozenset(), "reading what the filter asks for…"),
        (frozenset({"beta"}), "No run matches the filter. Esc clears it."),
    ],
)
def test_no_match_is_reported_only_after_all_values_are_read(
    tmp_path: Path, keys: frozenset[str], said: str
) -> None:
    browser = Browser(tmp_path)
    update = update_of(run_of("ant"), health=Health(SyncPhase.FRESH, keys=keys))
    browser.view.note(browser.catalog.apply(update))
    browser.view.arrange(parse_query("beta>1"), NEWEST_FIRST)
    browser.view.advance()
    shown: list[str] = []
    table: Any = SimpleNamespace(
        set_empty_text=shown.append, selection=SimpleNamespace(hidden=0, __len__=lambda: 0)
    )
    frame = Frame(None, browser.catalog, browser.view, table, None, None, (), "Esc")  # type: ignore[arg-type]
    frame.show_summary = lambda: None  # type: ignore[method-assign]
    frame.update()
    assert shown == [said]


def test_no_match_is_not_reported_while_filtering(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    runs = [run_of(f"run-{number}") for number in range(3000)]
    browser.view.note(browser.catalog.apply(update_of(*runs, health=Health(SyncPhase.FRESH))))
    browser.view.arrange(parse_query("nothing"), NEWEST_FIRST)
    browser.view.advance(0.0)
    shown: list[str] = []
    table: Any = SimpleNamespace(set_empty_text=shown.append)
    frame = Frame(None, browser.catalog, browser.view, table, None, None, (), "Esc")  # type: ignore[arg-type]
    frame.show_summary = lambda: None  # type: ignore[method-assign]
    frame.update()
    browser.view.advance()
    frame.update()
    assert shown == ["filtering the runs…", "No run matches the filter. Esc clears it."]
