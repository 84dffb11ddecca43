"""Parents of runs, also of those whose directories were renamed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.lineage import Ancestry, Family, ancestry, ancestry_on_disk
from runtui.store.metadata import read_metadata
from runtui.store.rows import read_record
from tests.run_dirs import write_raw, write_run


def line_of(runs_dir: Path, name: str) -> Ancestry:
    return ancestry_on_disk(str(runs_dir), name, read_metadata(str(runs_dir / name)))


def test_run_without_a_parent_has_no_ancestors(runs_dir: Path) -> None:
    write_run(runs_dir, "one")
    assert line_of(runs_dir, "one") == Ancestry(())


def test_ancestors_are_listed_nearest_first_at_any_depth(runs_dir: Path) -> None:
    for number in range(51):
        write_run(runs_dir, f"r{number}", parent_run_id=f"r{number - 1}" if number else None)
    assert line_of(runs_dir, "r50") == Ancestry(tuple(f"r{number}" for number in range(49, -1, -1)))


def test_parent_cycle_is_cut_and_reported(runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="b")
    write_run(runs_dir, "b", parent_run_id="c")
    write_run(runs_dir, "c", parent_run_id="b")
    assert line_of(runs_dir, "a") == Ancestry(("b", "c"), is_cycle=True)
    write_run(runs_dir, "self", parent_run_id="self")
    assert line_of(runs_dir, "self") == Ancestry((), is_cycle=True)


def test_missing_parent_ends_the_ancestry_and_is_reported(runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="b")
    write_run(runs_dir, "b", parent_run_id="gone")
    assert line_of(runs_dir, "a") == Ancestry(("b",), missing="gone")


def test_unreadable_parent_ends_the_ancestry(runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="b")
    write_raw(runs_dir, "b", b"{")
    assert line_of(runs_dir, "a") == Ancestry(("b",))


@pytest.mark.parametrize("parent", ["..", "../runs", "/etc", ".", "", "a\0b", "\ud800", "x" * 300, "current"])
def test_invalid_parent_id_is_reported_as_missing(runs_dir: Path, parent: str) -> None:
    write_run(runs_dir, "a", parent_run_id=parent)
    assert line_of(runs_dir, "a") == Ancestry((), missing=parent)


@pytest.mark.parametrize("parent", [None, 7, ["b"], {"b": 1}, True])
def test_parent_of_a_wrong_type_is_ignored(runs_dir: Path, parent: object) -> None:
    write_run(runs_dir, "a", parent_run_id=parent)
    assert line_of(runs_dir, "a") == Ancestry(())


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, NAMES | st.none()), NAMES)
def test_ancestry_always_terminates(parents: dict[str, str | None], name: str) -> None:
    line = ancestry(name, parents.get, lambda run_id: run_id if run_id in parents else None)
    assert len(set(line.names)) == len(line.names)
    assert name not in line.names
    assert set(line.names) <= set(parents)
    assert not (line.missing and line.is_cycle)


def test_a_renamed_parent_is_found_by_its_run_id(runs_dir: Path) -> None:
    write_run(runs_dir, "root").rename(runs_dir / "first")
    write_run(runs_dir, "a", parent_run_id="root").rename(runs_dir / "second")
    write_run(runs_dir, "b", parent_run_id="a")
    assert line_of(runs_dir, "b") == Ancestry(
        ("second", "first"), renamed=(("second", "a"), ("first", "root"))
    )
    runs = [read_record(str(runs_dir), name) for name in ("b", "second", "first")]
    assert Family(runs).ancestry("b") == line_of(runs_dir, "b")


def test_run_reusing_the_old_name_of_a_parent_is_not_the_parent(runs_dir: Path) -> None:
    write_run(runs_dir, "a").rename(runs_dir / "best")
    write_run(runs_dir, "other").rename(runs_dir / "a")
    write_run(runs_dir, "b", parent_run_id="a")
    assert line_of(runs_dir, "b").names == ("best",)
    family = Family([read_record(str(runs_dir), name) for name in ("a", "b", "best")])
    assert family.ancestry("b").names == ("best",)
