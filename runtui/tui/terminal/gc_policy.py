"""When Python looks for objects that nothing reaches any more: hardly ever while a user types.

Looking through all objects stops everything. With 10,000 runs of which 3,000 were tagged in one go that was
for up to 70 ms at a time, measured as the processor time that the event loop took for a turn of its own.
"""

from __future__ import annotations

import gc
import time

_NEVER = 1_000_000_000
_USUAL = gc.get_threshold()
_YOUNG = 700
_MIDDLE = 10
"""Python's own; the command line has it look more seldom, which makes for longer pauses."""

_REST = 5.0
_BRIEF_REST = 0.3
_OVERDUE = 5
_LEAST_DUE = 4
_DUE_FOR_A_SECOND = 200
_due = [_LEAST_DUE]
"""How often the younger objects are looked through before it is time for all, each time with some thousands
more of them: the more often, the longer it took the last time."""


def hold() -> None:
    """Look for none until `settle`: what is read first stays, and there is much of it."""
    gc.disable()


def settle() -> None:
    """Take what there is for good, and look from now on only through what is young."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
    gc.enable()


def is_held() -> bool:
    """Return whether none are looked for at all."""
    return not gc.isenabled()


def look_through_all(rested: float) -> None:
    """Look through all that came since `settle`, where there is much new and nobody waits.

    What is there stays to be looked through: a box that is open now is garbage when it has been closed. Who
    never lets go of the keys for long has less of a rest: following a log of 10,000 lines a second left half
    a megabyte for each key.

    Args:
        rested: The seconds since a key was pressed.
    """
    if not gc.isenabled():
        return
    much = gc.get_count()[2] / _due[0]
    if much > 1 and rested >= (_REST if much <= _OVERDUE else _BRIEF_REST):
        began = time.perf_counter()
        gc.collect()
        _due[0] = max(_LEAST_DUE, round(_DUE_FOR_A_SECOND * (time.perf_counter() - began)))


def release() -> None:
    """Do as usual again."""
    gc.set_threshold(*_USUAL)
    gc.enable()
