"""Parents, and where along the line a checkpoint lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import RunManager
from runtui.store.lineage import Ancestry, ancestry, ancestry_on_disk, find_checkpoints, measured
from runtui.store.metadata import read_metadata
from tests.run_dirs import bad_runs, write_raw, write_run
from tests.store.children import output_of
from tests.store.commands import require_strace


def line_of(runs_dir: Path, name: str) -> Ancestry:
    return ancestry_on_disk(str(runs_dir), name, read_metadata(str(runs_dir / name)))


def test_a_run_without_a_parent_has_no_line(runs_dir: Path) -> None:
    write_run(runs_dir, "one")
    assert line_of(runs_dir, "one") == Ancestry(())


def test_the_line_is_nearest_first_and_as_deep_as_it_is(runs_dir: Path) -> None:
    for number in range(51):
        write_run(runs_dir, f"r{number}", parent_run_id=f"r{number - 1}" if number else None)
    assert line_of(runs_dir, "r50") == Ancestry(tuple(f"r{number}" for number in range(49, -1, -1)))


def test_a_cycle_is_cut_and_told(runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="b")
    write_run(runs_dir, "b", parent_run_id="c")
    write_run(runs_dir, "c", parent_run_id="b")
    assert line_of(runs_dir, "a") == Ancestry(("b", "c"), is_cycle=True)
    write_run(runs_dir, "self", parent_run_id="self")
    assert line_of(runs_dir, "self") == Ancestry((), is_cycle=True)


def test_a_missing_parent_ends_the_line_and_is_named(runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="b")
    write_run(runs_dir, "b", parent_run_id="gone")
    assert line_of(runs_dir, "a") == Ancestry(("b",), missing="gone")


def test_a_parent_whose_metadata_cannot_be_read_ends_the_line(runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="b")
    write_raw(runs_dir, "b", b"{")
    assert line_of(runs_dir, "a") == Ancestry(("b",))


@pytest.mark.parametrize("parent", ["..", "../runs", "/etc", ".", "", "a\0b", "\ud800", "x" * 300, "current"])
def test_a_parent_that_is_no_run_id_is_missing_not_followed(runs_dir: Path, parent: str) -> None:
    write_run(runs_dir, "a", parent_run_id=parent)
    assert line_of(runs_dir, "a") == Ancestry((), missing=parent)


@pytest.mark.parametrize("parent", [None, 7, ["b"], {"b": 1}, True])
def test_a_parent_of_a_wrong_type_is_none(runs_dir: Path, parent: object) -> None:
    write_run(runs_dir, "a", parent_run_id=parent)
    assert line_of(runs_dir, "a") == Ancestry(())


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, NAMES | st.none()), NAMES)
def test_every_family_has_an_end(parents: dict[str, str | None], name: str) -> None:
    line = ancestry(name, parents.get, parents.__contains__)
    assert len(set(line.names)) == len(line.names)
    assert name not in line.names
    assert set(line.names) <= set(parents)
    assert not (line.missing and line.is_cycle)


@pytest.fixture
def family(runs_dir: Path) -> Path:
    """A grandparent with two checkpoints, a parent and a child without files."""
    grandparent = write_run(runs_dir, "grandparent")
    (grandparent / "checkpoints" / "c1.npz").write_bytes(b"12345")
    (grandparent / "checkpoints" / "c2").mkdir()
    write_run(runs_dir, "parent", parent_run_id="grandparent")
    write_run(runs_dir, "child", parent_run_id="parent")
    return runs_dir


LINE = ("parent", "grandparent")


def locate(base: Path, name: object, path: object, run: str = "child") -> tuple[str | None, str | None]:
    listed = [{"name": name, "created_at": "2026-11-01T12:00:00Z", "path": path}]
    [found] = find_checkpoints(str(base), run, {"checkpoints": listed}, LINE)
    # Among many it is sought in another way.
    assert find_checkpoints(str(base), run, {"checkpoints": listed * 40}, LINE) == [found] * 40
    return (None if found.path is None else found.path.removeprefix(f"{base}/")), found.owner


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("first", "checkpoints/c1.npz"),
        ("first", "c1.npz"),
        ("first", "runs/grandparent/checkpoints/c1.npz"),
        ("first", "../project/runs/grandparent/checkpoints/c1.npz"),
        ("c1.npz", None),
        ("c1.npz", ""),
        ("checkpoints/c1.npz", None),
        ("c1.npz", 7),
    ],
)
def test_a_grandchild_finds_the_grandparents_checkpoint(family: Path, name: str, path: object) -> None:
    assert locate(family, name, path) == ("grandparent/checkpoints/c1.npz", "grandparent")


def test_an_absolute_path_is_found_and_counts_as_the_runs_in_whose_directory_it_lies(family: Path) -> None:
    inside = family / "grandparent" / "checkpoints" / "c1.npz"
    assert locate(family, "x", str(inside)) == ("grandparent/checkpoints/c1.npz", "grandparent")
    outside = family.parent / "elsewhere.npz"
    outside.touch()
    assert locate(family, "x", str(outside)) == (str(outside), None)
    assert locate(family, "x", "/not/there") == (None, None)


def test_the_nearest_of_several_files_is_taken(family: Path) -> None:
    (family / "parent" / "checkpoints" / "c1.npz").touch()
    assert locate(family, "c1.npz", None) == ("parent/checkpoints/c1.npz", "parent")
    assert locate(family, "c1.npz", "checkpoints/c1.npz") == ("parent/checkpoints/c1.npz", "parent")


def test_a_short_run_id_is_found_only_as_a_whole_component_of_a_path(runs_dir: Path) -> None:
    run = write_run(runs_dir, "s")
    (run / "checkpoints" / "c").touch()
    metadata = {"checkpoints": [{"name": "x", "path": f"runs/{path}"} for path in ("s/checkpoints/c", "c")]}
    found = find_checkpoints(str(runs_dir), "s", metadata, ())
    assert [checkpoint.owner for checkpoint in found] == ["s", None]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("x", "../../secret"),
        ("x", "grandparent/../../secret"),
        ("x", "\0"),
        ("x", "\ud800"),
        ("x", "/\ud800"),
        ("x", "n" * 300),
        ("x", "/" + "n" * 300),
        ("x", "."),
        ("", None),
        ("", ""),
        (None, None),
        ({"a": 1}, ["b"]),
        ("n" * 300, None),
        ("\x1b[2J", None),
    ],
)
def test_a_path_that_leads_nowhere_is_listed_as_missing(family: Path, name: object, path: object) -> None:
    (family.parent / "secret").touch()
    assert locate(family, name, path) == (None, None)


def test_a_link_out_of_the_run_is_not_its_checkpoint(family: Path) -> None:
    (family / "child" / "checkpoints" / "c9").symlink_to("/etc/passwd")
    assert locate(family, "c9", None) == (None, None)
    assert locate(family, "c9", "checkpoints/c9") == (None, None)


def test_a_checkpoint_is_described_safely_with_its_size(family: Path) -> None:
    metadata: dict[str, Any] = {
        "checkpoints": [
            {"name": "c1.npz", "created_at": "2026-11-01T12:00:00Z", "path": None},
            {"name": "\x1b[2J\ud800", "created_at": 5},
            "no object",
            None,
        ]
    }
    first, second = find_checkpoints(str(family), "child", metadata, LINE)
    assert (first.name, first.created, measured(first).size) == ("c1.npz", 1793534400.0, 5)
    assert (second.name, second.created, measured(second).size) == ("␛[2J\ufffd", None, None)


@pytest.mark.parametrize("listed", [None, "none", 7, {"a": 1}])
def test_checkpoints_of_a_wrong_type_are_none(family: Path, listed: object) -> None:
    assert find_checkpoints(str(family), "child", {"checkpoints": listed}, LINE) == []


def test_no_bad_run_stops_the_search(runs_dir: Path) -> None:
    for path in bad_runs(runs_dir).values():
        metadata = {"parent_run_id": path.name, "checkpoints": [{"name": "x", "path": "checkpoints/x"}]}
        line = ancestry_on_disk(str(runs_dir), "probe", metadata)
        [found] = find_checkpoints(str(runs_dir), "probe", metadata, line.names)
        assert found.path is None


def test_a_manager_resumes_a_grandchild_from_the_grandparents_checkpoint(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    grandparent = manager.create_run()
    directory = manager.get_checkpoints_dir()
    assert directory is not None
    (directory / "step_5.npz").write_bytes(b"state")
    manager.add_checkpoint("step_5", "checkpoints/step_5.npz")
    manager.create_child_run(manager.create_child_run(grandparent))
    assert manager.find_checkpoint() == directory / "step_5.npz"
    assert manager.find_checkpoint("step_5") == directory / "step_5.npz"
    assert manager.find_checkpoint("step_6") is None
    assert manager.get_checkpoints_dir() == directory


def test_links_are_followed_or_refused_among_many_as_they_are_alone(family: Path, tmp_path: Path) -> None:
    checkpoints = family / "grandparent" / "checkpoints"
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "c").touch()
    for name, target in {
        "inside": "c1.npz",
        "dangling": "nowhere",
        "out": tmp_path / "outside" / "c",
        "folder": tmp_path / "outside",
        "loop": "loop",
    }.items():
        (checkpoints / name).symlink_to(target)
    (family / "parent" / "deep" / "er").mkdir(parents=True)
    (family / "parent" / "deep" / "er" / "c").touch()
    found = {
        path: locate(family, "x", path)[1]
        for path in (
            *("inside", "dangling", "out", "folder/c", "loop", "deep/er/c", "deep//er/./c", "deep/er/c/"),
            *("../grandparent/checkpoints/c1.npz", "checkpoints", ".", "checkpoints/checkpoints/c2", "a\0b"),
            *(str(checkpoints / "inside"), str(checkpoints / "dangling"), str(checkpoints / "out")),
            *(str(family / "grandparent"), f"{checkpoints}/../checkpoints/c2", str(tmp_path / "outside")),
        )
    }
    assert {path.removeprefix(str(family)): owner for path, owner in found.items() if owner} == {
        "inside": "grandparent",
        "deep/er/c": "parent",
        "deep//er/./c": "parent",
        "deep/er/c/": "parent",
        "../grandparent/checkpoints/c1.npz": "grandparent",
        "/grandparent/checkpoints/inside": "grandparent",
        "/grandparent/checkpoints/../checkpoints/c2": "grandparent",
    }


def test_however_many_checkpoints_are_found_by_as_few_system_calls(tmp_path: Path) -> None:
    require_strace()
    code = """
        import json, os, sys
        from runtui.store.lineage import find_checkpoints
        base, count = sys.argv[1], int(sys.argv[2])
        listed = [{"name": f"c{n}", "path": path} for n in range(count)
                  for path in (f"checkpoints/c{n}", f"{base}/run/checkpoints/c{n}", None, f"gone/c{n}")]
        find_checkpoints(base, "child", {"checkpoints": listed[:80]}, ("run",))
        os.path.exists("/marker")
        found = find_checkpoints(base, "child", {"checkpoints": listed}, ("run",))
        os.path.exists("/marker")
        assert sum(one.owner == "run" for one in found) == 3 * count
    """
    counts = []
    for number in (20, 400):
        base = tmp_path / str(number)
        run = write_run(base, "run")
        write_run(base, "child", parent_run_id="run")
        for place in range(number):
            (run / "checkpoints" / f"c{place}").touch()
        log = tmp_path / f"{number}.log"
        output_of(code, base, number, before=["strace", "-qq", "-o", str(log), "-e", "trace=%file"])
        counts.append(len(log.read_text(errors="replace").split("/marker")[1].splitlines()))
    assert counts[0] == counts[1]
    assert counts[0] < 100
