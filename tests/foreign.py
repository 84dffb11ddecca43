"""Directories of other programs, each with the name of something in it that looks like a run."""

from __future__ import annotations

import os
from pathlib import Path

from tests.run_dirs import write_raw


def mlflow(base: Path) -> str:
    for name in ("0", "123456789012345678"):
        run = base / name / "0f3a" / "artifacts"
        run.mkdir(parents=True)
        (base / name / "meta.yaml").write_text("experiment_id: '0'\nlifecycle_stage: active\n")
        (run.parent / "meta.yaml").write_text("run_id: 0f3a\nstatus: 3\n")
    (base / ".trash" / "2").mkdir(parents=True)
    (base / ".trash" / "2" / "meta.yaml").write_text("x")
    (base / ".trash" / "2" / ".runtui-tmp").touch()
    return "0"


def openfoam(base: Path) -> str:
    for name in ("0", "0.5", "constant", "system", "processor0"):
        (base / name).mkdir(parents=True)
        (base / name / "U").write_text("internalField uniform (0 0 0);")
    (base / "log.simpleFoam").write_text("Time = 1\n--> FOAM FATAL ERROR:\n")
    (base / ".old.runtui-tmp").touch()
    os.utime(base / ".old.runtui-tmp", (1, 1))
    return "0.5"


def with_metadata_of_its_own(base: Path) -> str:
    for name, data in {
        "kernel": b'{"name": "kernel", "language": "python", "checkpoints": []}',
        "table": b'{"tags": ["x"], "status": 3}',
        "half": b'{"na',
        "list": b"[]",
    }.items():
        run = write_raw(base, name, data)
        (run / "checkpoints" / "c1").touch()
        os.utime(run / "metadata.json", (1, 1))
    (base / "current").symlink_to("gone")
    return "kernel"


def empty(base: Path) -> str:
    base.mkdir()
    return "none"


KINDS = [mlflow, openfoam, with_metadata_of_its_own, empty]
