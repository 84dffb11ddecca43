"""The command line's grammar."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import NoReturn

DIR_VARIABLE = "RUNTUI_RUNS_DIR"
DEFAULT_DIR = "runs"

BROWSE = "browse"

_HOMES = {
    BROWSE: "runtui.cli.browsing",
    "demo": "runtui.cli.demo",
    "ls": "runtui.cli.listing",
    "show": "runtui.cli.listing",
    "path": "runtui.cli.listing",
    "logs": "runtui.cli.logs",
    "compare": "runtui.cli.comparing",
    "tag": "runtui.cli.editing",
    "mark": "runtui.cli.editing",
    "undo": "runtui.cli.editing",
    "resume": "runtui.cli.editing",
    "launch": "runtui.cli.launching",
    "exec": "runtui.cli.executing",
    "cancel": "runtui.cli.launching",
    "doctor": "runtui.cli.doctor",
    "clean": "runtui.cli.cleaning",
    "trash": "runtui.cli.cleaning",
}
"""The module that each subcommand lives in; only those needed are imported."""

_ASKING = frozenset({"ls", "clean"})
"""Subcommands that take a query."""

_DIRECTORY_OPTION = "-C"
_OPTIONS_WITH_VALUE = frozenset({"-C", "--runs-dir", "--view"})

_DESCRIPTION = """\
See which of your simulation runs failed, why, and what to do next.

Without a subcommand, `runtui [DIR]` opens the browser on a runs directory.
"""

_EPILOG = """\
RUN is a unique prefix of a run id, `latest` or `current`.

examples:
  runtui                     browse ./runs
  runtui /scratch/me/runs    browse another directory; or several at once
  runtui demo                make some real runs to look at, and browse them
  runtui ls status:failed    list the failed runs
  runtui show latest         everything about the newest run
  runtui logs 9f3a --errors  why a run failed, and where its logs say so
  runtui compare 9f3a 77c1   what two runs were told otherwise, and what came of it
  cd "$(runtui path 9f3a)"   go to a run's directory
  runtui tag 9f3a +prod -test
  runtui launch -- ./sim -n 4   run a command as a recorded run
  runtui exec pipeline.toml  execute steps that need one another, as one run
  runtui mark 9f3a failed --reason "the field was wrong"
  runtui clean --keep 100    move all but the newest to the trash, after showing the plan
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        print(f"runtui: {message} (`{self.prog} --help` tells more)", file=sys.stderr)
        sys.exit(2)


def build_parser(homes: Iterable[str]) -> argparse.ArgumentParser:
    """Return a parser of the command line.

    Args:
        homes: The modules whose subcommands it knows.
    """
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-C",
        "--runs-dir",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help=f"the runs directory (default: ${DIR_VARIABLE}, or ./{DEFAULT_DIR})",
    )
    parser = _Parser(
        prog="runtui",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    for home in dict.fromkeys(homes):
        import_module(home).add_commands(commands, common)
    return parser


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; `command` of the result runs the subcommand.

    Raises:
        SystemExit: They cannot be understood (2), or only help was asked for (0).
    """
    words = list(argv)
    place = _first_operand(words)
    if "--version" in words[:place]:
        from runtui import __version__

        print(f"runtui {__version__}")
        sys.exit(0)
    if any(word in ("-h", "--help") for word in words[:place]):
        return build_parser(_HOMES.values()).parse_args(words)
    if place == len(words) or words[place] not in _HOMES:
        words.insert(place, BROWSE)
    if words[place] in _ASKING:
        words[place + 1 :] = _with_negated_terms(words[place + 1 :])
    return build_parser([_HOMES[words[place]]]).parse_args(words)


def _with_negated_terms(words: Sequence[str]) -> list[str]:
    """Return the words with a space before what is ``-tag:test`` in a query, which looks like an option."""
    from runtui.catalog.terms import is_negated_term  # not for every subcommand

    return [
        f" {word}" if is_negated_term(word) and not word.startswith(_DIRECTORY_OPTION) else word
        for word in words
    ]


def _first_operand(words: Sequence[str]) -> int:
    """Return the place of the first word that is neither an option nor an option's value."""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "-":
        if words[place] == "--":
            return place
        place += 2 if words[place] in _OPTIONS_WITH_VALUE else 1
    return min(place, len(words))
