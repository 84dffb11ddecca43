"""Runs that failed, as a user finds them in the morning, and what became of them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtui.cli import main
from runtui.store.edits.fold import read_overlaid
from runtui.store.run_listing import run_names
from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session

NOW = datetime.now(UTC)
TRACEBACK = "step 1\nTraceback (most recent call last):\n  File 'a.py', line 1\nValueError: no beta\n"


def old(run: Path) -> Path:
    """Let a run's writer have been quiet for a while, so that edits are folded in at once."""
    os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    return run


def metadata(base: Path, name: str) -> dict:
    return read_overlaid(str(base), name).metadata


def run_with_checkpoints(base: Path, name: str, count: int = 2, **values: object) -> Path:
    run = write_run(base, name)
    listed = []
    for number in range(count):
        (run / "checkpoints" / f"step-{number}").write_text("state")
        created = f"2026-11-01T00:00:{number:02}Z"
        listed.append({"name": f"step-{number}", "created_at": created, "path": f"checkpoints/step-{number}"})
    return write_run(base, name, checkpoints=listed, **values)


def write_failures(runs_dir: Path) -> Path:
    """Write two failed runs with checkpoints and a log, the newest first, and three others."""
    for number, name in enumerate(("ant", "bee", "cow", "dog", "eel")):
        status = "failed" if name in ("bee", "dog") else "completed"
        run = run_with_checkpoints(
            runs_dir,
            name,
            status=status,
            description=f"a {name}",
            created=NOW - timedelta(hours=number),
            completed_at=(NOW - timedelta(minutes=number)).isoformat(),
            tags=["old"] if number < 2 else [],
        )
        if status == "failed":
            write_log(run, TRACEBACK)
        (run / "run_params.json").write_text('{"beta": 0.3, "model": {"grid": 64}}')
        old(run)
    main(["-C", str(runs_dir), "doctor", "--fix"])
    return runs_dir


async def is_done(user: Session, text: str) -> None:
    """Wait until a job has told that it is done."""
    await user.sees(text)


def children(base: Path) -> dict[str, str]:
    """Return the names of the runs that go on from another one, each with that one's."""
    parents = {name: metadata(base, name)["parent_run_id"] for name in run_names(str(base))}
    return {name: parent for name, parent in parents.items() if parent}


def is_healthy(base: Path) -> bool:
    return main(["-C", str(base), "doctor"]) == 0
