"""Paths of a run's parts, for placeholders in commands and for their environment."""

from __future__ import annotations

import os

from runtui.store.checkpoints import followed_checkpoint
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, RESULTS_DIR
from runtui.store.sealed_record import checkpoint_to_resume

STEP_VARIABLE = "RUNTUI_STEP"
"""The variable that names a step to its command, and tells whose the processes are that it leaves behind."""


def run_paths(base: str, name: str) -> dict[str, str]:
    """Return the absolute paths of the run `name` and its folders, by their names in placeholders."""
    run = os.path.join(os.path.abspath(base), name)
    return {
        "run": run,
        "results": os.path.join(run, RESULTS_DIR),
        "checkpoints": os.path.join(run, CHECKPOINTS_DIR),
        "logs": os.path.join(run, LOGS_DIR),
    }


def run_additions(base: str, name: str) -> dict[str, str]:
    """Return environment variables that tell a command of the run where its parts are.

    That is ``RUNTUI_RUN_ID``, ``RUNTUI_RUN``, ``RUNTUI_RESULTS``, ``RUNTUI_CHECKPOINTS``, ``RUNTUI_LOGS``,
    and, for a run that resumes from a checkpoint, ``RUNTUI_RESUME_FROM``, the checkpoint's file.

    Args:
        base: The runs directory.
        name: The run.
    """
    additions = {f"RUNTUI_{part.upper()}": path for part, path in run_paths(base, name).items()}
    additions["RUNTUI_RUN_ID"] = name
    chosen = checkpoint_to_resume(base, name)
    additions["RUNTUI_RESUME_FROM"] = followed_checkpoint(os.path.abspath(base), name, chosen)
    return additions


def run_environment(base: str, name: str) -> dict[str, str]:
    """Return this process's environment with `run_additions`."""
    return os.environ | run_additions(base, name)
