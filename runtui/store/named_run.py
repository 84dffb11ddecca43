"""The run that a program names: by its id, by its path, by ``current``, with a slash at the end."""

from __future__ import annotations

import os

from runtui.store.errors import InvalidRunIdError
from runtui.store.index import read_current
from runtui.store.paths import CURRENT_LINK, check_run_id


def run_named(base: str, named: str | os.PathLike[str]) -> str:
    """Return the id of the run that a program names, whether or not there is one.

    Args:
        base: The runs directory.
        named: An id, ``"current"`` for the run that the link of that name leads to, or the path of a run in
            the runs directory. A relative path of more than a name is a path only where it is a path object.

    Raises:
        InvalidRunIdError: It is not one run in the runs directory.
    """
    text: object = os.fspath(named) if isinstance(named, os.PathLike) else named
    if not isinstance(text, str) or "\0" in text:
        return check_run_id(text)
    parent, name = os.path.split(text.rstrip("/"))
    if parent:
        is_path = isinstance(named, os.PathLike) or os.path.isabs(text)
        if not is_path or os.path.realpath(parent) != os.path.realpath(base):
            return check_run_id(text)
    if name == CURRENT_LINK:
        target = read_current(base)
        if target is None:
            raise InvalidRunIdError("the link 'current' leads to no run")
        name = target
    return check_run_id(name)
