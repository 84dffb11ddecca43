"""Torn files: an empty or half file is most often one that its writer is just writing."""

from __future__ import annotations

import time

from runtui.store.errors import MetadataError
from runtui.store.record import FileStamp, modified_ns

WRITING_GRACE = 10.0
"""Seconds for which an empty or half file is taken for a writer at work, not for a broken run."""

MAY_BE_WRITTEN = 120.0
"""Seconds around the date of an empty or half file in which it is worth waiting for its writer: the clocks of
a host and of its file server differ."""


def is_being_written(fault: MetadataError) -> bool:
    """Return whether a writer may be at work who explains what was found, so that waiting is worth it.

    One who was cut off long ago is not waited for by every command from then on.
    """
    is_recent = fault.stamp is not None and was_written_recently(fault.stamp)
    return fault.passing and (fault.is_changing or is_recent)


def was_written_recently(stamp: FileStamp) -> bool:
    """Return whether a file's date is so near that its writer may still be at work."""
    return abs(time.time() - modified_ns(stamp) / 1e9) < MAY_BE_WRITTEN
