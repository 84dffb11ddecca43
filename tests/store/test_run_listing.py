"""Which entries of a runs directory are runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui import RunNotFoundError
from runtui.store.run_listing import RunEntry, check_runs_directory, run_entries, run_names
from tests.run_dirs import bad_runs, write_run
from tests.store.children import output_as_nobody

NO_RUNS = {"dangling_current", "second_name", "plain_file", "hidden"}
LINKS = {"loop", "dangling", "linked"}


def test_only_directories_and_links_are_listed_as_runs(runs_dir: Path) -> None:
    paths = bad_runs(runs_dir)
    expected = {path.name for case, path in paths.items() if case not in NO_RUNS}
    assert {entry.name for entry in run_entries(str(runs_dir))} == expected
    assert {entry.name for entry in run_entries(str(runs_dir)) if entry.is_link} == LINKS
    assert set(run_names(str(runs_dir))) == expected - LINKS


def test_current_is_not_listed_as_a_second_run(runs_dir: Path) -> None:
    write_run(runs_dir, "one")
    (runs_dir / "current").symlink_to("one")
    (runs_dir / "absolute").symlink_to(runs_dir / "one")
    assert run_entries(str(runs_dir)) == [RunEntry("one", False)]


def test_link_to_a_file_is_not_a_run(runs_dir: Path) -> None:
    (runs_dir / "notes.txt").write_text("x")
    (runs_dir / "link").symlink_to("notes.txt")
    assert run_entries(str(runs_dir)) == []


def test_linked_run_is_listed_in_a_linked_runs_directory(tmp_path: Path, runs_dir: Path) -> None:
    (runs_dir / "moved").symlink_to(write_run(tmp_path / "other", "moved"))
    write_run(runs_dir, "one")
    (runs_dir / "twin").symlink_to("one")
    (tmp_path / "by_link").symlink_to("runs")
    assert sorted(run_entries(str(tmp_path / "by_link"))) == [RunEntry("moved", True), RunEntry("one", False)]


def test_empty_runs_directory_is_valid(runs_dir: Path) -> None:
    check_runs_directory(str(runs_dir))
    assert run_entries(str(runs_dir)) == []


def test_missing_directory_error_suggests_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match=r"there is no directory .*/gone: .* `runtui demo "):
        check_runs_directory(str(tmp_path / "gone"))


def test_file_instead_of_a_runs_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunNotFoundError, match="is a file: name the directory that holds the runs"):
        check_runs_directory(str(tmp_path / "file"))


def test_link_loop_cannot_be_listed_as_a_runs_directory(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RunNotFoundError, match="cannot be listed: Too many levels"):
        check_runs_directory(str(tmp_path / "loop"))


def test_error_about_a_hostile_name_is_one_safe_line(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError) as caught:
        check_runs_directory(str(tmp_path / "a\nb\x1b[2J"))
    assert str(caught.value).isprintable()


def test_unreadable_directory_error_suggests_what_to_do(public_dir: Path) -> None:
    os.mkdir(public_dir / "private", 0o700)
    answer = output_as_nobody(
        """
        import sys
        from runtui.store.run_listing import check_runs_directory
        try:
            check_runs_directory(sys.argv[1])
        except RunNotFoundError as error:
            print(error)
        """,
        public_dir / "private",
    )
    assert "may not be read: ask its owner for access" in answer


def test_unreadable_run_is_a_row_with_permission_denied(public_dir: Path) -> None:
    os.chmod(write_run(public_dir, "closed"), 0o700)
    os.chmod(write_run(public_dir, "secret") / "metadata.json", 0o600)
    answer = output_as_nobody(
        """
        import sys
        from runtui.store.run_listing import run_entries
        from runtui.store.rows import read_record
        for entry in sorted(run_entries(sys.argv[1])):
            run = read_record(sys.argv[1], entry.name)
            print(run.name, run.state.name, run.problem)
        """,
        public_dir,
    )
    problem = "BROKEN permission denied: ask the run's owner, or check its mode"
    assert answer.splitlines() == [f"closed {problem}", f"secret {problem}"]
