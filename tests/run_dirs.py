"""Real run directories for tests, written fast, as the format's classic writers lay them out."""

from __future__ import annotations

import json
import os
import random
import time
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
    """Write (or write anew) a run's directory and return it.

    Args:
        base: The runs directory.
        name: The run id; by default a new UUID4.
        status, description, tags: As in metadata.json.
        created: When the run was created; by default now.
        **metadata: Further keys of metadata.json, or other values for those it always has. A child's
            `resumed_from` follows from its `parent_run_id`.
    """
    name = name or str(uuid.uuid4())
    if created is None:
        created = datetime.now(UTC)
    if isinstance(created, datetime):
        created = created.isoformat().replace("+00:00", "Z")
    if metadata.get("parent_run_id") is not None:
        metadata.setdefault("resumed_from", metadata["parent_run_id"])
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
    return write_raw(base, name, json.dumps(values | metadata, indent=2).encode())


def write_raw(base: str | os.PathLike[str], name: str | bytes, data: bytes | None) -> Path:
    """Write a run's directory whose metadata.json holds `data` (None for no such file) and return it."""
    run_dir = os.path.join(os.fspath(base), os.fsdecode(name))
    for part in ("results", "checkpoints", "logs"):
        try:
            os.mkdir(f"{run_dir}/{part}")
        except FileNotFoundError:
            os.makedirs(f"{run_dir}/{part}")
        except FileExistsError:
            pass
    if data is not None:
        with open(f"{run_dir}/metadata.json", "wb", buffering=0) as file:
            file.write(data)
    return Path(run_dir)


def write_log(run_dir: Path, text: str, name: str = "simulation.log") -> Path:
    """Append to one of a run's logs and return its path."""
    path = run_dir / "logs" / name
    with path.open("a") as file:
        file.write(text)
    return path


def make_runs(base: str | os.PathLike[str], count: int, seed: int) -> Path:
    """Make `count` varied runs that ended, the same ones for the same seed, and return the directory.

    One in ten is a child of the run before it; a third have checkpoints; all have a parameter or two.
    """
    choice = random.Random(seed)
    first = datetime(2026, 11, 1, tzinfo=UTC)
    previous = None
    for number in range(count):
        name = str(uuid.UUID(int=choice.getrandbits(128), version=4))
        created = first + timedelta(seconds=30 * number + choice.randrange(30))
        started = created + timedelta(seconds=choice.random())
        ended = started + timedelta(seconds=choice.randrange(1, 100_000))
        metadata: dict[str, Any] = {"parent_run_id": previous} if number % 10 == 9 else {}
        write_run(
            base,
            name,
            status=choice.choice(["completed"] * 8 + ["failed", "checkpointed"]),
            description=f"sweep {number % 97}, beta {choice.random():.3f}",
            tags=choice.sample(["prod", "sweep", "baseline", "test", "paper"], 2),
            created=created,
            hostname=f"node{choice.randrange(1, 30)}",
            user=choice.choice(["alice", "bob", "carol"]),
            checkpoints=[
                {
                    "name": f"step_{step}",
                    "created_at": _stamp(created),
                    "path": f"checkpoints/step_{step}.npz",
                }
                for step in range(choice.choice([0, 0, 1, 4]))
            ],
            started_at=_stamp(started),
            completed_at=_stamp(ended),
            beta=choice.random(),
            seed=number,
            model={"lattice": choice.choice([32, 64, 128]), "coupling": choice.random()},
            **metadata,
        )
        previous = name
    return Path(base)


def bad_runs(base: str | os.PathLike[str], *, age: float = 3600.0) -> dict[str, Path]:
    """Put everything that a runs directory should not hold into `base`; return the paths by what is wrong.

    All of them are runs but ``plain_file``, ``hidden``, ``dangling_current`` and ``second_name``, a link to a
    run of the base. The run that ``linked`` links to lies beside the base.

    Args:
        base: The runs directory.
        age: How many seconds ago the last change seems to have been; a bad file that has just been written
            could be one that is being written.
    """
    base = Path(base)
    good = {"run_id": "", "created_at": "2026-11-01T12:00:00Z", "status": "completed", "tags": ["a"]}

    def run(name: str | bytes, data: bytes | None) -> Path:
        return write_raw(base, name, data)

    def fine(name: str, **changes: Any) -> Path:
        return run(name, json.dumps(good | {"run_id": name} | changes, indent=2).encode())

    text = json.dumps(good | {"run_id": "utf16"}, indent=2)
    paths = {
        "no_metadata": run("no_metadata", None),
        "empty": run("empty", b""),
        "blank": run("blank", b" \n\n"),
        "half": run("half", text.encode()[:60]),
        "zeros": run("zeros", bytes(4096)),
        "list": run("list", b'["status", "completed"]'),
        "number": run("number", b"42"),
        "null": run("null", b"null"),
        "nan": run("nan", b'{"run_id": "nan", "status": "completed", "loss": NaN, "top": [Infinity]}'),
        "invalid_utf8": run(
            "invalid_utf8", b'{"run_id": "invalid_utf8", "status": "completed", "description": "caf\xe9"}'
        ),
        "utf16": run("utf16", text.encode("utf-16")),
        "utf16_half": run("utf16_half", text.encode("utf-16-le")[:61]),
        "bom": run("bom", b"\xef\xbb\xbf" + text.replace("utf16", "bom").encode()),
        "huge": run("huge", b"{"),
        "deep": run("deep", b'{"status": "completed", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
        "deep_tags": run("deep_tags", b'{"status": "failed", "tags": ' + b"[" * 400 + b"]" * 400 + b"}"),
        "long_number": run("long_number", b'{"status": "completed", "n": ' + b"9" * 5000 + b"}"),
        "no_status": run("no_status", b'{"run_id": "no_status", "created_at": "2026-11-01T12:00:00Z"}'),
        "unknown_status": fine("unknown_status", status="simulating"),
        "wrong_status": fine("wrong_status", status=["completed", {"of": 3}]),
        "wrong_dates": fine("wrong_dates", created_at=1.5, started_at="soon", completed_at={"at": 3}),
        "wrong_tags": fine("wrong_tags", tags="prod"),
        "mixed_tags": fine("mixed_tags", tags=["prod", 3, None, ["x"]]),
        "wrong_everything": fine(
            "wrong_everything",
            description=3,
            hostname=[],
            user={},
            parent_run_id=7,
            checkpoints="none",
            git_commit=1,
        ),
        "wrong_checkpoints": fine(
            "wrong_checkpoints",
            checkpoints=[None, {"name": 3, "path": "x" * 300}, {"name": "\ud800", "path": "\ud800"}, {}],
        ),
        "wrong_run_id": fine("wrong_run_id", run_id="no_metadata"),
        "hostile_text": fine(
            "hostile_text",
            description="\x1b]0;owned\x07\x1b[2J[/foo][@click=app.quit]x[/]\u202egnp.exe\ud800",
            tags=["\x1b[31mred", "two\nlines"],
            user="a\x00b",
            hostname="\x9b2J",
            parent_run_id="../\x1b[2J",
        ),
        "metadata_directory": run("metadata_directory", None),
        "metadata_fifo": run("metadata_fifo", None),
        "metadata_loop": run("metadata_loop", None),
        "metadata_dangling": run("metadata_dangling", None),
        "spaces": fine("  two words "),
        "emoji": fine("🌊 wave"),
        "newline": fine("two\nlines"),
        "escape": fine("\x1b[31mred\x1b]0;title\x07"),
        "not_utf8": run(b"caf\xe9", json.dumps(good | {"run_id": "caf"}).encode()),
        "markup": fine("[@click=app.quit][b]bold"),
        "long_name": fine("n" * 255),
        "own_parent": fine("own_parent", parent_run_id="own_parent"),
    }
    os.truncate(paths["huge"] / "metadata.json", 50_000_000)
    (paths["metadata_directory"] / "metadata.json").mkdir()
    os.mkfifo(paths["metadata_fifo"] / "metadata.json")
    (paths["metadata_loop"] / "metadata.json").symlink_to("metadata.json")
    (paths["metadata_dangling"] / "metadata.json").symlink_to("/scratch/gone/metadata.json")
    moment = time.time() - age
    for path in paths.values():
        for found in (path / "metadata.json", path):
            if os.path.lexists(found) and not found.is_symlink():
                os.utime(found, (moment, moment))
    elsewhere = write_run(f"{base}-elsewhere", "linked", created=good["created_at"])
    for name, target in (
        ("current", "gone"),
        ("loop", "loop"),
        ("dangling", "gone"),
        ("linked", os.path.abspath(elsewhere)),
        ("second_name", "no_metadata"),
    ):
        (base / name).symlink_to(target)
    (base / "plain_file.txt").write_text("notes")
    (base / ".hidden").mkdir()
    os.utime(base / ".hidden", (moment, moment))
    return paths | {
        "dangling_current": base / "current",
        "loop": base / "loop",
        "dangling": base / "dangling",
        "linked": base / "linked",
        "second_name": base / "second_name",
        "plain_file": base / "plain_file.txt",
        "hidden": base / ".hidden",
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
