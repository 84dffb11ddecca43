"""How far a pipeline is, while it is."""

from __future__ import annotations

import json
from pathlib import Path

from runtui import run_pipeline
from runtui.store.manager import RunManager
from tests.tui.screen import browsing


async def test_steps_are_shown_as_they_finish(runs_dir: Path) -> None:
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


PIPELINE = """
[[steps]]
name = "fetch"
command = "echo 1 > {results}/raw"
outputs = ["results/raw"]

[[steps]]
name = "check"
command = "test -e {run}/go"
needs = ["fetch"]
"""


async def test_failed_pipeline_is_resumed_in_place(runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "pipeline.toml").write_text(PIPELINE)
    run = Path(run_pipeline(tmp_path / "pipeline.toml", runs_dir).run_dir)
    async with browsing(runs_dir, notices=True) as user:
        await user.sees("failed")
        await user.press("r")
        await user.sees("resumes the pipeline in this run: 1 of 2 steps of")
        await user.press("escape")
        await user.sees_no("resumes the pipeline")
        (run / "go").touch()
        await user.press("r")
        await user.sees("resumes the pipeline in this run: 1 of 2 steps of")
        await user.press("enter")
        await user.sees("resumed 1 run in place")
        await user.sees("✓ completed")
        await user.sees("2 of 2 done")
    metadata = json.loads((run / "metadata.json").read_text())
    assert [step["state"] for step in metadata["steps"]] == ["kept", "done"]
