"""Small simulations, and running them as processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from runtui.store.process import ProcessIdentity

EPIDEMIC: dict[str, Any] = {
    "population": 20_000,
    "towns": 9,
    "beta": 0.6,
    "latent_days": 2.0,
    "infectious_days": 4.0,
    "commuting": 0.05,
    "initial_infected": 20,
    "beds": 10,
    "seed": 1,
}
DIFFUSION: dict[str, Any] = {
    "cells": 12,
    "spacing": 1.0,
    "diffusivity": 1.0,
    "dt": 0.2,
    "hot_spots": 2,
    "hottest": 100.0,
    "heaters": 3,
    "heater_power": 5.0,
    "duty": 0.4,
    "seed": 1,
}
GAS: dict[str, Any] = {
    "side": 3,
    "density": 0.3,
    "temperature": 1.2,
    "dt": 0.004,
    "cutoff": 2.2,
    "thermostat_rate": 2.0,
    "seed": 1,
}
PARAMS = {"epidemic": EPIDEMIC, "diffusion": DIFFUSION, "gas": GAS}


def params_of(model: str, schedule: dict[str, int] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a small simulation's parameters, by default of 60 steps with a checkpoint after 30."""
    usual = {"steps": 60, "record_every": 2, "log_every": 10, "checkpoint_every": 30}
    return {**PARAMS[model], **changes, "schedule": {**usual, **(schedule or {})}}


def command(base: Path, *arguments: str, model: str | None = None, params: object = None) -> list[str]:
    """Return the command line that runs a simulation."""
    words = [sys.executable, "-m", "runtui.demo.simulate", str(base), *arguments]
    if model is not None:
        words += ["--model", model, "--params", json.dumps(params or params_of(model))]
    return words


def simulate(base: Path, *arguments: str, model: str | None = None, params: object = None) -> int:
    """Run a simulation to its end and return its exit code."""
    return subprocess.run(command(base, *arguments, model=model, params=params), check=False).returncode


def metadata_of(run_dir: Path) -> dict[str, Any]:
    """Return a run's metadata, read strictly."""
    found: dict[str, Any] = json.loads((run_dir / "metadata.json").read_text())
    return found


def writer_of(run_dir: Path) -> ProcessIdentity:
    """Return the process that wrote a run last."""
    writer = ProcessIdentity.from_json(json.loads((run_dir / ".runtui" / "writer.json").read_text()))
    assert writer is not None
    return writer
