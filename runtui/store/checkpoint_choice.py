"""The choice of the checkpoint that a run is resumed from: one rule for all who ask."""

from __future__ import annotations

import os

from runtui.store.checkpoints import Checkpoint, Checkpoints, checked, dated, measured
from runtui.store.errors import RunNotFoundError
from runtui.store.paths import CHECKPOINTS_DIR
from runtui.text.sanitize import safe_text

_MOST_NAMED = 30  # candidates in a refusal
_MOST_SKIPPED = 3  # checkpoints that are named as skipped


def choose_checkpoint(
    checkpoints: Checkpoints, wanted: str | None, run: str, run_dir: str = ""
) -> Checkpoint:
    """Return the checkpoint to resume from: the one that is asked for, or the newest that can be used.

    Args:
        checkpoints: Those of the run.
        wanted: A name or a path, or None. A path may be relative to the working directory, to the run, or to
            its ``checkpoints/``.
        run: The run, for the message.
        run_dir: Its directory, for paths of other files than the run's checkpoints.

    Raises:
        RunNotFoundError: It cannot be used; the message names every candidate and why.
    """
    shown = safe_text(run, 80)
    if wanted is None:
        if checkpoints.newest is not None:
            return checkpoints.newest
        if not (checkpoints.found or checkpoints.problems):
            raise RunNotFoundError(f"{shown} has no checkpoints to resume from")
        raise RunNotFoundError(f"{shown} cannot be resumed: {_candidates(checkpoints)}")
    named = _named(checkpoints.found, wanted)
    for one in reversed(named):
        if not (usable := checked(one)).problem:
            return usable
    if named:
        last = checked(named[-1])
        raise RunNotFoundError(
            f"{shown} cannot be resumed from {last.name}: {last.problem}{_others(checkpoints, named)}"
        )
    at_path = _at_path(checkpoints.found, wanted, run_dir)
    if at_path is None:
        there = _candidates(checkpoints) or "none"
        raise RunNotFoundError(
            f"{shown} has no checkpoint {safe_text(wanted, 200)!r}, nor is there such a file; it has {there}"
        )
    if at_path.problem:
        raise RunNotFoundError(f"{shown} cannot be resumed from {safe_text(wanted, 200)}: {at_path.problem}")
    return at_path


def _named(found: tuple[Checkpoint, ...], wanted: str) -> list[Checkpoint]:
    """Return the checkpoints of a name: as listed, or else of their files, with or without the ending."""
    listed = [one for one in found if one.name == safe_text(wanted, 200)]
    if any(one.path is not None for one in listed):
        return listed
    files = [(one, os.path.basename(one.path)) for one in found if one.path is not None]
    return (
        [one for one, file in files if file == wanted]
        or [one for one, file in files if os.path.splitext(file)[0] == wanted]
        or listed
    )


def _at_path(found: tuple[Checkpoint, ...], wanted: str, run_dir: str) -> Checkpoint | None:
    """Return the checkpoint at a path that a user gave, or None where there is nothing."""
    if "\0" in wanted or not wanted:
        return None
    starts = ("", run_dir, os.path.join(run_dir, CHECKPOINTS_DIR)) if run_dir else ("",)
    for start in starts:
        path = os.path.abspath(os.path.join(start, os.path.expanduser(wanted)))
        if not os.path.lexists(path):
            continue
        real = os.path.realpath(path)
        for one in found:
            if one.path is not None and os.path.realpath(one.path) == real:
                return checked(one)
        return checked(dated(measured(Checkpoint(safe_text(os.path.basename(path), 200), None, path, None))))
    return None


def _others(checkpoints: Checkpoints, named: list[Checkpoint]) -> str:
    others = [one for one in checkpoints.found if one not in named]
    listed = _candidates(checkpoints._replace(found=tuple(others)))
    return f"; there are also {listed}" if listed else ""


def _candidates(checkpoints: Checkpoints) -> str:
    """Return all candidates, the newest first, each with why it cannot be used."""
    newest_first = [checked(one) for one in list(reversed(checkpoints.found))[:_MOST_NAMED]]
    names = [f"{one.name} ({one.why_not})" if one.why_not else one.name for one in newest_first]
    if len(checkpoints.found) > _MOST_NAMED:
        names.append(f"{len(checkpoints.found) - _MOST_NAMED:,} older ones")
    return "; ".join([*([", ".join(names)] if names else []), *checkpoints.problems])


def skipped_text(checkpoints: Checkpoints) -> str:
    """Return the text that names the newer checkpoints that are skipped, and why; ``""`` for none."""
    skipped = checkpoints.skipped
    named = [f"{one.name} ({one.why_not})" for one in skipped[:_MOST_SKIPPED]]
    if len(skipped) > _MOST_SKIPPED:
        named.append(f"{len(skipped) - _MOST_SKIPPED:,} more")
    return f"skipped {', '.join(named)}" if named else ""
