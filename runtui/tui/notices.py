"""Notices, which Textual shows on every screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.notifications import Notification

_MOST_SHOWN = 2  # notices
_LEAST_REMAINING_SECONDS = 0.25


class Notice(Notification):
    """A notice that is not repeated on another screen when its time is nearly up.

    Textual shows a notice for its remaining time. If that has just run out, it is negative, and a Textual
    timer with a negative interval blocks the event loop for ever.
    """

    @property
    def time_left(self) -> float:
        return max(super().time_left, _LEAST_REMAINING_SECONDS)

    @property
    def has_expired(self) -> bool:
        return super().time_left <= _LEAST_REMAINING_SECONDS

    def expire(self) -> None:
        """End its time on screen."""
        self.timeout = 0.0


class ShownNotices:
    """The notices on screen: at most two, the newest ones, and none twice."""

    def __init__(self) -> None:
        self._shown: Sequence[Notice] = ()

    def add(self, notice: Notice) -> None:
        """Expire the notices that give way to a new one."""
        for one in self._shown:
            if one.message == notice.message:
                one.expire()
        current = [*(one for one in self._shown if not one.has_expired), notice]
        for one in current[:-_MOST_SHOWN]:
            one.expire()
        self._shown = current[-_MOST_SHOWN:]
