"""Closing files without making the event loop wait."""

from __future__ import annotations

import _thread
import os
import sys


def close_aside(descriptor: int) -> None:
    """Close a file; on the event loop's thread, hand that to another thread and return at once.

    Some file systems answer a close, too, and one that does not answer would stop the screen. May be called
    anywhere, also where an object ends.
    """
    events = sys.modules.get("asyncio.events")
    if events is None or events._get_running_loop() is None:
        os.close(descriptor)
        return
    try:
        # Without a lock, as one of the library's threads takes to begin: whoever has that may be at hand.
        _thread.start_new_thread(_close, (descriptor,))
    except RuntimeError:  # no more threads, or the program is at its end
        os.close(descriptor)


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        pass  # nobody is left to be told
