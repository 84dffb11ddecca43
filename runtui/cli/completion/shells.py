"""How shells read and write words: what was typed without its quotes, and what is offered with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple


class Offer(NamedTuple):
    """A word that may stand where the cursor is.

    Attributes:
        text: The whole word.
        note: What it is, in a few words, or ``""``.
        is_open: Whether more of the word is to follow, such as a value after ``status:``.
    """

    text: str
    note: str = ""
    is_open: bool = False


class Native(StrEnum):
    """What a shell knows better."""

    FILES = "files"
    DIRECTORIES = "directories"


Answer = Sequence[Offer] | Native

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=+@%,^-")
_ESCAPED_IN_QUOTES = frozenset('$`"\\')


class Typed(NamedTuple):
    """A line as far as it is typed.

    Attributes:
        words: The words that are complete, without their quotes.
        raw: The last word as it is typed; ``""`` where the next one has not been begun.
        last: The last word without its quotes.
        quote: The quotation mark that is open at its end, or ``""``.
    """

    words: list[str]
    raw: str
    last: str
    quote: str


def read_line(line: str) -> Typed:
    """Return the words of a line as a shell parts them. Nothing in it is expanded, let alone run."""
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
    """Return a word, perhaps unfinished, as a program would be given it."""
    return read_line(word).last


def for_bash(line: str, current: str, ask: Callable[[Sequence[str], str], Answer]) -> list[str]:
    """Return what bash's script is answered: what to do besides, and what `current` is replaced by.

    Args:
        line: The command as far as the cursor.
        current: What bash takes for the word at the cursor: its end, where signs such as ``:`` part words.
        ask: Tells what may stand after some words in the place of the last one.
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
    """Return text as bash reads it back, within the quotation marks that are open."""
    if quote == "'":
        return text.replace("'", r"'\''")
    if quote:
        # Within these marks nothing keeps an exclamation mark from calling back an earlier command.
        escaped = "".join([f"\\{sign}" if sign in _ESCAPED_IN_QUOTES else sign for sign in text])
        return escaped.replace("!", "\"'!'\"")
    return "".join([sign if sign in _BARE or sign > "\x7f" else f"\\{sign}" for sign in text])


def for_zsh(answer: Answer) -> list[str]:
    """Return what zsh's script is answered: of each word whether more follows, it, and what it is."""
    if isinstance(answer, Native):
        return [answer]
    return ["words", *(f"{'open' if it.is_open else 'closed'}\t{it.text}\t{it.note}" for it in answer)]


def for_fish(answer: Answer) -> list[str]:
    """Return what fish's script is answered: the words, each with what it is."""
    if isinstance(answer, Native):
        return [answer]
    return ["words", *(f"{offer.text}\t{offer.note}" for offer in answer)]


def matching(offered: Iterable[Offer], typed: str) -> list[Offer]:
    """Return those of the offers that what is typed may become."""
    return [offer for offer in offered if offer.text.startswith(typed)]
