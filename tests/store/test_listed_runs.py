"""The runs of a directory as programs list them: from the index, and as the directory has them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from runtui.store.index import rebuild_index
from runtui.store.listed_runs import latest_run, list_entries
from tests.run_dirs import write_run


def ids(base: Path) -> list[str]:
    return [entry["run_id"] for entry in list_entries(str(base))]


def test_listing_adds_unindexed_runs_and_omits_removed_ones(runs_dir: Path) -> None:
    for number in range(3):
        write_run(runs_dir, f"r{number}", created=f"2026-11-0{number + 1}T00:00:00Z")
    assert ids(runs_dir) == ["r2", "r1", "r0"]
    rebuild_index(str(runs_dir))
    shutil.rmtree(runs_dir / "r2")
    write_run(runs_dir, "r3", created="2026-10-01T00:00:00Z")
    assert ids(runs_dir) == ["r1", "r0", "r3"]
    assert latest_run(str(runs_dir)) == "r1"


def test_runs_are_sorted_by_moments_whatever_the_form_of_their_dates(runs_dir: Path) -> None:
    dates = ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00.000200Z", "2026-11-01T00:00:00.1Z"]
    for number, created in enumerate([*dates, "2026-11-01T00:00:01Z"]):
        write_run(runs_dir, f"r{number}", created=created)
    assert ids(runs_dir) == ["r3", "r2", "r1", "r0"]
    rebuild_index(str(runs_dir))
    assert ids(runs_dir) == ["r3", "r2", "r1", "r0"]
    write_run(runs_dir, "zone", created="2026-11-01T01:00:00.5+01:00")
    assert ids(runs_dir) == ["r3", "zone", "r2", "r1", "r0"]


def test_newer_unindexed_run_overrides_the_latest_of_the_index(runs_dir: Path) -> None:
    write_run(runs_dir, "old", created="2026-11-01T00:00:00Z")
    write_run(runs_dir, "new", created="2026-11-02T00:00:00Z")
    rebuild_index(str(runs_dir))
    index = json.loads((runs_dir / ".run_index.json").read_text())
    (runs_dir / ".run_index.json").write_text(json.dumps(index | {"latest": "old"}))
    assert latest_run(str(runs_dir)) == "old"  # whose date may be the same, or be given
    write_run(runs_dir, "unlisted", created="2026-11-03T00:00:00Z")
    assert latest_run(str(runs_dir)) == "unlisted"


def test_a_missing_directory_has_no_runs(tmp_path: Path) -> None:
    assert list_entries(str(tmp_path / "gone")) == []
    assert latest_run(str(tmp_path / "gone")) is None


def test_incomplete_index_entries_are_filled_with_empty_values(runs_dir: Path) -> None:
    for name in ("a", "b"):
        write_run(runs_dir, name)
    index = {"runs": [{"run_id": "a", "created_at": None, "tags": None}, {"run_id": "b"}], "latest": "a"}
    (runs_dir / ".run_index.json").write_text(json.dumps(index))
    for entry in list_entries(str(runs_dir)):
        empty = {"description": "", "created_at": "", "status": "", "tags": []}
        assert entry == {"run_id": entry["run_id"]} | empty
