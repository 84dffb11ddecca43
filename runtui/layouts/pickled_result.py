"""Results of submitit's jobs, which are pickles: read by their opcodes, and never unpickled.

Source: submitit/core/submission.py: ``("success", value)`` or ``("error", traceback)``. Of Hydra's launcher
the value is a ``JobReturn`` (hydra/core/utils.py) with a status, and with an exception where it failed.
"""

from __future__ import annotations

import os
import pickletools
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from runtui.layouts.evidence import iso_time
from runtui.layouts.log_evidence import LONGEST_REASON, exception_line
from runtui.store.regular_file import open_regular
from runtui.store.status import RunStatus

_MOST_READ = 1024 * 1024  # bytes
_MOST_OPCODES = 100_000  # opcodes
_JOB_COMPLETED, _JOB_FAILED = 1, 2  # members of JobStatus


class JobResult(NamedTuple):
    """The result of a job.

    Attributes:
        is_success: Whether it ended well.
        reason: Why it failed, in one line, or ``""``.
    """

    is_success: bool
    reason: str = ""


def result_metadata(path: str) -> dict[str, Any]:
    """Return the metadata of a job by the file with its result; nothing where that cannot be understood."""
    try:
        with open_regular(path) as file:
            data = os.pread(file.descriptor, _MOST_READ, 0)
            modified = file.status.st_mtime
    except (OSError, ValueError):
        return {}
    result = read_result(data)
    if result is None:
        return {}
    status = RunStatus.COMPLETED if result.is_success else RunStatus.FAILED
    found: dict[str, Any] = {"status": status.value, "completed_at": iso_time(modified)}
    if result.reason:
        found["reason"] = result.reason
    return found


def read_result(data: bytes) -> JobResult | None:
    """Return what a pickled result says; None for another pickle, or none.

    Args:
        data: The pickle, or its beginning.
    """
    atoms = _atoms(data)
    outcome = next(atoms, None)
    if outcome == "error":
        trace = next(atoms, "")
        return JobResult(False, exception_line(trace) if isinstance(trace, str) else "")
    if outcome != "success":
        return None
    if b"JobStatus" not in data:
        return JobResult(True)
    before: object = None
    for atom in atoms:
        if before == "JobStatus" and atom == _JOB_FAILED:
            return JobResult(False, _exception(atoms))
        if before == "JobStatus" and atom == _JOB_COMPLETED:
            break
        before = atom
    return JobResult(True)


def _exception(atoms: Iterator[object]) -> str:
    """Return the exception of a job of Hydra's, with its message, in one line."""
    for atom in atoms:
        if atom == "_return_value":
            _module, name, message = (next(atoms, "") for _part in range(3))
            texts = [text for text in (name, message) if isinstance(text, str) and text]
            return ": ".join(texts).partition("\n")[0][:LONGEST_REASON]
    return ""


class _Bytes(BytesIO):
    """Bytes without escapes in lines, for invalid ones of which the library warns on the terminal."""

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(size).replace(b"\\", b"/")


def _atoms(data: bytes) -> Iterator[object]:
    """Yield the texts and whole numbers of a pickle in their order, also those that are referred to again."""
    known: dict[object, object] = {}
    last: object = None
    try:
        for (opcode, argument, _position), _number in zip(
            pickletools.genops(_Bytes(data)), range(_MOST_OPCODES), strict=False
        ):
            name = opcode.name
            if name == "MEMOIZE":
                known[len(known)] = last
            elif name.endswith("PUT"):
                known[argument] = last
            else:
                last = known.get(argument) if name.endswith("GET") else argument
                if name == "GLOBAL" and isinstance(last, str):
                    module, _blank, last = last.partition(" ")
                    yield module
                if isinstance(last, str) or (isinstance(last, int) and "INT" in name):
                    yield last
    except (ValueError, OverflowError):
        return  # the end of what can be understood
