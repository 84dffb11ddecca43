"""What a run's metadata names of other runs, and in which of them its paths lead."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.references import Named, Places, named_in
from tests.run_dirs import write_run


def places(base: Path) -> Places:
    """Return the places of a directory whose runs are called as their directories."""

    def called(name: str) -> Collection[str]:
        return [name] if (base / name / "metadata.json").exists() else []

    return Places(str(base), called)


def naming(path: str, **metadata: object) -> Named:
    return named_in({"checkpoints": [{"path": path}], **metadata})


def test_parents_are_collected_as_ids_and_as_paths() -> None:
    named = named_in(
        {
            "run_id": "c",
            "parent_run_id": "b",
            "resumed_from": ["b", "runs/a/checkpoints/c1"],
            "resume_checkpoint": "c1",
        }
    )
    assert (named.run_id, named.parents, named.hints) == ("c", ("b",), ("c1",))
    assert named.paths == {"runs/a/checkpoints": {"c1"}}


def test_listed_checkpoint_is_collected_by_path_or_name() -> None:
    listed = [{"name": "one", "path": "checkpoints/c1"}, {"name": "two"}, {"path": "/abs/c4"}, {}]
    named = named_in({"checkpoints": listed})
    assert named.checkpoints == {"checkpoints": {"c1"}, "": {"two"}}
    assert named.paths == {"/abs": {"c4"}}


def test_paths_are_found_anywhere_in_an_unusual_checkpoint_list() -> None:
    named = named_in({"checkpoints": ["three", 5, {"files": {"state": "x/c6"}}]})
    assert named.checkpoints == {"": {"three"}}
    assert named.paths == {"x": {"c6"}}


def test_paths_are_found_in_command_lines_anywhere_in_the_metadata() -> None:
    named = named_in({"argv": {"line": ["sim --from=../a/checkpoints/c1, --to 'x/y'"]}})
    assert {"../a/checkpoints", "x"} <= set(named.paths)
    assert "c1" in named.paths["../a/checkpoints"]


def test_relative_working_directories_are_ignored() -> None:
    assert named_in({"working_directory": ["/home/alice", "here"]}).directories == ("/home/alice",)


@given(
    st.dictionaries(
        st.sampled_from(["run_id", "parent_run_id", "checkpoints", "resume_checkpoint", "other"]),
        st.recursive(
            st.none() | st.integers() | st.text("ab/.\0 =", max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "path", "x"]), inner, max_size=3)
            ),
        ),
    )
)
def test_references_in_arbitrary_metadata_are_read_without_error(metadata: dict[str, object]) -> None:
    named = named_in(metadata)
    for folder, names in (*named.paths.items(), *named.checkpoints.items()):
        assert "\0" not in folder + "".join(names)
        assert all("/" not in name for name in names)
    json.dumps(named.parents)


@pytest.mark.parametrize(
    "path",
    [
        "{base}/a/checkpoints/c1",
        "runs/a/checkpoints/c1",
        "a/checkpoints/c1",
        "../a/checkpoints/c1",
        "/moved/away/runs/a/checkpoints/c1",
        "/moved/away/runs/a",
    ],
)
def test_path_is_resolved_to_the_run_that_contains_the_file(path: str, runs_dir: Path) -> None:
    for name in "abc":
        run = write_run(runs_dir, name)
        (run / "checkpoints" / "c1").touch()
    found = places(runs_dir).reached(str(runs_dir / "b"), naming(path.format(base=runs_dir)))
    assert "a" in found
    assert "c" not in found


def test_path_from_before_a_move_counts_only_if_its_file_exists(runs_dir: Path) -> None:
    write_run(runs_dir, "a")
    named = naming("/moved/away/runs/a/checkpoints/missing")
    assert places(runs_dir).reached(str(runs_dir / "b"), named) == set()


def test_path_is_resolved_through_a_link_in_the_runs_directory(runs_dir: Path) -> None:
    (write_run(runs_dir, "a") / "checkpoints" / "c1").touch()
    (runs_dir / "newest").symlink_to("a/checkpoints")
    found = places(runs_dir).reached(str(runs_dir / "b"), naming("/moved/away/runs/newest/c1"))
    assert found == {"a"}


def test_links_are_followed_from_a_run_and_its_checkpoints(runs_dir: Path, tmp_path: Path) -> None:
    for name in "abc":
        write_run(runs_dir, name)
    (runs_dir / "a" / "checkpoints" / "c1").touch()
    (tmp_path / "outside").touch()
    (runs_dir / "c" / "checkpoints" / "c1").symlink_to(runs_dir / "a" / "checkpoints" / "c1")
    (runs_dir / "c" / "state").symlink_to("../b/results")
    (runs_dir / "c" / "other").symlink_to(tmp_path / "outside")
    assert places(runs_dir).linked(str(runs_dir / "c")) == {"a", "b", "c"}


@pytest.mark.parametrize("count", [3, 30])
def test_files_of_a_run_are_found_for_few_and_many_names(count: int, runs_dir: Path) -> None:
    run = write_run(runs_dir, "a")
    (run / "checkpoints" / "c1").touch()
    (run / "c2").touch()
    files = {"": {f"c{number}" for number in range(count)}}
    assert places(runs_dir).present(str(run), files) == {("", "c1"), ("", "c2")}
