"""Killed at any moment: no run is lost or doubled, every file parses, the doctor mends the rest."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from runtui import RunManager
from runtui.doctor.checks import examine, treat
from runtui.doctor.findings import Severity
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import list_trash
from runtui.store.edits.edit_files import read_edits
from runtui.store.edits.fold import read_overlaid
from tests.run_dirs import write_run

RUNS = 6

WORK = """
import os, random, sys
from runtui.store.edits.run_edits import edit_tags, set_status, undo
from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
from runtui.store.errors import StoreError
from runtui.store.status import RunStatus
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import list_trash
base, seed = sys.argv[1], int(sys.argv[2])
choice = random.Random(seed)
print("ready", flush=True)
count = 0
while True:
    count += 1
    name = f"r{choice.randrange(RUNS)}"
    try:
        if os.path.exists(f"{base}/{name}/metadata.json"):
            os.utime(f"{base}/{name}/metadata.json", (1, 1))
        what = choice.randrange(5)
        if what == 0:
            edit_tags(base, [name], [f"{seed}-{count}"], [])
        elif what == 1:
            set_status(base, [name], choice.choice([RunStatus.COMPLETED, RunStatus.FAILED]))
        elif what == 2:
            undo(base, name)
        elif what == 3:
            carry_out(base, plan_on_disk(base, lambda runs: [Decision(name, "for the test")]))
        else:
            for run in list_trash(base):
                restore(base, run)
    except (StoreError, FileNotFoundError):
        continue
""".replace("RUNS", str(RUNS))


def test_killed_process_loses_no_run_and_doctor_repairs_the_rest(
    runs_dir: Path, rounds: Callable[[int], int]
) -> None:
    for number in range(RUNS):
        write_run(runs_dir, f"r{number}", status="completed", tags=["first"])
    RunManager(runs_dir).rebuild_index()
    choice = random.Random(11)
    for number in range(rounds(20)):
        worker = [sys.executable, "-c", WORK, str(runs_dir), str(number)]
        with subprocess.Popen(worker, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(choice.uniform(0.0, 0.08))  # the moment of the kill is what is varied here
            process.kill()
        here = [path.name for path in runs_dir.iterdir() if not path.name.startswith(".")]
        there = [run.name for run in list_trash(str(runs_dir))]
        assert sorted(here + there) == [f"r{run}" for run in range(RUNS)]
        for run in list_trash(str(runs_dir)):
            restore(str(runs_dir), run)
        for run in range(RUNS):
            metadata = json.loads((runs_dir / f"r{run}" / "metadata.json").read_bytes())
            assert metadata["tags"][0] == "first"
            assert metadata["description"] == f"Simulation run r{run}"
            os.utime(runs_dir / f"r{run}" / "metadata.json", (1, 1))
        shown = {run: read_overlaid(str(runs_dir), f"r{run}").metadata for run in range(RUNS)}
        for _twice in range(2):
            treat(str(runs_dir), examine(str(runs_dir)))
        problems = [item for item in examine(str(runs_dir)) if item.level is Severity.PROBLEM]
        assert problems == []
        for run in range(RUNS):
            assert json.loads((runs_dir / f"r{run}" / "metadata.json").read_bytes()) == shown[run]
            assert all(edit.is_folded for edit in read_edits(str(runs_dir / f"r{run}")))
