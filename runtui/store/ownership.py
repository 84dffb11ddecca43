"""Ownership of files, and the other users who may change them."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from functools import cache

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
"""The permission bits by which others than its owner may write a file."""

_ROOT = 0  # user id


def is_ours(found: os.stat_result) -> bool:
    """Return whether a file belongs to this user, or to root, who may do everything anyway."""
    return found.st_uid in (os.geteuid(), _ROOT)


def is_owners_alone(
    found: os.stat_result, *, denied: int = OTHERS_WRITE, may_be_linked: bool = False
) -> bool:
    """Return whether nobody but its owner can have changed an open file, under whatever name.

    Args:
        found: The file's status.
        denied: The permission bits that others may not have: to write it, or any.
        may_be_linked: Whether it may have another name: such a file may have been put here from elsewhere.
    """
    has_one_name = may_be_linked or found.st_nlink == 1
    return stat.S_ISREG(found.st_mode) and not found.st_mode & denied and has_one_name


def is_own_file(found: os.stat_result, *, denied: int = OTHERS_WRITE, may_be_linked: bool = False) -> bool:
    """Return whether an open file is the calling user's, and nobody else can have changed it.

    Args:
        found, denied, may_be_linked: As of `is_owners_alone`.
    """
    is_alone = is_owners_alone(found, denied=denied, may_be_linked=may_be_linked)
    return is_alone and found.st_uid == os.geteuid()


def is_private(path: str | int) -> bool:
    """Return whether a file or directory is ours and nobody else may write it.

    The group that some systems make for each user, of that user's name and with nobody else in it, is nobody
    else.

    Args:
        path: Its path, or an open descriptor of it.

    Raises:
        OSError: It cannot be looked at.
    """
    found = os.stat(path)
    if not is_ours(found) or found.st_mode & stat.S_IWOTH:
        return False
    if not found.st_mode & stat.S_IWGRP:
        return True
    return _is_own_group(found.st_gid, os.geteuid()) and not _has_access_list(path)


def is_out_of_reach(path: str) -> bool:
    """Return whether nobody else can have changed what lies at a path, or what lies beside or below it.

    Args:
        path: A file, or a folder of files.
    """
    place = os.path.realpath(path)
    try:
        below = [entry.path for entry in os.scandir(place)] if os.path.isdir(place) else []
        if not all(map(is_private, (place, os.path.dirname(place), *below))):
            return False
        while (place := os.path.dirname(place)) != "/":
            # In a sticky directory nobody replaces what is another's.
            found = os.stat(place)
            if not is_private(place) and not (is_ours(found) and found.st_mode & stat.S_ISVTX):
                return False
    except OSError:
        return False
    return True


@cache
def _is_own_group(gid: int, uid: int) -> bool:
    try:
        user, group = pwd.getpwuid(uid), grp.getgrgid(gid)
    except KeyError:
        return False
    return user.pw_gid == gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def _has_access_list(path: str | int) -> bool:
    """Return whether more users than the mode tells may have rights: it shows theirs as the group's."""
    if not hasattr(os, "listxattr"):
        return True
    try:
        return any("acl" in name for name in os.listxattr(path))
    except OSError:
        return True
