"""Task of a simulation, as plain data for the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from runtui.demo.model import Params


@dataclass(frozen=True, slots=True)
class Schedule:
    """Schedule of a simulation, in steps.

    Attributes:
        steps: Last step.
        record_every: Steps between rows of results.
        log_every: Steps between log lines.
        checkpoint_every: Steps between checkpoints; 0 for none.
        dump_every: Steps between frames of the trajectory, when there is one.
        exchange_at: Step at which edge cells are exchanged with a neighbouring process; 0 for never.
    """

    steps: int
    record_every: int
    log_every: int
    checkpoint_every: int = 0
    dump_every: int = 0
    exchange_at: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, int]) -> Self:
        """Return the schedule in `data`.

        Raises:
            TypeError: A key is missing or unknown.
        """
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Simulation to run.

    Attributes:
        base_dir: The runs directory.
        model: Name of the simulation; may be None when a run is resumed.
        params: Parameters, with ``schedule`` and perhaps ``dump_to``, the path of its trajectory, absolute or
            relative to the run. For a resumed run, those that differ from its parent's.
        run_id: Id of the run to create; None for a new UUID4.
        description: Description of the run; None for the default of `RunManager`.
        tags: Tags of the run; None for the default of `RunManager`.
        resume: Id of the run to resume, or None.
        checkpoint: Name of the checkpoint to resume from; None for the newest.
        pace: Least duration of a step, in seconds.
    """

    base_dir: str
    model: str | None
    params: Params
    run_id: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    resume: str | None = None
    checkpoint: str | None = None
    pace: float = 0.0
