"""The user's own command for runs that have ended, as named in the settings."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from runtui.catalog.reasons import reason_text
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text

_PATIENCE = 60.0  # seconds
_LONGEST_REASON = 200  # characters


def run_notify_command(command: str, run_dir: str, run: RunRecord) -> str:
    """Run the user's command for a run that has ended, and wait for it.

    What is known of the run is in the command's environment, never in its text, so that no shell reads it:
    ``RUNTUI_RUN`` (its directory), ``RUNTUI_RUN_ID``, ``RUNTUI_STATUS``, ``RUNTUI_REASON`` and
    ``RUNTUI_DESCRIPTION``.

    Args:
        command: The command, for ``sh``.
        run_dir: The run's directory.
        run: The run.

    Returns:
        What went wrong, in one line that is safe to show, or ``""``.
    """
    environ = os.environ | {
        "RUNTUI_RUN": os.path.abspath(run_dir),
        "RUNTUI_RUN_ID": run.run_id,
        "RUNTUI_STATUS": run.effective_status,
        "RUNTUI_REASON": reason_text(run),
        "RUNTUI_DESCRIPTION": run.description,
    }
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environ,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return safe_text(f"notify_command: {error}", _LONGEST_REASON)
    try:
        _nothing, errors = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"notify_command took more than {_PATIENCE:.0f} s and was ended"
    if process.returncode == 0:
        return ""
    last = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return safe_text(f"notify_command: {last or f'exit code {process.returncode}'}", _LONGEST_REASON)
