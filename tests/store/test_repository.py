"""Repositories are found and read as data."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.repository import (
    Repository,
    commit_of,
    find_repository,
    is_trusted,
    is_untouchable,
    settings_of,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def lay_out(tree: Path, head: str = "ref: refs/heads/main\n") -> Repository:
    """Lay out a repository as git does, without git."""
    for part in ("objects", "refs/heads"):
        (tree / ".git" / part).mkdir(parents=True)
    (tree / ".git" / "HEAD").write_text(head)
    (tree / ".git" / "refs" / "heads" / "main").write_text(f"{COMMIT}\n")
    found = find_repository(str(tree))
    assert found is not None
    return found


def test_repository_is_found_from_a_subdirectory_up_to_the_ceiling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lay_out(tmp_path / "tree")
    below = tmp_path / "tree" / "a" / "b"
    below.mkdir(parents=True)
    assert find_repository(str(below)) == found
    assert find_repository(str(tmp_path)) is None
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", f"/nowhere:{tmp_path / 'tree'}")
    assert find_repository(str(below)) is None


def test_bare_repository_is_not_found(tmp_path: Path) -> None:
    lay_out(tmp_path / "tree")
    (tmp_path / "tree" / ".git").rename(tmp_path / "bare")
    assert find_repository(str(tmp_path / "bare")) is None


def test_worktree_link_is_followed_unless_it_is_dangling(
    tmp_path: Path,
) -> None:
    main = lay_out(tmp_path / "main")
    own = tmp_path / "main" / ".git" / "worktrees" / "side"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/main\n")
    (own / "commondir").write_text("../..\n")
    side = tmp_path / "main" / "side"
    side.mkdir()
    (side / ".git").write_text(f"gitdir: {own}\n")
    found = find_repository(str(side))
    assert found == Repository(str(side), str(side / ".git"), str(own), main.git_dir)
    assert commit_of(found) == COMMIT
    (side / ".git").write_text("gitdir: /nowhere\n")
    assert find_repository(str(side)) is None


def test_loose_ref_takes_precedence_over_packed_refs(tmp_path: Path) -> None:
    found = lay_out(tmp_path)
    packed = "# pack-refs with: peeled\n" + f"{'f' * 40} refs/heads/main\n"
    (tmp_path / ".git" / "packed-refs").write_text(packed)
    assert commit_of(found) == COMMIT
    (tmp_path / ".git" / "refs" / "heads" / "main").unlink()
    assert commit_of(found) == "f" * 40
    (tmp_path / ".git" / "packed-refs").unlink()
    assert commit_of(found) == ""


@pytest.mark.parametrize(
    ("head", "commit"),
    [
        (f"{COMMIT}\n", COMMIT),
        ("a" * 64, "a" * 64),
        ("ref: refs/heads/other\n", ""),
        ("ref: refs/../../etc/passwd\n", None),
        ("ref: /etc/passwd\n", None),
        ("deadbeef\n", None),
        ("", None),
    ],
)
def test_commit_is_read_only_from_a_valid_head(head: str, commit: str | None, tmp_path: Path) -> None:
    assert commit_of(lay_out(tmp_path, head)) == commit


def test_circular_refs_have_no_commit(tmp_path: Path) -> None:
    found = lay_out(tmp_path)
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/main\n")
    assert commit_of(found) in (None, "")


def test_only_harmless_settings_are_obeyed(tmp_path: Path) -> None:
    found = lay_out(tmp_path)
    (tmp_path / ".git" / "config").write_text(
        "[core]\n\tfileMode = false ; comment\n\tautocrlf\n\tfsmonitor = /evil\n\teol = $(evil)\n"
        '[core] symlinks = "true"\n\tworktree = ../other\n'
    )
    settings = settings_of(found)
    assert settings.obeyed == {"core.filemode": "false", "core.autocrlf": "true", "core.symlinks": "true"}
    assert os.path.normpath(settings.worktree) == str(tmp_path / "other")
    assert not settings.has_filters
    for section in (
        '[filter "lfs"]\n\tclean = evil\n',
        "[include]\n\tpath = x\n",
        '[includeIf "x"]\n\tpath=x\n',
    ):
        (tmp_path / ".git" / "config").write_text(section)
        assert settings_of(found).has_filters


@given(st.text('[]"\\ =\n#;abcoref.', max_size=80) | st.text(max_size=40))
def test_arbitrary_git_configuration_is_read_without_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    tree = tmp_path_factory.mktemp("tree")
    found = lay_out(tree)
    (tree / ".git" / "config").write_bytes(text.encode("utf-8", "surrogatepass"))
    settings_of(found)


def test_repository_created_by_git_is_read(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    found = find_repository(str(tmp_path))
    assert found is not None
    assert commit_of(found) == ""
    assert settings_of(found).obeyed["core.filemode"] == "true"


def test_repository_writable_by_others_is_trusted_but_not_untouchable(tmp_path: Path) -> None:
    found = lay_out(tmp_path)
    (tmp_path / "sub").mkdir()
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert is_untouchable(found, str(tmp_path / "sub"))
    for part in ("sub", ".git", ".git/HEAD", ".git/objects"):
        path = tmp_path / part
        before = path.stat().st_mode
        path.chmod(before | 0o002)
        assert not is_untouchable(found, str(tmp_path / "sub")), part
        path.chmod(before)
    assert is_trusted(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_repository_planted_by_another_user_is_not_trusted(tmp_path: Path) -> None:
    found = lay_out(tmp_path)
    os.chown(tmp_path / ".git", 12345, -1)
    assert not is_trusted(found)
    os.chown(tmp_path, 12345, -1)
    assert is_trusted(found)
