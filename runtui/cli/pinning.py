"""``runtui pin`` and ``runtui unpin``: runs that stay at the top of the browser."""

from __future__ import annotations

import argparse
import json
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.selecting import folder_prefix, opened_directory, runs_of
from runtui.operations.pins import change_pins, read_pins
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    pin = commands.add_parser(
        "pin",
        parents=[common],
        epilog=examples(
            ("runtui pin 9f3a 77c1", "for you alone; nothing is written to the runs"),
            ("runtui pin", "list the pinned runs"),
        ),
    )
    pin.add_argument("runs", nargs="*", metavar="RUN")
    pin.add_argument("--json", action="store_true", help="print a JSON list of all pinned runs")
    pin.set_defaults(command=pin_command)
    unpin = commands.add_parser("unpin", parents=[common], epilog=examples(("runtui unpin 9f3a", "")))
    unpin.add_argument("runs", nargs="+", metavar="RUN")
    unpin.set_defaults(command=unpin_command, json=False)


def pin_command(arguments: argparse.Namespace) -> int:
    """Pin runs, or list the pinned ones."""
    base = opened_directory(arguments).base
    names = _names(arguments, base)
    pins = change_pins(base, add=names) if names else read_pins(base)
    if arguments.json:
        print(json.dumps([safe_text(name) for name in sorted(pins)], indent=2))
        return 0
    for name in names:
        print(f"{safe_text(name)}: pinned")
    if not names:
        for name in sorted(pins):
            print(safe_text(name))
    return 0


def unpin_command(arguments: argparse.Namespace) -> int:
    """Unpin runs."""
    base = opened_directory(arguments).base
    pins = read_pins(base)
    names = _names(arguments, base)
    change_pins(base, remove=names)
    for name in names:
        print(f"{safe_text(name)}: {'unpinned' if name in pins else 'was not pinned'}")
    return 0


def _names(arguments: argparse.Namespace, base: str) -> list[str]:
    """Return the paths of the runs meant from the directory that was opened."""
    found = runs_of(arguments, arguments.runs) if arguments.runs else {}
    return [folder_prefix(base, folder) + name for folder, names in found.items() for name in names]
