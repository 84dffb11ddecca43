from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from runtui.catalog.fields import column_of
from runtui.tui.widgets.column_layout import WantedColumn, column_widths, fitted, fitted_id
from tests.run_dirs import write_log, write_run
from tests.tui.failures import NOW
from tests.tui.screen import browsing

ID, DESCRIPTION, REASON, HOST = (column_of(key, ()) for key in ("id", "description", "reason", "host"))


def widths(wanted: list[WantedColumn], available: int) -> dict[str, int]:
    return {column.key: cells for column, cells in column_widths(wanted, available)}


def test_columns_of_the_highest_rank_are_hidden_first() -> None:
    wanted = [WantedColumn(column) for column in (ID, REASON, HOST)]
    assert widths(wanted, 40) == {"id": 8, "reason": 19, "host": 10}
    assert widths(wanted, 36) == {"id": 8, "reason": 26}
    assert widths(wanted, 25) == {"id": 8}


def test_id_is_widened_only_if_no_column_is_hidden_for_it() -> None:
    wanted = [WantedColumn(ID._replace(width=12), 8), WantedColumn(DESCRIPTION), WantedColumn(REASON)]
    assert widths(wanted, 43) == {"id": 12, "description": 12, "reason": 16}
    assert widths(wanted, 49) == {"id": 18, "description": 12, "reason": 16}
    assert widths(wanted, 56) == {"id": 20, "description": 14, "reason": 18}


def test_longer_reason_hides_columns_of_a_higher_rank_but_never_itself() -> None:
    wanted = [WantedColumn(ID), WantedColumn(REASON, preferred=28), WantedColumn(HOST)]
    assert widths(wanted, 49) == {"id": 8, "reason": 28, "host": 10}
    assert widths(wanted, 46) == {"id": 8, "reason": 36}
    assert widths(wanted, 32) == {"id": 8, "reason": 22}
    assert widths(wanted, 26) == {"id": 8, "reason": 16}


def test_spare_room_goes_to_the_texts_that_need_it() -> None:
    wanted = [WantedColumn(DESCRIPTION, needed=14), WantedColumn(REASON, needed=60)]
    assert widths(wanted, 50) == {"description": 14, "reason": 34}
    assert widths(wanted, 100)["reason"] >= 60


@pytest.mark.parametrize(
    ("text", "cells", "align", "shown"),
    [
        ("gas", 5, "left", "gas  "),
        ("42s", 5, "right", "  42s"),
        ("a long one", 5, "left", "a lo…"),
        ("sweep/2026-11-30", 7, "path", "…-11-30"),
        ("a/b", 5, "path", "a/b  "),
        ("漢字漢字", 5, "left", "漢字…"),
        ("漢字", 5, "right", " 漢字"),
    ],
)
def test_text_is_cut_or_padded_to_the_width(text: str, cells: int, align: str, shown: str) -> None:
    assert fitted(text, cells, align) == shown


@pytest.mark.parametrize(
    ("short", "run_id", "shown"),
    [
        ("gas-1", "gas-1", "gas-1       "),
        ("2026-11-30_10-12-44…", "2026-11-30_10-12-44_gas-a1", "2026-…gas-a1"),
        ("20260131-melt-001", "20260131-melt-001", "20260…lt-001"),
        ("漢字漢字漢字漢字", "漢字漢字漢字漢字", "漢字漢字漢 …"),
    ],
)
def test_long_id_is_cut_in_the_middle(short: str, run_id: str, shown: str) -> None:
    assert fitted_id(short, run_id, 12) == shown


async def test_reason_is_shown_at_80_columns_with_long_ids(runs_dir: Path) -> None:
    for number, name in enumerate(["2026-11-30_10-12-44_gas-a1", "2026-11-30_10-12-44_melt-77"]):
        run = write_run(runs_dir, name, status="failed", created=NOW - timedelta(hours=number))
        write_log(run, "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs_dir, (80, 24)) as user:
        await user.sees_rows("oom: Detected 1 oom_kill eve", "oom: Detected 1 oom_kill eve")
        assert all("2026-11-30_10-12-44…" in row for row in user.rows)
    async with browsing(runs_dir, (140, 24)) as user:
        await user.sees("2026-11-30_10-12-44… ")
