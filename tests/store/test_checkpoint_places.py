"""Where the checkpoints that metadata lists lie, of whatever path it has for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.store.checkpoints import find_checkpoints, measured
from runtui.store.lineage import Ancestry, ancestry_on_disk
from tests.run_dirs import bad_runs, write_run
from tests.store.children import output_of
from tests.store.commands import require_strace


@pytest.fixture
def family(runs_dir: Path) -> Path:
    """A grandparent with two checkpoints, a parent and a child without files."""
    grandparent = write_run(runs_dir, "grandparent")
    (grandparent / "checkpoints" / "c1.npz").write_bytes(b"12345")
    (grandparent / "checkpoints" / "c2").mkdir()
    write_run(runs_dir, "parent", parent_run_id="grandparent")
    write_run(runs_dir, "child", parent_run_id="parent")
    return runs_dir


LINE = Ancestry(("parent", "grandparent"))


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


def test_absolute_checkpoint_path_belongs_to_the_run_that_contains_it(family: Path) -> None:
    inside = family / "grandparent" / "checkpoints" / "c1.npz"
    assert locate(family, "x", str(inside)) == ("grandparent/checkpoints/c1.npz", "grandparent")
    outside = family.parent / "elsewhere.npz"
    outside.touch()
    assert locate(family, "x", str(outside)) == (str(outside), None)
    assert locate(family, "x", "/not/there") == (None, None)


def test_checkpoint_of_the_nearest_ancestor_is_used(family: Path) -> None:
    (family / "parent" / "checkpoints" / "c1.npz").touch()
    assert locate(family, "c1.npz", None) == ("parent/checkpoints/c1.npz", "parent")
    assert locate(family, "c1.npz", "checkpoints/c1.npz") == ("parent/checkpoints/c1.npz", "parent")


@pytest.mark.parametrize(
    "path",
    [
        "runs/donor/checkpoints/c7",
        "project/runs/donor/checkpoints/c7",
        "../project/runs/donor/checkpoints/c7",
        "donor/checkpoints/c7",
        "donor/c7",
        "/old/disk/runs/donor/checkpoints/c7",
        "/old/disk/runs/donor/c7",
    ],
)
@pytest.mark.parametrize("is_renamed", [False, True])
def test_a_checkpoint_of_any_run_is_found(family: Path, path: str, is_renamed: bool) -> None:
    donor = write_run(family, "donor")
    (donor / "c7").touch()
    (donor / "checkpoints" / "c7").touch()
    if is_renamed:
        donor.rename(family / "best")
        write_run(family, "donor", run_id="another")
    expected = "best" if is_renamed else "donor"
    below = path.partition("donor/")[2]
    assert locate(family, "x", path) == (f"{expected}/{below}", expected)


def test_a_checkpoint_of_a_renamed_run_is_found_by_what_is_likely_its_id(family: Path) -> None:
    donor = write_run(family, "donor")
    (donor / "checkpoints" / "c7").touch()
    (donor / "restart").mkdir()
    (donor / "restart" / "c8").touch()
    donor.rename(family / "best")
    assert locate(family, "x", "runs/donor/checkpoints/c7") == ("best/checkpoints/c7", "best")
    assert locate(family, "x", "runs/donor/restart/c8") == ("best/restart/c8", "best")
    assert locate(family, "x", "/old/project/runs/donor/restart/c8") == ("best/restart/c8", "best")


def test_a_path_is_followed_from_where_the_simulation_was_started(family: Path, tmp_path: Path) -> None:
    started = tmp_path / "elsewhere" / "project"
    (started / "state").mkdir(parents=True)
    (started / "state" / "c1.bin").touch()
    (started.parent / "c2.bin").touch()
    (family.parent / "c3.bin").touch()
    paths = {
        "state/c1.bin": str(started / "state/c1.bin"),
        "../c2.bin": str(started / "../c2.bin"),
        "c3.bin": str(family.parent / "c3.bin"),
        "state/gone": None,
    }
    listed = [{"name": path, "path": path} for path in paths]
    own = {"working_directory": str(started), "checkpoints": listed}
    write_run(family, "parent", parent_run_id="grandparent", working_directory=str(started))
    for metadata in (own, {"checkpoints": listed}):
        found = find_checkpoints(str(family), "child", metadata, LINE)
        assert [one.path for one in found] == list(paths.values())


@pytest.mark.parametrize(
    "path", ["..", "../..", ".", "checkpoints", "runs", "runs/parent", "../runs", "x/.."]
)
def test_no_folder_that_holds_runs_is_a_checkpoint(family: Path, path: str) -> None:
    (family.parent / "checkpoints").mkdir()
    (family.parent / "x").mkdir()
    assert locate(family, "x", path) == (None, None)
    assert locate(family, "x", str(family.parent)) == (None, None)


def test_a_path_through_current_is_not_followed_to_a_run_that_is_no_ancestor(family: Path) -> None:
    other = write_run(family, "other")
    (other / "checkpoints" / "only").touch()
    (family / "current").symlink_to("other")
    assert locate(family, "x", "runs/current/checkpoints/only") == (None, None)
    assert locate(family, "x", "current/checkpoints/only") == (None, None)


def test_run_id_matches_only_a_whole_path_component(runs_dir: Path) -> None:
    run = write_run(runs_dir, "s")
    (run / "checkpoints" / "c").touch()
    metadata = {"checkpoints": [{"name": "x", "path": f"runs/{path}"} for path in ("s/checkpoints/c", "c")]}
    found = find_checkpoints(str(runs_dir), "s", metadata, Ancestry(()))
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
def test_invalid_checkpoint_path_is_listed_as_missing(family: Path, name: object, path: object) -> None:
    (family.parent / "secret").touch()
    assert locate(family, name, path) == (None, None)


def test_checkpoint_that_links_outside_the_run_has_no_owner(family: Path, tmp_path: Path) -> None:
    (tmp_path / "c9").touch()
    (family / "child" / "checkpoints" / "c9").symlink_to(tmp_path / "c9")
    assert locate(family, "c9", None) == ("child/checkpoints/c9", None)
    assert locate(family, "c9", "checkpoints/c9") == ("child/checkpoints/c9", None)


@pytest.mark.parametrize("path", ["checkpoints/c1", "runs/child/checkpoints/c1", None])
def test_checkpoints_linked_to_another_disk_are_found(family: Path, tmp_path: Path, path: str | None) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "c1").touch()
    (family / "child" / "checkpoints").rmdir()
    (family / "child" / "checkpoints").symlink_to(scratch)
    assert locate(family, "c1", path) == ("child/checkpoints/c1", None)
    metadata = {"checkpoints": [{"name": "c1", "path": path}]}
    [found] = find_checkpoints(str(family), "child", metadata, LINE)
    assert found.outside == str(scratch / "c1")


def test_linked_run_owns_its_checkpoints(runs_dir: Path, tmp_path: Path) -> None:
    elsewhere = write_run(tmp_path / "disk", "a")
    (elsewhere / "checkpoints" / "c1").touch()
    runs_dir.mkdir(exist_ok=True)
    (runs_dir / "a").symlink_to(elsewhere)
    [found] = find_checkpoints(
        str(runs_dir), "a", {"checkpoints": [{"name": "c1", "path": "checkpoints/c1"}]}, Ancestry(())
    )
    assert (found.owner, found.outside) == ("a", "")


@pytest.mark.parametrize(
    "path",
    [
        "/old/disk/runs/grandparent/checkpoints/c1.npz",
        "/old/disk/runs/current/checkpoints/c1.npz",
        "runs/current/checkpoints/c1.npz",
        "/old/current/runs/current/checkpoints/c1.npz",
    ],
)
def test_checkpoint_path_survives_a_move_of_the_runs_directory(family: Path, path: str) -> None:
    assert locate(family, "x", path) == ("grandparent/checkpoints/c1.npz", "grandparent")


def test_checkpoint_path_through_current_ignores_the_present_target(family: Path) -> None:
    other = write_run(family, "other")
    (other / "checkpoints" / "c1.npz").touch()
    (other / "checkpoints" / "only").touch()
    (family / "current").symlink_to("other")
    inside = f"{family}/current/checkpoints"
    assert locate(family, "x", f"{inside}/c1.npz") == ("grandparent/checkpoints/c1.npz", "grandparent")
    assert locate(family, "x", f"{inside}/only") == (None, None)


def test_a_renamed_run_keeps_its_own_checkpoints(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    (run / "checkpoints" / "c1").write_text("old")
    run.rename(runs_dir / "best")
    usurper = write_run(runs_dir, "a1")
    (usurper / "checkpoints" / "c1").write_text("new")
    for path in (f"{runs_dir}/a1/checkpoints/c1", "runs/a1/checkpoints/c1", "checkpoints/c1"):
        metadata = {"run_id": "a1", "checkpoints": [{"name": "x", "path": path}]}
        [found] = find_checkpoints(str(runs_dir), "best", metadata, Ancestry(()))
        assert (found.path, found.owner) == (str(runs_dir / "best" / "checkpoints" / "c1"), "best")


def test_checkpoint_moved_into_the_run_is_found_by_file_name(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a1")
    (run / "checkpoints" / "c1").touch()
    metadata = {"checkpoints": [{"name": "x", "path": "/scratch/gone/c1"}]}
    [found] = find_checkpoints(str(runs_dir), "a1", metadata, Ancestry(()))
    assert found.owner == "a1"


def test_checkpoint_in_another_run_belongs_to_that_run(family: Path) -> None:
    other = write_run(family, "other")
    (other / "checkpoints" / "c1").touch()
    path = str(other / "checkpoints" / "c1")
    assert locate(family, "x", path) == ("other/checkpoints/c1", "other")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_file_in_an_unreadable_folder_is_not_called_missing(family: Path) -> None:
    folder = family / "grandparent" / "checkpoints"
    folder.chmod(0)
    try:
        listed = [{"name": "x", "path": "runs/grandparent/checkpoints/c1.npz"}]
        for count in (1, 40):
            found = find_checkpoints(str(family), "child", {"checkpoints": listed * count}, LINE)
            assert {one.problem for one in found} == {"cannot be looked for: Permission denied"}
    finally:
        folder.chmod(0o755)


def test_checkpoint_has_a_safe_name_and_a_size(family: Path) -> None:
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
def test_checkpoints_of_a_wrong_type_are_ignored(family: Path, listed: object) -> None:
    assert find_checkpoints(str(family), "child", {"checkpoints": listed}, LINE) == []


def test_bad_parent_does_not_stop_the_checkpoint_search(runs_dir: Path) -> None:
    for path in bad_runs(runs_dir).values():
        metadata = {"parent_run_id": path.name, "checkpoints": [{"name": "x", "path": "checkpoints/x"}]}
        line = ancestry_on_disk(str(runs_dir), "probe", metadata)
        [found] = find_checkpoints(str(runs_dir), "probe", metadata, line)
        assert found.path is None


def test_manager_finds_the_checkpoint_of_a_grandparent(runs_dir: Path) -> None:
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


def test_single_and_bulk_checkpoint_lookup_treat_links_alike(family: Path, tmp_path: Path) -> None:
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


def test_finding_many_checkpoints_needs_constant_system_calls(tmp_path: Path) -> None:
    require_strace()
    code = """
        import json, os, sys
        from runtui.store.checkpoints import find_checkpoints
        from runtui.store.lineage import Ancestry
        base, count = sys.argv[1], int(sys.argv[2])
        listed = [{"name": f"c{n}", "path": path} for n in range(count)
                  for path in (f"checkpoints/c{n}", f"{base}/run/checkpoints/c{n}", None, f"gone/c{n}")]
        find_checkpoints(base, "child", {"checkpoints": listed[:80]}, Ancestry(("run",)))
        os.path.exists("/marker")
        found = find_checkpoints(base, "child", {"checkpoints": listed}, Ancestry(("run",)))
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
    assert counts[0] < 110
