"""Exit codes that jobs leave in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.batch.base import BEGUN, MARK
from runtui.batch.exit_files import codes_in, mark_folder, names_in


def codes(folder: Path, first: int = 0) -> dict[int, int]:
    return codes_in(str(folder), "exit", names_in(str(folder)), first)


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text)


def test_the_last_attempt_of_each_task_counts(tmp_path: Path) -> None:
    write(tmp_path, exit_0_0="1\n", exit_0_2="0\n", exit_0_10="7\n", exit_3_0="143\n")
    assert codes(tmp_path) == {0: 7, 3: 143}


def test_new_attempt_discards_the_previous_exit_code(tmp_path: Path) -> None:
    write(tmp_path, exit_0_0="0\n")
    (tmp_path / f"exit.0.1{BEGUN}").touch()
    assert codes(tmp_path) == {}
    write(tmp_path, exit_0_1="3\n")
    assert codes(tmp_path) == {0: 3}


def test_attempts_before_the_first_relevant_one_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, exit_0_0="0\n", exit_1_1="0\n")
    assert codes(tmp_path, first=1) == {1: 0}


def test_files_other_than_exit_files_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, exit_0_0="not a number", exit_1="0", exit_x_0="0", other_2_0="0", exit_3_0="")
    (tmp_path / "exit.4.0").mkdir()
    assert codes(tmp_path) == {}
    assert names_in(str(tmp_path / "missing")) == []


def test_job_folder_is_marked_but_never_through_a_symlink(tmp_path: Path) -> None:
    folder = tmp_path / "run" / ".runtui"
    folder.mkdir(parents=True)
    mark = mark_folder(str(folder / "exit"))
    assert (folder / f"exit{MARK}").read_text() == mark
    assert mark_folder(str(folder / "exit")) != mark
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    before = (elsewhere / f"exit{MARK}").read_text()
    with pytest.raises(OSError, match="symbolic link"):
        mark_folder(str(folder / "exit"))
    assert (elsewhere / f"exit{MARK}").read_text() == before
