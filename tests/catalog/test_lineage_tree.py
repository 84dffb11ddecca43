"""The family of a run as a tree."""

from __future__ import annotations

import time
from pathlib import Path

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health
from runtui.catalog.sync.scan import scan_runs
from runtui.render.run_details import detail_lines
from runtui.store.details import read_details
from tests.run_dirs import write_run


def tree_of(base: Path, name: str) -> list[str]:
    """Return the lines of the lineage of a run's details."""
    catalog = Catalog(str(base))
    runs = {run.name: run for run in scan_runs(str(base))}
    catalog.apply(CatalogUpdate(runs, (), Health(), None, frozenset()))
    lines = detail_lines(runs[name], read_details(str(base), name), catalog, time.time())
    texts = ["".join(span.text for span in line) for line in lines]
    if "lineage" not in texts:
        return []
    begin = texts.index("lineage") + 1
    return texts[begin : texts.index("", begin)]


def test_lineage_tree_shows_ancestors_descendants_and_states(runs_dir: Path) -> None:
    family = {"root": None, "a": "root", "b": "a", "c": "a", "d": "b", "other": "root"}
    for second, (name, parent) in enumerate(family.items()):
        status = "failed" if name == "c" else "completed"
        created = f"2026-11-01T00:00:{second:02}Z"
        write_run(
            runs_dir, name, parent_run_id=parent, status=status, description=f"an {name}", created=created
        )
    assert tree_of(runs_dir, "a") == [
        "root  ✓ completed  an root",
        "└─ a  ✓ completed  this run",
        "   ├─ b  ✓ completed  an b",
        "   │  └─ d  ✓ completed  an d",
        "   └─ c  ✗ failed  an c",
    ]
    assert tree_of(runs_dir, "d")[-1] == "      └─ d  ✓ completed  this run"
    assert tree_of(runs_dir, "root")[-1] == "└─ other  ✓ completed  an other"


def test_tree_is_empty_for_a_single_run_and_shows_missing_parents(runs_dir: Path) -> None:
    write_run(runs_dir, "alone")
    write_run(runs_dir, "orphan", parent_run_id="gone")
    write_run(runs_dir, "x", parent_run_id="y")
    write_run(runs_dir, "y", parent_run_id="x")
    assert tree_of(runs_dir, "alone") == []
    assert tree_of(runs_dir, "orphan")[0] == "gone is not in this directory"
    assert "its parents form a circle" in tree_of(runs_dir, "x")
    assert sum("this run" in line for line in tree_of(runs_dir, "x")) == 1


def test_large_family_tree_is_truncated(runs_dir: Path) -> None:
    write_run(runs_dir, "root")
    for number in range(300):
        write_run(runs_dir, f"child-{number}", parent_run_id="root")
    lines = tree_of(runs_dir, "root")
    assert lines[-1] == "…"
    assert len(lines) == 202


def test_a_renamed_run_keeps_its_place_in_the_tree(runs_dir: Path) -> None:
    write_run(runs_dir, "root")
    write_run(runs_dir, "a", parent_run_id="root")
    write_run(runs_dir, "b", parent_run_id="a")
    (runs_dir / "root").rename(runs_dir / "first")
    (runs_dir / "a").rename(runs_dir / "second")
    assert [line.lstrip(" └─├│").split("  ")[0] for line in tree_of(runs_dir, "second")] == [
        "first",
        "second",
        "b",
    ]


def test_lineage_follows_renames_and_reused_names(runs_dir: Path) -> None:
    catalog = Catalog(str(runs_dir))
    write_run(runs_dir, "a").rename(runs_dir / "best")
    write_run(runs_dir, "b", parent_run_id="a")
    runs = {run.name: run for run in scan_runs(str(runs_dir))}
    catalog.apply(CatalogUpdate(runs, (), Health(), None, frozenset()))
    assert (catalog.parent_of("b"), catalog.children("best")) == ("best", ["b"])
    assert catalog.has_children("best")
    assert catalog.ancestry("b").names == ("best",)
    # A run of its own under the old name is the parent from then on.
    write_run(runs_dir, "a")
    fresh = {run.name: run for run in scan_runs(str(runs_dir)) if run.name == "a"}
    catalog.apply(CatalogUpdate(fresh, (), Health(), None, frozenset()))
    assert (catalog.children("a"), catalog.children("best")) == (["b"], [])
    catalog.apply(CatalogUpdate({}, ("a", "best"), Health(), None, frozenset()))
    assert (catalog.parent_of("b"), catalog.ancestry("b").missing) == ("a", "a")
