"""``runtui demo``: create real runs to try runtui on."""

from __future__ import annotations

import argparse
import os
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.browsing import check_memory, check_terminal, open_browser
from runtui.demo.processes import PythonProcess
from runtui.demo.supervisor import check_demo_directory, run_demo, running_processes
from runtui.text.sanitize import safe_text
from runtui.text.shell import advised_command

DEFAULT_DEMO_DIR = "runtui-demo"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    demo = commands.add_parser(
        "demo",
        epilog=examples(
            ("runtui demo", "create them in ./runtui-demo and browse them"),
            ("runtui demo try --no-tui", "only create them, in ./try"),
            ("runtui ls -C try", "list them"),
        ),
    )
    demo.add_argument(
        "directory",
        nargs="?",
        metavar="DIR",
        default=DEFAULT_DEMO_DIR,
        help=f"new or empty directory for the runs (default: ./{DEFAULT_DEMO_DIR})",
    )
    demo.add_argument(
        "--no-tui", action="store_true", help="do not open the browser; return when the runs have finished"
    )
    demo.set_defaults(command=demo_command)


def demo_command(arguments: argparse.Namespace) -> int:
    """Run the simulations, and browse them meanwhile unless ``--no-tui`` is given."""
    base: str = arguments.directory
    check_demo_directory(base)
    if arguments.no_tui:
        result = run_demo(base, progress=lambda line: print(line, flush=True))
        counts = ", ".join(f"{count} {status}" for status, count in sorted(result.finished.items()))
        print(f"{counts}; {len(result.live)} still running, for up to two minutes")
        print(f"open them with: {advised_command('runtui', directory=base)}")
        return 0
    check_terminal()
    check_memory()
    os.makedirs(base, exist_ok=True)
    # The simulations outlive the browser, as real ones would.
    supervisor = PythonProcess("runtui.demo", [os.path.abspath(base)])
    code = open_browser({os.path.abspath(base): ()})
    again = advised_command("runtui", directory=base)
    print(f"your demo runs are in {safe_text(base)}; open them again with: {again}")
    # The supervisor, while it runs, stops the simulations and records that.
    running = [supervisor.pid] if supervisor.poll() is None else running_processes(base)
    if running:
        stop = f"kill {' '.join(map(str, running))}"
        print(f"simulations still run in the background, for a few minutes; stop them with: {stop}")
    return code
