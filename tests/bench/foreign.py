"""What runs of other programs cost, against as many runs with a record: listing them, first rows, checking.

    python -m tests.bench.foreign [--rounds N] [--runs N]

The directories take turns. Of `ls` the processor time is given, which other work on the machine changes less
than the clock, and the least of all rounds with it; of the browser the seconds from its start until the first
rows have been sent to a terminal, and until all runs have been read, or checked against its cache. The ratios
to runs with a record are to be at most 1.5.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.scan import scan_runs
from tests.bench.commands import cost
from tests.bench.start import time_until
from tests.foreign_runs import KINDS, make_foreign
from tests.run_dirs import make_runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bases = {"with a record": make_runs(folder / "own", arguments.runs, seed=1)}
        bases |= {kind: make_foreign(folder / kind, kind, arguments.runs) for kind in KINDS}
        print(f"{arguments.runs:,} runs, {arguments.rounds} rounds")
        _tell_of_ls(bases, arguments.rounds)
        for cache in ("none", "kept"):
            _tell_of_browser(bases, arguments.rounds, folder / cache, is_kept=cache == "kept")


def _tell_of_ls(bases: dict[str, Path], rounds: int) -> None:
    commands = {
        "ls": ["--limit", "5"],
        "ls seed>=5": ["--limit", "5", "seed>=5"],
    }
    for what, words in commands.items():
        used: dict[str, list[float]] = {kind: [] for kind in bases}
        for _ in range(rounds + 1):
            for kind, base in bases.items():
                used[kind].append(cost([sys.executable, "-m", "runtui", "ls", "-C", str(base), *words])[1])
        _tell(what, {kind: times[1:] for kind, times in used.items()})


def _tell_of_browser(bases: dict[str, Path], rounds: int, cache: Path, *, is_kept: bool) -> None:
    os.environ["XDG_CACHE_HOME"] = str(cache)
    found: dict[str, dict[str, list[float]]] = {"first rows": {}, "all": {}}
    if is_kept:
        for base in bases.values():
            RunsCache(str(base)).save(scan_runs(str(base)), frozenset())
    for turn in range(rounds + 1):
        for kind, base in bases.items():
            command = ["/usr/bin/env", f"XDG_CACHE_HOME={cache}", sys.executable, "-m", "runtui", str(base)]
            moments = time_until(command, [b"completed", "● live".encode()])
            if turn:
                for times, moment in zip(found.values(), moments, strict=True):
                    times.setdefault(kind, []).append(moment)
            if not is_kept:
                for path in (cache / "runtui").glob("*.runs"):
                    path.unlink()
    for what, by_kind in found.items():
        _tell(f"{what}, {'checked with cache' if is_kept else 'no cache'}", by_kind)


def _tell(what: str, by_kind: dict[str, list[float]]) -> None:
    own = by_kind["with a record"]
    for kind, times in by_kind.items():
        ratio = statistics.median(one / other for one, other in zip(times, own, strict=True))
        print(
            f"  {what:<24} {kind:<14} {statistics.median(times):6.2f} s, {ratio:4.2f} x;"
            f" least {min(times):6.2f} s, {min(times) / min(own):4.2f} x",
            flush=True,
        )


if __name__ == "__main__":
    main()
