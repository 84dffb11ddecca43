"""Make the pictures of ``screenshots/`` anew.

    python -m tests.screenshots

They show a directory of runs that is always the same, at an hour that is always the same. A test sees to it
that what the pictures show is what the program shows.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from unittest.mock import patch

from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session, browsing

PICTURES = Path(__file__).parent.parent / "screenshots"

NOW = datetime(2026, 1, 9, 8, 12, tzinfo=UTC)

_STILL = 10
"""How many looks in a row a screen must stay as it is before its picture is taken."""

_TRACEBACK = """\
Traceback (most recent call last):
  File "/home/alice/seir/run.py", line 88, in <module>
    main(sys.argv[1:])
  File "/home/alice/seir/run.py", line 61, in main
    state = model.advance(state, day)
  File "/home/alice/seir/model.py", line 143, in advance
    return draw(state, self.rates(day))
  File "/home/alice/seir/model.py", line 97, in rates
    beta = self.beta[self.sheet.index(day)]
ValueError: '2026-02-29' is not in list
"""

_FAILURES = {
    "SEIR, beta from the spreadsheet": ("ValueError", _TRACEBACK),
    "SEIR, beta from the spreadsheet, lockdown": ("ValueError", _TRACEBACK),
    "Gas, 3,000 particles, dt 0.02": (
        "numerics",
        "FloatingPointError: step 7312: the energy is no longer finite (nan)\n",
    ),
    "Plate of copper, 4096 x 4096": (
        "oom",
        "slurmstepd: error: Detected 1 oom_kill event in StepId=48213.batch.\n",
    ),
    "Plate of copper, every step saved": (
        "disk",
        "OSError: [Errno 28] No space left on device: 'results/field.h5'\n",
    ),
}
"""What failed in the night: why, and what the end of its log says."""

_RUNS: tuple[tuple[str, str, str, float], ...] = (
    # id, status, description, hours ago
    ("5b0c2f14", "running", "Gas, 3,000 particles, dt 0.005", 0.9),
    ("e81d6a70", "running", "SEIR, beta 0.3, from day 90", 1.5),
    ("0f9b44c2", "failed", "SEIR, beta from the spreadsheet, lockdown", 4.2),
    ("c07a1e93", "failed", "SEIR, beta from the spreadsheet", 4.3),
    ("93d5be08", "failed", "Gas, 3,000 particles, dt 0.02", 5.0),
    ("41f6c8da", "completed", "Gas, 3,000 particles, dt 0.01", 7.5),
    ("a2e07b5c", "failed", "Plate of copper, 4096 x 4096", 8.1),
    ("7cd9310f", "failed", "Plate of copper, every step saved", 8.2),
    ("1e58fa26", "completed", "Plate of copper, reference", 9.0),
    ("d64b0c97", "checkpointed", "Melt, 3,000 particles, slower", 31.0),
    ("8a3172ef", "completed", "SEIR, beta 0.3", 33.0),
    ("f72c95d1", "checkpointed", "Melt, 3,000 particles", 50.0),
    ("26be0d48", "completed", "SEIR, beta 0.2", 57.0),
    ("b95e1f73", "completed", "Gas, 300 particles", 79.0),
)


def make_directory(base: Path) -> None:
    """Write the runs that the pictures show."""
    for short, status, description, hours in _RUNS:
        _make_run(base, short, status, description, NOW - timedelta(hours=hours))


def _make_run(base: Path, short: str, status: str, description: str, created: datetime) -> None:
    topic = description.split()[0].strip(",").lower()
    chance = random.Random(short)
    is_live = status == "running"
    ended = created + timedelta(minutes=chance.uniform(9, 200))
    last = NOW - timedelta(seconds=20) if is_live else ended
    run = write_run(
        base,
        f"{short}-5d0e-4f7b-9c1a-{chance.getrandbits(48):012x}",
        status=status,
        description=description,
        tags=[topic, "night"] if NOW - created < timedelta(hours=10) else [topic],
        created=_stamp(created),
        started_at=_stamp(created),
        completed_at=None if is_live else _stamp(ended),
        hostname=f"node{chance.randrange(1, 9)}",
        checkpoints=[
            {"name": f"step-{step}", "created_at": _stamp(ended), "path": f"checkpoints/step-{step}"}
            for step in (2000, 4000)
        ],
    )
    for step in (2000, 4000):
        (run / "checkpoints" / f"step-{step}").write_text("state" * 900)
    params = {
        "seir": {"beta": 0.3, "gamma": 0.1, "population": 2_000_000},
        "gas": {"dt": 0.01, "particles": 3000, "solver": "verlet"},
        "plate": {"grid": 1024, "conductivity": 401.0},
        "melt": {"dt": 0.002, "particles": 3000, "temperature": 1.2},
    }[topic]
    if given := re.search(r"(dt|beta) ([\d.]+)", description):
        params[given[1]] = float(given[2])
    if description == "Gas, 300 particles":
        params["particles"] = 300
    (run / "run_params.json").write_text(json.dumps(params))
    rate = float(params.get("dt", params.get("beta", 0.2)))
    steps = 7300 if not is_live else 4600
    measure = {"seir": "infected", "plate": "residual"}.get(topic, "energy")
    rows, lines = [f"step,{measure},drift"], [f"{description}: {json.dumps(params)}"]
    for step in range(0, steps, 100):
        value = _value(topic, step, rate, chance)
        rows.append(f"{step},{value:.6g},{abs(chance.gauss(0, rate)):.2e}")
        lines.append(f"step {step:>5}  {measure} {value:.6g}  {chance.uniform(30, 60):.1f} steps/s")
    (run / "results" / f"{measure}.csv").write_text("\n".join(rows) + "\n")
    _kind, end = _FAILURES.get(description, ("", ""))
    write_log(run, "\n".join(lines) + "\n" + end)
    for path in sorted(run.rglob("*"), reverse=True):
        os.utime(path, (last.timestamp(),) * 2)
    os.utime(run, (last.timestamp(),) * 2)


def _value(topic: str, step: int, rate: float, chance: random.Random) -> float:
    """Return what a simulation has got to at a step."""
    if topic == "seir":
        return round(2e5 * math.exp(-(((step - 3000) / 1500) ** 2)) * chance.uniform(0.97, 1.03))
    if topic == "plate":
        return math.exp(-step / 900) * chance.uniform(0.9, 1.1)
    return -2.31 + 0.9 * math.exp(-step * rate / 14) + 0.02 * rate * chance.gauss(0, 6)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


async def _read(user: Session) -> None:
    # To the processes that read first it is another hour, at which no run that is live should be.
    await user.sees("✗ 5 failed  ● 2 running")
    await user.sees("oom: ")


async def _browser(user: Session) -> None:
    await _read(user)
    await user.press("n")
    await user.sees("is not in list")
    await user.sees("population  2000000")


async def _inbox(user: Session) -> None:
    await _read(user)
    await user.press("i")
    await user.sees(" open, ")
    for kind in ("disk", "numerics", "oom"):
        await user.sees(f"{kind}  ")


async def _log(user: Session) -> None:
    await _browser(user)
    await user.press("e")
    await user.sees("Esc back")
    await user.sees("model.py")


async def _comparison(user: Session) -> None:
    await _selected(user)
    await user.press("c")
    await user.sees("2 runs, compared with")
    await user.sees("energy")


async def _chart(user: Session) -> None:
    await _selected(user)
    await user.press("p", "enter")
    await user.sees("73 rows")


async def _selected(user: Session) -> None:
    await _read(user)
    await user.press("slash", *"gas status:failed,completed particles=3000", "enter")
    await user.sees("2 of 14 runs")
    await user.press("asterisk")
    await user.sees("2 selected")


SCREENS: dict[str, tuple[tuple[int, int], Callable[[Session], Awaitable[None]]]] = {
    "browser": ((120, 40), _browser),
    "inbox": ((120, 36), _inbox),
    "log": ((120, 36), _log),
    "comparison": ((120, 24), _comparison),
    "chart": ((120, 36), _chart),
}
"""The pictures: the size of the terminal, and what a user does before they are taken."""


@contextmanager
def fixed_hour() -> Iterator[Path]:
    """Have it be the hour of the pictures, in Greenwich, and make a home with the runs in it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        names = {"XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config"}
        places = {name: f"{folder}/.{place}" for name, place in names.items()}
        make_directory(home / "runs")
        with (
            patch.dict(os.environ, {"HOME": folder, "TZ": "UTC", **places}),
            patch("time.time", return_value=NOW.timestamp()),
        ):
            time.tzset()
            yield home / "runs"
        time.tzset()


@asynccontextmanager
async def posing(base: Path, name: str) -> AsyncIterator[Session]:
    """Open the browser and do what is done before a picture is taken."""
    size, steps = SCREENS[name]
    async with browsing(base, size) as user:
        await steps(user)
        yield user


def taken(user: Session) -> str:
    """Return a picture of the screen as it is now, as SVG."""
    svg = user.app.export_screenshot(title="runtui")
    # A picture must not fetch fonts from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


async def _taken_at_rest(base: Path, name: str) -> str:
    async with posing(base, name) as user:
        svg, still = taken(user), 0
        while still < _STILL:
            await user.pilot.pause(0.1)
            before, svg = svg, taken(user)
            still = still + 1 if svg == before else 0
    return svg


def text_of(svg: str) -> str:
    """Return what a picture shows, row by row, but for what depends on the machine: how runs are watched, and
    how long the bars are that tell how much is out of sight."""
    rows: dict[int, list[tuple[float, str]]] = {}
    for x, row, text in re.findall(r'<text [^>]*?x="([\d.]+)"[^>]*?-line-(\d+)\)">([^<]*)</text>', svg):
        rows.setdefault(int(row), []).append((float(x), unescape(text).replace("\xa0", " ")))
    lines = ["".join(text for _x, text in sorted(rows[row])) for row in sorted(rows)]
    return "\n".join(re.sub("● live.*|[▁▂▃▄▅▆▇█]", "", line).rstrip() for line in lines)


def main() -> None:
    """Write all pictures."""
    with fixed_hour() as base:
        for name in sys.argv[1:] or SCREENS:
            svg = asyncio.run(_taken_at_rest(base, name))
            (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")
            print(f"{name}.svg")


if __name__ == "__main__":
    main()
