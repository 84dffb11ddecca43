"""The place in a runs directory where the user left it: filter, order, grouping, and the cursor's run.

It is kept in the user's cache directory, a file for each set of directories that is opened together.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from typing import NamedTuple

from runtui.settings.model import SavedView
from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import user_folder, write_private

_LARGEST_FILE = 64 * 1024  # bytes


class ScreenState(NamedTuple):
    """The place in runs directories where a user was.

    Attributes:
        query: The filter.
        sort: ``KEY`` or ``-KEY``; ``""`` for the order of the settings.
        group: The key that the rows were grouped by, or ``""``.
        run: The name of the run under the cursor; ``""`` for the first row, whatever it is by now.
        inbox_order: The order of the inbox, or ``""``.
    """

    query: str = ""
    sort: str = ""
    group: str = ""
    run: str = ""
    inbox_order: str = ""

    @property
    def view(self) -> SavedView:
        """The filter, order and grouping, as a view without a name."""
        return SavedView("", self.query, self.sort, (), self.group)


def state_path(bases: Iterable[str]) -> str | None:
    """Return the path of the file for runs directories that are opened together, or None without a home."""
    folder = user_folder("XDG_CACHE_HOME", ".cache")
    if folder is None:
        return None
    places = b"\0".join(os.fsencode(os.path.realpath(base)) for base in bases)
    return os.path.join(folder, "screens", f"{hashlib.sha256(places).hexdigest()[:24]}.json")


def read_state(bases: Iterable[str]) -> ScreenState:
    """Return where the user was in runs directories; the defaults if that cannot be read."""
    path = state_path(bases)
    if path is None:
        return ScreenState()
    try:
        data, _stamp = read_file(path, _LARGEST_FILE)
        found = parse_object(data, name="screen")
    except (MetadataError, OSError):
        return ScreenState()
    texts = {key: value for key in ScreenState._fields if isinstance(value := found.get(key), str)}
    return ScreenState(**texts)


def read_state_soon(bases: Iterable[str], patience: float) -> ScreenState:
    """Return what `read_state` does; the defaults when the disk takes longer than `patience` seconds."""
    found: list[ScreenState] = []
    thread = threading.Thread(target=lambda: found.append(read_state(bases)), daemon=True)
    thread.start()
    thread.join(patience)
    return found[0] if found else ScreenState()


def save_state(bases: Iterable[str], state: ScreenState) -> None:
    """Save where the user is. Nothing depends on it: what cannot be written is not."""
    path = state_path(bases)
    if path is None:
        return
    try:
        write_private(path, json.dumps(state._asdict()).encode())
    except OSError:
        return
