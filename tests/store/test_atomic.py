"""A file is replaced whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import random
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.store.atomic import create_in, write_atomic
from tests.store.children import start


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_file_has_the_default_mode(tmp_path: Path) -> None:
    write_atomic(tmp_path / "ours", b"data")
    (tmp_path / "plain").write_bytes(b"data")
    assert (tmp_path / "ours").read_bytes() == b"data"
    assert mode_of(tmp_path / "ours") == mode_of(tmp_path / "plain")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "metadata.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode_of(path) == mode


def test_open_reader_still_sees_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        write_atomic(path, b"newer and longer")
        assert reader.read() == b"old"


def test_relative_path_is_resolved_against_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomic("here", b"data")
    assert os.listdir(tmp_path) == ["here"]


@pytest.mark.parametrize("name", ["n" * 255, "🌊" * 63])
def test_a_file_with_the_longest_name_can_be_written(tmp_path: Path, name: str) -> None:
    write_atomic(tmp_path / name, b"data")
    assert os.listdir(tmp_path) == [name]


def test_write_on_a_full_disk_keeps_the_old_file(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=64k")
    path = disk / "metadata.json"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomic(path, bytes(200_000))
    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert os.listdir(disk) == ["metadata.json"]


def test_failed_replacement_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "metadata.json").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomic(tmp_path / "metadata.json", b"data")
    assert os.listdir(tmp_path) == ["metadata.json"]


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "gone" / "metadata.json", b"data")


def test_killed_writer_leaves_a_complete_file(tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    moment = random.Random(1)
    rewrite = """
        import json, sys
        from runtui.store.atomic import write_atomic
        texts = [json.dumps({"n": size, "x": "x" * size}).encode() for size in (10, 30_000, 600_000)]
        write_atomic(sys.argv[1], texts[0])
        print("writing", flush=True)
        while True:
            for text in texts:
                write_atomic(sys.argv[1], text)
    """
    deadline = time.monotonic() + 2.0
    kills = reads = 0
    while time.monotonic() < deadline:
        with start(rewrite, path) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            stop = time.monotonic() + moment.uniform(0.0, 0.1)
            while time.monotonic() < stop:
                found = json.loads(path.read_bytes())
                assert len(found["x"]) == found["n"]
                reads += 1
            writer.kill()
        found = json.loads(path.read_bytes())
        assert len(found["x"]) == found["n"]
        kills += 1
    assert kills > 1
    assert reads > 1


@pytest.mark.parametrize("has_nameless_files", [True, False])
def test_a_new_file_is_made_whole_and_never_in_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_nameless_files: bool
) -> None:
    if not has_nameless_files:
        monkeypatch.delattr(os, "O_TMPFILE")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        create_in(folder, "new", b"data")
        with pytest.raises(FileExistsError):
            create_in(folder, "new", b"other")
    finally:
        os.close(folder)
    (tmp_path / "plain").write_bytes(b"data")
    assert sorted(os.listdir(tmp_path)) == ["new", "plain"]
    assert (tmp_path / "new").read_bytes() == b"data"
    assert (mode_of(tmp_path / "new"), (tmp_path / "new").stat().st_nlink) == (mode_of(tmp_path / "plain"), 1)
