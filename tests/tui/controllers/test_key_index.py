"""Keys of all runs, offered where one types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Three runs, of which only the last, which nobody looks at, has the key `viscosity`."""
    for number, text in enumerate(('{"beta": 1}', '{"beta": 2}', '{"fluid": {"viscosity": 3}}')):
        run = write_run(runs_dir, f"r{number}", created=NOW - timedelta(hours=number))
        (run / "run_params.json").write_text(text)
    return runs_dir


@pytest.mark.parametrize("key", ["S", "C", "b"])
async def test_key_of_a_run_that_was_not_looked_at_is_offered(key: str, runs: Path) -> None:
    async with browsing(runs, (120, 40)) as user:
        await user.press(key)
        await user.sees("type to search")
        await user.press(*"visc")
        await user.sees("fluid.viscosity")


async def test_filter_line_completes_keys_of_runs_that_were_not_looked_at(runs: Path) -> None:
    async with browsing(runs, (120, 40)) as user:
        await user.press("slash", *"fluid.vi")
        await user.sees("fluid.viscosity")
