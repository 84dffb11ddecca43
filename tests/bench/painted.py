"""How soon a line that is written to a followed log is on the display, in real terminals, against `tail -F`.

    python -m tests.bench.painted [--lines 60] [TERMINAL...]

The terminals run at 120x40 on a virtual display whose picture is a file, which is looked at every tenth of a
millisecond: what counts is when the picture of the log changes. Needs Xvfb, xdotool and one of the terminals.
"""

from __future__ import annotations

import argparse
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.following import begun, latencies, tell_latencies
from tests.run_dirs import write_run

_WIDTH, _HEIGHT = 1300, 900
_PIXEL = 4
_PART = slice(300, 340)
"""Rows of the display in the middle of the log: all lines move up when one is added."""

_DISPLAY = ":77"
_PATIENCE = 20.0
_QUIET = 2.0
_TERMINALS = {
    "kitty": "kitty --config NONE -o remember_window_size=no -o initial_window_width=120c"
    " -o initial_window_height=40c -o font_size=9",
    "st": "st -g 120x40 -f monospace:size=9 -e",
    "xfce4-terminal": "dbus-run-session xfce4-terminal --disable-server --geometry=120x40 --hide-menubar -x",
    "xterm": "xterm -geometry 120x40 -fa monospace -fs 9 -e",
}


class Display:
    """A virtual display; ended with the block.

    Args:
        folder: Where its picture is kept.
    """

    def __init__(self, folder: Path) -> None:
        size = f"{_WIDTH}x{_HEIGHT}x24"
        self._server = subprocess.Popen(
            ["Xvfb", _DISPLAY, "-screen", "0", size, "-fbdir", str(folder)], stderr=subprocess.DEVNULL
        )
        picture = folder / "Xvfb_screen0"
        until = time.monotonic() + _PATIENCE
        while not picture.exists() or picture.stat().st_size < _WIDTH * _HEIGHT * _PIXEL:
            if self._server.poll() is not None or time.monotonic() > until:
                raise RuntimeError("Xvfb did not start")
            time.sleep(0.05)
        with picture.open("rb") as file:
            self._picture = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._before = b""

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.kill()
        self._server.wait()

    def part(self) -> bytes:
        """Return the pixels in the middle of the log."""
        head = len(self._picture) - _WIDTH * _HEIGHT * _PIXEL
        row = _WIDTH * _PIXEL
        return self._picture[head + _PART.start * row : head + _PART.stop * row]

    def wait_for_change(self, before: bytes, patience: float) -> bool:
        """Wait until the middle of the log looks different; return whether it does."""
        until = time.perf_counter() + patience
        while self.part() == before:
            if time.perf_counter() > until:
                return False
            time.sleep(0.0001)
        return True

    def rest(self, seconds: float) -> None:
        """Let seconds go by; what the log looks like then is what `wait_for_line` begins with."""
        time.sleep(seconds)
        self._before = self.part()

    def wait_for_line(self, _text: bytes) -> float:
        """Return the seconds from this call until a line was seen, which moves all the others up."""
        began = time.perf_counter()
        if not self.wait_for_change(self._before, _PATIENCE):
            raise RuntimeError("a line did not appear")
        return time.perf_counter() - began

    def wait_for_rest(self) -> None:
        """Wait until the middle of the log has stayed the same for a while."""
        while self.wait_for_change(self.part(), _QUIET):
            pass


@contextmanager
def opened(
    display: Display, command: Sequence[str], environment: Mapping[str, str], keys: str
) -> Iterator[None]:
    """Open a terminal with a program in it, and type keys there."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY")}
    environment_facts = {**inherited, **environment, "DISPLAY": _DISPLAY, "LIBGL_ALWAYS_SOFTWARE": "1"}
    terminal = subprocess.Popen(
        command,
        env=environment_facts,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if not display.wait_for_change(display.part(), _PATIENCE):
            raise RuntimeError(f"{command[0]} shows nothing")
        display.wait_for_rest()
        if keys:
            subprocess.run(["xdotool", "type", keys], env=environment_facts, check=True)
            display.wait_for_rest()
        yield
    finally:
        os.killpg(terminal.pid, signal.SIGKILL)
        terminal.wait()
        display.wait_for_rest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("terminals", nargs="*", metavar="TERMINAL", choices=[*_TERMINALS, []])
    parser.add_argument("--lines", type=int, default=60)
    arguments = parser.parse_args()
    names = arguments.terminals or [name for name in _TERMINALS if shutil.which(name)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = write_run(folder / "runs", "followed", status="running", hostname="elsewhere")
        log = run / "logs" / "simulation.log"
        environment = {"XDG_CACHE_HOME": str(folder / "cache")}
        programs = {
            "tail -F": (["tail", "-n", "100", "-F", str(log)], ""),
            "runtui": ([sys.executable, "-m", "runtui", str(folder / "runs")], "l"),
        }
        with Display(folder) as display:
            for terminal in names:
                print(f"{terminal}, {arguments.lines} lines")
                found = {}
                for what, (command, keys) in programs.items():
                    begun(log)
                    with opened(display, [*_TERMINALS[terminal].split(), *command], environment, keys):
                        found[what] = tell_latencies(
                            what, latencies(log, arguments.lines, display.rest, display.wait_for_line)
                        )
                print(f"  {found['runtui'] / found['tail -F']:.2f} x tail -F", flush=True)


if __name__ == "__main__":
    main()
