"""Checkpoints counted by the names in their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtui.formats.config.value_reader import parameter_values
from runtui.store.checkpoint_names import CHECKPOINT_FILES, count_unlisted
from runtui.store.rows import read_record
from tests.run_dirs import write_raw, write_run
from tests.store.children import output_as_nobody

LISTED = [
    {"name": "first", "path": "checkpoints/c1"},
    {"name": "c2"},
    {"path": "/old/runs/a/checkpoints/d/c3"},
]


@pytest.mark.parametrize(
    ("names", "listed", "count"),
    [
        ([], None, 0),
        (["melt.100.restart", "melt.200.restart"], [], 2),
        (["c1", "c2", "d", "c4"], LISTED, 1),
        ([".hidden", "s.tmp", "tmp-s", "s~"], [], 0),
        (["step-1.npz", "step-1.md5", "latest", "README"], [], 1),
        (["state.json", "info.txt"], [], 2),
        (["info.txt"], LISTED, 0),
        (["c1"], ["no object", {"name": 7, "path": None}], 1),
        (["c1"], "no list", 1),
    ],
)
def test_what_metadata_does_not_list_is_counted(
    tmp_path: Path, names: list[str], listed: Any, count: int
) -> None:
    (tmp_path / "checkpoints").mkdir()
    for name in names:
        (tmp_path / "checkpoints" / name).touch()
    assert count_unlisted(str(tmp_path), listed) == count


def test_a_folder_that_is_missing_has_none_and_one_that_is_lost_is_said(tmp_path: Path) -> None:
    assert count_unlisted(str(tmp_path), []) == 0
    (tmp_path / "checkpoints").symlink_to("gone")
    assert count_unlisted(str(tmp_path), []) == "checkpoints/ is a link to nothing"
    (tmp_path / "checkpoints").unlink()
    (tmp_path / "checkpoints").touch()
    assert count_unlisted(str(tmp_path), []) == "checkpoints/ cannot be read: Not a directory"


def test_a_folder_that_may_not_be_read_is_said(public_dir: Path) -> None:
    (write_run(public_dir, "a") / "checkpoints").chmod(0)
    code = """
        import sys
        from runtui.store.checkpoint_names import count_unlisted
        print(count_unlisted(sys.argv[1], []))
    """
    assert output_as_nobody(code, public_dir / "a").startswith(
        "checkpoints/ cannot be read: Permission denied"
    )


def test_a_run_is_looked_at_only_when_it_is_asked_for(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a", checkpoints=[{"name": "c1", "path": "checkpoints/c1"}], beta=0.3)
    for name in ("c1", "c2"):
        (run / "checkpoints" / name).touch()
    write_raw(runs_dir, "broken", b"[]")
    (runs_dir / "broken" / "checkpoints" / "c1").touch()
    keys = frozenset({CHECKPOINT_FILES, "beta"})
    found = read_record(str(runs_dir), "a", keys=keys, values_from=parameter_values)
    assert found.values == {CHECKPOINT_FILES: 1, "beta": 0.3}
    assert read_record(str(runs_dir), "broken", keys=keys).values == {CHECKPOINT_FILES: 1}
    found = read_record(str(runs_dir), "a", keys=frozenset({"beta"}), values_from=parameter_values)
    assert found.values == {"beta": 0.3}
