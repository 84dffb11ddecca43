"""Real run directories for tests, written fast, as the format's classic writers lay them out."""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def write_run(
    base: str | os.PathLike[str],
    name: str | None = None,
    *,
    status: str = "completed",
    description: str | None = None,
    tags: Sequence[str] = (),
    created: datetime | str | None = None,
    **metadata: Any,
) -> Path:
    """Write (or write anew) a run's directory and return it."""
    name = name or str(uuid.uuid4())
    if created is None:
        created = datetime.now(UTC)
    if isinstance(created, datetime):
        created = created.isoformat().replace("+00:00", "Z")
    run_dir = Path(base, name)
    for part in ("results", "checkpoints", "logs"):
        os.makedirs(run_dir / part, exist_ok=True)
    values: dict[str, Any] = {
        "run_id": name,
        "created_at": created,
        "description": description if description is not None else f"Simulation run {name[:8]}",
        "status": status,
        "tags": list(tags),
        "hostname": "node17",
        "user": "alice",
        "git_commit": "0123456789ab",
        "parent_run_id": None,
        "checkpoints": [],
        "started_at": None,
        "completed_at": None,
    }
    with open(run_dir / "metadata.json", "w") as file:
        json.dump(values | metadata, file, indent=2)
    return run_dir


def write_log(run_dir: Path, text: str, name: str = "simulation.log") -> Path:
    """Append to one of a run's logs and return its path."""
    path = run_dir / "logs" / name
    with path.open("a") as file:
        file.write(text)
    return path


def make_runs(base: str | os.PathLike[str], count: int, seed: int) -> Path:
    """Make `count` varied runs that ended, the same ones for the same seed, and return the directory."""
    choice = random.Random(seed)
    first = datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(count):
        created = first + timedelta(seconds=30 * number + choice.randrange(30))
        ended = created + timedelta(seconds=choice.randrange(1, 100_000))
        write_run(
            base,
            str(uuid.UUID(int=choice.getrandbits(128), version=4)),
            status=choice.choice(["completed"] * 8 + ["failed", "checkpointed"]),
            description=f"sweep {number % 97}, beta {choice.random():.3f}",
            tags=choice.sample(["prod", "sweep", "baseline", "test", "paper"], 2),
            created=created,
            started_at=created.isoformat(),
            completed_at=ended.isoformat(),
            beta=choice.random(),
            seed=number,
        )
    return Path(base)
