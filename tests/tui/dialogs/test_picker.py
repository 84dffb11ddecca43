from __future__ import annotations

from pathlib import Path

import pytest

from runtui.tui.dialogs.picker import Choice, narrowed
from tests.run_dirs import write_run
from tests.tui.screen import browsing

CHOICES = [
    Choice(1, "failed today", "is:failed completed:today"),
    Choice(2, "today", "created:today"),
    Choice(3, "all"),
    Choice(4, "Tomorrow", "never"),
]


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("", [1, 2, 3, 4]),
        ("to", [2, 4, 1]),
        ("TODAY", [2, 1]),
        ("created", [2]),
        ("today failed", [1]),
        ("ver", [4]),
        ("nothing", []),
    ],
)
def test_entries_that_begin_with_the_text_come_first(typed: str, values: list[int]) -> None:
    assert [choice.value for choice in narrowed(CHOICES, typed)] == values


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    write_run(runs_dir, "gas", description="a gas", status="failed")
    return runs_dir


async def test_digit_chooses_an_entry_only_while_the_line_is_empty(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("v")
        await user.sees("5 stale")
        await user.press("5")
        await user.sees("/is:dead")
        await user.press("v", *"a5")
        await user.sees_no("stale  ")
        await user.sees("Views")
        await user.press("escape")
        await user.sees_no("Views")
        await user.sees("/is:dead")


async def test_keys_in_one_packet_choose_from_the_narrowed_list(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("v")
        await user.sees("5 stale")
        await user.press(*"stale", "enter")
        await user.sees("/is:dead")


async def test_enter_without_a_match_keeps_the_picker_open(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("v", *"nosuchview", "enter")
        await user.sees("nosuchview")
        await user.sees("Views")
