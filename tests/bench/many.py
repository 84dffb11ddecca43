"""What 100,000 runs cost: reading, checking, memory, keys, idling; against floors measured in the same run.

    python -m tests.bench.many [--runs N] [--dir DIR]

Makes the runs in a temporary directory (or takes those in DIR) and prints a table. Floors are plain loops in
the same process, just before and just after: scandir, read and `json.loads` for reading, scandir and stat for
checking; an empty Textual app for memory; the same keys with 100 runs for keys, from a key until what it
brings has been painted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.run_dirs import make_runs

_BEAT = 0.01
_ROUNDS = 3
_REST = 0.3
_SETTLING = 5.0  # the cache is written a moment after everything was read
_PRESSES = 6
_KEYS = {
    "cursor": ("j", "k"),
    "page": ("pagedown", "pageup"),
    "sort": ("o",),
    "filter keystroke": ("a", "l", "i", "backspace", "backspace", "backspace"),
}


def read_floor(base: str) -> float:
    """Return the seconds that a plain loop takes to read and parse everything."""
    began = time.perf_counter()
    with os.scandir(base) as listing:
        for entry in listing:
            with open(f"{base}/{entry.name}/metadata.json", "rb") as file:
                json.loads(file.read())
    return time.perf_counter() - began


def stat_floor(base: str) -> float:
    """Return the seconds that a plain loop takes to look at everything."""
    began = time.perf_counter()
    with os.scandir(base) as listing:
        for entry in listing:
            os.stat(f"{base}/{entry.name}/metadata.json")
    return time.perf_counter() - began


def resident() -> float:
    """Return this process's memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


async def _open(base: str, use: Callable[[Any, Any], Any]) -> dict[str, float]:
    """Open the browser, wait until all runs are read and shown, and return what was measured meanwhile."""
    from runtui.catalog.catalog import SyncPhase
    from runtui.tui.app import RuntuiApp

    gaps: list[float] = []

    async def beat() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(_BEAT)
            now = time.perf_counter()
            gaps.append(now - last - _BEAT)
            last = now

    app = RuntuiApp(base)
    async with app.run_test(size=(120, 40)) as pilot:
        beating = asyncio.create_task(beat())
        began = time.perf_counter()
        screen: Any = app.screen
        await _until(
            lambda: (
                screen._catalog.health.phase is SyncPhase.FRESH
                and len(screen._view) == len(screen._catalog.runs)
            )
        )
        found = {"seconds": time.perf_counter() - began, "gap": max(gaps), "memory": resident()}
        found |= await use(pilot, screen) or {}
        beating.cancel()
    return found


async def _until(is_true: Callable[[], bool]) -> None:
    while not is_true():  # noqa: ASYNC110 - nothing of the program under test tells of it
        await asyncio.sleep(0.001)


async def _nothing(_pilot: Any, _screen: Any) -> None:
    return None


async def _press(pilot: Any, screen: Any) -> dict[str, float]:
    await asyncio.sleep(_SETTLING)
    view, table = screen._view, screen.query_one("#runs")
    found = {}
    for what, keys in _KEYS.items():
        times = []
        if what == "filter keystroke":
            await pilot.press("slash")
        for number in range(_PRESSES):
            key = keys[number % len(keys)]
            before, text = (table._cursor, view.sort), view.query.text
            typed = text[:-1] if key == "backspace" else text + key

            def is_done(what: str = what, before: Any = before, typed: str = typed) -> bool:
                if what == "filter keystroke":
                    return bool(view.query.text == typed)
                return before != (table._cursor, view.sort)

            times.append(await _answered(pilot.app, key, is_done))
            await asyncio.sleep(_REST)
        found[what] = statistics.median(times)
        found[f"{what}, worst"] = max(times)
    return found


async def _answered(app: Any, key: str, is_done: Callable[[], bool]) -> float:
    """Press a key and return the seconds until what it brings has been painted."""
    from textual.events import Key

    painted = asyncio.Event()
    began = time.perf_counter()
    app._driver.send_message(Key(key, key if len(key) == 1 else None))
    await _until(is_done)
    app.screen.call_after_refresh(painted.set)
    await painted.wait()
    return time.perf_counter() - began


def _part(name: str, base: str) -> dict[str, float]:
    """Do one part of the measurements in this process."""
    if name == "read":
        floors = [read_floor(base)]
        found = asyncio.run(_open(base, _nothing))
        floors.append(read_floor(base))
        return found | {"floor": statistics.mean(floors)}
    if name == "check":
        floors = [stat_floor(base)]
        found = asyncio.run(_open(base, _nothing))
        floors.append(stat_floor(base))
        return found | {"floor": statistics.mean(floors)}
    if name == "empty":
        from textual.app import App

        async def run() -> float:
            async with App[None]().run_test(size=(120, 40)):
                return resident()

        return {"memory": asyncio.run(run())}
    return asyncio.run(_open(base, _press))


def _fresh(name: str, base: str, cache: str) -> dict[str, float]:
    """Do one part in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.many", "--part", name, "--dir", base],
        env=os.environ | {"XDG_CACHE_HOME": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _median(name: str, base: str, caches: list[str]) -> dict[str, float]:
    rounds = [_fresh(name, base, cache) for cache in caches]
    found = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    if "floor" in found:
        found["ratio"] = statistics.median(one["seconds"] / one["floor"] for one in rounds)
    return found


def _keep(base: str, cache: str) -> None:
    from runtui.catalog.sync.cache import RunsCache
    from runtui.catalog.sync.scan import scan_runs

    os.environ["XDG_CACHE_HOME"] = cache
    RunsCache(base).save(scan_runs(base), frozenset())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--dir")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(_part(arguments.part, arguments.dir)))
        return
    with tempfile.TemporaryDirectory() as folder:
        base = arguments.dir or str(make_runs(Path(folder, "many"), arguments.runs, seed=1))
        few = str(make_runs(Path(folder, "few"), 100, seed=1))
        count = len(os.listdir(base))
        read_floor(base)
        empty = [f"{folder}/no-cache-{number}" for number in range(_ROUNDS)]
        read = _median("read", base, empty)
        print(f"{count:,} runs, medians of {_ROUNDS}")
        print(
            f"  all read, no cache        {read['seconds']:.2f} s, {read['ratio']:.2f} x the floor;"
            f" event loop blocked for {read['gap'] * 1e3:.0f} ms at most"
        )
        nothing = _fresh("empty", base, folder)["memory"]
        print(f"  memory                    {read['memory'] - nothing:.0f} MB over an empty Textual app")
        _keep(base, f"{folder}/cache")
        check = _median("check", base, [f"{folder}/cache"] * _ROUNDS)
        print(
            f"  all checked, with cache   {check['seconds']:.2f} s, {check['ratio']:.2f} x scandir and stat;"
            f" event loop blocked for {check['gap'] * 1e3:.0f} ms at most"
        )
        many, little = _fresh("keys", base, f"{folder}/cache"), _fresh("keys", few, f"{folder}/few-cache")
        for what in _KEYS:
            more = many[what] - little[what]
            print(
                f"  {what:<25} {many[what] * 1e3:.0f} ms, {many[what] / little[what]:.2f} x"
                f" (+{more * 1e3:.0f} ms) that with 100 runs; worst {many[f'{what}, worst'] * 1e3:.0f} ms"
            )


if __name__ == "__main__":
    main()
