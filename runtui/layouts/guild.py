"""Runs of Guild AI: a directory with ``.guild/``, in which a file lies for each attribute.

Source: guild/run.py and guild/exit_code.py. Guild's own directory, in a home or a virtual environment, is
called ``.guild``, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Any

from runtui.formats.config.yaml_text import read_yaml
from runtui.layouts.base import Entries
from runtui.layouts.config_files import flat_yaml, yaml_file
from runtui.layouts.evidence import iso_time, read_text, reason_in
from runtui.layouts.log_evidence import end_by_logs
from runtui.store.status import UNKNOWN_STATUS, RunStatus

_FOLDER = ".guild"
_OUTPUT = f"{_FOLDER}/output"
_ID = re.compile(r"[0-9a-f]{32}")
_ATTRIBUTES = f"{_FOLDER}/attrs"
_EVIDENCE = (
    _FOLDER,
    _OUTPUT,
    f"{_FOLDER}/opref",
    *map(
        f"{_ATTRIBUTES}/{{}}".format,
        ("exit_status", "initialized", "started", "stopped", "label", "host", "user", "tags", "flags"),
    ),
)
"""Files that tell of a run, each of which may be written again."""

_TERMINATED = {-15: "terminated by signal 15", -16: "interrupted"}
"""Guild's own exit codes."""

_LONGEST_VALUE = 64 * 1024  # bytes


class Guild:
    """The layout of Guild's runs."""

    name = "guild"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a directory is a run's, and not one in which Guild's own directory lies."""
        if _FOLDER not in entries.folders:
            return False
        return bool(_ID.fullmatch(entries.directory)) or os.path.isdir(
            os.path.join(entries.path, _ATTRIBUTES)
        )

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the run's attributes say, and the operation that it is of."""
        found = _status_of(run_dir)
        for key, name in (("started_at", "started"), ("completed_at", "stopped")):
            moment = _attribute(run_dir, name)
            if isinstance(moment, int):
                found[key] = iso_time(moment / 1e6)
        created = _attribute(run_dir, "initialized") if "started_at" not in found else None
        found["created_at"] = iso_time(created / 1e6) if isinstance(created, int) else found.get("started_at")
        label = _attribute(run_dir, "label")
        operation = (read_text(run_dir, f"{_FOLDER}/opref", _LONGEST_VALUE) or "").split()
        name = operation[-1].strip("'\"") if operation else ""
        found["description"] = " ".join(text for text in (name, str(label or "")) if text)
        for key, attribute in (("hostname", "host"), ("user", "user")):
            value = _attribute(run_dir, attribute)
            if value and isinstance(value, str):
                found[key] = value
        tags = read_text(run_dir, f"{_FOLDER}/attrs/tags", _LONGEST_VALUE)
        listed = (read_yaml(tags) or {}).get("list") if tags else None
        if isinstance(listed, list):
            found["tags"] = [str(tag) for tag in listed if tag is not None]
        return {key: value for key, value in found.items() if value is not None}

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return the run's flags."""
        return yaml_file(run_dir, f"{_FOLDER}/attrs/flags")

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the attributes, the output, and the folder with the marks of a run that has not ended."""
        return _EVIDENCE

    def is_part(self, folder: str) -> bool:
        """Return whether a folder is no trial of a batch: those have the name of a run."""
        return not _ID.fullmatch(folder)


def _status_of(run_dir: str) -> dict[str, Any]:
    code = _attribute(run_dir, "exit_status")
    if isinstance(code, int) and not isinstance(code, bool):
        if code == 0:
            return {"status": RunStatus.COMPLETED.value}
        found: dict[str, Any] = {"status": RunStatus.FAILED.value, "exit_code": code}
        if reason := _TERMINATED.get(code) or reason_in(run_dir, _OUTPUT):
            found["reason"] = reason
        return found
    here = os.path.join(run_dir, _FOLDER)
    if os.path.lexists(os.path.join(here, "STAGED")) or os.path.lexists(os.path.join(here, "PENDING")):
        return {"status": RunStatus.INITIALISING.value}
    if os.path.lexists(os.path.join(here, "LOCK")):
        return {"status": RunStatus.RUNNING.value}
    found = end_by_logs(run_dir, (_OUTPUT,))
    if found["status"] == UNKNOWN_STATUS and os.path.exists(os.path.join(here, "attrs", "started")):
        # Guild calls this an error: it ended, and nobody recorded how.
        return {"status": RunStatus.FAILED.value, "reason": "ended without an exit status"}
    return found


def _attribute(run_dir: str, name: str) -> object:
    """Return the plain value of an attribute; None where there is none."""
    text = read_text(run_dir, f"{_FOLDER}/attrs/{name}", _LONGEST_VALUE)
    return None if text is None else flat_yaml(f"value: {text}").get("value")
