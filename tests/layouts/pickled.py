"""Pickles as Hydra's launcher for submitit writes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class JobStatus(Enum):
    """As in hydra/core/utils.py."""

    UNKNOWN = 0
    COMPLETED = 1
    FAILED = 2


@dataclass
class JobReturn:
    """As in hydra/core/utils.py."""

    overrides: list[str]
    cfg: dict[str, Any]
    status: JobStatus
    _return_value: Any


def job_return(*, failed: bool) -> JobReturn:
    """Return what a job returns."""
    config = {"beta": 0.9, "seed": 2, "name": "x"}
    if failed:
        return JobReturn(["beta=0.9"], config, JobStatus.FAILED, ValueError("beta too large"))
    return JobReturn(["beta=0.9"], config, JobStatus.COMPLETED, None)
