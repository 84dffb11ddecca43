from __future__ import annotations

from pathlib import Path

import pytest

from runtui.render.styled import StyledLine, StyledText
from runtui.tui.dialogs.list_dialog import LazyRows
from tests.run_dirs import write_run
from tests.tui.screen import browsing


@pytest.fixture
def made() -> list[int]:
    """The rows that were made."""
    return []


@pytest.fixture
def rows(made: list[int]) -> LazyRows:
    def row_at(place: int) -> StyledLine:
        made.append(place)
        return (StyledText(f"row {place}"),)

    return LazyRows(1_000_000, row_at)


def test_only_visible_rows_are_created(rows: LazyRows, made: list[int]) -> None:
    assert len(rows) == 1_000_000
    assert rows[7] == (StyledText("row 7"),)
    assert [line[0].text for line in rows[3:5]] == ["row 3", "row 4"]
    assert made == [7, 3, 4]


def test_slice_beyond_the_end_is_truncated(rows: LazyRows) -> None:
    assert len(rows[999_998:2_000_000]) == 2
    assert list(rows[5:5]) == []


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (("d",), "to the trash, "),
        (("D", *"keep 1", "tab"), "not among the 1 newest"),
        (("T",), "the trash is empty"),
        (("r",), "has no checkpoints"),
    ],
    ids=["plan", "rule", "trash", "resume"],
)
async def test_q_closes_a_dialog_and_not_the_browser(
    runs_dir: Path, keys: tuple[str, ...], shown: str
) -> None:
    for name in ("ant", "bee", "cow"):
        write_run(runs_dir, name, status="failed", created="2026-01-01T00:00:00Z")
    async with browsing(runs_dir) as user:
        await user.press(*keys)
        await user.sees(shown)
        await user.press("q")
        await user.sees_no(shown)
        await user.sees("3 runs")


async def test_q_is_typed_into_an_input_line(runs_dir: Path) -> None:
    write_run(runs_dir, "ant")
    async with browsing(runs_dir) as user:
        await user.press("D", *"queue:q")
        await user.sees("queue:q")
