"""The space that a run takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.store.run_size import RunSize, run_size


def test_files_in_all_folders_count_and_links_do_not_lead_out(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "results" / "deep").mkdir(parents=True)
    (run / "a").write_bytes(b"x" * 100)
    (run / "results" / "deep" / "b").write_bytes(b"x" * 1000)
    (tmp_path / "big").write_bytes(b"x" * 10_000)
    (run / "link").symlink_to(tmp_path / "big")
    (run / "folder").symlink_to(tmp_path)
    size, is_partial = run_size(str(run))
    links = os.lstat(run / "link").st_size + os.lstat(run / "folder").st_size
    assert (size, is_partial) == (1100 + links, False)


def test_file_that_is_a_run_has_its_own_size(tmp_path: Path) -> None:
    (tmp_path / "slurm-1.out").write_bytes(b"x" * 10)
    assert run_size(str(tmp_path / "slurm-1.out")) == RunSize(10, False)
    assert run_size(str(tmp_path / "nothing")) == RunSize(0, False)


def test_size_is_partial_after_very_many_files(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"x")
    assert run_size(str(tmp_path), 3) == RunSize(3, True)
    assert run_size(str(tmp_path), 5) == RunSize(5, False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_size_is_partial_where_a_folder_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "closed").mkdir(mode=0o000)
    assert run_size(str(tmp_path)) == RunSize(1, True)
