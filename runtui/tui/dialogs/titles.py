"""Names of runs in the titles of dialogs."""

from __future__ import annotations

from collections.abc import Collection

from runtui.store.record import RunRecord
from runtui.text.format import run_count, short_id

_LONGEST_DESCRIPTION = 40  # characters


def runs_in_title(runs: Collection[RunRecord], *, is_described: bool = False) -> str:
    """Return the id of a single run, or the number of several.

    Args:
        runs: The runs.
        is_described: Whether the description of a single run follows, in quotation marks.
    """
    if len(runs) != 1:
        return run_count(len(runs))
    (run,) = runs
    text = run.description
    if not is_described or not text:
        return short_id(run.run_id)
    shown = text if len(text) <= _LONGEST_DESCRIPTION else f"{text[: _LONGEST_DESCRIPTION - 1]}…"
    return f'{short_id(run.run_id)} "{shown}"'
