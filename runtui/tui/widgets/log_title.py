"""The titles in the border of a log: its name above, and its state below.

Pure functions from plain data to plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runtui.text.format import moment_text, short_id, size_text
from runtui.text.sanitize import safe_text

_MAX_NAME_LENGTH = 40  # characters
_MAX_FILTER_LENGTH = 20  # characters


class ShownLog(NamedTuple):
    """The log on screen.

    Attributes:
        run: The run's name on disk.
        name: The log's name on disk.
        names: All logs of the run, in the order in which the user goes through them.
        merged: How many of them are shown merged by time; 0 where a single one is shown.
        size: Its size in bytes.
        modified: When it was last written, in seconds since the epoch; 0 if it never existed.
        filter: The filter's pattern; None for no filter.
    """

    run: str
    name: str
    names: Sequence[str] = ()
    merged: int = 0
    size: int = 0
    modified: float = 0.0
    filter: str | None = None


class LogState(NamedTuple):
    """The state of the log on screen.

    Attributes:
        follow_key: The key that follows the end of the log.
        message: The message about the last key, shown for a moment.
        search: The progress or the result of the search.
        filtering: The fraction of the log that the filter has read, from 0 to 1; None if it is not reading.
        notice: A notice about what happened to the log, or why there is none.
        bottom: Offset in bytes behind the last line on screen; None while the end is followed.
        has_lines: Whether there are lines on screen.
        new_lines: Number of lines written since the end was last on screen; None for too many to count.
    """

    follow_key: str
    message: str = ""
    search: str = ""
    filtering: float | None = None
    notice: str = ""
    bottom: int | None = None
    has_lines: bool = True
    new_lines: int | None = 0


def upper_title(log: ShownLog | None, state: LogState, now: float) -> str:
    """Return the title above a log.

    Args:
        log: The log on screen, or None.
        state: Its state.
        now: The time, in seconds since the epoch.
    """
    if log is None:
        return "log"
    name = safe_text(log.name, _MAX_NAME_LENGTH)
    if log.merged:
        of_all = f" of {len(log.names):,}" if log.merged < len(log.names) else ""
        name = f"{log.merged}{of_all} logs by time"
    parts = [f"log: {short_id(safe_text(log.run))} {name}"]
    if len(log.names) > 1 and not log.merged:
        number = log.names.index(log.name) + 1 if log.name in log.names else len(log.names)
        parts.append(f"{number} of {len(log.names)}")
    if log.modified:
        parts.append(size_text(log.size))
        if log.size and state.bottom is not None:
            parts.append(f"{min(100, 100 * state.bottom // log.size)} %")
        parts.append(f"written {moment_text(log.modified, now)}")
    if log.filter is not None:
        parts.append(f"only {safe_text(log.filter, _MAX_FILTER_LENGTH)}")
    return " · ".join(parts)


def lower_title(state: LogState) -> str:
    """Return the title below a log."""
    parts = [state.message, state.search]
    if state.filtering is not None:
        parts.append(f"filtering {100 * state.filtering:.0f} %")
    parts.append(state.notice)
    if state.bottom is not None and state.has_lines:
        if state.new_lines is None:
            parts.append("many new lines")
        elif state.new_lines:
            parts.append(f"{state.new_lines:,} new lines")
        parts.append(f"paused, {state.follow_key} to follow")
    elif state.has_lines:
        parts.append("following")
    return ", ".join([part for part in parts if part])
