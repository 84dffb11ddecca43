"""``runtui manual``: print the reference, generated from the grammar of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from runtui import __version__
from runtui.batch.intervals import INTERVAL_VARIABLE
from runtui.cli.arguments import (
    COMMANDS,
    DIR_VARIABLE,
    OVERVIEW,
    build_parser,
    examples,
    overview,
    subparsers,
)

_SECTIONS = (
    (
        "ENVIRONMENT",
        (
            (DIR_VARIABLE, "Runs directory when -C is not given."),
            (INTERVAL_VARIABLE, "Seconds between two queries to a scheduler (default: 30)."),
            ("NO_COLOR", "If set, output has no colours."),
            ("PAGER, VISUAL, EDITOR, SHELL", "Programs that the browser opens logs and runs with."),
        ),
    ),
    (
        "FILES",
        (
            (
                "~/.config/runtui/settings.toml",
                "Theme, keys, columns, views, rules for failures, and limits for watching.",
            ),
            ("~/.cache/runtui/", "Cache of runs directories; safe to delete."),
            ("~/.local/state/runtui/", "Filter history, dismissed failures, crash reports."),
        ),
    ),
    (
        "EXIT STATUS",
        (
            ("0", "Success."),
            ("1", "Failure; a line on standard error says what happened and what to do."),
            ("2", "Wrong usage."),
        ),
    ),
)


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    manual = commands.add_parser(
        "manual",
        epilog=examples(
            ("runtui manual", "print it as text"),
            ("runtui manual --man | man -l -", "read it as a manual page"),
            ("runtui manual --man > ~/.local/share/man/man1/runtui.1", "install it for `man runtui`"),
        ),
    )
    manual.add_argument("--man", action="store_true", help="print a manual page, for man and groff")
    manual.set_defaults(command=manual_command)


def manual_command(arguments: argparse.Namespace) -> int:
    """Print the reference."""
    for line in _man_page() if arguments.man else _text():
        print(line)
    return 0


def _text() -> Iterator[str]:
    yield overview().format_help()
    for name, command in _all_commands():
        yield f"runtui {name}"
        yield "=" * len(f"runtui {name}")
        yield command.format_help()
    for heading, items in _SECTIONS:
        yield heading.capitalize()
        yield "=" * len(heading)
        yield from (f"  {term}\n      {meaning}" for term, meaning in items)
        yield ""


def _all_commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the name and the parser of each subcommand, and of each subcommand of those."""
    parsers = subparsers(build_parser(command.home for command in COMMANDS.values()))
    for name in COMMANDS:
        yield name, parsers[name]
        named = set()
        for below, parser in subparsers(parsers[name]).items():
            if parser not in named:  # an alias has the parser of another name
                named.add(parser)
                yield f"{name} {below}", parser


def _man_page() -> Iterator[str]:
    yield f'.TH RUNTUI 1 "" "runtui {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"runtui \- see which simulation runs failed, why, and what to do next"
    yield ".SH SYNOPSIS"
    yield r".B runtui"
    yield r"[\fIDIR\fR...]"
    yield ".br"
    yield ".B runtui"
    yield r"\fICOMMAND\fR [\fIARGUMENT\fR...]"
    yield ".SH DESCRIPTION"
    for paragraph in OVERVIEW.strip().split("\n\n"):
        yield ".PP"
        yield _roff(paragraph)
    yield ".SH OPTIONS"
    yield from _options(overview())
    yield ".SH COMMANDS"
    for name, command in _all_commands():
        yield f".SS {_roff(f'runtui {name}')}"
        yield ".nf"
        yield _roff(command.format_usage().removeprefix("usage: ").rstrip())
        yield ".fi"
        if command.description:
            yield ".PP"
            yield _roff(command.description)
        yield from _options(command)
        if command.epilog:
            yield ".PP"
            yield ".nf"
            yield _roff(command.epilog)
            yield ".fi"
    for heading, items in _SECTIONS:
        yield f".SH {heading}"
        for term, meaning in items:
            yield from (".TP", rf"\fB{_roff(term)}\fR", _roff(meaning))


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the operands and options of a subcommand, as lines of a manual page."""
    formatter = parser.formatter_class(prog=parser.prog)
    for action in parser._actions:
        if action.help in (None, argparse.SUPPRESS) or isinstance(action, argparse._HelpAction):
            continue
        yield ".TP"
        yield rf"\fB{_roff(formatter._format_action_invocation(action))}\fR"
        yield _roff(formatter._expand_help(action))


def _roff(text: str) -> str:
    """Escape text for a manual page, so that groff does not interpret any of it."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("'", r"\(aq")
    lines = escaped.replace("…", "...").split("\n")
    return "\n".join(rf"\&{line}" if line.startswith(".") else line for line in lines)
