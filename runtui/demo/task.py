"""What a simulation is asked to do: plain data between whoever starts one and the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from runtui.demo.model import Params


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a simulation does when; all in steps.

    Attributes:
        steps: The last one.
        record_every: Between two rows of results.
        log_every: Between two lines of progress.
        checkpoint_every: Between two checkpoints; 0 for none.
        dump_every: Between two frames of the trajectory, when there is one.
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
            TypeError: It is not one: a key is missing or unknown.
        """
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulation to be run.

    Attributes:
        base_dir: The runs directory.
        model: The simulation's name; may be None where a run is resumed.
        params: Its parameters, with its ``schedule`` and perhaps ``dump_to``, the path of its trajectory,
            absolute or below the run. Of a resumed run, those that differ from its parent's.
        run_id: The run to create; by default a new UUID4.
        description: Of the run; by default what `RunManager` makes of it.
        tags: Of the run; None for what `RunManager` makes of it.
        resume: The run to go on from, or None.
        checkpoint: The checkpoint to go on from; by default the newest.
        pace: Seconds that a step takes at least.
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
