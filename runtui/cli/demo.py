"""``runtui demo``: real runs to try everything on."""

from __future__ import annotations

import argparse
import os
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.browsing import check_memory, check_terminal, open_browser
from runtui.text.sanitize import safe_text
from runtui.text.shell import advised_command

DEFAULT_DEMO_DIR = "runtui-demo"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    demo = commands.add_parser(
        "demo",
        epilog=examples(
            ("runtui demo", "in ./runtui-demo"),
            ("runtui demo try --no-tui", "return when the runs have finished"),
            ("runtui ls -C try", "what there is then"),
        ),
    )
    demo.add_argument(
        "directory",
        nargs="?",
        metavar="DIR",
        default=DEFAULT_DEMO_DIR,
        help=f"where; new or empty (default: ./{DEFAULT_DEMO_DIR})",
    )
    demo.add_argument(
        "--no-tui", action="store_true", help="only make it; return when the runs have finished"
    )
    demo.set_defaults(command=demo_command)


def demo_command(arguments: argparse.Namespace) -> int:
    """Run the simulations, and watch them meanwhile unless told not to."""
    from runtui.demo.processes import PythonProcess
    from runtui.demo.supervisor import check_demo_directory, run_demo

    base: str = arguments.directory
    check_demo_directory(base)
    if arguments.no_tui:
        result = run_demo(base, progress=lambda line: print(line, flush=True))
        counts = ", ".join(f"{count} {status}" for status, count in sorted(result.finished.items()))
        print(f"{counts}; {len(result.live)} go on for up to two minutes")
        print(f"open it with: {advised_command('runtui', directory=base)}")
        return 0
    check_terminal()
    check_memory()
    os.makedirs(base, exist_ok=True)
    # The simulations outlive the browser, as real ones would.
    PythonProcess("runtui.demo", [os.path.abspath(base)])
    code = open_browser(base)
    again = advised_command("runtui", directory=base)
    print(f"the runs are kept in {safe_text(base)}; open them again with: {again}")
    return code
