"""The distinct lines and words of a log, and which of many texts it can hold: most logs hold none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

NOUGHTS = bytes.maketrans(b"123456789", b"0" * 9)
"""Table by which digits become noughts."""

_IN_NUMBERS = b"0123456789.+-"
_LOGS_KEPT = 4  # several look at the same log, and at the beginning and the end of it in turn
_MOST_WORDS = 20_000  # words that are kept: some 2 MB
_LONGEST_WORD = 160  # bytes of such a word
_MOST_LINES = 2 << 20  # bytes of lines that are kept


class Vocabulary(NamedTuple):
    """Contents of a log, in lower case and without its numbers.

    Attributes:
        lines: Its distinct lines, of which a log of 64 KB has a few dozen.
        words: Its distinct words, of which it has a few hundred.
    """

    lines: bytes
    words: AbstractSet[bytes]


@lru_cache(maxsize=_LOGS_KEPT)
def shapes(data: bytes) -> AbstractSet[bytes]:
    """Return the distinct lines of a text with noughts for all digits, of which a log has a few dozen."""
    return frozenset(data.translate(NOUGHTS).split(b"\n"))


@lru_cache(maxsize=_LOGS_KEPT)
def vocabulary(data: bytes) -> Vocabulary:
    """Return the vocabulary of a text: to ask it first is many times faster than to search the whole text."""
    return _vocabulary_of(shapes(data))


def _vocabulary_of(lines_of_log: AbstractSet[bytes]) -> Vocabulary:
    bare = b"\n".join(lines_of_log).lower().translate(None, _IN_NUMBERS)
    lines = b"\n".join(set(bare.split(b"\n")))
    return Vocabulary(lines, frozenset(lines.split()))


class WordIndex:
    """Texts in lower case that are looked for in logs, by the longest word of each.

    Words of logs that were looked at before cost next to nothing: the logs of one program mostly consist of
    the same ones.

    Args:
        texts: The texts.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._texts: dict[bytes, list[tuple[bytes, bytes]]] = {}  # each with what it is without numbers
        for text in dict.fromkeys(texts):
            bare = text.translate(None, _IN_NUMBERS)
            word = max(bare.split(), key=len, default=b"")
            self._texts.setdefault(word, []).append((text, bare))
        self._harmless: set[bytes] = set()
        self._telling: dict[bytes, tuple[bytes, ...]] = {}

    def possible_in(self, log: Vocabulary) -> list[bytes]:
        """Return those of the texts that a log may hold."""
        others = log.words - self._harmless
        if not others:
            return []
        known = [parts for word in others if (parts := self._telling.get(word)) is not None]
        found = dict.fromkeys(part for parts in known for part in parts)
        if len(known) < len(others):
            found |= dict.fromkeys(self._learn(others - self._telling.keys()))
        return [text for part in found for text, bare in self._texts[part] if bare in log.lines]

    def _learn(self, words: AbstractSet[bytes]) -> list[bytes]:
        """Return what stands in words that were not looked at before, and remember it."""
        together = b"\n".join(words)
        found = [part for part in self._texts if part in together]
        if len(self._harmless) + len(self._telling) < _MOST_WORDS:
            for word in words:
                if len(word) > _LONGEST_WORD:
                    continue
                if parts := tuple(part for part in found if part in word):
                    self._telling[word] = parts
                else:
                    self._harmless.add(word)
        return found


class LineIndex:
    """Texts in lower case that are looked for in the lines of logs.

    Lines of logs that were looked at before cost next to nothing, whatever their numbers are: the logs of one
    program mostly consist of the same ones.

    Args:
        texts: The texts.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._index = WordIndex(texts)
        self._harmless: set[bytes] = set()
        self._telling: dict[bytes, tuple[bytes, ...]] = {}
        self._size = 0

    def lines_in(self, data: bytes) -> Mapping[bytes, tuple[bytes, ...]]:
        """Return the lines, with noughts for digits, that may hold some of the texts, each with those."""
        if self._size > _MOST_LINES:
            self._harmless, self._telling, self._size = set(), {}, 0
        others = shapes(data) - self._harmless
        if unknown := others - self._telling.keys():
            self._size += sum(map(len, unknown))
            found = self._looked_for(unknown)
            self._telling |= found
            self._harmless |= unknown - found.keys()
            others -= self._harmless
        return {line: self._telling[line] for line in others}

    def _looked_for(self, lines: AbstractSet[bytes]) -> dict[bytes, tuple[bytes, ...]]:
        possible = self._index.possible_in(_vocabulary_of(lines))
        shaped = [(text, text.translate(NOUGHTS)) for text in possible]
        return {
            line: texts
            for line in lines
            for lowered in (line.lower(),)
            if (texts := tuple([text for text, shape in shaped if shape in lowered]))
        }
