"""A day in the life: a failed night, found out about, tagged, gone on with, compared and cleaned up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.runtime.launches import launch_words
from tests.store.children import ROOT
from tests.terminal import Terminal, ended_cleanly, runtui
from tests.waiting import wait_until

PATIENCE = 60.0
ROD = str(Path(__file__).with_name("rod.py"))

NIGHT = {
    "fine": {"dt": 0.4, "steps": 60},
    "too long a step": {"dt": 0.7, "steps": 400},
    "no room for the table": {"dt": 0.4, "steps": 60, "table": "/dev/full"},
    "no room for the table either": {"dt": 0.3, "steps": 60, "table": "/dev/full"},
    "too fine a rod": {"dt": 0.4, "steps": 60, "finer": 50, "memory": 1 << 28},
}
"""What was launched before its user went home, by description."""


def test_night_failures_are_tagged_resumed_compared_and_trashed(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    base.mkdir()
    morning = tmp_path / "morning"
    live = {"dt": 0.45, "steps": 20, "until": str(morning), "pace": 0.02}
    with _launched(base, {**NIGHT, "goes on until the morning": live}) as night:
        for description in NIGHT:
            night[description].wait(PATIENCE * 2)
        runs = {metadata["description"]: path for path, metadata in _all_metadata(base)}
        for description in NIGHT:
            # The morning is hours later.
            os.utime(runs[description] / "metadata.json", (time.time() - 8 * 3600,) * 2)
        before = _bytes_of(base)
        child = _spend_the_day(base, morning, runs)
        morning.touch()
        night["goes on until the morning"].wait(PATIENCE)

    wait_until(lambda: _metadata(child)["status"] == "completed", "the child completes", PATIENCE)
    assert _metadata(child)["parent_run_id"] == runs["too long a step"].name
    assert json.loads((child / "run_params.json").read_text())["dt"] == 0.4
    assert (child / "results" / "rod.csv").read_text().startswith("step,warmest\n21,")
    doctor = subprocess.run(runtui("doctor", "-C", str(base)), capture_output=True, text=True, check=False)
    assert (doctor.returncode, doctor.stdout) == (0, "no problems found\n")

    after = _bytes_of(base)
    live_run = runs["goes on until the morning"].name
    quota = {path.name for description, path in runs.items() if description.startswith("no room")}
    for path, content in before.items():
        run, _slash, rest = path.partition("/")
        if run in quota and rest == "metadata.json":
            assert json.loads(after[path]) == json.loads(content) | {"tags": ["night", "quota"]}
            assert after[path].replace(b',\n    "quota"', b"") == content
        elif run != live_run:
            assert after[path] == content, path
    new = [path.split("/") for path in after.keys() - before.keys()]
    # Of what was tagged the history is kept, in runtui's own folder.
    assert {path[0] for path in new} - {live_run, child.name} == quota
    assert {tuple(path[1:3]) for path in new if path[0] in quota} == {(".runtui", "history")}


@contextmanager
def _launched(base: Path, wanted: dict[str, dict]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Launch the simulation with several parameters at once, each as a run; end them all in the end."""
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for description, params in wanted.items():
            options = ["--tag", "night", "--description", description]
            processes[description] = subprocess.Popen(
                launch_words(base, sys.executable, ROD, json.dumps(params), options=options),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                cwd=base.parent,
            )
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
            process.wait(PATIENCE)


def _spend_the_day(base: Path, morning: Path, runs: dict[str, Path]) -> Path:
    """Do what a user does in the browser, and return the run that went on."""
    with Terminal(runtui(str(base)), 140, 40, {"PYTHONPATH": str(ROOT)}) as terminal:

        def see(*texts: str, gone: str = "\0") -> str:
            return terminal.wait_for(
                lambda screen: all(text in screen for text in texts) and gone not in screen, PATIENCE
            )

        def leave(*texts: str, gone: str = "\0") -> None:
            # An escape directly before another key is that key with Alt, to a terminal.
            terminal.press("Escape")
            see(*texts, gone=gone)

        def only(query: str, *texts: str) -> None:
            terminal.press("/")
            see("filter")
            terminal.press("C-u")
            terminal.type(query)
            terminal.press("Enter")
            see(*texts)

        # What failed, and why; all that failed for want of space at once.
        see("6 runs", "4 failed", "1 running", "disk: OSError")
        terminal.press("i")
        see("4 open, 4 new", "oom", "FloatingPointError")
        terminal.wait_for(lambda screen: re.search(r"› +2 .*\bdisk\b", screen), PATIENCE)
        terminal.press("Space", "t")
        see("Enter apply")
        terminal.type("quota")
        terminal.press("Enter")
        see("night quota", gone="Enter apply")
        leave(gone="Open failures by reason")
        leave(gone="2 selected")

        # The one whose time step was too long goes on with a shorter one.
        only("id:" + runs["too long a step"].name, "1 of 6 runs", "› ✗ failed")
        terminal.press("e")
        see("FloatingPointError: step", "Esc back", gone="details: ")
        leave("details: ")
        terminal.press("r")
        see("resumes at step-20", "(x) step-20", "dt ")
        terminal.press("j", "j")
        see("›     dt")
        terminal.press("Space")
        see("dt  Enter apply")
        terminal.press("C-u")
        terminal.type("0.4")
        terminal.press("Enter")
        see("0.4  was 0.7")
        terminal.press("L")
        see("starts here")
        terminal.press("Enter")
        only(f"parent:{runs['too long a step'].name}", "1 of 7 runs")

        # It is compared with its parent.
        terminal.press("c")
        see("2 runs, compared with", "parameters", "dt", "0.7", "≠ 0.4")
        leave("details: ")

        # What still runs is watched until the morning, when it ends.
        only("status:running,completed description:morning", "1 of 7 runs", "● running")
        terminal.press("l")
        first = _last_step(see(": warmest", gone="details: "))
        terminal.wait_for(lambda screen: _last_step(screen) > first + 20, PATIENCE)
        morning.touch()
        leave("details: ", "✓ completed")

        # What had no room goes to the trash, and comes back.
        only("tag:quota", "2 of 7 runs")
        terminal.press("*")
        see("2 selected")
        terminal.press("d")
        see("2 runs to the trash, ")
        terminal.press("Enter")
        see("0 of 5 runs")
        terminal.press("T")
        see("2 runs, ", "X delete for good")
        terminal.press("*", "Enter")
        see("2 of 7 runs", gone="X delete for good")
        terminal.press("q")
        ended_cleanly(terminal, 0)
    (child,) = [path for path, metadata in _all_metadata(base) if metadata["parent_run_id"]]
    return child


def _last_step(screen: str) -> int:
    return max(map(int, re.findall(r"step (\d+): warmest", screen)), default=0)


def _all_metadata(base: Path) -> Iterator[tuple[Path, dict]]:
    for run in base.iterdir():
        if run.name[0] != "." and not run.is_symlink():
            yield run, _metadata(run)


def _metadata(run: Path) -> dict:
    found: dict = json.loads((run / "metadata.json").read_text())
    return found


def _bytes_of(base: Path) -> dict[str, bytes]:
    """Return all files of the runs, by their path below the runs directory."""
    found = {}
    for run, _metadata_of_run in _all_metadata(base):
        for folder, _folders, files in os.walk(run):
            for name in files:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, base)] = Path(path).read_bytes()
    return found
