"""Make the pictures of this directory anew, from a demo's real runs.

    python screenshots/make.py

Takes as long as the demo's simulations do, half a minute or so.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from runtui.demo.supervisor import run_demo
from runtui.tui.app import RuntuiApp

HERE = Path(__file__).parent

PICTURES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "browser": ((120, 40), ("n",)),
    "details": ((120, 40), ("slash", *"resumed", "enter", "enter")),
    "log": ((120, 40), ("n", "n", "l")),
    "narrow": ((80, 24), ()),
    "help": ((120, 40), ("question_mark",)),
}
"""Name, size of the terminal, and the keys pressed before the picture is taken."""


async def take(base: Path, name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    """Open the browser, press `keys`, and write ``<name>.svg``."""
    app = RuntuiApp(str(base))
    async with app.run_test(size=size) as pilot:
        # The run whose process was killed is found out when it has been silent for a while.
        while "running?" not in _text(pilot):
            await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
        await _settled(pilot)
        svg = app.export_screenshot(title="runtui")
    # A picture must not fetch fonts from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = "\n".join(line.rstrip() for line in svg.splitlines() if line.strip())
    (HERE / f"{name}.svg").write_text(svg + "\n", encoding="utf-8")
    print(f"{name}.svg")


async def _settled(pilot: Pilot[None]) -> None:
    """Wait until nothing has changed on the screen for a while."""
    before = ""
    for _ in range(50):
        await pilot.pause(0.3)
        now = _text(pilot)
        if now == before:
            return
        before = now


def _text(pilot: Pilot[None]) -> str:
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def main() -> None:
    """Run the demo and take every picture."""
    # The paths in the simulations' tracebacks are seen in the pictures: they must not tell of this machine.
    home = Path(tempfile.gettempdir(), "runtui-pictures")
    home.mkdir()
    try:
        shutil.copytree(HERE.parent / "runtui", home / "runtui", ignore=shutil.ignore_patterns("__pycache__"))
        os.environ.update(HOME=str(home), PYTHONPATH=str(home))
        os.chdir(home)
        base = home / "runs"
        run_demo(str(base), progress=print)
        for name, (size, keys) in PICTURES.items():
            asyncio.run(take(base, name, size, keys))
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
