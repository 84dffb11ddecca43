"""The browser open beside classic writers that rewrite their files in place as fast as they can."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.tui.screen import browsing
from tests.waiting import until

WRITER = Path(__file__).parent.parent / "classic_writer.py"
SECONDS = 12
RUNS = 4

GOOD_STATUSES = {"○ initialising", "● running", "◆ checkpointed", "✓ completed", "✗ failed"}


async def test_rows_stay_correct_while_writers_run_at_full_speed(runs_dir: Path) -> None:
    seen: set[tuple[str, str]] = set()
    torn_by_row: dict[str, int] = {}
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(runs_dir), "--runs", str(RUNS), "--seconds", str(SECONDS)],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        names = [writer.stdout.readline().strip() for _ in range(RUNS)]
        assert writer.stdout.readline().strip() == "writing"
        async with browsing(runs_dir) as user:
            await until(
                user.pilot,
                lambda: (
                    all(any(name[:8] in row for row in user.rows) for name in names)
                    and all("classic run" in row for row in user.rows)
                ),
                "all rows, each read once: of a file that is torn at first sight nothing better is known",
                lambda: user.text,
            )
            steps: set[str] = set()
            while writer.poll() is None:
                await user.pilot.pause(0.02)
                rows = user.rows
                assert len(rows) == RUNS, rows
                for row in rows:
                    status, description = row[2:17].strip(), row[26:]
                    if status not in GOOD_STATUSES:
                        torn_by_row[row] = torn_by_row.get(row, 0) + 1
                    assert "classic run" in description, row
                    seen.add((status, description[:13]))
                steps.update(word for word in user.text.split() if word.isdigit())
            final = {
                path.name: json.loads((path / "metadata.json").read_text())["status"]
                for path in runs_dir.iterdir()
                if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
            }
            assert sorted(final) == sorted(names)
            await until(
                user.pilot,
                lambda: all(
                    any(name[:8] in row and final[name] in row for row in user.rows) for name in names
                ),
                "the final status of every run",
                lambda: user.text,
            )
    assert not torn_by_row
    # The log followed all the while.
    assert len(steps) > 5
    assert len({status for status, _description in seen}) > 1
