"""Git repositories, read without running git: another user's settings could make it run a program.

Everything here is read as data. A commit is a number, and nothing that a repository's configuration says is
obeyed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runtui.store.errors import MetadataError
from runtui.store.ownership import is_ours, is_private
from runtui.store.regular_file import read_file

_SMALL = 64 * 1024  # bytes
_LARGEST_PACKED_REFS = 64 * 1024 * 1024  # bytes
_MOST_LINKS = 5  # links
_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(rb"ref:\s*(refs/[^\x00-\x20\x7f~^:?*\[\\]+)\s*")

_SECTION = re.compile(r'\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_SETTING = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*?))?\s*(?:[#;].*)?")

_OBEYED = frozenset(
    {
        "core.autocrlf",
        "core.checkstat",
        "core.eol",
        "core.filemode",
        "core.ignorecase",
        "core.precomposeunicode",
        "core.symlinks",
        "core.trustctime",
        "extensions.objectformat",
    }
)
"""Settings that say how files are compared, and can do nothing else."""

_OBEYED_VALUE = re.compile(r"[A-Za-z0-9]+")


class Repository(NamedTuple):
    """Paths of a repository's parts.

    Attributes:
        tree: The directory of its files.
        link: ``.git`` in that.
        git_dir: What that is, or leads to.
        common_dir: What the working trees of one repository share; mostly the same.
    """

    tree: str
    link: str
    git_dir: str
    common_dir: str


class Settings(NamedTuple):
    """Settings from a repository's own configuration.

    Attributes:
        obeyed: The harmless settings, by their names.
        worktree: Where it says its files are, or ``""``.
        has_filters: Whether it may say that files are not stored as they are.
    """

    obeyed: Mapping[str, str]
    worktree: str
    has_filters: bool


def find_repository(directory: str) -> Repository | None:
    """Return the repository that a directory's files belong to, or None where there is none.

    A directory that only looks like a repository itself, without ``.git``, is none: it takes three names in
    it to lay one for somebody else.
    """
    ceilings = set(os.environ.get("GIT_CEILING_DIRECTORIES", "").split(":"))
    place = os.path.realpath(directory)
    try:
        device = os.stat(place).st_dev
        while os.stat(place).st_dev == device:
            link = os.path.join(place, ".git")
            git_dir = _git_dir(link)
            if git_dir is not None:
                return Repository(place, link, git_dir, _common_dir(git_dir))
            parent = os.path.dirname(place)
            if parent == place or parent in ceilings:
                return None
            place = parent
    except (OSError, ValueError):
        pass
    return None


def is_trusted(repository: Repository) -> bool:
    """Return whether a repository is the user's own, or of whoever owns the files in it.

    What somebody has laid into another one's directory says nothing about that.
    """
    try:
        owner = os.stat(repository.tree).st_uid
        parts = [os.lstat(repository.link), os.stat(repository.git_dir), os.stat(repository.common_dir)]
    except OSError:
        return False
    return all(is_ours(found) or found.st_uid == owner for found in parts)


def is_untouchable(repository: Repository, directory: str) -> bool:
    """Return whether nobody else may write what decides on a repository, and on which one is found."""
    try:
        return is_ours(os.lstat(repository.link)) and all(map(is_private, _deciding(repository, directory)))
    except OSError:
        return False


def _deciding(repository: Repository, directory: str) -> Iterator[str]:
    place = os.path.realpath(directory)
    while place != repository.tree:
        yield place
        place = os.path.dirname(place)
    yield repository.tree
    yield repository.git_dir
    yield repository.common_dir
    yield os.path.join(repository.git_dir, "HEAD")
    yield os.path.join(repository.common_dir, "objects")
    for path in (
        os.path.join(repository.git_dir, "index"),
        os.path.join(repository.git_dir, "config.worktree"),
        os.path.join(repository.common_dir, "config"),
    ):
        if os.path.lexists(path):
            yield path


def commit_of(repository: Repository) -> str | None:
    """Return the whole commit that a repository is at; ``""`` where there is none yet.

    Returns:
        None where it cannot be read without git.
    """
    name = b""
    text = _read(os.path.join(repository.git_dir, "HEAD"))
    for _link in range(_MOST_LINKS):
        if text is None:
            return None
        if _COMMIT.fullmatch(text.strip()):
            return text.strip().decode()
        found = _REF.fullmatch(text)
        if found is None or b".." in found[1]:
            return None
        name = found[1]
        text = _loose_ref(repository, os.fsdecode(name))
        if text is None:
            break
    if os.path.isdir(os.path.join(repository.common_dir, "reftable")):
        return None
    return _packed_ref(repository, name)


def settings_of(repository: Repository) -> Settings:
    """Return those settings of a repository's own configuration that are of use and cannot do harm."""
    obeyed: dict[str, str] = {}
    worktree, has_filters = "", False
    for path in (
        os.path.join(repository.common_dir, "config"),
        os.path.join(repository.git_dir, "config.worktree"),
    ):
        for section, name, value in _settings(path):
            has_filters = has_filters or section in ("filter", "include", "includeif")
            key = f"{section}.{name}"
            if key in _OBEYED and _OBEYED_VALUE.fullmatch(value):
                obeyed[key] = value
            elif key == "core.worktree":
                worktree = os.path.join(repository.git_dir, value)
    return Settings(obeyed, worktree, has_filters)


def _settings(path: str) -> Iterator[tuple[str, str, str]]:
    """Yield the settings of a file, each with its section; one without a value is ``true``."""
    text = (_read(path) or b"").decode(errors="replace").replace("\\\n", "")
    section = ""
    for line in text.splitlines():
        rest = line
        while (head := _SECTION.match(rest)) is not None:
            section, rest = head[1].lower(), rest[head.end() :]
        setting = _SETTING.fullmatch(rest)
        if setting is not None:
            yield section, setting[1].lower(), "true" if setting[2] is None else setting[2].strip('"')


def _git_dir(link: str) -> str | None:
    """Return the directory that a ``.git`` is or leads to, or None.

    Raises:
        ValueError: It leads nowhere, and git would not look further.
    """
    try:
        found = os.stat(link)
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return os.path.realpath(link) if _is_git_dir(link) else None
    text = _read(link) or b""
    word, _, path = text.partition(b":")
    target = os.path.join(os.path.dirname(link), os.fsdecode(path.strip()))
    if word != b"gitdir" or not _is_git_dir(target):
        raise ValueError(link)
    return os.path.realpath(target)


def _is_git_dir(path: str) -> bool:
    return os.path.lexists(os.path.join(path, "HEAD")) and (
        os.path.isdir(os.path.join(path, "objects")) or os.path.isfile(os.path.join(path, "commondir"))
    )


def _common_dir(git_dir: str) -> str:
    text = _read(os.path.join(git_dir, "commondir"))
    if text is None:
        return git_dir
    return os.path.realpath(os.path.join(git_dir, os.fsdecode(text.strip())))


def _loose_ref(repository: Repository, name: str) -> bytes | None:
    for directory in dict.fromkeys((repository.git_dir, repository.common_dir)):
        text = _read(os.path.join(directory, name))
        if text is not None:
            return text
    return None


def _packed_ref(repository: Repository, name: bytes) -> str | None:
    path = os.path.join(repository.common_dir, "packed-refs")
    if not os.path.lexists(path):
        return ""
    data = _read(path, _LARGEST_PACKED_REFS)
    if data is None:
        return None
    found = re.search(rb"^(%s) %s$" % (_COMMIT.pattern, re.escape(name)), data, re.MULTILINE)
    return found[1].decode() if found is not None else ""


def _read(path: str, limit: int = _SMALL) -> bytes | None:
    try:
        return read_file(path, limit)[0]
    except (OSError, ValueError, MetadataError):
        return None
