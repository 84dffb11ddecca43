from __future__ import annotations

from pathlib import Path

from runtui.store.own_command import OwnCommand, own_command
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_run


def test_relaunch_uses_the_sealed_command_not_the_metadata(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", command=["touch", "pwned"], working_directory="/", job={"system": "slurm"})
    (run / "metadata.json").chmod(0o644)
    assert own_command(str(runs_dir), "r") is None
    launched = {"command": ["echo", "caf\udce9"], "working_directory": "/tmp"}
    write_sealed_record(SafeDirectory(runs_dir / "r"), RecordKind.COMMAND, launched)
    assert own_command(str(runs_dir), "r") == OwnCommand(("echo", "caf\udce9"), "/tmp")
    write_sealed_record(
        SafeDirectory(runs_dir / "r"),
        RecordKind.JOB,
        {"system": "slurm", "id": "7", "resources": {"time": "1:00"}},
    )
    assert own_command(str(runs_dir), "r") == OwnCommand(
        ("echo", "caf\udce9"), "/tmp", "slurm", {"time": "1:00"}, "7"
    )
