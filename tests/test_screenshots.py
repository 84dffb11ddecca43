"""The pictures in the documentation show what the program shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screenshots import PICTURES, SCREENS, fixed_hour, posing, taken, text_of
from tests.waiting import until


@pytest.fixture
def pictured_runs() -> Iterator[Path]:
    """The runs of the pictures, at their hour."""
    with fixed_hour() as base:
        yield base


@pytest.mark.parametrize("name", SCREENS)
async def test_screenshot_matches_the_program(pictured_runs: Path, name: str) -> None:
    kept = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    shown = text_of(kept)
    assert shown.strip()
    async with posing(pictured_runs, name) as user:
        now = ""

        def is_as_kept() -> bool:
            nonlocal now
            now = text_of(taken(user))
            return now == shown

        # What it takes to be there may come a moment later.
        await until(user.pilot, is_as_kept, "the picture, or make it anew", lambda: now, patience=60.0)
    # A picture is looked at where nothing may be fetched.
    assert not re.search(r"font-face|href|url\((?!#)", kept)
