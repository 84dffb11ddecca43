"""Garbage collection: hardly ever while a user types.

A full collection stops everything. With 10,000 runs of which 3,000 were tagged in one go, it stopped the
event loop for up to 70 ms at a time, measured as processor time of a single iteration.
"""

from __future__ import annotations

import gc
import time

_NEVER = 1_000_000_000  # collections of the middle generation between two full ones
_THRESHOLDS_BEFORE = gc.get_threshold()
_YOUNG = 700  # objects allocated between two collections of the youngest generation
_MIDDLE = 10  # collections of the youngest generation between two of the middle one
"""With `_YOUNG`, Python's own thresholds; the command line raises them, which makes for longer pauses."""

_REST_SECONDS = 5.0
_BRIEF_REST_SECONDS = 0.3
_OVERDUE = 5  # times `_due`, above which a brief rest is enough
_LEAST_DUE = 4  # collections of the middle generation
_DUE_PER_SECOND = 200  # collections of the middle generation for each second of the last full one
_due = [_LEAST_DUE]
"""Collections of the middle generation until a full one is due: the more, the longer the last one took."""


def hold() -> None:
    """Suspend collection until `settle`: the many objects created first stay in use."""
    gc.disable()


def settle() -> None:
    """Exempt all present objects, and from now on collect the younger generations only."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
    gc.enable()


def is_held() -> bool:
    """Return whether collection is suspended."""
    return not gc.isenabled()


def collect_if_due(rested: float) -> None:
    """Collect all objects created since `settle`, if that is due and the user rests.

    Survivors are not exempted, as a dialog that is open now is garbage once it has been closed. When a
    collection is overdue, a brief rest is enough: following a log of 10,000 lines a second left half a
    megabyte of garbage for each key pressed.

    Args:
        rested: The seconds since a key was pressed.
    """
    if not gc.isenabled():
        return
    due = gc.get_count()[2] / _due[0]
    if due > 1 and rested >= (_REST_SECONDS if due <= _OVERDUE else _BRIEF_REST_SECONDS):
        began = time.perf_counter()
        gc.collect()
        _due[0] = max(_LEAST_DUE, round(_DUE_PER_SECOND * (time.perf_counter() - began)))


def release() -> None:
    """Restore Python's thresholds, and resume collection."""
    gc.set_threshold(*_THRESHOLDS_BEFORE)
    gc.enable()
