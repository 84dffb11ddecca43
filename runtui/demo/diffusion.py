"""Heat diffusion in a square, insulated plate: the explicit scheme on a grid.

Small heaters in the plate fire at random. Above the scheme's stability limit the field really diverges,
and a check raises an error.
"""

from __future__ import annotations

import logging
import math
import random
from dataclasses import dataclass
from typing import Self

from runtui.demo.model import Params, Row, State, random_from_json, random_to_json

_log = logging.getLogger(__name__)

_CHECK_EVERY = 20  # steps
_DIVERGED = 1000.0
"""Multiple of the hottest initial temperature above which the field has certainly diverged."""


@dataclass(frozen=True, slots=True)
class DiffusionParams:
    """Parameters of `Diffusion`.

    Attributes:
        cells: Cells along each side of the plate.
        spacing: Side of a cell, in mm.
        diffusivity: Thermal diffusivity, in mm²/s.
        dt: Time step, in s; the scheme is stable up to ``spacing² / (4 diffusivity)``.
        hot_spots: Number of warm spots at the start.
        hottest: Temperature in the middle of a hot spot, in K above the surroundings.
        heaters: Number of heaters, in randomly chosen cells.
        heater_power: Heating rate of a cell whose heater fires, in K/s.
        duty: Fraction of the time that a heater fires.
        seed: Seed of the random number generator.
    """

    cells: int
    spacing: float
    diffusivity: float
    dt: float
    hot_spots: int
    hottest: float
    heaters: int
    heater_power: float
    duty: float
    seed: int

    @classmethod
    def from_json(cls, params: Params) -> Self:
        """Return the parameters in `params`.

        Raises:
            KeyError: One is missing.
            TypeError, ValueError: One is not a number.
        """
        return cls(
            cells=int(params["cells"]),
            spacing=float(params["spacing"]),
            diffusivity=float(params["diffusivity"]),
            dt=float(params["dt"]),
            hot_spots=int(params["hot_spots"]),
            hottest=float(params["hottest"]),
            heaters=int(params["heaters"]),
            heater_power=float(params["heater_power"]),
            duty=float(params["duty"]),
            seed=int(params["seed"]),
        )

    @property
    def largest_stable_dt(self) -> float:
        """Stability limit of the scheme, in s."""
        return self.spacing**2 / (4.0 * self.diffusivity)


class Diffusion:
    """Temperature in every cell of the plate.

    Args:
        params: The parameters.
    """

    def __init__(self, params: DiffusionParams) -> None:
        self.params = params
        self.steps_done = 0
        self._random = random.Random(params.seed)
        side = range(params.cells)
        self._field = [[0.0] * params.cells for _row in side]
        radius = params.cells / 10.0
        for _spot in range(params.hot_spots):
            row, column = (self._random.uniform(0.0, params.cells) for _axis in "yx")
            for y in side:
                for x in side:
                    heat = math.exp(-((y - row) ** 2 + (x - column) ** 2) / (2.0 * radius**2))
                    self._field[y][x] = max(self._field[y][x], params.hottest * heat)
        self._heaters = [
            (self._random.randrange(params.cells), self._random.randrange(params.cells))
            for _heater in range(params.heaters)
        ]
        self._injected = 0.0
        if params.dt > params.largest_stable_dt:
            _log.warning("dt %g s is above the stability limit %g s", params.dt, params.largest_stable_dt)

    @classmethod
    def start(cls, params: Params) -> Self:
        return cls(DiffusionParams.from_json(params))

    @classmethod
    def from_json(cls, params: Params, state: State) -> Self:
        model = cls(DiffusionParams.from_json(params))
        model.steps_done = state["step"]
        model._field = [list(row) for row in state["field"]]
        model._heaters = [(row, column) for row, column in state["heaters"]]
        model._injected = state["injected"]
        model._random = random_from_json(state["random"])
        return model

    def state_to_json(self) -> State:
        return {
            "step": self.steps_done,
            "field": [list(row) for row in self._field],
            "heaters": [list(heater) for heater in self._heaters],
            "injected": self._injected,
            "random": random_to_json(self._random),
        }

    def step(self) -> None:
        """Advance by one time step.

        Raises:
            FloatingPointError: The field has diverged.
        """
        self.steps_done += 1
        self._diffuse()
        self._heat()
        if self.steps_done % _CHECK_EVERY == 0:
            self._check()

    def observe(self) -> Row:
        cells = [value for row in self._field for value in row]
        mean = math.fsum(cells) / len(cells)
        return {
            "step": self.steps_done,
            "time": self.steps_done * self.params.dt,
            "mean": mean,
            "max": max(cells),
            "min": min(cells),
            "spread": math.sqrt(math.fsum((value - mean) ** 2 for value in cells) / len(cells)),
            "injected": self._injected,
        }

    def progress(self) -> str:
        row = self.observe()
        return f"t {row['time']:.2f} s, mean {row['mean']:.4f} K, max {row['max']:.3f} K"

    def summary(self) -> Row:
        row = self.observe()
        return {
            f"final_{key}": float(f"{row[key]:.6g}") for key in ("time", "mean", "max", "spread", "injected")
        }

    def frame(self) -> str:
        rows = "\n".join(",".join(f"{value:.4g}" for value in row) for row in self._field)
        return f"# step {self.steps_done}\n{rows}\n"

    def _diffuse(self) -> None:
        ratio = self.params.diffusivity * self.params.dt / self.params.spacing**2
        field = self._field
        last = len(field) - 1
        self._field = [
            [
                here + ratio * (above + below + left + right - 4.0 * here)
                for here, above, below, left, right in zip(
                    row,
                    field[y - 1] if y else row,
                    field[y + 1] if y < last else row,
                    [row[0], *row[:-1]],
                    [*row[1:], row[-1]],
                    strict=True,
                )
            ]
            for y, row in enumerate(field)
        ]

    def _heat(self) -> None:
        heat = self.params.heater_power * self.params.dt
        for row, column in self._heaters:
            if self._random.random() < self.params.duty:
                self._field[row][column] += heat
                self._injected += heat

    def _check(self) -> None:
        peak, row, column = max(
            (abs(value), y, x) for y, line in enumerate(self._field) for x, value in enumerate(line)
        )
        if not peak < _DIVERGED * self.params.hottest:
            raise FloatingPointError(
                f"the field diverged at step {self.steps_done}: |T| = {peak:.4g} K in cell ({row}, {column})"
            )
        if peak > 2.0 * self.params.hottest:
            _log.warning("step %d: |T| = %.4g K in cell (%d, %d)", self.steps_done, peak, row, column)
