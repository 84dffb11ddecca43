"""How far a pipeline is, while it is."""

from __future__ import annotations

import json
from pathlib import Path

from runtui.store.manager import RunManager
from tests.tui.screen import browsing


async def test_steps_are_seen_as_they_are_done(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run("a pipeline")
    steps = [{"name": name, "state": "waiting"} for name in ("fetch", "clean", "map", "plot")]
    steps[0]["state"] = "running"
    manager.update_status("running", steps=steps)
    async with browsing(runs_dir) as user:
        await user.sees("steps  [....................] 0 of 4 done")
        await user.sees("running")
        steps[0]["state"] = "done"
        steps[1] |= {"state": "failed", "error": "exit code 3"}
        manager.update_status("failed", steps=json.loads(json.dumps(steps)))
        await user.sees("[#####...............] 1 of 4 done")
        await user.sees("exit code 3")
