"""The notices that are shown, on whichever screen."""

from __future__ import annotations

from textual.notifications import Notification

_LEAST_LEFT = 0.25  # seconds


class Notice(Notification):
    """A notice that is shown on no other screen once its time is all but up.

    Textual shows a notice for the time that it has left. Where that ran out just then it is below 0, and a
    timer of Textual with such an interval runs for ever, and nothing else has its turn.
    """

    @property
    def time_left(self) -> float:
        return max(super().time_left, _LEAST_LEFT)

    @property
    def has_expired(self) -> bool:
        return super().time_left <= _LEAST_LEFT
