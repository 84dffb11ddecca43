from __future__ import annotations

from pathlib import Path

from runtui.catalog.run_key import RunDirectories
from runtui.catalog.sync.scan import read_all
from runtui.operations import found_matches
from runtui.operations.found_matches import FoundMatches, search_logs
from tests.run_dirs import write_log, write_run
from tests.waiting import wait_until


def searched(base: Path, pattern: str) -> FoundMatches:
    """Search in all runs of a directory, by name, until that is done."""
    runs = sorted(read_all(str(base)), key=lambda run: run.name)
    found = search_logs(RunDirectories([str(base)]), runs, pattern)

    def is_done() -> bool:
        found.update(1000)
        return not found.is_searching

    wait_until(is_done, "the end of the search")
    return found


def test_runs_with_matches_are_in_order_with_their_lines(runs_dir: Path) -> None:
    for number in range(20):
        write_log(write_run(runs_dir, f"run-{number:02d}"), "here\n" * (number % 3))
    found = searched(runs_dir, "here")
    names = [f"run-{number:02d}" for number in range(20) if number % 3]
    assert [one.run.name for one in found.found] == names
    assert [one.total for one in found.found] == [len(one.lines) for one in found.found]
    assert (found.total, found.searched, found.of) == (19, 20, 20)
    assert found.size == 19 * 5
    assert found.problems() == ""


def test_runs_of_several_directories_are_searched(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_log(write_run(tmp_path / name, f"run-{name}"), "here\n")
    directories = RunDirectories([str(tmp_path / "a"), str(tmp_path / "b")])
    runs = [
        run.in_folder(directories.folder_of(base))._replace(name=f"{directories.folder_of(base)}{run.name}")
        for base in directories.bases
        for run in read_all(base)
    ]
    found = search_logs(directories, runs, "here")
    wait_until(lambda: (found.update(100) and not found.is_searching) or not found.is_searching, "the end")
    assert found.total == 2


def test_lines_of_all_runs_are_limited_and_that_is_told(runs_dir: Path, monkeypatch) -> None:
    monkeypatch.setattr(found_matches, "MOST_LINES", 5)
    for number in range(4):
        write_log(write_run(runs_dir, f"run-{number}"), "here\n" * 3)
    found = searched(runs_dir, "here")
    assert sum(len(one.lines) for one in found.found) == 5
    assert found.total == 12
    assert found.problems() == "only the first 5 lines are listed"


def test_lines_of_a_run_are_limited_and_its_count_says_that_there_are_more(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "run"), "here\n" * 20_000)
    (one,) = searched(runs_dir, "here").found
    assert (len(one.lines), one.total, one.is_cut) == (200, 10_000, True)


def test_cancelled_search_keeps_what_was_found(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "run-0"), "abcd\n")
    write_log(write_run(runs_dir, "run-1"), ("a" * 3000 + "\n") * 500)
    runs = sorted(read_all(str(runs_dir)), key=lambda run: run.name)
    found = search_logs(RunDirectories([str(runs_dir)]), runs, "a.*b.*c.*d")
    wait_until(lambda: found.update(100) and found.total, "the first match")
    found.cancel()
    assert (found.is_searching, found.is_cancelled, found.total) == (False, True, 1)
    assert found.silence() == 0
