"""The log with a job's errors beside the one with its output, by its name."""

from __future__ import annotations

import os
import re

_OUTPUT = re.compile(
    r"(?P<stem>.+)(?:\.(?P<ending>out|log|txt|stdout|o|OU)|\.(?P<sort>p?o)(?P<job>\d+(?:[.-]\d+|\[\d+\])?))",
    re.ASCII,
)
_PACKED = (".gz", ".xz", ".bz2", ".zst")
_ENDINGS = {"stdout": "stderr", "o": "e", "OU": "ER"}
"""Endings of the files with the errors; the others have ``err``."""

_BY_PREFIX = re.compile(r"(out|output|stdout)(?=[-_.].*\.(?:log|txt)$)", re.ASCII)
_ERRORS = {"out": "err", "output": "error", "stdout": "stderr"}


def error_log_of(name: str) -> str | None:
    """Return how the file is called with the errors of a job, for the one with its output; None for none.

    Args:
        name: The name of the log with the output, such as ``slurm-7.out`` or ``job.o123``, compressed or not.
    """
    plain, compression = os.path.splitext(name) if name.endswith(_PACKED) else (name, "")
    found = _OUTPUT.fullmatch(plain)
    if found is None:
        return None
    if (prefix := _BY_PREFIX.match(plain)) is not None:
        return _ERRORS[prefix[1]] + name[prefix.end() :]
    if found["job"] is None:
        return f"{found['stem']}.{_ENDINGS.get(found['ending'], 'err')}{compression}"
    return f"{found['stem']}.{found['sort'][:-1]}e{found['job']}{compression}"
