"""Bookmarks in logs, kept while the browser is open."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple


class LogPlace(NamedTuple):
    """A state of a run's log: lines of another generation stand elsewhere.

    Attributes:
        run: The run's name.
        log: The log's name.
        generation: The generation, as its source counts them.
    """

    run: str
    log: str
    generation: int


class LogBookmarks:
    """Bookmarked lines of all logs that were looked at, by the offsets at which they begin."""

    def __init__(self) -> None:
        self._offsets: dict[LogPlace, list[int]] = {}

    def of(self, place: LogPlace) -> Sequence[int]:
        """Return the offsets of a log's bookmarked lines, in ascending order."""
        return self._offsets.get(place, ())

    def toggle(self, place: LogPlace, offset: int) -> bool:
        """Set or remove the bookmark of a line; return whether it is set now."""
        offsets = self._offsets.setdefault(place, [])
        if offset in offsets:
            offsets.remove(offset)
            return False
        insort(offsets, offset)
        return True

    def next(self, place: LogPlace, offset: int) -> int | None:
        """Return the offset of the next bookmark below a line, or of the first one; None if there is none."""
        offsets = self.of(place)
        if not offsets:
            return None
        below = bisect_right(offsets, offset)
        return offsets[below % len(offsets)]
