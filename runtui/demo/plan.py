"""Plan of the demo: its runs in the order in which they start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runtui.demo.model import Params

_EPIDEMIC: Params = {
    "population": 3_000_000,
    "towns": 144,
    "beta": 0.4,
    "latent_days": 3.0,
    "infectious_days": 5.0,
    "commuting": 0.05,
    "initial_infected": 30,
    "beds": 3000,
    "seed": 2026,
}
_EPIDEMIC_SCHEDULE = {"steps": 280, "record_every": 1, "log_every": 5, "checkpoint_every": 70}

_DIFFUSION: Params = {
    "cells": 48,
    "spacing": 1.0,
    "diffusivity": 1.0,
    "dt": 0.2,
    "hot_spots": 4,
    "hottest": 100.0,
    "heaters": 6,
    "heater_power": 20.0,
    "duty": 0.3,
    "seed": 7,
}
_DIFFUSION_SCHEDULE = {"steps": 4000, "record_every": 20, "log_every": 100, "checkpoint_every": 1000}

_GAS: Params = {
    "side": 4,
    "density": 0.3,
    "temperature": 1.2,
    "dt": 0.004,
    "cutoff": 2.5,
    "thermostat_rate": 2.0,
    "seed": 42,
}
_GAS_SCHEDULE = {"steps": 3000, "record_every": 20, "log_every": 100, "checkpoint_every": 1000}


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """Run of the demo.

    Attributes:
        model: Name of the simulation.
        description: Description of the run.
        tags: Tags of the run; for a resumed run, None for its parent's.
        params: Parameters and schedule of the simulation.
        run_id: Readable run id, or None for a new UUID4.
        pace: Least duration of a step, in seconds.
        walltime: Seconds after which the system kills it.
        kill_at_row: Number of lines in its table of results at which it is killed, or None.
        is_recorded: Whether the supervisor records its end when it does not do so itself.
        is_detached: Whether it outlives the supervisor.
        resumes: Readable id of the run whose newest checkpoint it resumes from, or None.
    """

    model: str
    description: str
    tags: tuple[str, ...] | None
    params: Params = field(default_factory=dict)
    run_id: str | None = None
    pace: float = 0.0
    walltime: int = 110
    kill_at_row: int | None = None
    is_recorded: bool = True
    is_detached: bool = False
    resumes: str | None = None


def _epidemic(schedule: Params | None = None, **changes: Any) -> Params:
    return {**_EPIDEMIC, **changes, "schedule": {**_EPIDEMIC_SCHEDULE, **(schedule or {})}}


def _diffusion(schedule: Params | None = None, **changes: Any) -> Params:
    return {**_DIFFUSION, **changes, "schedule": {**_DIFFUSION_SCHEDULE, **(schedule or {})}}


def _gas(schedule: Params | None = None, **changes: Any) -> Params:
    return {**_GAS, **changes, "schedule": {**_GAS_SCHEDULE, **(schedule or {})}}


def _sweep_of_beta() -> list[PlannedRun]:
    return [
        PlannedRun(
            "epidemic", f"SEIR, beta {beta:.2f}", ("sweep", "beta"), _epidemic(beta=beta, seed=100 + place)
        )
        for place, beta in enumerate((0.28, 0.32, 0.36, 0.45, 0.6))
    ]


def _sweep_of_temperature() -> list[PlannedRun]:
    return [
        PlannedRun(
            "gas",
            f"Lennard-Jones gas, 64 particles, T = {temperature:.1f}",
            ("sweep", "temperature"),
            _gas({"dump_every": 200}, temperature=temperature, dump_to="results/trajectory.xyz"),
        )
        for temperature in (0.9, 1.2, 1.6)
    ]


def plan_demo() -> tuple[PlannedRun, ...]:
    """Return the runs of the demo."""
    live_epidemic = PlannedRun(
        "epidemic",
        "Winter wave, the whole country, day by day",
        ("prod", "forecast"),
        _epidemic({"steps": 250, "log_every": 1, "checkpoint_every": 50}, population=400_000, beds=600),
        pace=0.34,
        is_detached=True,
    )
    hanging = PlannedRun(
        "diffusion",
        "Plate on two ranks, rank 0",
        ("prod", "mpi"),
        _diffusion({"log_every": 20, "checkpoint_every": 200, "exchange_at": 340}, heaters=8),
        run_id="plate-rank0-of-2",
        pace=0.01,
        walltime=95,
        is_detached=True,
    )
    baseline = PlannedRun(
        "epidemic",
        "SEIR, published parameters",
        ("baseline", "prod"),
        _epidemic(),
        run_id="epidemic-baseline",
    )
    overlap = PlannedRun(
        "gas",
        "Gas with two solute particles put in at step 700",
        ("solute",),
        _gas(
            {"log_every": 50, "checkpoint_every": 500},
            insert_at_step=700,
            insert_positions=[[1.5, 1.5, 1.5], [1.5, 1.5, 1.5]],
        ),
        run_id="lj-gas-overlap",
    )
    blow_up = PlannedRun(
        "diffusion",
        "Plate with a larger time step, to save time",
        ("test", "dt"),
        _diffusion({"log_every": 20}, dt=0.256),
    )
    killed = PlannedRun(
        "diffusion",
        "Long heating of the plate",
        ("prod",),
        _diffusion({"log_every": 20, "checkpoint_every": 500}, seed=11),
        run_id="plate-long",
        pace=0.004,
        kill_at_row=52,
    )
    lost = PlannedRun(
        "gas",
        "Dense gas, overnight",
        ("prod", "overnight"),
        _gas({"steps": 20_000, "log_every": 20, "checkpoint_every": 400}, density=0.4),
        pace=0.004,
        kill_at_row=23,
        is_recorded=False,
    )
    full_disk = PlannedRun(
        "gas",
        "Gas with its whole trajectory kept on scratch",
        ("prod", "trajectory"),
        _gas({"log_every": 50, "dump_every": 600, "checkpoint_every": 500}, dump_to="/dev/full"),
    )
    comma = PlannedRun(
        "epidemic",
        "SEIR, beta from the spreadsheet",
        ("test",),
        _epidemic(beta="0,35"),
        run_id="epidemic-csv-import",
    )
    plates = [
        PlannedRun("diffusion", "Plate, reference", ("baseline",), _diffusion(), run_id="plate-reference"),
        PlannedRun("diffusion", "Plate with strong heaters", ("prod",), _diffusion(heater_power=80.0)),
        PlannedRun("diffusion", "Plate of copper", ("prod", "material"), _diffusion(diffusivity=1.2)),
    ]
    resumed = PlannedRun("diffusion", "Long heating of the plate, second half", None, resumes="plate-long")
    live_gas = PlannedRun(
        "gas",
        "Lennard-Jones gas, production",
        ("prod",),
        _gas({"steps": 2700, "record_every": 10, "log_every": 10, "checkpoint_every": 500}, seed=5),
        pace=0.03,
        is_detached=True,
    )
    return (
        live_epidemic,
        hanging,
        baseline,
        overlap,
        killed,
        *_sweep_of_beta(),
        blow_up,
        lost,
        resumed,
        *_sweep_of_temperature(),
        full_disk,
        comma,
        live_gas,
        *plates,
    )
