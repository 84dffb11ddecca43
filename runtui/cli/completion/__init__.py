"""``runtui completion``: what a shell completes the command line with.

The shell's script only asks the program, which goes by the parser of its own arguments: `context` tells what
could stand where the cursor is, `candidates` what there is of it, `shells` how shells write that.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.completion.shells import for_bash, for_fish, for_zsh, without_quotes
from runtui.text.shell import shell_word

_PATIENCE = 10.0
"""Seconds after which nothing is offered: a shell must not wait for ever for a disk that does not answer."""

_SHELLS = ("bash", "zsh", "fish")


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    completion = commands.add_parser(
        "completion",
        epilog=examples(
            ('eval "$(runtui completion bash)"', "in ~/.bashrc"),
            ('eval "$(runtui completion zsh)"', "in ~/.zshrc, after compinit"),
            ("runtui completion fish | source", "in ~/.config/fish/config.fish"),
        ),
    )
    completion.add_argument("shell", choices=_SHELLS, help="the shell whose script is printed")
    # What the scripts ask with; of no use to people.
    completion.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    completion.set_defaults(command=completion_command)


def completion_command(arguments: argparse.Namespace) -> int:
    """Print a shell's script, or what it may go on with."""
    if not arguments.words:
        with open(f"{os.path.dirname(__file__)}/script.{arguments.shell}", encoding="utf-8") as script:
            print(script.read().replace("RUNTUI", _program()), end="")
        return 0
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.extend(_answer(arguments)), daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    for line in answers:
        print(line)
    return 0


def _program() -> str:
    """Return how a shell calls the program: by the path that it was called by where that is no mere name."""
    started = sys.argv[0]
    if os.path.basename(started) == "__main__.py":
        return f"{shell_word(sys.executable)} -m runtui"
    return shell_word(os.path.abspath(started))


def _answer(arguments: argparse.Namespace) -> list[str]:
    from runtui.cli.completion.candidates import offers
    from runtui.cli.completion.context import question

    if arguments.shell == "bash":
        line, current = arguments.words
        return for_bash(line, current, lambda words, typed: offers(question(words, typed)))
    *words, typed = arguments.words
    if arguments.shell == "fish":
        return for_fish(offers(question(words[1:], without_quotes(typed))))
    return for_zsh(offers(question(words[1:], typed)))
