"""What others may have written is not run, and what steps write goes nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.runtime.pipeline.frameworks import load, make_data_folder, save
from runtui.runtime.pipeline.tasks import note_traceback, open_log


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "step.pickle"
    save([1, 2], path)
    return path


def test_step_data_is_private(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    assert load(kept) == [1, 2]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_data_writable_by_others_is_not_read(kept: Path, mode: int) -> None:
    kept.chmod(mode)
    with pytest.raises(PermissionError, match="others can write to it"):
        load(kept)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_data_of_another_user_is_not_read(kept: Path) -> None:
    os.chown(kept, 12345, -1)
    with pytest.raises(PermissionError, match="others can write to it"):
        load(kept)


def test_data_is_neither_read_nor_written_through_a_symlink(kept: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "other.pickle").symlink_to(kept)
    with pytest.raises(OSError, match="symbolic link"):
        load(tmp_path / "other.pickle")
    (tmp_path / "new.pickle.part").symlink_to(victim)
    (tmp_path / "new.pickle").symlink_to(victim)
    save("data", tmp_path / "new.pickle")
    assert load(tmp_path / "new.pickle") == "data"
    assert victim.read_text() == "precious"


def test_data_of_another_execution_is_not_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.rename(kept.with_name("other.pickle"))
    with pytest.raises(PermissionError, match="another execution"):
        load(kept.with_name("other.pickle"))
    kept.with_name("other.pickle").rename(kept)
    assert load(kept) == [1, 2]
    monkeypatch.setenv("RUNTUI_DATA_KEY", "00" * 32)
    with pytest.raises(PermissionError, match="another execution"):
        load(kept)


def test_logs_are_never_written_through_a_link_or_fifo(tmp_path: Path) -> None:
    logs, elsewhere = tmp_path / "run" / "logs", tmp_path / "elsewhere"
    logs.mkdir(parents=True)
    elsewhere.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (logs / "link.log").symlink_to(victim)
    os.link(victim, logs / "hard.log")
    os.mkfifo(logs / "fifo.log")
    for name, why in (("link", "symbolic link"), ("hard", "hard link"), ("fifo", "not a regular file")):
        with pytest.raises(OSError, match=why):
            open_log(str(logs / f"{name}.log"))
        note_traceback(str(logs / f"{name}.log"), ValueError("no"))
    assert victim.read_text() == "precious"
    logs.rename(tmp_path / "run" / "old")
    logs.symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic link"):
        open_log(str(logs / "step.log"))
    assert list(elsewhere.iterdir()) == []


def test_data_is_never_written_through_a_symlinked_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "data").mkdir(parents=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".runtui").symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic link"):
        make_data_folder(str(tmp_path / "run" / ".runtui" / "data"))
    with pytest.raises(OSError, match="symbolic link"):
        save("data", tmp_path / "run" / ".runtui" / "data" / "step.pickle")
    assert list((elsewhere / "data").iterdir()) == []
