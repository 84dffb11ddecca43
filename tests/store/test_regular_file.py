"""Files that others may replace are opened without waiting, and only where they are regular ones."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from runtui.store.errors import IrregularFileError, MetadataError
from runtui.store.metadata import LARGEST_METADATA
from runtui.store.record import modified_ns, stamp_of
from runtui.store.regular_file import open_regular, read_file


def test_special_files_and_folders_are_refused_without_blocking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name in ("pipe", "socket", "folder", "/dev/null"):
            for follow_link in (True, False):
                with pytest.raises(IrregularFileError, match=rf"^{Path(name).name} is not a regular file$"):
                    open_regular(name, follow_link=follow_link)


def test_link_is_followed_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "device").symlink_to("/dev/zero")
    with open_regular(tmp_path / "link", follow_link=True) as file:
        assert file.read() == b"x"
    with pytest.raises(IrregularFileError, match=r"^link is a symbolic link$"):
        open_regular(tmp_path / "link")
    with pytest.raises(IrregularFileError, match=r"^device is not a regular file$"):
        open_regular(tmp_path / "device", follow_link=True)


def test_file_is_opened_relative_to_a_folder_descriptor(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    folder = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with open_regular("file", folder=folder) as file:
            assert file.read() == b"x"
    finally:
        os.close(folder)


def test_descriptor_is_closed_on_exit_and_on_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = os.listdir("/proc/self/fd")
    with open_regular(tmp_path / "file"):
        pass
    with pytest.raises(IrregularFileError):
        open_regular(tmp_path)
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("data", [b"", b"shorter", b"longer" * 500_000])
def test_open_file_is_read_with_its_current_content(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"x" * 100
        (tmp_path / "file").write_bytes(data)
        assert file.read() == data
        assert file.stamp != stamp_of(os.fstat(file.descriptor))


def test_read_file_returns_the_stamp_of_the_data(runs_dir: Path) -> None:
    path = runs_dir / "log"
    path.write_bytes(b"x" * 100)
    data, stamp = read_file(str(path), 1000)
    assert (data, stamp) == (b"x" * 100, stamp_of(path.stat()))
    assert modified_ns(stamp) == path.stat().st_mtime_ns
    with path.open("ab") as file:
        file.write(b"y")
    assert stamp_of(path.stat()) != stamp


def test_file_over_the_size_limit_is_refused(runs_dir: Path) -> None:
    path = runs_dir / "huge"
    path.touch()
    os.truncate(path, LARGEST_METADATA + 1)
    with pytest.raises(MetadataError, match="more than is read"):
        read_file(str(path), LARGEST_METADATA)
