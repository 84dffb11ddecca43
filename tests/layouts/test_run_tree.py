"""The runs below a directory: folders of runs, runs that hold runs, and what is no run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtui.layouts import run_tree
from runtui.layouts.base import MOST_ENTRIES, Entries
from runtui.layouts.known import LAYOUTS
from runtui.layouts.registry import PLAIN, read_run
from runtui.layouts.run_tree import RunTree
from runtui.store.child_run import ResumeOptions, resume
from runtui.store.edits.run_edits import edit_tags
from tests.run_dirs import write_run


class Case:
    """A layout whose runs have a marker file of its name, and a part that is no run."""

    def __init__(self, name: str) -> None:
        self.name = name

    def recognises(self, entries: Entries) -> bool:
        return self.name in entries.files

    def metadata(self, _run_dir: str, _entries: Entries) -> dict[str, Any]:
        return {"status": "completed"}

    def parameters(self, _run_dir: str, _entries: Entries) -> Mapping[str, Any]:
        return {}

    def evidence(self, _entries: Entries) -> None:
        return None

    def is_part(self, folder: str) -> bool:
        return folder == "part"


@pytest.fixture(autouse=True)
def layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(LAYOUTS):
        monkeypatch.delitem(LAYOUTS, name)
    for name in ("case", PLAIN):
        monkeypatch.setitem(LAYOUTS, name, Case(name))


def make(path: Path, *files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for file in files:
        (path / file).touch()
    return path


def runs_of(tree: RunTree, base: Path) -> list[str]:
    """Read everything that the tree names, and return the names of the runs."""
    found = []
    names = tree.names()
    while names:
        runs = [read_run(str(base), name) for name in names]
        found += [run.name for run in runs if tree.take(run)]
        names = tree.unread()
    return sorted(found)


def test_runs_in_folders_are_found_four_levels_down(runs_dir: Path) -> None:
    write_run(runs_dir, "top")
    for depth in range(1, 6):
        write_run(runs_dir / "/".join("abcde"[:depth]), f"r{depth}")
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["a/b/c/d/r4", "a/b/c/r3", "a/b/r2", "a/r1", "top"]


def test_folder_holds_its_runs_after_they_were_edited_or_resumed(runs_dir: Path) -> None:
    folder = str(runs_dir / "sweep")
    (write_run(folder, "parent") / "checkpoints" / "step-1").write_text("state")
    write_run(folder, "other")
    assert edit_tags(folder, ["other"], ["hot"], [])[0].done
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["sweep/other", "sweep/parent"]
    child = resume(folder, "parent", ResumeOptions()).run_id
    assert set(runs_of(RunTree(str(runs_dir)), runs_dir)) == {
        "sweep/other",
        "sweep/parent",
        f"sweep/{child}",
    }


def test_nobody_looks_into_runs_that_have_a_record(runs_dir: Path) -> None:
    write_run(runs_dir, "top")
    write_run(runs_dir / "top", "inner")
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["top"]


def test_foreign_run_may_hold_runs_but_not_in_its_parts(runs_dir: Path) -> None:
    make(runs_dir / "root", "case")
    make(runs_dir / "root" / "step1", "case")
    make(runs_dir / "root" / "deeper" / "step2", "case")
    make(runs_dir / "root" / "part" / "step3", "case")
    make(runs_dir / "root" / "plain-output", PLAIN)
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["root", "root/deeper/step2", "root/step1"]


def test_directories_that_are_no_runs_are_listed_apart(runs_dir: Path) -> None:
    make(runs_dir / "source", "main.c")
    make(runs_dir / "sweep" / "r", "case")
    make(runs_dir / "sweep" / "pseudos", "Si.upf")
    tree = RunTree(str(runs_dir))
    assert runs_of(tree, runs_dir) == ["sweep/r"]
    assert tree.others == ["source"]
    assert tree.names() == ["sweep/r"]


def test_only_one_entry_counts_when_a_run_itself_is_opened(runs_dir: Path) -> None:
    make(runs_dir / "mine", "case")
    make(runs_dir / "mine" / "step1", "case")
    make(runs_dir / "beside", "case")
    assert runs_of(RunTree(str(runs_dir), only=("mine",)), runs_dir) == ["mine", "mine/step1"]


def test_runs_below_a_recorded_run_are_found_if_it_is_opened_itself(runs_dir: Path) -> None:
    write_run(runs_dir, "mine")
    write_run(runs_dir / "mine", "inner")
    assert runs_of(RunTree(str(runs_dir), only=("mine",)), runs_dir) == ["mine", "mine/inner"]


def test_new_runs_in_folders_are_named_at_the_next_listing(runs_dir: Path) -> None:
    write_run(runs_dir / "sweep", "a")
    tree = RunTree(str(runs_dir))
    runs_of(tree, runs_dir)
    write_run(runs_dir / "sweep", "b")
    assert sorted(tree.names()) == ["sweep/a", "sweep/b"]
    os.rename(runs_dir / "sweep", runs_dir / "moved")
    assert tree.names() == ["moved"]
    assert tree.take(read_run(str(runs_dir), "moved")) is False
    assert sorted(tree.unread()) == ["moved/a", "moved/b"]


def test_directory_that_becomes_a_run_is_named_again(runs_dir: Path) -> None:
    make(runs_dir / "late", "input")
    tree = RunTree(str(runs_dir))
    assert runs_of(tree, runs_dir) == []
    assert tree.names() == []
    write_run(runs_dir, "late")
    assert tree.names() == ["late"]
    assert runs_of(tree, runs_dir) == ["late"]


def test_folders_of_runs_known_from_before_are_listed_at_once(runs_dir: Path) -> None:
    write_run(runs_dir / "a" / "b", "r")
    tree = RunTree(str(runs_dir))
    tree.learn(["a/b/r"])
    assert "a/b/r" in tree.names()


def test_folders_beyond_the_budget_are_counted_and_reported(runs_dir: Path) -> None:
    for number in range(5):
        write_run(runs_dir / f"sweep{number}", "r")
    tree = RunTree(str(runs_dir), most_looks=3)
    assert len(runs_of(tree, runs_dir)) == 3
    assert tree.problem == "2 folders were not looked into for runs: name one of them to open it"


def test_all_jobs_of_a_folder_are_runs_however_many_there_are(runs_dir: Path) -> None:
    (runs_dir / "jobs").mkdir()
    for number in range(MOST_ENTRIES + 10):
        (runs_dir / "jobs" / f"slurm-{4_000_000 + number}.out").touch()
    tree = RunTree(str(runs_dir))
    tree.names()
    tree.take(read_run(str(runs_dir), "jobs"))
    assert (len(tree.unread()), tree.problem) == (MOST_ENTRIES + 10, "")


def test_entries_of_a_huge_folder_that_are_not_looked_at_are_reported(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_tree, "_MOST_BELOW", 5)
    for number in range(5):
        write_run(runs_dir / "sweep", f"r{number}")
    tree = RunTree(str(runs_dir))
    runs_of(tree, runs_dir)
    assert tree.problem == "only the first 5 entries were looked at of sweep"


def test_few_folders_are_listed_again_at_once(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tree, "_LOOKS_AT_ONCE", 2)
    for number in range(6):
        write_run(runs_dir / f"sweep{number}", "old")
    tree = RunTree(str(runs_dir))
    runs_of(tree, runs_dir)
    for number in range(6):
        write_run(runs_dir / f"sweep{number}", "new")
    counts = [sum(name.endswith("new") for name in tree.names()) for _listing in range(3)]
    assert counts == [2, 4, 6]


def test_links_to_runs_elsewhere_are_runs_and_others_are_not(runs_dir: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "scratch", "far")
    write_run(runs_dir / "sweep", "near")
    (runs_dir / "sweep" / "linked").symlink_to(tmp_path / "scratch" / "far")
    (runs_dir / "sweep" / "latest").symlink_to("near")
    (runs_dir / "sweep" / "loop").symlink_to(runs_dir)
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["sweep/linked", "sweep/near"]


def test_directories_that_are_no_runs_are_named_in_a_line(runs_dir: Path) -> None:
    tree = RunTree(str(runs_dir))
    assert (runs_of(tree, runs_dir), tree.others_text) == ([], "")
    make(runs_dir / "a", "x")
    runs_of(tree, runs_dir)
    assert tree.others_text == "one directory is no run (no metadata.json and no known layout): a"
    for name in "bcdef":
        make(runs_dir / name, "x")
    runs_of(tree, runs_dir)
    assert tree.others_text.startswith("6 directories are no runs")
    assert tree.others_text.endswith(": a, b, c, d and 2 more")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's link")
def test_links_of_other_users_to_folders_are_not_followed(runs_dir: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "private", "r")
    for name, user in (("mine", os.geteuid()), ("theirs", 65534)):
        (runs_dir / name).symlink_to(tmp_path / "private")
        os.lchown(runs_dir / name, user, user)
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["mine/r"]


def test_runs_without_folders_cost_no_further_looks(runs_dir: Path) -> None:
    for number in range(5):
        make(runs_dir / f"r{number}", "case")
        make(runs_dir / f"r{number}" / "part", "x")
    tree = RunTree(str(runs_dir), most_looks=1)
    assert len(runs_of(tree, runs_dir)) == 5
    assert (tree.problem, tree.folders) == ("", [])


def test_links_to_the_newest_run_that_lead_nowhere_are_no_runs(runs_dir: Path) -> None:
    make(runs_dir / "r", "case")
    for name in ("latest-run", "debug.log", "scratch"):
        os.symlink("gone", runs_dir / name)
    tree = RunTree(str(runs_dir))
    assert runs_of(tree, runs_dir) == ["r", "scratch"]
