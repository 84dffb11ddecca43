"""The command line's grammar."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

from runtui.text.sanitize import safe_text

DIR_VARIABLE = "RUNTUI_RUNS_DIR"
DEFAULT_DIR = "runs"

BROWSE = "browse"


class Subcommand(NamedTuple):
    """A subcommand: the module that it lives in, and what it does in a few words."""

    home: str
    summary: str


COMMANDS = {
    BROWSE: Subcommand("runtui.cli.browsing", "open the browser (the default)"),
    "demo": Subcommand("runtui.cli.demo", "make a runs directory by running small real simulations"),
    "ls": Subcommand("runtui.cli.listing", "list the runs, newest first"),
    "show": Subcommand("runtui.cli.showing", "everything about one run"),
    "path": Subcommand("runtui.cli.showing", "print a run's directory"),
    "logs": Subcommand("runtui.cli.logs", "the end of a run's log, or why it failed"),
    "compare": Subcommand("runtui.cli.comparing", "runs side by side: what differs, and what came of it"),
    "tag": Subcommand("runtui.cli.editing", "add and remove tags"),
    "mark": Subcommand("runtui.cli.editing", "set the status of runs"),
    "undo": Subcommand("runtui.cli.editing", "take back the last edit of a run"),
    "resume": Subcommand("runtui.cli.editing", "create a run that goes on from another one"),
    "launch": Subcommand("runtui.cli.launching", "run a command as a recorded run"),
    "exec": Subcommand("runtui.cli.executing", "execute a pipeline of steps as a run"),
    "cancel": Subcommand("runtui.cli.launching", "end runs that are at work"),
    "doctor": Subcommand("runtui.cli.doctor", "what is wrong in this runs directory, and repair it"),
    "clean": Subcommand("runtui.cli.cleaning", "move runs to the trash, after showing the plan"),
    "trash": Subcommand("runtui.cli.cleaning", "list, restore or delete what was put aside"),
    "completion": Subcommand("runtui.cli.completion", "print what completes commands in a shell"),
    "manual": Subcommand("runtui.cli.manual", "print the whole reference"),
}
"""All subcommands, in the order in which help tells of them; only the modules needed are imported."""

_ASKING = frozenset({"ls", "clean"})
"""Subcommands that take a query."""

_DIRECTORY_OPTION = "-C"
_OPTIONS_WITH_VALUE = frozenset({"-C", "--runs-dir", "--view"})
_MARKS_OF_TERMS = frozenset(":=<>")  # each term with a key has one of them

OVERVIEW = """\
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
  runtui logs 9f3a --errors  why a run failed, and where its logs say so
  runtui launch -- ./sim -n 4
                             run a command as a recorded run
  runtui clean --keep 100    move all but the newest to the trash, after showing the plan

`runtui COMMAND --help` has more of them.
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, found out without `shutil`: a third of the time that argparse takes."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


def _terminal_width() -> int:
    try:
        return max(int(os.environ["COLUMNS"]), 24)
    except (KeyError, ValueError):
        pass
    try:
        return max(os.get_terminal_size(sys.stdout.fileno()).columns, 24)
    except (AttributeError, OSError, ValueError):
        return 80


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", _Help)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        # It repeats what was typed, and by a pattern the shell may have put names of files there.
        print(f"runtui: {safe_text(message)} (`{self.prog} --help` tells more)", file=sys.stderr)
        sys.exit(2)


def examples(*lines: tuple[str, str]) -> str:
    """Return the end of a subcommand's help: what to type, and what that does."""
    width = max(len(typed) for typed, _ in lines)
    return "\n".join(["examples:", *(f"  {typed:<{width}}  {does}".rstrip() for typed, does in lines)])


def build_parser(homes: Iterable[str]) -> argparse.ArgumentParser:
    """Return a parser of the command line.

    Args:
        homes: The modules whose subcommands it knows.
    """
    parser, commands, common = _beginning()
    for home in dict.fromkeys(homes):
        import_module(home).add_commands(commands, common)
    for name, command in commands.choices.items():
        summary = COMMANDS[name].summary
        command.description = command.description or f"{summary[0].upper()}{summary[1:]}."
    return parser


def subparsers(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the parsers of the subcommands of a parser by name; nothing for one that has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def overview() -> argparse.ArgumentParser:
    """Return a parser that tells which subcommands there are, and knows no more of them."""
    parser, commands, _common = _beginning()
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary)
    return parser


def _beginning() -> tuple[_Parser, Any, argparse.ArgumentParser]:
    """Return a parser without subcommands, what they are added to, and the options they have in common."""
    common = _Parser(add_help=False)
    common.add_argument(
        "-C",
        "--runs-dir",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help=f"the runs directory (default: ${DIR_VARIABLE}, or ./{DEFAULT_DIR})",
    )
    parser = _Parser(prog="runtui", description=OVERVIEW, epilog=_EPILOG, parents=[common])
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    return parser, commands, common


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; `command` of the result runs the subcommand.

    Raises:
        SystemExit: They cannot be understood (2), or only help was asked for (0).
    """
    words = list(argv)
    place = first_operand(words)
    if "--version" in words[:place]:
        from runtui import __version__

        print(f"runtui {__version__}")
        sys.exit(0)
    if any(word in ("-h", "--help") for word in words[:place]):
        return overview().parse_args(words)
    if place == len(words) or words[place] not in COMMANDS:
        words.insert(0, BROWSE)  # its options stand before the directory
        place = 0
    if words[place] in _ASKING:
        words[place + 1 :] = _with_negated_terms(words[place + 1 :])
    return build_parser([COMMANDS[words[place]].home]).parse_args(words)


def _with_negated_terms(words: Sequence[str]) -> list[str]:
    """Return the words with a space before what is ``-tag:test`` in a query, which looks like an option."""
    if not any(word.startswith("-") and _MARKS_OF_TERMS.intersection(word) for word in words):
        return list(words)
    from runtui.catalog.query.parser import is_negated_term  # not for every query

    return [
        f" {word}" if is_negated_term(word) and not word.startswith(_DIRECTORY_OPTION) else word
        for word in words
    ]


def first_operand(words: Sequence[str]) -> int:
    """Return the place of the first word that is neither an option nor an option's value."""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "-":
        if words[place] == "--":
            return place
        place += 2 if words[place] in _OPTIONS_WITH_VALUE else 1
    return min(place, len(words))
