"""The notices that are shown, on whichever screen."""

from __future__ import annotations

from collections.abc import Iterator

from textual.notifications import Notification, Notifications

_LEAST_LEFT = 0.25  # seconds


class Notices(Notifications):
    """Notices, of which those whose time is all but up are not shown on another screen any more.

    The library shows a notice for the time that it has left. Where that ran out just then it is below 0, and
    a timer of the library with such an interval goes round for ever, and nothing else has its turn.
    """

    def __iter__(self) -> Iterator[Notification]:
        return iter([notice for notice in super().__iter__() if notice.time_left > _LEAST_LEFT])
