"""Texts that the rules look for: which rules can apply to a log at all, by its distinct lines."""

from __future__ import annotations

from runtui.logs.diagnose.rules import RULES

_IN_NUMBERS = b"0123456789.+-"
_MOST_WORDS = 20_000  # words that are kept: 2 MB
_LONGEST_WORD = 40  # bytes of such a word


def distinct_lines(lowered: bytes) -> bytes:
    """Return the distinct lines of a log without their numbers.

    A log of 64 KB has a few dozen. To ask them first is many times faster than to search the whole text.
    """
    return b"\n".join(set(lowered.translate(None, _IN_NUMBERS).split(b"\n")))


def possible_rules(lines: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the numbers of the rules that can apply to the lines of a log, with what each looks for."""
    parts = _parts_in(set(lines.split()))
    found: dict[int, list[bytes]] = {}
    for number, literal, bare in sorted({place for part in parts for place in _PLACES[part]}):
        if bare in lines:
            found.setdefault(number, []).append(literal)
    return list(found.items())


def _parts_in(words: set[bytes]) -> list[bytes]:
    """Return what rules look for and some words hold. Words that were looked at before cost next to nothing.

    The logs of one program mostly consist of the same words.
    """
    known = [parts for word in words if (parts := _KNOWN_WORDS.get(word)) is not None]
    found = [part for parts in known for part in parts]
    if len(known) == len(words):
        return found
    new = words - _KNOWN_WORDS.keys()
    text = b"\n".join(new)
    more = [part for part in _PLACES if part in text]
    if len(_KNOWN_WORDS) < _MOST_WORDS:
        _KNOWN_WORDS.update(
            (word, tuple(part for part in more if part in word)) for word in new if len(word) <= _LONGEST_WORD
        )
    return found + more


def _longest_word(literal: bytes) -> bytes:
    return max(literal.translate(None, _IN_NUMBERS).split(), key=len, default=b"")


def _places() -> dict[bytes, list[tuple[int, bytes, bytes]]]:
    found: dict[bytes, list[tuple[int, bytes, bytes]]] = {}
    for number, rule in enumerate(RULES):
        for literal in rule.literals:
            found.setdefault(_longest_word(literal), []).append(
                (number, literal, literal.translate(None, _IN_NUMBERS))
            )
    return found


_PLACES = _places()
"""The longest words of all that rules look for, with the numbers of the rules and the whole texts,
as they are and without numbers."""

_KNOWN_WORDS: dict[bytes, tuple[bytes, ...]] = {}
"""Words of logs that were met, with what rules look for and the word holds; of most that is nothing."""
