"""Facts of a checkpoint in words, for the details and for lists to choose from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runtui.text.format import old_text, short_id, size_text
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.store.checkpoints import Checkpoint

_LONGEST_FOLDER = 60  # characters


def checkpoint_facts(checkpoint: Checkpoint, run: str, now: float) -> str:
    """Return the size, the place and the age of a checkpoint, as far as they are known.

    Args:
        checkpoint: The checkpoint.
        run: The directory of the run whose checkpoints are shown.
        now: The time, in seconds since the epoch.
    """
    facts = [] if checkpoint.size is None else [size_text(checkpoint.size)]
    if checkpoint.outside:
        folder = safe_text(os.path.dirname(checkpoint.outside), _LONGEST_FOLDER)
        facts.append(f"in {folder}, through a link")
    elif checkpoint.path is not None and checkpoint.owner is None:
        facts.append("outside the runs directory")
    elif checkpoint.owner is not None and checkpoint.owner != run:
        facts.append(f"in {short_id(safe_text(checkpoint.owner))}")
    if checkpoint.created is not None:
        facts.append(old_text(checkpoint.created, now))
    if checkpoint.path is not None and not checkpoint.is_listed:
        facts.append("not in metadata.json")
    return ", ".join(facts)
