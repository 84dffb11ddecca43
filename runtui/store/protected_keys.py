"""Keys of the metadata that only a run's own program sets."""

from __future__ import annotations

PROTECTED_KEYS = frozenset(
    {"command", "working_directory", "pipeline", "executed", "job", "steps", "process", "resume_checkpoint"}
)
"""Keys that decide how a run is run, ended and resumed: no other user's file, and no edit, changes them."""
