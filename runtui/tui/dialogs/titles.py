"""Names of runs in dialogs: in their titles, and in lists of runs of several folders."""

from __future__ import annotations

import os
from collections.abc import Collection

from runtui.store.record import RunRecord
from runtui.text.format import run_count, short_id
from runtui.text.sanitize import safe_text

_LONGEST_DESCRIPTION = 40  # characters
_LONGEST_PATH = 24  # characters


def path_in_list(base: str, name: str, bases: Collection[str]) -> str:
    """Return a short name of a run for a list of runs of several folders; safe to show.

    Args:
        base: The folder that the run lies in.
        name: Its name there.
        bases: The folders of all runs of the list.
    """
    shown = short_id(safe_text(name))
    folder = os.path.relpath(base, os.path.commonpath(bases)) if len(bases) > 1 else os.curdir
    path = shown if folder == os.curdir else f"{safe_text(folder)}/{shown}"
    return path if path == shown or len(path) <= _LONGEST_PATH else f"…{path[1 - _LONGEST_PATH :]}"


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
