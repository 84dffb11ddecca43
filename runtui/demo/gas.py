"""Lennard-Jones gas in a periodic box: molecular dynamics by velocity Verlet.

Units are the usual reduced ones: the particles' diameter, mass and well depth are 1. Andersen's thermostat
controls the temperature: now and then a particle gets a new, thermal velocity.
"""

from __future__ import annotations

import logging
import math
import random
from dataclasses import dataclass
from typing import Self

from runtui.demo.model import Params, Row, State, random_from_json, random_to_json

_log = logging.getLogger(__name__)

Vector = tuple[float, float, float]

_CHECK_EVERY = 100  # steps


@dataclass(frozen=True, slots=True)
class GasParams:
    """Parameters of `Gas`, in reduced units.

    Attributes:
        side: Particles along each edge of the initial lattice; there are ``side³``.
        density: Number of particles per volume.
        temperature: Temperature of the thermostat.
        dt: Time step.
        cutoff: Distance beyond which particles do not interact; the potential is shifted to be 0 there.
        thermostat_rate: New velocities per particle and time.
        insert_at_step: Step at which particles are inserted; 0 for never.
        insert_positions: Positions of the inserted particles.
        seed: Seed of the random number generator.
    """

    side: int
    density: float
    temperature: float
    dt: float
    cutoff: float
    thermostat_rate: float
    insert_at_step: int
    insert_positions: tuple[Vector, ...]
    seed: int

    @classmethod
    def from_json(cls, params: Params) -> Self:
        """Return the parameters in `params`; those of the insertion are optional.

        Raises:
            KeyError: One is missing.
            TypeError, ValueError: One is not a number, or a position does not have three coordinates.
        """
        return cls(
            side=int(params["side"]),
            density=float(params["density"]),
            temperature=float(params["temperature"]),
            dt=float(params["dt"]),
            cutoff=float(params["cutoff"]),
            thermostat_rate=float(params["thermostat_rate"]),
            insert_at_step=int(params.get("insert_at_step", 0)),
            insert_positions=tuple(
                (float(x), float(y), float(z)) for x, y, z in params.get("insert_positions", ())
            ),
            seed=int(params["seed"]),
        )


class Gas:
    """Positions and velocities of the particles, and the forces between them.

    Args:
        params: The parameters.
    """

    def __init__(self, params: GasParams) -> None:
        self.params = params
        self.steps_done = 0
        self._random = random.Random(params.seed)
        self._box: float = params.side / params.density ** (1.0 / 3.0)
        spacing = self._box / params.side
        edge = [(place + 0.5) * spacing for place in range(params.side)]
        self._positions: list[Vector] = [(x, y, z) for x in edge for y in edge for z in edge]
        self._velocities = [self._thermal_velocity() for _particle in self._positions]
        self._samples = 0
        self._temperature_sum = 0.0
        self._pressure_sum = 0.0
        self._compute_forces()

    @classmethod
    def start(cls, params: Params) -> Self:
        return cls(GasParams.from_json(params))

    @classmethod
    def from_json(cls, params: Params, state: State) -> Self:
        model = cls(GasParams.from_json(params))
        model.steps_done = state["step"]
        model._positions = [(x, y, z) for x, y, z in state["positions"]]
        model._velocities = [(x, y, z) for x, y, z in state["velocities"]]
        model._samples = state["samples"]
        model._temperature_sum = state["temperature_sum"]
        model._pressure_sum = state["pressure_sum"]
        model._random = random_from_json(state["random"])
        model._compute_forces()
        return model

    def state_to_json(self) -> State:
        return {
            "step": self.steps_done,
            "positions": [list(position) for position in self._positions],
            "velocities": [list(velocity) for velocity in self._velocities],
            "samples": self._samples,
            "temperature_sum": self._temperature_sum,
            "pressure_sum": self._pressure_sum,
            "random": random_to_json(self._random),
        }

    def step(self) -> None:
        """Advance by one time step.

        Raises:
            ZeroDivisionError: Two particles are in the same place.
        """
        self.steps_done += 1
        if self.steps_done == self.params.insert_at_step:
            self._insert(self.params.insert_positions)
        dt = self.params.dt
        self._kick(dt / 2.0)
        self._drift(dt)
        self._compute_forces()
        self._kick(dt / 2.0)
        self._thermalise(self.params.thermostat_rate * dt)
        self._sample()

    def observe(self) -> Row:
        particles = len(self._positions)
        kinetic = self._kinetic_energy()
        return {
            "step": self.steps_done,
            "time": self.steps_done * self.params.dt,
            "temperature": self._temperature(),
            "pressure": self._pressure(),
            "kinetic": kinetic / particles,
            "potential": self._potential / particles,
            "total": (kinetic + self._potential) / particles,
        }

    def progress(self) -> str:
        row = self.observe()
        return f"T {row['temperature']:.3f}, P {row['pressure']:.4f}, E/N {row['total']:.4f}"

    def summary(self) -> Row:
        samples = max(1, self._samples)
        return {
            "particles": len(self._positions),
            "mean_temperature": round(self._temperature_sum / samples, 5),
            "mean_pressure": round(self._pressure_sum / samples, 5),
        }

    def frame(self) -> str:
        """Return the positions in XYZ format."""
        lines = [f"Ar {x:.5f} {y:.5f} {z:.5f}\n" for x, y, z in self._positions]
        return f"{len(lines)}\nstep {self.steps_done}, box {self._box:.5f}\n{''.join(lines)}"

    def _thermal_velocity(self) -> Vector:
        width = math.sqrt(self.params.temperature)
        gauss = self._random.gauss
        return gauss(0.0, width), gauss(0.0, width), gauss(0.0, width)

    def _insert(self, positions: tuple[Vector, ...]) -> None:
        _log.info("step %d: inserted %d particles", self.steps_done, len(positions))
        self._positions.extend(positions)
        self._velocities.extend(self._thermal_velocity() for _position in positions)
        self._compute_forces()

    def _kick(self, time: float) -> None:
        self._velocities = [
            (vx + fx * time, vy + fy * time, vz + fz * time)
            for (vx, vy, vz), (fx, fy, fz) in zip(self._velocities, self._forces, strict=True)
        ]

    def _drift(self, time: float) -> None:
        box = self._box
        self._positions = [
            ((x + vx * time) % box, (y + vy * time) % box, (z + vz * time) % box)
            for (x, y, z), (vx, vy, vz) in zip(self._positions, self._velocities, strict=True)
        ]

    def _thermalise(self, probability: float) -> None:
        uniform = self._random.random
        for particle in range(len(self._velocities)):
            if uniform() < probability:
                self._velocities[particle] = self._thermal_velocity()

    def _compute_forces(self) -> None:
        """Compute the forces on the particles, the potential energy and the virial."""
        box, half = self._box, self._box / 2.0
        cutoff_squared = self.params.cutoff**2
        energy_at_cutoff, _push = lennard_jones(cutoff_squared)
        positions = self._positions
        forces = [[0.0, 0.0, 0.0] for _particle in positions]
        self._potential = self._virial = 0.0
        for one, (x, y, z) in enumerate(positions):
            on_one = forces[one]
            for other in range(one):
                ox, oy, oz = positions[other]
                dx, dy, dz = x - ox, y - oy, z - oz
                if dx > half:
                    dx -= box
                elif dx < -half:
                    dx += box
                if dy > half:
                    dy -= box
                elif dy < -half:
                    dy += box
                if dz > half:
                    dz -= box
                elif dz < -half:
                    dz += box
                distance_squared = dx * dx + dy * dy + dz * dz
                if distance_squared < cutoff_squared:
                    energy, push = lennard_jones(distance_squared)
                    self._potential += energy - energy_at_cutoff
                    self._virial += push * distance_squared
                    on_other = forces[other]
                    on_one[0] += push * dx
                    on_one[1] += push * dy
                    on_one[2] += push * dz
                    on_other[0] -= push * dx
                    on_other[1] -= push * dy
                    on_other[2] -= push * dz
        self._forces = forces

    def _kinetic_energy(self) -> float:
        return 0.5 * math.fsum(vx * vx + vy * vy + vz * vz for vx, vy, vz in self._velocities)

    def _temperature(self) -> float:
        return 2.0 * self._kinetic_energy() / (3.0 * len(self._velocities))

    def _pressure(self) -> float:
        return (2.0 * self._kinetic_energy() + self._virial) / (3.0 * self._box**3)

    def _sample(self) -> None:
        temperature = self._temperature()
        self._samples += 1
        self._temperature_sum += temperature
        self._pressure_sum += self._pressure()
        if self.steps_done % _CHECK_EVERY:
            return
        deviation = temperature / self.params.temperature - 1.0
        if abs(deviation) > 0.2:
            _log.warning(
                "step %d: the temperature is %+.0f %% off the thermostat's",
                self.steps_done,
                100.0 * deviation,
            )


def lennard_jones(distance_squared: float) -> tuple[float, float]:
    """Return the energy of two particles, and the force between them divided by their distance.

    Args:
        distance_squared: Their squared distance, in reduced units.

    Raises:
        ZeroDivisionError: They are in the same place.
    """
    attraction = inverse_sixth(distance_squared)
    repulsion = attraction * attraction
    return 4.0 * (repulsion - attraction), 24.0 * (2.0 * repulsion - attraction) / distance_squared


def inverse_sixth(distance_squared: float) -> float:
    """Return the inverse sixth power of a distance.

    Args:
        distance_squared: The squared distance.

    Raises:
        ZeroDivisionError: It is zero.
    """
    inverse = 1.0 / distance_squared
    return inverse * inverse * inverse
