"""Notices, which Textual shows on every screen."""

from __future__ import annotations

from textual.notifications import Notification

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
