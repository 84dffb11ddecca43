"""Stamps of parameter files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.store.value_files import are_unchanged, current_stamp, files_stamp, no_values


@pytest.fixture
def stamp(tmp_path: Path) -> str:
    """The stamp of a directory and two files, one of which is not there."""
    (tmp_path / "a.yaml").write_text("a: 1\n")
    return files_stamp({name: current_stamp(f"{tmp_path}/{name}") for name in (".", "a.yaml", "b.yaml")})


def test_files_that_stay_are_unchanged(tmp_path: Path, stamp: str) -> None:
    assert stamp.isprintable() or "\t" in stamp
    assert are_unchanged(str(tmp_path), stamp)


def test_every_change_is_noticed(tmp_path: Path, stamp: str) -> None:
    file = tmp_path / "a.yaml"
    status = file.stat()
    file.write_text("a: 22\n")
    assert not are_unchanged(str(tmp_path), stamp)
    file.write_text("a: 1\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert are_unchanged(str(tmp_path), stamp)
    (tmp_path / "b.yaml").write_text("b: 1\n")
    assert not are_unchanged(str(tmp_path), stamp)
    (tmp_path / "b.yaml").unlink()
    file.unlink()
    assert not are_unchanged(str(tmp_path), stamp)


@pytest.mark.parametrize("stamp", ["\t", "00\ta\0b", "00\t\ud800", "x"])
def test_damaged_stamp_is_a_change(tmp_path: Path, stamp: str) -> None:
    assert not are_unchanged(str(tmp_path), stamp)


def test_without_a_reader_nothing_is_found(tmp_path: Path) -> None:
    found = no_values(str(tmp_path), ["a"])
    assert (dict(found.values), found.stamp, found.problem) == ({}, "", "")
