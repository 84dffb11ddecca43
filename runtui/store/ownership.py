"""Whose a file is, and who else may change it."""

from __future__ import annotations

import os
import stat
from functools import cache

_ROOT = 0


def is_ours(found: os.stat_result) -> bool:
    """Return whether a file belongs to this user, or to root, who may do everything anyway."""
    return found.st_uid in (os.geteuid(), _ROOT)


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
    import grp  # for few, and not loaded in an instant
    import pwd

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
