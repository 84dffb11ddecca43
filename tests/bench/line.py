"""What goes over the line to the terminal, and how the browser feels over a slow one.

    python -m tests.bench.line [--runs 1000] [--options WORDS]

Runs the program on a bare pseudo terminal of 120x40. Printed are the bytes sent for the start, for keys,
while nothing happens, and for a log that grows, with ratios to `less` and `less +F` on the same log. Then it
is run over a line of 200 ms and 20 kB a second that swallows whatever is sent at once and carries it in its
own time, as a network does: how long a single key takes, and how long the screen goes on after one that was
held for five seconds is let go; against the time that the line itself needs for that.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from tests.bare_terminal import BareTerminal
from tests.bench.following import begun, writing
from tests.run_dirs import make_runs, write_run

_DELAY = 0.2
_RATE = 20_000
_REST = 1.0
_HELD = 5.0
_REPEAT = 30
_QUESTION = b"\x1b[6n"
_ANSWER = b"\x1b[1;1R"
_RATE_OF_LINES = 10


class SlowTerminal(BareTerminal):
    """A terminal at the end of a slow line, which answers as terminals do."""

    def __init__(self, command: Sequence[str], width: int, height: int, env: dict[str, str | None]) -> None:
        self._line: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0
        self.last_arrival = 0.0
        super().__init__(command, width, height, env)
        threading.Thread(target=self._carry, daemon=True).start()

    def _take(self, data: bytes) -> None:
        for begin in range(0, len(data), 512):
            piece = data[begin : begin + 512]
            self._free_at = max(self._free_at, time.monotonic()) + len(piece) / _RATE
            self._line.append((self._free_at + _DELAY / 2, piece))

    def _carry(self) -> None:
        while self.process.poll() is None:
            if not self._line or self._line[0][0] > time.monotonic():
                time.sleep(0.005)
                continue
            _, piece = self._line.popleft()
            self.last_arrival = time.monotonic()
            super()._take(piece)
            if _QUESTION in piece:
                self.press(_ANSWER)

    def press(self, keys: bytes) -> None:
        threading.Timer(_DELAY / 2, super().press, (keys,)).start()


def settled(terminal: BareTerminal, rest: float = _REST) -> int:
    """Wait until nothing has been sent for a while; return the bytes sent, and begin anew."""
    seen, since = len(terminal.sent), time.monotonic()
    while time.monotonic() - since < rest:
        time.sleep(0.02)
        if len(terminal.sent) != seen:
            seen, since = len(terminal.sent), time.monotonic()
    terminal.forget()
    return seen


def tell_keys(base: Path, env: dict[str, str | None], options: Sequence[str]) -> None:
    """Print the bytes that the start and single keys send."""
    with BareTerminal(
        [sys.executable, "-m", "runtui", *options, str(base)], 120, 40, env, controls=True
    ) as terminal:
        terminal.wait_for("● live".encode())
        print(f"  {'start':<22} {settled(terminal, 2.0):>7,}")
        for name, key in (
            ("a row down", b"j"),
            ("a page down", b"\x1b[6~"),
            ("filter line", b"/"),
            ("a letter in it", b"a"),
            ("clear the filter", b"\x1b"),
            ("help", b"?"),
            ("back", b"\x1b"),
        ):
            terminal.press(key)
            print(f"  {name:<22} {settled(terminal):>7,}", flush=True)
        time.sleep(_HELD)
        print(f"  {'idle, in 5 s':<22} {len(terminal.sent):>7,}", flush=True)


def tell_paging(log: Path, base: Path, env: dict[str, str | None], options: Sequence[str]) -> None:
    """Print the bytes for pages of a log, and for one that grows, against less."""
    found: dict[str, tuple[int, int]] = {}
    commands = {"runtui": [sys.executable, "-m", "runtui", *options, str(base)]}
    if shutil.which("less") is not None:
        commands = {"less": ["less", str(log)], **commands}
    for name, command in commands.items():
        begun(log)
        with log.open("a") as file:
            file.writelines(f"step {n:06} energy {n * 7919 % 9973} {'x' * (n % 60)}\n" for n in range(2000))
        with BareTerminal(command, 120, 40, env) as terminal:
            settled(terminal, 2.0)
            terminal.press(b"g" if name == "less" else b"lg")
            settled(terminal)
            pages = []
            for _ in range(10):
                terminal.press(b" ")
                pages.append(settled(terminal, 0.5))
            terminal.press(b"F")
            settled(terminal)
            writer = writing(log, _RATE_OF_LINES, _HELD)
            writer.wait()
            grown = settled(terminal)
        found[name] = (round(statistics.mean(pages)), round(grown / _HELD))
        print(f"  {name:<22} {found[name][0]:>7,} a page, {found[name][1]:>7,} a second of 10 new lines")
    if "less" in found:
        ratios = [own / peer for own, peer in zip(found["runtui"], found["less"], strict=True)]
        print(f"  {ratios[0]:.2f} x less for a page, {ratios[1]:.2f} x less +F for what grows", flush=True)


def tell_slow_line(base: Path, env: dict[str, str | None], options: Sequence[str]) -> None:
    """Print how the browser feels over a slow line."""
    with SlowTerminal([sys.executable, "-m", "runtui", *options, str(base)], 120, 40, env) as terminal:
        terminal.wait_for("● live".encode())
        settled(terminal, 2.0)
        began = time.monotonic()
        terminal.press(b"j")
        sent = settled(terminal)
        took, floor = terminal.last_arrival - began, _DELAY + sent / _RATE
        print(f"  one key: {took:.2f} s, {took / floor:.1f} x what the line needs", flush=True)
        began = time.monotonic()
        while time.monotonic() - began < _HELD:
            terminal.press(b"j")
            time.sleep(1 / _REPEAT)
        let_go = time.monotonic()
        terminal.forget()
        sent = settled(terminal)
        took = terminal.last_arrival - let_go
        print(f"  held for 5 s: it goes on for {took:.2f} s, {took / _DELAY:.1f} x the way there and back")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--options", default="", help="of the program, parted by spaces")
    arguments = parser.parse_args()
    options = arguments.options.split()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env: dict[str, str | None] = {
            variable: str(folder / variable)
            for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
        }
        env["COLORTERM"] = "truecolor"
        base = make_runs(folder / "runs", arguments.runs, seed=1)
        print(f"bytes sent, {arguments.runs:,} runs, 120x40")
        tell_keys(base, env, options)
        alone = folder / "alone"
        run = write_run(alone, "followed", status="running", hostname="elsewhere")
        tell_paging(run / "logs" / "simulation.log", alone, env, options)
        print("over a line of 200 ms and 20 kB/s")
        tell_slow_line(base, env, options)


if __name__ == "__main__":
    main()
