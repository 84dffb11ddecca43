"""What the open browser costs while nothing happens, and how soon it shows what does.

    python -m tests.bench.idle [--runs 10000] [--live 20] [--seconds 30] [--kind own|Sacred|Slurm]

Runs the program on a pseudo terminal, once on a local directory, where it hears of changes by events, and
once on the same directory shown by bindfs, where it has to poll. Prints, for each, the share of a core
(the terminal's reader left out), inotify watches and looks at files a second (seen by strace, for a third
of the time, apart from the rest), and the seconds from a change of a live run on screen until it has been
painted (median and 95th percentile), against the polling interval where it polls. It is opened for the second
time: why runs failed has been read from their logs before, which takes minutes where it has to poll.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtui.catalog.catalog import Catalog, SyncPhase
from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.digests import lacks_digest
from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.monitor import RunsMonitor
from runtui.catalog.sync.watch_plan import WatchBudget
from tests.bench.terminal import Program
from tests.foreign_runs import KINDS, make_foreign
from tests.mounts import mounted
from tests.run_dirs import make_runs, write_log, write_run

OWN = "own"
"""The kind of runs with a record."""

_CHANGES = 12
_TICKS = os.sysconf("SC_CLK_TCK")


def make_directory(base: Path, runs: int, live: int, kind: str) -> Path:
    """Make a directory with `live` runs at work, of a kind, and return the newest of them."""
    if kind != OWN:
        make_foreign(base, kind, runs - live)
        for number in range(runs - live + 1, runs + 1):
            newest = KINDS[kind](base, number)
            _begin_anew(newest, kind)
        return newest
    make_runs(base, runs - live, seed=1)
    for path in base.iterdir():
        text = (path / "metadata.json").read_text()
        if '"running"' in text:
            (path / "metadata.json").write_text(text.replace('"running"', '"completed"'))
    newest = base
    for number in range(live):
        created = datetime.now(UTC) + timedelta(seconds=number)
        newest = write_run(base, f"live-{number:02}", status="running", created=created, hostname="elsewhere")
        write_log(newest, "at work\n")
    return newest


def _begin_anew(run: Path, kind: str) -> None:
    """Make a run of another program one that is at work."""
    if kind == "Slurm":
        (log,) = run.glob("slurm-*.out")
        log.write_text("step 1\n")
        return
    record = json.loads((run / "run.json").read_text())
    now = datetime.now(UTC).isoformat()
    record |= {"status": "RUNNING", "start_time": now, "stop_time": None, "heartbeat": now}
    (run / "run.json").write_text(json.dumps(record))


def describe(run: Path, kind: str, text: str) -> None:
    """Give a run another description, where its program keeps it."""
    if kind == "Slurm":
        (run / "job.sh").write_text(f"#!/bin/bash\n#SBATCH --job-name={text}\n")
        return
    file = run / ("metadata.json" if kind == OWN else "run.json")
    record = json.loads(file.read_text())
    if kind == OWN:
        record["description"] = text
    else:
        record["experiment"]["name"] = text
    file.write_text(json.dumps(record, indent=2))


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def watches(pid: int) -> int:
    """Return the number of a process's inotify watches."""
    found = 0
    for entry in Path(f"/proc/{pid}/fdinfo").iterdir():
        found += entry.read_text().count("inotify wd:")
    return found


def looks(pid: int, seconds: float, folder: Path) -> float:
    """Return how many times a second a process asks the file system by a path."""
    report = folder / "strace"
    command = ["strace", "-f", "-qq", "-e", "trace=%file", "-o", str(report), "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    tracer.terminate()
    tracer.wait()
    return len(report.read_text().splitlines()) / seconds


def open_once(base: Path) -> None:
    """Have the directory read and kept in the cache with why its runs failed, as if it had been open."""
    catalog = Catalog(str(base))
    monitor = RunsMonitor(
        str(base), catalog.apply, file_system=FileSystem("ext4", "/"), cache=RunsCache(str(base))
    )
    monitor.start()
    while catalog.health.phase is not SyncPhase.FRESH or any(map(lacks_digest, list(catalog.runs.values()))):
        time.sleep(0.5)
    monitor.stop()


def measure(base: Path, newest: Path, seconds: float, folder: Path, kind: str) -> dict[str, float]:
    """Open the browser on `base` and measure; the run `newest` is changed where it really lies."""
    command = [sys.executable, "-m", "runtui", str(base)]
    open_once(base)
    with Program(command) as program:
        program.wait_for("● live".encode(), anew=False)
        program.rest(5.0)
        found: dict[str, float] = {"watches": watches(program.pid)}
        before, began, sent = cpu_seconds(program.pid), time.perf_counter(), program.received
        program.rest(seconds)
        took = time.perf_counter() - began
        found["core"] = (cpu_seconds(program.pid) - before) / took
        found["bytes"] = (program.received - sent) / took
        found["looks"] = looks(program.pid, seconds / 3, folder) if shutil.which("strace") else float("nan")
        times = []
        for number in range(_CHANGES):
            program.rest(0.37 * (number % 5))
            # No letter stays: only what changes is sent.
            text = chr(ord("a") + number) * 9
            describe(newest, kind, text)
            times.append(program.wait_for(text.encode()))
        found["painted"] = statistics.median(times)
        found["painted, 95 %"] = sorted(times)[int(0.95 * len(times))]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--live", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--kind", choices=(OWN, *KINDS), default=OWN, help="whose runs they are")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        base = folder / "runs"
        newest = make_directory(base, arguments.runs, arguments.live, arguments.kind)
        print(f"{arguments.runs:,} runs ({arguments.kind}) of which {arguments.live} are live")
        _tell("by events", measure(base, newest, arguments.seconds, folder, arguments.kind))
        if os.geteuid() or shutil.which("bindfs") is None:
            print("  polling: not measured, because only root can mount bindfs here")
            return
        with mounted(base, folder / "shared") as mount:
            found = measure(mount.point, newest, arguments.seconds, folder, arguments.kind)
        _tell("polling", found)
        print(
            f"             {found['painted, 95 %'] / WatchBudget().poll_interval:.2f} x the polling interval"
        )


def _tell(how: str, found: dict[str, float]) -> None:
    print(
        f"  {how:<10} {found['core']:.2%} of a core, {found['watches']:.0f} watches, {found['looks']:.1f}"
        f" looks and {found['bytes']:.0f} bytes sent a second;\n"
        f"             a change is painted after {found['painted']:.2f} s, 95 % within"
        f" {found['painted, 95 %']:.2f} s"
    )


if __name__ == "__main__":
    main()
