"""Run directories as other programs lay them out, written fast."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_AGE = 10 * 86400.0  # seconds since runs were written


def write_files(run: Path, files: dict[str, str], age: float = _AGE) -> Path:
    """Write the files of a run, as if `age` seconds ago, and return its directory."""
    run.mkdir(parents=True)
    moment = time.time() - age
    for name, text in files.items():
        (run / name).write_text(text)
        os.utime(run / name, (moment, moment))
    return run


def sacred_run(base: Path, number: int) -> Path:
    """Write a run as Sacred's FileStorageObserver does, one in ten of them failed; return it."""
    begun = f"2026-11-{number % 20 + 1:02}T{number % 24:02}:{number % 60:02}:00"
    record: dict[str, Any] = {
        "artifacts": [],
        "command": "main",
        "experiment": {
            "base_dir": "/home/alice/project",
            "dependencies": ["numpy==1.26.4", "sacred==0.8.7", "torch==2.3.0"],
            "mainfile": "train.py",
            "name": f"lattice {number % 97}",
            "repositories": [{"commit": "0123456789abcdef", "dirty": False, "url": "git@host:project.git"}],
            "sources": [["train.py", "_sources/train_0123456789abcdef.py"]],
        },
        "heartbeat": f"{begun}.000001",
        "host": {"cpu": "AMD EPYC", "ENV": {}, "hostname": "node17", "os": ["Linux", "6.1"]},
        "meta": {"command": "main", "options": {"--comment": None, "--force": False, "--name": None}},
        "resources": [],
        "result": number / 7,
        "start_time": f"{begun}.000001",
        "status": "FAILED" if number % 10 == 0 else "COMPLETED",
        "stop_time": f"{begun}.900001",
    }
    if number % 10 == 0:
        record["fail_trace"] = ["Traceback (most recent call last):\n", "ValueError: no such lattice\n"]
    metrics = {"loss": {"steps": [1, 2], "timestamps": [begun] * 2, "values": [0.5, 0.25]}}
    return write_files(
        base / str(number),
        {
            "run.json": json.dumps(record, indent=2),
            "config.json": json.dumps({"beta": number / 7, "seed": number, "model": {"width": 64}}, indent=2),
            "cout.txt": "".join(f"epoch {epoch} loss {1 / (epoch + 1):.4f}\n" for epoch in range(60)),
            "metrics.json": json.dumps(metrics),
        },
    )


def slurm_run(base: Path, number: int) -> Path:
    """Write the directory of a batch script whose job has ended, one in ten of them badly; return it."""
    said = "".join(
        f"step {step} energy {-1.2 - step / 7:.6f} residual {1e-3 / (step + 1):.3e}\n" for step in range(60)
    )
    end = "slurmstepd: error: Detected 1 oom_kill event.\n" if number % 10 == 0 else "exit code 0\n"
    return write_files(
        base / f"case-{number:05}",
        {
            "job.sh": f"#!/bin/bash\n#SBATCH --job-name=lattice-{number % 97}\n#SBATCH -n 4\nsrun ./sim\n",
            "params.json": json.dumps({"beta": number / 7, "seed": number, "model": {"width": 64}}, indent=2),
            f"slurm-{4_000_000 + number}.out": said + end,
        },
    )


KINDS: dict[str, Callable[[Path, int], Path]] = {"Sacred": sacred_run, "Slurm": slurm_run}


def make_foreign(base: Path, kind: str, count: int) -> Path:
    """Make `count` runs of a kind, and return their directory."""
    for number in range(1, count + 1):
        KINDS[kind](base, number)
    return base
