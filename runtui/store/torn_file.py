"""Torn files: an empty or partial file is usually one that its writer is just writing.

10 to 30 % of the looks at the metadata.json of a busy run find one. The policy, wherever a file is read for
an answer that somebody waits for:

- It is read again at once, then after `PAUSE`, up to `ATTEMPTS` times in all, as long as it changed while it
  was read or has a date near now. What was cut off long ago is waited for by nobody.
- Whoever is about to change the run waits whatever the date, and for a missing file, too: some file systems
  show that a file was cut off before they show its new date.
- Of many files those that are torn are waited for together.
- What stays torn is called being written until `WRITING_GRACE` is over, and broken from then on.

The browser never pauses: it keeps the last good state and has a timer look again (see `KnownRuns`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from runtui.store.errors import MetadataError
from runtui.store.record import FileStamp, modified_ns

Item = TypeVar("Item")
Result = TypeVar("Result")

WRITING_GRACE = 10.0
"""Seconds for which an empty or half file is taken for a writer at work, not for a broken run."""

MAY_BE_WRITTEN = 120.0
"""Seconds around the date of an empty or half file in which it is worth waiting for its writer: the clocks of
a host and of its file server differ."""

ATTEMPTS = 5
"""Number of attempts to read a file that stays torn."""

PAUSE = 0.05
"""Seconds between the attempts, but for the first two."""


def read_until_whole(
    read: Callable[[], Result], attempts: int = ATTEMPTS, pause: float = PAUSE, *, is_patient: bool = False
) -> Result:
    """Return what `read` returns, retrying while an active writer explains its failure.

    Args:
        read: Reads a file; may raise a `MetadataError`.
        attempts: How often it is called at most.
        pause: Seconds between the calls, but for the first two.
        is_patient: Whether to wait whatever the file's date, for whoever is about to change the run.

    Raises:
        MetadataError: The last that `read` raised.
    """
    for attempt in range(1, attempts):
        try:
            return read()
        except MetadataError as fault:
            if not (fault.passing and (is_patient or _is_being_written(fault))):
                raise
        if attempt > 1:
            time.sleep(pause)
    return read()


def read_all_until_whole(
    items: Sequence[Item],
    read: Callable[[Sequence[Item]], Iterable[Result]],
    is_torn: Callable[[Result], bool],
) -> list[Result]:
    """Return what `read` returns for each of `items`, reading all torn ones again together.

    Args:
        items: What to read.
        read: Returns a result for each of some items, in their order; each has had two attempts.
        is_torn: Whether a result is that of a torn file.
    """
    found = list(read(items))
    for _round in range(2, ATTEMPTS):
        torn = [place for place, result in enumerate(found) if is_torn(result)]
        if not torn:
            break
        time.sleep(PAUSE)
        for place, result in zip(torn, read([items[place] for place in torn]), strict=True):
            found[place] = result
    return found


def was_written_recently(stamp: FileStamp) -> bool:
    """Return whether a file's date is so recent that its writer may still be at work."""
    return abs(time.time() - modified_ns(stamp) / 1e9) < MAY_BE_WRITTEN


def _is_being_written(fault: MetadataError) -> bool:
    is_recent = fault.stamp is not None and was_written_recently(fault.stamp)
    return fault.is_changing or is_recent
