"""Runs that are edited: as they look on disk, and as they are shown."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.run_edits import Outcome

LONG_AGO = time.time() - 3600


def age(run_dir: Path) -> None:
    """Make a run look as if nothing had been written to it for an hour."""
    os.utime(run_dir / "metadata.json", (LONG_AGO, LONG_AGO))


def on_disk(run_dir: Path) -> dict[str, Any]:
    return json.loads((run_dir / "metadata.json").read_bytes())


def only(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def shown(base: Path, name: str) -> dict[str, Any]:
    return read_overlaid(str(base), name).metadata
