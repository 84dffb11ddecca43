import os
import stat

import pytest

from runtui.logs.read.lines import LONGEST, lines_after
from runtui.logs.read.saving import save_lines, save_range
from runtui.logs.read.source import FileSource
from runtui.logs.viewport import Kept

DATA = b"one\x1b[31m\nt\xff\0wo\nthree\n" * 100_000


@pytest.fixture
def source(tmp_path) -> FileSource:
    (tmp_path / "a.log").write_bytes(DATA)
    source = FileSource(str(tmp_path / "a.log"))
    source.look()
    return source


def test_bytes_are_saved_unchanged(source, tmp_path) -> None:
    target = tmp_path / "part.txt"
    assert save_range(source, 3, len(DATA) - 5, str(target)) == len(DATA) - 8
    assert target.read_bytes() == DATA[3:-5]
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE((tmp_path / "a.log").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["a.log", "part.txt"]


def test_existing_file_is_replaced_only_on_request(source, tmp_path) -> None:
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


def test_system_error_names_the_file(source, tmp_path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        save_range(source, 0, 4, str(tmp_path / "no" / "part.txt"))
    assert raised.value.filename == str(tmp_path / "no" / "part.txt")


def test_lines_already_read_are_saved_although_the_log_changed(source, tmp_path) -> None:
    kept = [Kept(line, source.generation) for line in lines_after(source, 0, 8)]
    (tmp_path / "a.log").write_bytes(b"another text\n" * 1000)
    source.look()
    target = tmp_path / "part.txt"
    assert save_lines(source, [kept[0], *kept[2:5]], str(target)) == 30
    assert target.read_bytes() == b"one\x1b[31m\nthree\none\x1b[31m\nt\xff\0wo\n"


def test_overlong_line_is_saved_completely_or_not_at_all(tmp_path) -> None:
    data = b"".join(b"%d %%\r" % number for number in range(LONGEST)) + b"\nlast"
    log = tmp_path / "a.log"
    log.write_bytes(data)
    source = FileSource(str(log))
    source.look()
    kept = [Kept(line, source.generation) for line in lines_after(source, 0, 8)]
    assert save_lines(source, kept, str(tmp_path / "whole")) == len(data)
    assert (tmp_path / "whole").read_bytes() == data
    log.write_bytes(b"x" * len(data))
    source.look()
    with pytest.raises(OSError, match="its log is gone"):
        save_lines(source, kept, str(tmp_path / "none"))
    assert sorted(os.listdir(tmp_path)) == ["a.log", "whole"]


def test_truncated_log_is_not_saved_partially(source, tmp_path) -> None:
    os.truncate(tmp_path / "a.log", 1000)
    with pytest.raises(OSError, match="cut short"):
        save_range(source, 0, source.size, str(tmp_path / "part.txt"))
    assert os.listdir(tmp_path) == ["a.log"]
