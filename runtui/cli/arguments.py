"""Grammar of the command line: the subcommands, the options that they share, and the parser."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

from runtui import __version__
from runtui.text.sanitize import safe_text

DIR_VARIABLE = "RUNTUI_RUNS_DIR"
DEFAULT_DIR = "runs"

BROWSE = "browse"


class Subcommand(NamedTuple):
    """A subcommand.

    Attributes:
        home: Dotted name of its module.
        summary: Its purpose in a few words, without a final period.
    """

    home: str
    summary: str


COMMANDS = {
    BROWSE: Subcommand("runtui.cli.browsing", "open the browser (the default)"),
    "demo": Subcommand(
        "runtui.cli.demo", "create a runs directory to try runtui on, from small real simulations"
    ),
    "ls": Subcommand("runtui.cli.listing", "list runs, newest first"),
    "show": Subcommand("runtui.cli.showing", "show all details of a run"),
    "path": Subcommand("runtui.cli.showing", "print a run's directory"),
    "logs": Subcommand("runtui.cli.logs", "print the end of a run's log, or why the run failed"),
    "grep": Subcommand("runtui.cli.searching", "search in the logs of all runs"),
    "why": Subcommand("runtui.cli.why", "tell why a program failed, by any log"),
    "inbox": Subcommand("runtui.cli.inbox", "list open failures by reason, and dismiss them"),
    "compare": Subcommand("runtui.cli.comparing", "compare runs side by side: parameters and results"),
    "report": Subcommand("runtui.cli.reporting", "write a page about runs, to mail: HTML or Markdown"),
    "tag": Subcommand("runtui.cli.editing", "add and remove tags"),
    "mark": Subcommand("runtui.cli.editing", "set the status of runs"),
    "note": Subcommand("runtui.cli.noting", "write a note about a run, or print it"),
    "describe": Subcommand("runtui.cli.noting", "change the description of a run"),
    "pin": Subcommand("runtui.cli.pinning", "keep runs at the top of the browser, or list those pinned"),
    "unpin": Subcommand("runtui.cli.pinning", "no longer keep runs at the top of the browser"),
    "undo": Subcommand("runtui.cli.editing", "undo the last edit of a run"),
    "resume": Subcommand("runtui.cli.resuming", "create a child run that resumes from a checkpoint"),
    "rerun": Subcommand("runtui.cli.resuming", "create a child run that runs again from the start"),
    "launch": Subcommand("runtui.cli.launching", "run a command as a recorded run"),
    "exec": Subcommand("runtui.cli.executing", "run a pipeline of steps as a run"),
    "cancel": Subcommand("runtui.cli.launching", "stop running runs"),
    "wait": Subcommand("runtui.cli.waiting", "wait until runs have ended"),
    "adopt": Subcommand("runtui.cli.adopting", "write metadata.json for runs of other programs"),
    "doctor": Subcommand("runtui.cli.doctor", "find problems in a runs directory, and repair them"),
    "clean": Subcommand("runtui.cli.cleaning", "move runs to the trash, after showing which"),
    "trash": Subcommand("runtui.cli.cleaning", "list, restore or delete runs in the trash"),
    "completion": Subcommand("runtui.cli.completion", "print the completion script for a shell"),
    "manual": Subcommand("runtui.cli.manual", "print the reference of all commands"),
    "help": Subcommand("runtui.cli.helping", "print the help of a command"),
}
"""All subcommands, in the order of the help; a module is imported only when it is needed."""

_NEARLY = 0.7
"""Share of the letters that a word has in common with the subcommand that is probably meant."""

_WITH_QUERY = frozenset({"ls", "clean", "wait", "grep", "inbox", "report"})
"""Subcommands with a query as operand."""

_DIRECTORY_OPTION = "-C"
_OPTIONS_WITH_VALUE = frozenset({"-C", "--runs-dir", "--view"})
_OPERATORS = frozenset(":=<>~(")  # every negated group or term with a key has one of them

OVERVIEW = """\
See which of your simulation runs failed, why, and what to do next.

Without a subcommand, `runtui [DIR]` opens the browser on a runs directory.
"""

_EPILOG = """\
RUN is a unique prefix of a run id, or `latest`, or `current`.

examples:
  runtui                     browse ./runs
  runtui /scratch/me/runs    browse another directory, or several
  runtui demo                create some real runs and browse them
  runtui ls status:failed    list the failed runs
  runtui logs 9f3a --errors  why a run failed, and the log lines that say so
  runtui launch -- ./sim -n 4
                             run a command as a recorded run
  runtui clean --keep 100    move all but the newest 100 to the trash, after asking

`runtui COMMAND --help` shows more.
"""


def command_meant_by(word: str) -> str:
    """Return the subcommand that a mistyped word probably means, or ``""``."""
    from difflib import get_close_matches  # hardly ever

    return next(iter(get_close_matches(word, COMMANDS, 1, _NEARLY)), "")


class _Parser(argparse.ArgumentParser):
    """Parser with errors of one line."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        # The message quotes the arguments, and the shell may have expanded a pattern to names of files.
        print(f"runtui: {safe_text(message)} (see `{self.prog} --help`)", file=sys.stderr)
        sys.exit(2)


def examples(*lines: tuple[str, str]) -> str:
    """Format the examples at the end of a subcommand's help.

    Args:
        lines: Pairs of a command and its effect in a few words, or ``""``.
    """
    width = max(len(typed) for typed, _ in lines)
    return "\n".join(["examples:", *(f"  {typed:<{width}}  {does}".rstrip() for typed, does in lines)])


def build_parser(homes: Iterable[str]) -> argparse.ArgumentParser:
    """Build the parser of the command line.

    Args:
        homes: Dotted names of the modules whose subcommands it has.
    """
    parser, commands, common = _beginning()
    for home in dict.fromkeys(homes):
        import_module(home).add_commands(commands, common)
    for name, command in commands.choices.items():
        summary = COMMANDS[name].summary
        command.description = command.description or f"{summary[0].upper()}{summary[1:]}."
    return parser


def subparsers(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the parsers of a parser's subcommands by name; empty if it has none."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def overview() -> argparse.ArgumentParser:
    """Return a parser that lists the subcommands in its help, without their arguments."""
    parser, commands, _common = _beginning()
    add_browsing_options(parser)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary)
    return parser


def _beginning() -> tuple[_Parser, Any, argparse.ArgumentParser]:
    """Return a parser without subcommands, the object to add them to, and the options they share."""
    common = _Parser(add_help=False)
    common.add_argument(
        "-C",
        "--runs-dir",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help=f"runs directory, or a run (default: ${DIR_VARIABLE}, ./{DEFAULT_DIR}, or . if it holds runs)",
    )
    parser = _Parser(prog="runtui", description=OVERVIEW, epilog=_EPILOG, parents=[common])
    parser.add_argument("-V", "--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    return parser, commands, common


def add_browsing_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the browser."""
    parser.add_argument("--view", metavar="VIEW", help="start the browser with this saved view")
    parser.add_argument("--low-bandwidth", action="store_true", help="send less to the terminal, less often")


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; `command` of the result runs the subcommand.

    Args:
        argv: Arguments without the program's name.

    Raises:
        SystemExit: After a usage error (2), or after printing the help or the version (0).
    """
    words = list(argv)
    place = first_operand(words)
    if not {"-V", "--version"}.isdisjoint(words[:place]):
        print(f"runtui {__version__}")
        sys.exit(0)
    if any(word in ("-h", "--help") for word in words[:place]):
        return overview().parse_args(words)
    if place == len(words) or words[place] not in COMMANDS:
        words.insert(0, BROWSE)  # its options may precede the directory
        place = 0
    parser = build_parser([COMMANDS[words[place]].home])
    if words[place] in _WITH_QUERY:
        return _with_query(parser, words, place)
    return parser.parse_args(words)


def _with_query(parser: argparse.ArgumentParser, words: Sequence[str], place: int) -> argparse.Namespace:
    """Parse a command line with a query, whose words may stand anywhere among the options.

    Args:
        parser: The parser.
        words: All words.
        place: The place of the subcommand.
    """
    name = words[place]
    end = words.index("--", place) if "--" in words[place:] else len(words)
    terms = _with_negated_terms(words[place + 1 : end])
    arguments, others = parser.parse_known_args([*words[: place + 1], *terms])
    unknown = [word for word in others if word.startswith("-")]
    if unknown:
        advice = ""
        if not unknown[0].startswith("--"):
            typed = shlex.join(["runtui", name, "--", unknown[0]])
            advice = f"; to exclude runs with a word, write it behind --, as in: {typed}"
        subparsers(parser)[name].error(f"unrecognized arguments: {' '.join(unknown)}{advice}")
    arguments.query = [*arguments.query, *others, *words[end + 1 :]]
    return arguments


def _with_negated_terms(words: Sequence[str]) -> list[str]:
    """Put a space before each negated term such as ``-tag:test``, which argparse would take for an option."""
    if not any(word.startswith("-") and _OPERATORS.intersection(word) for word in words):
        return list(words)
    from runtui.catalog.query.parser import is_negated_term  # needless for most queries

    return [f" {word}" if is_negated_term(word) and not _names_directory(word) else word for word in words]


def _names_directory(word: str) -> bool:
    """Return whether a word like ``-Cruns=2`` is the option for a directory, and no term of a query."""
    return word.startswith(_DIRECTORY_OPTION) and os.path.isdir(word.removeprefix(_DIRECTORY_OPTION))


def first_operand(words: Sequence[str]) -> int:
    """Return the index of the first word that is neither an option nor an option's value."""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "-":
        if words[place] == "--":
            return place
        place += 2 if words[place] in _OPTIONS_WITH_VALUE else 1
    return min(place, len(words))
