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


def test_every_directory_is_a_run_whatever_it_holds_and_nothing_else(runs_dir: Path) -> None:
    paths = bad_runs(runs_dir)
    expected = {path.name for case, path in paths.items() if case not in NO_RUNS}
    assert {entry.name for entry in run_entries(str(runs_dir))} == expected
    assert {entry.name for entry in run_entries(str(runs_dir)) if entry.is_link} == LINKS
    assert set(run_names(str(runs_dir))) == expected - LINKS


def test_current_is_never_a_second_row(runs_dir: Path) -> None:
    write_run(runs_dir, "one")
    (runs_dir / "current").symlink_to("one")
    (runs_dir / "absolute").symlink_to(runs_dir / "one")
    assert run_entries(str(runs_dir)) == [RunEntry("one", False)]


def test_a_link_to_a_file_is_no_run(runs_dir: Path) -> None:
    (runs_dir / "notes.txt").write_text("x")
    (runs_dir / "link").symlink_to("notes.txt")
    assert run_entries(str(runs_dir)) == []


def test_a_run_linked_from_another_disk_stays_one_when_the_base_is_reached_through_a_link(
    tmp_path: Path, runs_dir: Path
) -> None:
    (runs_dir / "moved").symlink_to(write_run(tmp_path / "other", "moved"))
    write_run(runs_dir, "one")
    (runs_dir / "twin").symlink_to("one")
    (tmp_path / "by_link").symlink_to("runs")
    assert sorted(run_entries(str(tmp_path / "by_link"))) == [RunEntry("moved", True), RunEntry("one", False)]


def test_a_good_directory_passes_even_when_it_is_empty(runs_dir: Path) -> None:
    check_runs_directory(str(runs_dir))
    assert run_entries(str(runs_dir)) == []


def test_a_missing_directory_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match=r"there is no directory .*/gone: .* `runtui demo "):
        check_runs_directory(str(tmp_path / "gone"))


def test_a_file_is_told_from_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunNotFoundError, match="is a file: name the directory that holds the runs"):
        check_runs_directory(str(tmp_path / "file"))


def test_a_loop_of_links_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RunNotFoundError, match="cannot be listed: Too many levels"):
        check_runs_directory(str(tmp_path / "loop"))


def test_the_message_about_a_hostile_name_is_one_harmless_line(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError) as caught:
        check_runs_directory(str(tmp_path / "a\nb\x1b[2J"))
    assert str(caught.value).isprintable()


def test_a_directory_that_may_not_be_read_is_told_with_what_to_do(public_dir: Path) -> None:
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


def test_a_run_that_may_not_be_read_is_a_row_that_says_so(public_dir: Path) -> None:
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
