"""Pinned runs stay at the top of the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.operations.pins import change_pins, read_pins
from tests.tui.failures import write_failures
from tests.tui.screen import Session, browsing

_NAMES = ("ant", "bee", "cow", "dog", "eel")


@pytest.fixture
def runs(runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return write_failures(runs_dir)


def names(user: Session) -> list[str]:
    """Return the names of the runs, in the order of the rows."""
    return [next((name for name in _NAMES if f" {name} " in row), "") for row in user.rows]


async def test_pinned_run_stays_on_top_in_any_order_and_is_undone(runs: Path) -> None:
    async with browsing(runs, (80, 24), notices=True) as user:
        before = names(user)
        last = before[-1]
        await user.press("G", "P")
        await user.sees("pinned 1 run (u: undo)")
        await user.sees("›▴")
        assert names(user) == [last, *before[:-1]]
        await user.press("O")
        await user._until(lambda: names(user) == [last, *before[-2::-1]], "the reversed order")
        await user.press("O", "u")
        await user._until(lambda: names(user) == before, "the order without pins")
    assert read_pins(str(runs)) == frozenset()


async def test_pins_of_an_earlier_session_are_recalled_and_removed(runs: Path) -> None:
    change_pins(str(runs), add=["cow"])
    async with browsing(runs, notices=True) as user:
        await user._until(lambda: names(user)[0] == "cow", "the pinned run on top")
        await user.sees("▴")
        await user.press("g", "P")
        await user.sees("unpinned 1 run")
        await user.sees_no("▴")
    assert read_pins(str(runs)) == frozenset()
