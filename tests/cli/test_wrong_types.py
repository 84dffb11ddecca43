"""Metadata of any type and depth: each command does what it can, or says in one line why not."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from runtui.cli import main
from tests.run_dirs import write_raw, write_run

WRONG: list[Any] = [
    ["running"],
    {"a": ["b"]},
    [{"name": ["x"], "path": [1], "state": {}}],
    [[None]],
    None,
    True,
    -1,
    10**400,
]
COMMANDS = (
    "ls",
    "ls --json",
    "ls status:running is:live --sort status",
    "ls is:dead",
    "show a",
    "show a --json",
    "logs a --errors",
    "doctor",
    "compare a b --all --json",
    "clean --keep 0 --dry-run",
    "cancel a",
    "tag a +x -y",
    "mark a failed --reason x",
    "undo a",
    "resume a",
    "resume a --launch",
    "exec --resume a",
    "doctor --fix",
    "show a --json",
    "clean --keep 0 --yes",
    "trash ls --json",
    "trash restore a",
)


def do(base: Path, line: str) -> int:
    """Do a command in a runs directory; an exception would be a traceback."""
    command, *words = line.split()
    if command == "trash":
        return main([command, words[0], "-C", str(base), *words[1:]])
    return main([command, "-C", str(base), *words])


@pytest.mark.parametrize(
    "key",
    [
        "status",
        "tags",
        "job",
        "steps",
        "checkpoints",
        "process",
        "parent_run_id",
        "command",
        "pipeline",
        "executed",
    ],
)
def test_values_of_wrong_types_raise_nothing(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    for number, value in enumerate(WRONG):
        base = runs_dir / f"{number}"
        for name in ("a", "b"):
            listed = [{"name": "c", "path": "checkpoints/c", "created_at": "2026-11-01T00:00:00Z"}]
            metadata = {"run_id": name, "status": "failed", "checkpoints": listed, key: value}
            run = write_raw(base, name, json.dumps(metadata).encode())
            os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
        for line in COMMANDS:
            assert do(base, line) in (0, 1, 2), line
    assert "Traceback" not in capsys.readouterr().err


def test_run_with_a_non_text_status_cannot_be_cancelled(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs_dir, "a", status=["running"])
    assert main(["cancel", "-C", str(runs_dir), "a"]) == 1
    assert capsys.readouterr().err == "runtui: a: its status is not text; mark it failed if it is lost\n"


@pytest.mark.parametrize("levels", [196, 197, 198, 199, 200, 201])
@pytest.mark.parametrize("holder", ["[]", '{"a":1}'])
def test_deeply_nested_metadata_is_shown_completely(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], levels: int, holder: str
) -> None:
    begin, end = ('{"a":', "}") if holder != "[]" else ("[", "]")
    deep = begin * levels + "1" + end * levels
    for name in ("a", "b"):
        write_raw(runs_dir, name, f'{{"run_id": "{name}", "status": "completed", "x": {deep}}}'.encode())
        edits = runs_dir / name / ".runtui" / "edits"
        edits.mkdir(parents=True)
        change = f'{{"key": "x", "old": 1, "new": {deep}}}'
        edit = f'{{"id": "{1:020}-abc", "at": "2026-11-01T00:00:00Z", "changes": [{change}]}}'
        (edits / f"{1:020}-abc.json").write_text(edit)
    for line in ("show a --json", "ls --json --columns id,x", "compare a b --all --json"):
        assert do(runs_dir, line) == 0, line
        json.loads(capsys.readouterr().out)
    assert do(runs_dir, "show a --json") == 0
    shown = json.loads(capsys.readouterr().out)["metadata"]
    assert (shown is not None and shown["x"] == json.loads(deep)) == (levels <= 199)
