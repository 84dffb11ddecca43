import os
import stat

import pytest

from runtui.logs.saving import save_range
from runtui.logs.source import FileSource

DATA = b"one\x1b[31m\nt\xff\0wo\nthree\n" * 100_000


@pytest.fixture
def source(tmp_path) -> FileSource:
    (tmp_path / "a.log").write_bytes(DATA)
    source = FileSource(str(tmp_path / "a.log"))
    source.look()
    return source


def test_the_bytes_are_saved_as_they_are(source, tmp_path) -> None:
    target = tmp_path / "part.txt"
    assert save_range(source, 3, len(DATA) - 5, str(target)) == len(DATA) - 8
    assert target.read_bytes() == DATA[3:-5]
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE((tmp_path / "a.log").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["a.log", "part.txt"]


def test_a_file_is_replaced_only_when_that_is_meant(source, tmp_path) -> None:
    target = tmp_path / "part.txt"
    target.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        save_range(source, 0, 4, str(target))
    assert target.read_bytes() == b"precious"
    save_range(source, 0, 3, str(target), replace=True)
    assert target.read_bytes() == b"one"
    assert sorted(os.listdir(tmp_path)) == ["a.log", "part.txt"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_link_is_neither_followed_nor_replaced(source, tmp_path, replace) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for name in ("link", "dangling"):
        with pytest.raises(OSError, match="no regular file"):
            save_range(source, 0, 4, str(tmp_path / name), replace=replace)
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert sorted(os.listdir(tmp_path)) == ["a.log", "dangling", "link", "precious"]


def test_what_the_system_refuses_names_the_file(source, tmp_path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        save_range(source, 0, 4, str(tmp_path / "no" / "part.txt"))
    assert raised.value.filename == str(tmp_path / "no" / "part.txt")
