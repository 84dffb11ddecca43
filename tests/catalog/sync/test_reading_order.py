"""The newest runs are read first."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.catalog.sync.reading_order import reading_order


def test_newest_runs_are_read_first(runs_dir: Path) -> None:
    names = [f"run-{number:02}" for number in range(20)]
    index = {"runs": [{"run_id": name} for name in names], "latest": names[-1]}
    (runs_dir / ".run_index.json").write_text(json.dumps(index))
    os.symlink("run-07", runs_dir / "current")
    assert reading_order(str(runs_dir), (), frozenset({*names, "x", "y"})) == [
        "run-07",
        *[name for name in reversed(names) if name != "run-07"],
        "y",
        "x",
    ]


def test_known_runs_keep_their_order_after_new_runs(runs_dir: Path) -> None:
    os.symlink("new", runs_dir / "current")
    assert reading_order(str(runs_dir), ["b", "a"], frozenset({"new", "other"})) == [
        "new",
        "b",
        "a",
        "other",
    ]


@pytest.mark.parametrize("index", [b"", b"\xff" * 100, b'{"runs": [{"run_id": "../x"}]}', None])
def test_reading_order_tolerates_an_invalid_index(runs_dir: Path, index: bytes | None) -> None:
    if index is None:
        os.mkfifo(runs_dir / ".run_index.json")
    else:
        (runs_dir / ".run_index.json").write_bytes(index)
    assert reading_order(str(runs_dir), (), frozenset({"a", "b"})) == ["b", "a"]
