"""``runtui help``: print the help of the program or of a subcommand."""

from __future__ import annotations

import argparse
from typing import Any

from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import (
    COMMANDS,
    build_parser,
    command_meant_by,
    examples,
    overview,
    subparsers,
)
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, _common: argparse.ArgumentParser) -> None:
    """Add ``help``."""
    help_ = commands.add_parser(
        "help",
        epilog=examples(
            ("runtui help", "the same as runtui --help"),
            ("runtui help ls", "the same as runtui ls --help"),
        ),
    )
    help_.add_argument("about", nargs="?", metavar="COMMAND", help="the command; all of them without it")
    help_.set_defaults(command=help_command)


def help_command(arguments: argparse.Namespace) -> int:
    """Print the help of the program or of a subcommand."""
    name = arguments.about
    if name is None:
        overview().print_help()
        return 0
    if name not in COMMANDS:
        meant = command_meant_by(name)
        advice = f"do you mean {meant}?" if meant else "`runtui help` lists all"
        refuse_usage(f"there is no command {safe_text(name, 40)}: {advice}")
    subparsers(build_parser([COMMANDS[name].home]))[name].print_help()
    return 0
