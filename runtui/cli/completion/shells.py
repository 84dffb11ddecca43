"""Quoting of shells: read typed words without their quotes, write candidates with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple


class Offer(NamedTuple):
    """Candidate for the word at the cursor.

    Attributes:
        text: The whole word.
        note: Description in a few words, or ``""``.
        is_open: Whether the word is incomplete, such as ``status:`` without its value.
    """

    text: str
    note: str = ""
    is_open: bool = False


class Native(StrEnum):
    """Completion that a shell does itself."""

    FILES = "files"
    DIRECTORIES = "directories"


Answer = Sequence[Offer] | Native

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=+@%,^-")
_ESCAPED_IN_QUOTES = frozenset('$`"\\')


class Typed(NamedTuple):
    """Command line up to the cursor.

    Attributes:
        words: Complete words, without their quotes.
        raw: Last word as typed; ``""`` after a space.
        last: Last word without its quotes.
        quote: Quotation mark that is open at its end, or ``""``.
    """

    words: list[str]
    raw: str
    last: str
    quote: str


def read_line(line: str) -> Typed:
    """Split a line into words as a shell does, without expanding or running anything in it."""
    words: list[str] = []
    last, quote = "", ""
    begin, place = 0, 0
    is_word = False
    while place < len(line):
        character = line[place]
        following = line[place + 1 : place + 2]
        if quote:
            if character == quote:
                quote = ""
            elif character == "\\" and quote == '"' and following in _ESCAPED_IN_QUOTES and following:
                last += following
                place += 1
            else:
                last += character
        elif character in " \t\n":
            if is_word:
                words.append(last)
            last, is_word = "", False
            begin = place + 1
        elif character in "'\"":
            quote, is_word = character, True
        else:
            is_word = True
            if character == "\\":
                place += 1
                last += following
            else:
                last += character
        place += 1
    return Typed(words, line[begin:], last, quote)


def without_quotes(word: str) -> str:
    """Return a word, perhaps unfinished, as a program would receive it."""
    return read_line(word).last


def for_bash(line: str, current: str, ask: Callable[[Sequence[str], str], Answer]) -> list[str]:
    """Return the answer for bash's script: an instruction, and the replacements of `current`.

    Args:
        line: The command line up to the cursor.
        current: Word at the cursor as bash splits it: only its end, after characters such as ``:``.
        ask: Function from earlier words and the last one to its candidates.
    """
    typed = read_line(line)
    answer = ask(typed.words[1:], typed.last)
    if isinstance(answer, Native):
        return [answer]
    if not typed.raw.endswith(current):
        return ["space"]
    stays = read_line(typed.raw[: len(typed.raw) - len(current)])
    found = [
        _quoted(offer.text[len(stays.last) :], stays.quote)
        for offer in answer
        if offer.text.startswith(stays.last)
    ]
    is_open = len(found) == 1 and answer[0].is_open
    return ["nospace" if is_open else "space", *found]


def _quoted(text: str, quote: str) -> str:
    """Quote text for bash, within the quotation mark that is open."""
    if quote == "'":
        return text.replace("'", r"'\''")
    if quote:
        # Within double quotes an exclamation mark cannot be escaped from history expansion.
        escaped = "".join([f"\\{sign}" if sign in _ESCAPED_IN_QUOTES else sign for sign in text])
        return escaped.replace("!", "\"'!'\"")
    return "".join([sign if sign in _BARE or sign > "\x7f" else f"\\{sign}" for sign in text])


def for_zsh(answer: Answer) -> list[str]:
    """Return the answer for zsh's script: for each word whether it is open, the word, and its note."""
    if isinstance(answer, Native):
        return [answer]
    return ["words", *(f"{'open' if it.is_open else 'closed'}\t{it.text}\t{it.note}" for it in answer)]


def for_fish(answer: Answer) -> list[str]:
    """Return the answer for fish's script: each word with its note."""
    if isinstance(answer, Native):
        return [answer]
    return ["words", *(f"{offer.text}\t{offer.note}" for offer in answer)]


def matching(offered: Iterable[Offer], typed: str) -> list[Offer]:
    """Return the offers that begin with `typed`."""
    return [offer for offer in offered if offer.text.startswith(typed)]
