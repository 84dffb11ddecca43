"""Folders of ours in a run and in a runs directory, never through a link."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.store.dot_dir import present_folder, private_folder


def test_private_folder_is_created_only_in_an_existing_directory(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(FileNotFoundError):
        private_folder(str(run), "edits")
    assert not run.exists()
    run.mkdir()
    for _time in range(2):
        assert private_folder(str(run), "edits") == str(run / ".runtui" / "edits")
    assert (run / ".runtui" / "edits").is_dir()
    assert private_folder(str(run)) == str(run / ".runtui")


def test_private_folder_follows_a_linked_directory_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(OSError, match="symbolic link"):
        private_folder(str(tmp_path / "link"), "edited")
    assert not (tmp_path / "real" / ".runtui").exists()
    private_folder(str(tmp_path / "link"), "edited", follow=True)
    assert (tmp_path / "real" / ".runtui" / "edited").is_dir()


@pytest.mark.parametrize("place", [".runtui", ".runtui/edits"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "file"])
def test_link_or_file_in_place_of_a_private_folder_is_refused(place: str, kind: str, tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    (run / place).parent.mkdir(parents=True)
    elsewhere.mkdir()
    if kind == "file":
        (run / place).touch()
    else:
        (run / place).symlink_to(elsewhere if kind == "link" else "missing")
    with pytest.raises(NotADirectoryError, match="move it away"):
        present_folder(str(run), "edits")
    with pytest.raises(OSError, match=r"symbolic link|irectory|exists"):
        private_folder(str(run), "edits")
    assert list(elsewhere.iterdir()) == []


def test_present_folder_does_not_create_a_missing_folder(tmp_path: Path) -> None:
    assert present_folder(str(tmp_path), "edits") == str(tmp_path / ".runtui" / "edits")
    assert present_folder(str(tmp_path)) == str(tmp_path / ".runtui")
    assert list(tmp_path.iterdir()) == []
