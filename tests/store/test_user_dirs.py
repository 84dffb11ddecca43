"""Where the program keeps things for its user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.store.user_dirs import shown_path, user_folder, write_private


def folder() -> str | None:
    return user_folder("XDG_CACHE_HOME", ".cache")


def test_xdg_variable_is_used_only_if_absolute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch/cache")
    assert folder() == "/scratch/cache/runtui"
    for value in ("cache", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert folder() == "/home/alice/.cache/runtui"
    monkeypatch.setenv("HOME", "nowhere")
    assert folder() is None


def test_private_file_and_its_folder_are_readable_by_the_user_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "history"
    write_private(str(path), b"one")
    assert path.stat().st_mode & 0o777 == 0o600
    write_private(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    (tmp_path / "a" / "c").touch()
    with pytest.raises(OSError, match="c"):
        write_private(str(tmp_path / "a" / "c" / "history"), b"three")
    assert os.listdir(path.parent) == ["history"]


@pytest.mark.parametrize(
    ("path", "home", "shown"),
    [
        ("/home/alice", "/home/alice", "~"),
        ("/home/alice/runs", "/home/alice", "~/runs"),
        ("/home/alice2/runs", "/home/alice", "/home/alice2/runs"),
        ("/runs", "/", "/runs"),
        ("/runs\x1b[2J", "/home/alice", "/runs␛[2J"),
    ],
)
def test_shown_path_abbreviates_the_home_directory(
    path: str, home: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    assert shown_path(path) == shown
