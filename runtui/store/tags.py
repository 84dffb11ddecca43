"""The tags of a run as a row holds them: all of them, in little memory."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

from runtui.text.sanitize import is_safe, safe_text

_LONGEST = 200  # characters of a tag that are shown
_FEW = 64  # tags that are kept each for itself, and shared by the runs that have them
_OFFERED = 10_000  # tags of one run that lists to choose from have
_DRAWN = 64  # tags that are drawn of one run
_SEPARATOR = "\t"  # safe text never has it


class ManyTags(Sequence[str]):
    """More tags than anybody gives by hand, in one text: a file of 8 MiB can hold millions.

    Args:
        text: The tags, all safe to show, with a tab between them.
    """

    __slots__ = ("_count", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._count = text.count(_SEPARATOR) + 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        start = 0
        while (end := self.text.find(_SEPARATOR, start)) >= 0:
            yield self.text[start:end]
            start = end + 1
        yield self.text[start:]

    def __contains__(self, tag: object) -> bool:
        if not isinstance(tag, str) or _SEPARATOR in tag:
            return False
        return f"{_SEPARATOR}{tag}{_SEPARATOR}" in f"{_SEPARATOR}{self.text}{_SEPARATOR}"

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self.text.split(_SEPARATOR)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ManyTags) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def shown_tags(tags: Iterable[str]) -> Sequence[str]:
    """Return tags as a row holds them: each safe to show, a very long one cut short."""
    texts = tags if isinstance(tags, list) else list(tags)
    if len(texts) <= _FEW:
        return tuple([sys.intern(safe_text(tag, _LONGEST)) for tag in texts])
    # One look at all of them; a tag that has a tab is not safe.
    if len(max(texts, key=len)) > _LONGEST or not is_safe("".join(texts)):
        texts = [safe_text(tag, _LONGEST) for tag in texts]
    return ManyTags(_SEPARATOR.join(texts))


def packed_tags(tags: Sequence[str]) -> str:
    """Return a row's tags as one text that `unpacked_tags` understands; ``""`` for none."""
    return tags.text if isinstance(tags, ManyTags) else _SEPARATOR.join(tags)


def unpacked_tags(text: str) -> Sequence[str]:
    """Return the tags in a text that `packed_tags` made."""
    if not text:
        return ()
    if text.count(_SEPARATOR) >= _FEW:
        return ManyTags(text)
    return tuple(map(sys.intern, text.split(_SEPARATOR)))


def offered_tags(tags: Sequence[str]) -> Iterator[str]:
    """Return the tags of a row that a list offers: of millions the first thousands."""
    return islice(tags, _OFFERED)


def drawn_tags(tags: Sequence[str], most: int = _DRAWN) -> str:
    """Return a row's tags in one line; of very many the first, and how many more there are."""
    more = len(tags) - most
    return " ".join(islice(tags, most)) + (f" and {more:,} more" if more > 0 else "")
