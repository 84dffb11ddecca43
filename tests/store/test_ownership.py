"""Whose a file is, and who else can change it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from runtui.store.ownership import is_out_of_reach, is_own_file, is_owners_alone
from tests.store.children import NOBODY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of the user that nobody else may write."""
    made = tmp_path / "file"
    made.touch()
    made.chmod(0o644)
    return made


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_file_writable_by_others_is_not_trusted_as_own(file: Path, mode: int) -> None:
    assert is_own_file(file.stat())
    file.chmod(mode)
    assert not is_own_file(file.stat())
    assert not is_owners_alone(file.stat())


def test_file_readable_by_others_is_not_a_secret(file: Path) -> None:
    any_right = stat.S_IRWXG | stat.S_IRWXO
    assert not is_own_file(file.stat(), denied=any_right)
    file.chmod(0o600)
    assert is_own_file(file.stat(), denied=any_right)


def test_hard_linked_file_is_not_trusted_as_own(file: Path) -> None:
    os.link(file, file.with_name("other"))
    assert not is_own_file(file.stat())
    assert not is_owners_alone(file.stat())
    assert is_own_file(file.stat(), may_be_linked=True)


def test_folder_or_pipe_is_not_an_own_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert not is_own_file((tmp_path / "pipe").stat())
    assert not is_own_file(tmp_path.stat(), may_be_linked=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_file_of_another_user_belongs_to_that_user_alone(file: Path) -> None:
    os.chown(file, NOBODY, -1)
    assert not is_own_file(file.stat())
    assert is_owners_alone(file.stat())


def test_pipeline_writable_by_others_is_not_out_of_reach(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "pipeline"
    folder.mkdir(parents=True)
    script = folder / "10_a.sh"
    script.write_text("true\n")
    assert is_out_of_reach(str(script))
    assert is_out_of_reach(str(folder))
    for path, mode in ((script, 0o666), (folder, 0o777), (folder.parent, 0o777)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert not is_out_of_reach(str(folder)), path
        path.chmod(before)
    assert not is_out_of_reach(str(tmp_path / "missing"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_script_of_another_user_is_not_out_of_reach(tmp_path: Path) -> None:
    script = tmp_path / "10_a.sh"
    script.write_text("true\n")
    os.chown(script, 12345, -1)
    assert not is_out_of_reach(str(script))
