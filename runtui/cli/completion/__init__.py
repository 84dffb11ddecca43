"""``runtui completion``: completion of the command line in a shell.

The shell's script only calls the program: `context` finds the argument being completed, `candidates`
collects candidates from a runs directory, and `shells` writes them in the shell's format.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from typing import Any

from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.completion.shells import for_bash, for_fish, for_zsh, without_quotes
from runtui.text.shell import shell_word

_PATIENCE = 10.0
"""Seconds after which no candidates are offered, as a shell must not wait for ever for a disk."""

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
    completion.add_argument("shell", nargs="?", choices=_SHELLS, help="shell to print the script for")
    # Only the scripts pass these words.
    completion.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    completion.set_defaults(command=completion_command)


def completion_command(arguments: argparse.Namespace) -> int:
    """Print a shell's script or, with words, the candidates."""
    if arguments.shell is None:
        refuse_usage(f"no shell named: runtui completion {'|'.join(_SHELLS)}")
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
    """Return the command by which a shell calls this program."""
    started = sys.argv[0]
    if os.path.basename(started) == "__main__.py":
        return f"{shell_word(sys.executable)} -m runtui"
    return shell_word(os.path.abspath(started))


def _answer(arguments: argparse.Namespace) -> list[str]:
    from runtui.cli.completion.candidates import offers
    from runtui.cli.completion.context import completion_context

    if arguments.shell == "bash":
        line, current = arguments.words
        return for_bash(line, current, lambda words, typed: offers(completion_context(words, typed)))
    *words, typed = arguments.words
    if arguments.shell == "fish":
        return for_fish(offers(completion_context(words[1:], without_quotes(typed))))
    return for_zsh(offers(completion_context(words[1:], typed)))
