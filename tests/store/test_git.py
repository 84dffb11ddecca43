from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runtui.store.git import git_commit, git_facts
from tests.store.children import NOBODY


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_git_facts_report_commit_and_uncommitted_changes(tmp_path: Path) -> None:
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


def test_directory_without_a_repository_has_no_commit(tmp_path: Path) -> None:
    assert git_facts(str(tmp_path)) == {"git_commit": None, "git_dirty": None}
    assert git_facts(str(tmp_path / "missing")) == {"git_commit": None, "git_dirty": None}


def test_commit_is_read_even_if_git_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = committed(tmp_path / "sources")
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\nexit 129\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert git_facts(str(tmp_path / "sources")) == {"git_commit": commit, "git_dirty": None}


def committed(folder: Path, *options: str) -> str:
    """Make a repository of one file and return the first digits of its commit."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", *options)
    (folder / "model.py").write_text("beta = 0.3\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return git(folder, "rev-parse", "HEAD")[:12]


@pytest.mark.parametrize(
    "words",
    [
        ["checkout", "-q", "--detach"],
        ["pack-refs", "--all"],
        ["checkout", "-q", "-b", "feature/one"],
        ["symbolic-ref", "refs/heads/other", "refs/heads/main"],
        ["gc", "-q"],
    ],
)
def test_commit_is_read_from_detached_packed_and_symbolic_refs(words: list[str], tmp_path: Path) -> None:
    commit = committed(tmp_path, "-b", "main")
    git(tmp_path, *words)
    if words[0] == "symbolic-ref":
        git(tmp_path, "symbolic-ref", "HEAD", "refs/heads/other")
    below = tmp_path / "deep" / "below"
    below.mkdir(parents=True)
    assert git_commit(str(below)) == commit
    assert git_facts(str(below)) == {"git_commit": commit, "git_dirty": False}


def test_worktrees_and_submodules_have_their_own_commit(tmp_path: Path) -> None:
    main, other, part = (tmp_path / name for name in ("main", "other", "part"))
    committed(part)
    committed(main)
    git(main, "worktree", "add", "-q", str(other))
    (other / "model.py").write_text("beta = 0.4\n")
    git(other, "commit", "-q", "-a", "-m", "second")
    assert git_facts(str(other)) == {"git_commit": git(other, "rev-parse", "HEAD")[:12], "git_dirty": False}
    git(main, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part), "part")
    git(main, "commit", "-q", "-a", "-m", "with a part")
    inside = main / "part"
    assert git_facts(str(inside)) == {"git_commit": git(inside, "rev-parse", "HEAD")[:12], "git_dirty": False}
    (inside / "model.py").write_text("beta = 0.5\n")
    assert git_facts(str(inside))["git_dirty"] is True
    assert git_facts(str(main))["git_dirty"] is False
    git(inside, "commit", "-q", "-a", "-m", "third")
    assert git_facts(str(main))["git_dirty"] is True


def test_commit_of_a_sha256_repository_is_read(tmp_path: Path) -> None:
    commit = committed(tmp_path, "--object-format=sha256")
    assert git_facts(str(tmp_path)) == {"git_commit": commit, "git_dirty": False}


def test_core_filemode_setting_is_respected(tmp_path: Path) -> None:
    committed(tmp_path)
    (tmp_path / "model.py").chmod(0o755)
    assert git_facts(str(tmp_path))["git_dirty"] is True
    git(tmp_path, "config", "core.fileMode", "false")
    assert git_facts(str(tmp_path))["git_dirty"] is False


HOSTILE = {
    "fsmonitor": '[core]\n\tfsmonitor = "{program}"\n',
    "hooks": "[core]\n\thooksPath = {hooks}\n",
    "clean": '[filter "x"]\n\tclean = {program}\n',
    "process": '[filter "x"]\n\tprocess = {program}\n\trequired = true\n',
    "diff": '[diff]\n\texternal = {program}\n[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n',
    "included": "[include]\n\tpath = {included}\n",
    "promisor": (
        '[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n'
        "\turl = ext::{program}\n"
        '\tuploadpack = {program}\n[protocol "ext"]\n\tallow = always\n[core]\n\tsshCommand = {program}\n'
    ),
    "worktree": '[core]\n\tworktree = {tree}\n\tfsmonitor = "{program}"\n',
    "submodule": (
        "[status]\n\tsubmoduleSummary = true\n[core]\n\tpager = {program}\n"
        "\talternateRefsCommand = {program}\n"
    ),
}
"""What the configuration of a repository can say to have a program run, each in a way of its own."""


@pytest.mark.parametrize("layout", [".git", "link", "bare"])
@pytest.mark.parametrize("name", HOSTILE)
def test_repository_configuration_cannot_run_a_program(name: str, layout: str, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    commit = committed(tree)
    if name == "promisor":  # an object that is asked for and is not there
        blob = git(tree, "rev-parse", "HEAD:model.py")
        (tree / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    (tree / ".gitattributes").write_text("* filter=x diff=x\n")
    (tree / "model.py").write_text("beta = 0.4\n")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    program.chmod(0o755)
    for hook in ("post-index-change", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).symlink_to(program)
        (tree / ".git" / "hooks").mkdir(exist_ok=True)
        (tree / ".git" / "hooks" / hook).symlink_to(program)
    included = tmp_path / "included"
    places = {"program": program, "hooks": hooks, "included": included, "tree": tree}
    included.write_text(HOSTILE["fsmonitor"].format(**places) + HOSTILE["clean"].format(**places))
    with (tree / ".git" / "config").open("a") as config:
        config.write(HOSTILE[name].format(**places))
    found: dict[str, object] = {"git_commit": commit}
    if layout == "link":
        (tree / ".git").rename(tmp_path / "elsewhere")
        (tree / ".git").write_text(f"gitdir: {tmp_path}/elsewhere\n")
    elif layout == "bare":
        for path in (tree / ".git").iterdir():
            path.rename(tree / path.name)
        (tree / ".git").rmdir()
        found = {"git_commit": None, "git_dirty": None}
    facts = git_facts(str(tree))
    assert facts == facts | found
    assert not (tmp_path / "ran").exists()
    git_commit(str(tree))
    assert not (tmp_path / "ran").exists()


def test_git_dirty_is_unknown_for_changes_in_a_repository_with_filters(tmp_path: Path) -> None:
    commit = committed(tmp_path)
    git(tmp_path, "config", "filter.x.clean", "cat")
    assert git_facts(str(tmp_path)) == {"git_commit": commit, "git_dirty": False}
    (tmp_path / "model.py").write_text("beta = 0.4\n")
    assert git_facts(str(tmp_path)) == {"git_commit": commit, "git_dirty": None}


def test_git_environment_variables_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    commit = committed(here)
    committed(there)
    (there / "model.py").write_text("beta = 0.4\n")
    monkeypatch.setenv("GIT_DIR", str(there / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(there))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert git_facts(str(here)) == {"git_commit": commit, "git_dirty": False}
    assert not (tmp_path / "trace").exists()


def test_git_executable_in_the_working_directory_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(tmp_path)
    (tmp_path / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    assert git_facts(str(tmp_path))["git_dirty"] is False
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "head", ["ref: refs/heads/../../secret\n", "ref: /etc/passwd\n", "hunter2\n", "", "fifo"]
)
def test_invalid_head_has_no_commit(head: str, tmp_path: Path) -> None:
    committed(tmp_path)
    (tmp_path / ".git" / "secret").write_text("hunter2\n")
    (tmp_path / ".git" / "HEAD").unlink()
    if head == "fifo":
        os.mkfifo(tmp_path / ".git" / "HEAD")
    else:
        (tmp_path / ".git" / "HEAD").write_text(head)
    assert git_facts(str(tmp_path)) == {"git_commit": None, "git_dirty": None}


PARTS = [".", ".git", ".git/HEAD", ".git/config", ".git/index", ".git/objects"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("part", [*PARTS, "below"])
def test_git_dirty_is_unknown_if_others_can_write_to_the_repository(part: str, tmp_path: Path) -> None:
    commit = committed(tmp_path)
    below = tmp_path / "below"
    below.mkdir()
    assert git_facts(str(below)) == {"git_commit": commit, "git_dirty": False}
    path = tmp_path / part
    mode = path.stat().st_mode
    path.chmod(mode | 0o002)
    assert git_facts(str(below)) == {"git_commit": commit, "git_dirty": None}
    path.chmod(mode | 0o020)
    os.chown(path, -1, NOBODY)
    assert git_facts(str(below)) == {"git_commit": commit, "git_dirty": None}
    path.chmod(mode)
    os.chown(path, NOBODY, -1)
    assert git_facts(str(below))["git_dirty"] is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_repository_planted_by_another_user_is_ignored(tmp_path: Path) -> None:
    commit = committed(tmp_path)
    for path in [tmp_path / ".git", *(tmp_path / ".git").rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    assert git_facts(str(tmp_path)) == {"git_commit": None, "git_dirty": None}
    # His sources, in a directory of his: git is not run, but the commit is known.
    os.chown(tmp_path, NOBODY, NOBODY)
    assert git_facts(str(tmp_path)) == {"git_commit": commit, "git_dirty": None}
