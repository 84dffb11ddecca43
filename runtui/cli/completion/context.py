"""The argument being completed, found by the parser of the command line."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runtui.cli.arguments import BROWSE, COMMANDS, build_parser, first_operand, subparsers

COMMAND = "COMMAND…"
"""Kind of an argument: the name of a subcommand."""

CHOICE = "{…}"
"""Kind of an argument: one of the choices in the parser."""


@dataclass(frozen=True, slots=True)
class CompletionContext:
    """The argument being completed.

    Attributes:
        kinds: Its possible kinds, as named in the help: ``RUN``, ``QUERY``, ``DIR`` …
        typed: The part of it typed so far.
        lead: Text before it in the same word, such as ``--sort=``.
        options: Options that are possible there, with their help.
        choices: The parser's choices if `CHOICE` is among the kinds.
        given: Values of earlier words, by the name of the argument.
    """

    kinds: tuple[str, ...]
    typed: str
    lead: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)


def completion_context(words: Sequence[str], typed: str) -> CompletionContext:
    """Return the argument being completed.

    Args:
        words: Complete words of the command line before it.
        typed: The part of it typed so far.
    """
    place = first_operand(words)
    is_named = place < len(words) and words[place] in COMMANDS
    name = words[place] if is_named else BROWSE
    rest = [*words[:place], *words[place + 1 :]] if is_named else words
    parser = subparsers(build_parser([COMMANDS[name].home]))[name]
    asked = _Walk(parser).asked(rest, typed)
    if place < len(words) or asked.kinds != ("DIR",) or asked.lead or _awaits_directory(words):
        return asked
    options = {**asked.options, "--version": "print the version and exit"} if asked.options else {}
    return CompletionContext((COMMAND, "DIR"), typed, options=options, given=asked.given)


def _awaits_directory(words: Sequence[str]) -> bool:
    return bool(words) and words[-1] in ("-C", "--runs-dir")


class _Walk:
    """A walk through the words of a subcommand as its parser would read them, but without errors.

    Args:
        parser: The subcommand's parser.
    """

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._begin(parser)
        self._given: defaultdict[str, list[str]] = defaultdict(list)

    def _begin(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser
        self._options = parser._option_string_actions
        self._operands: list[str] = []
        self._awaiting: argparse.Action | None = None
        self._is_past_options = False

    def asked(self, words: Sequence[str], typed: str) -> CompletionContext:
        """Return the argument being completed after `words`."""
        for word in words:
            self._read_word(word)
        name, equals, value = typed.partition("=")
        action = self._options.get(name)
        if self._awaiting is not None and not self._may_end(typed):
            return self._about((self._awaiting,), typed)
        if equals and action is not None and action.nargs != 0 and not self._is_past_options:
            return self._about((action,), value, f"{name}=")
        actions = (self._awaiting,) if self._awaiting is not None else self._next_operands()
        options = {}
        if typed.startswith("-") and not self._is_past_options:
            options = {
                option: (action.help or "") % {**vars(action), "prog": ""} if action.help else ""
                for option, action in self._options.items()
                if action.help is not argparse.SUPPRESS
            }
        return self._about(actions, typed, options=options)

    def _may_end(self, typed: str) -> bool:
        """Return whether an option with several values can end before `typed`."""
        return self._awaiting is not None and self._awaiting.nargs == "+" and typed.startswith("-")

    def _read_word(self, word: str) -> None:
        name, equals, value = word.partition("=")
        if self._awaiting is not None and not self._may_end(word):
            self._given[self._awaiting.dest].append(word)
            if self._awaiting.nargs != "+":
                self._awaiting = None
            return
        self._awaiting = None
        if self._is_past_options or not word.startswith("-") or word == "-":
            self._read_operand(word)
        elif word == "--":
            self._is_past_options = True
        elif word in self._options:
            action = self._options[word]
            self._awaiting = action if action.nargs != 0 else None
        elif equals and name in self._options:
            self._given[self._options[name].dest].append(value)
        elif word[:2] in self._options and self._options[word[:2]].nargs != 0:
            self._given[self._options[word[:2]].dest].append(word[2:])

    def _read_operand(self, word: str) -> None:
        below = subparsers(self._parser)
        if word in below and not self._operands:
            self._begin(below[word])
            return
        self._operands.append(word)
        self._given["operands"].append(word)

    def _next_operands(self) -> tuple[argparse.Action, ...]:
        left = len(self._operands)
        found = []
        for action in self._parser._positionals._group_actions:
            takes_many = action.nargs in ("*", "+", argparse.REMAINDER)
            if not takes_many and left:
                left -= 1
                continue
            found.append(action)
            if not takes_many or (action.nargs == "+" and not left):
                break
            left = 0
        return tuple(found)

    def _about(
        self,
        actions: Sequence[argparse.Action],
        typed: str,
        lead: str = "",
        options: Mapping[str, str] | None = None,
    ) -> CompletionContext:
        choices = tuple(str(choice) for action in actions for choice in action.choices or ())
        kinds = tuple(CHOICE if action.choices else kind_of(action) for action in actions)
        return CompletionContext(kinds, typed, lead, options or {}, choices, dict(self._given))


def kind_of(action: argparse.Action) -> str:
    """Return the kind of an argument: its metavar, or a special name if that is ambiguous."""
    kind = action.metavar if isinstance(action.metavar, str) else action.dest
    return {"trashed": "TRASHED", "resource": "RESOURCE=VALUE"}.get(action.dest, kind)
