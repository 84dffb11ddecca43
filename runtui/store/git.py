"""The commit of a program's sources, where git knows it."""

from __future__ import annotations

import os
import sys
import tempfile

from runtui.store.repository import (
    Repository,
    Settings,
    commit_of,
    find_repository,
    is_trusted,
    is_untouchable,
    settings_of,
)

_PATIENCE = 5.0
"""Seconds: a repository on a slow file system must not hold up a simulation for longer."""

_DIGITS = 12

_KEPT_VARIABLES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH")
"""Variables with the places of git and of the user's configuration. No other one of git's is passed on."""

_SWITCHED_OFF = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "credential.helper=",
    "protocol.allow=never",
)
"""Settings that the user's own configuration may have, and reading does not need."""


def git_commit(directory: str | None = None) -> str | None:
    """Return the first 12 digits of a directory's commit, or None where there is none.

    It is read without git, which would obey what the directory's repository says.

    Args:
        directory: By default the working directory.
    """
    repository = find_repository(directory or ".")
    return _commit(repository) if repository is not None else None


def program_commit() -> str | None:
    """Return the commit of the working directory, or of the running program's own where that has none.

    A program that is installed in the environment is no part of the repository which that may lie in.
    """
    found = git_commit()
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if found is not None or not isinstance(path, str):
        return found
    directory = os.path.dirname(os.path.realpath(path))
    is_installed = f"{directory}/".startswith(f"{os.path.realpath(sys.prefix)}/")
    return None if is_installed else git_commit(directory)


def git_facts(directory: str) -> dict[str, object]:
    """Return a directory's commit, as `git_commit` does, and whether tracked files differ from it.

    The latter is None where there is no repository, where other users may write in it, where git takes too
    long, and where it could be told only by a program that the repository names.
    """
    repository = find_repository(directory)
    if repository is None:
        return {"git_commit": None, "git_dirty": None}
    is_dirty = _is_dirty(repository) if is_untouchable(repository, directory) else None
    return {"git_commit": _commit(repository), "git_dirty": is_dirty}


def _commit(repository: Repository) -> str | None:
    return (commit_of(repository) or "")[:_DIGITS] or None if is_trusted(repository) else None


def _is_dirty(repository: Repository) -> bool | None:
    settings = settings_of(repository)
    commit = commit_of(repository)
    if commit is None or not _is_about_its_tree(repository, settings):
        return None
    differs = _differs(repository, commit, settings)
    # A filter of the repository's own is not run, and without it what it has changed looks changed.
    return None if differs and settings.has_filters else differs


def _is_about_its_tree(repository: Repository, settings: Settings) -> bool:
    return not settings.worktree or os.path.realpath(settings.worktree) == repository.tree


def _differs(repository: Repository, commit: str, settings: Settings) -> bool | None:
    """Ask git, which sees only the repository's files, their index and the objects."""
    import subprocess  # not for those who only want the commit

    path = os.pathsep.join(part for part in os.get_exec_path() if os.path.isabs(part))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT_VARIABLES
    }
    options = [word for setting in _SWITCHED_OFF for word in ("-c", setting)]
    words = ["status", "--porcelain=v2", "--untracked-files=no", "--ignore-submodules=dirty"]
    try:
        with tempfile.TemporaryDirectory(prefix="runtui-git-") as folder:
            _lay_out(folder, commit, settings)
            tree = os.open(repository.tree, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                here = f"/proc/self/fd/{tree}"  # what was looked at, whatever has that name by now
                done = subprocess.run(
                    ["git", "--no-optional-locks", *options, *words],
                    cwd=here if os.path.isdir(here) else repository.tree,
                    env=environment
                    | {
                        "PATH": path,
                        "GIT_DIR": folder,
                        "GIT_WORK_TREE": ".",
                        "GIT_INDEX_FILE": os.path.join(repository.git_dir, "index"),
                        "GIT_OBJECT_DIRECTORY": os.path.join(repository.common_dir, "objects"),
                        "GIT_NO_LAZY_FETCH": "1",
                        "GIT_TERMINAL_PROMPT": "0",
                    },
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_PATIENCE,
                    check=False,
                )
            finally:
                os.close(tree)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return bool(done.stdout) if done.returncode == 0 else None


def _lay_out(folder: str, commit: str, settings: Settings) -> None:
    """Create a repository that is at a commit and has harmless settings only."""
    os.mkdir(os.path.join(folder, "refs"))
    with open(os.path.join(folder, "HEAD"), "w", encoding="ascii") as file:
        file.write(f"{commit or 'ref: refs/heads/none'}\n")
    has_format = "extensions.objectformat" in settings.obeyed
    lines = [f"[core]\n\trepositoryformatversion = {int(has_format)}\n\tbare = false\n"]
    for key, value in settings.obeyed.items():
        section, name = key.split(".")
        lines.append(f"[{section}]\n\t{name} = {value}\n")
    with open(os.path.join(folder, "config"), "w", encoding="ascii") as file:
        file.write("".join(lines))
