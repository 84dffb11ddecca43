from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runtui.store.git import git_commit, git_facts


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_commit_and_what_was_changed_since(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_facts(str(tmp_path)) == {"git_commit": None, "git_dirty": False}
    (tmp_path / "model.py").write_text("beta = 0.3\n")
    git(tmp_path, "add", ".")
    assert git_facts(str(tmp_path)) == {"git_commit": None, "git_dirty": True}
    git(tmp_path, "commit", "-q", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")[:12]
    assert git_commit(str(tmp_path)) == commit
    (tmp_path / "not followed").touch()
    assert git_facts(str(tmp_path)) == {"git_commit": commit, "git_dirty": False}
    (tmp_path / "model.py").unlink()
    assert git_facts(str(tmp_path)) == {"git_commit": commit, "git_dirty": True}


def test_no_repository_has_no_commit(tmp_path: Path) -> None:
    assert git_facts(str(tmp_path)) == {"git_commit": None, "git_dirty": None}
    assert git_facts(str(tmp_path / "missing")) == {"git_commit": None, "git_dirty": None}


def test_a_git_that_knows_less_still_tells_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\ncase $1 in rev-parse) echo 0123456789abcdef;; *) exit 129;; esac\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert git_facts(str(tmp_path)) == {"git_commit": "0123456789ab", "git_dirty": None}
