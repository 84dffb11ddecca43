"""A user's pins: runs that stay at the top of the table, in any order.

They are personal: saved in the user's state directory, a file for each runs directory, not in the runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import partial

from runtui.catalog.run_key import RunDirectories
from runtui.operations.run_operations import Operation, Report, why
from runtui.store.edits.run_edits import Outcome, ProgressCallback
from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.lock import lock_beside
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import state_path, write_private
from runtui.text.format import run_count

_LARGEST_FILE = 4 * 1024 * 1024  # bytes
_MOST_PINS = 1_000  # runs
_NO_HOME = "there is no home directory to keep pins in: set HOME or XDG_STATE_HOME"

PinsChanged = Callable[[str, frozenset[str]], None]
"""Function that receives a runs directory and the names of its pinned runs, perhaps in another thread."""


def read_pins(base: str) -> frozenset[str]:
    """Return the names of the user's pinned runs of a runs directory; none if they cannot be read."""
    path = state_path("pins", base)
    return frozenset() if path is None else frozenset(_read(path))


def change_pins(base: str, add: Collection[str] = (), remove: Collection[str] = ()) -> frozenset[str]:
    """Pin and unpin runs of a runs directory, keeping what another browser pinned meanwhile.

    Args:
        base: The runs directory.
        add, remove: The names of the runs.

    Returns:
        The names of all pinned runs; of very many the oldest pins are dropped.

    Raises:
        OSError: They cannot be written.
    """
    path = state_path("pins", base)
    if path is None:
        raise OSError(_NO_HOME)
    with lock_beside(path):
        kept = [name for name in _read(path) if name not in remove]
        pinned = list(dict.fromkeys([*kept, *add]))[-_MOST_PINS:]
        write_private(path, json.dumps({"pinned": pinned}).encode())
    return frozenset(pinned)


def _read(path: str) -> Sequence[str]:
    try:
        data, _stamp = read_file(path, _LARGEST_FILE)
        pinned = parse_object(data, name="pins").get("pinned")
    except (MetadataError, OSError):
        return []
    return [name for name in pinned if isinstance(name, str)] if isinstance(pinned, list) else []


class Pinning:
    """Factory of operations that pin and unpin runs.

    Args:
        directories: The runs directories.
        changed: Receives the pins of a directory after an operation changed them.
    """

    def __init__(self, directories: RunDirectories, changed: PinsChanged) -> None:
        self._directories = directories
        self._changed = changed

    def pin(self, names: Sequence[str]) -> Operation:
        """Return the operation that pins runs."""
        return Operation(f"pin {run_count(len(names))}", partial(self._do, names, is_pinning=True))

    def unpin(self, names: Sequence[str]) -> Operation:
        """Return the operation that unpins runs."""
        return Operation(f"unpin {run_count(len(names))}", partial(self._do, names, is_pinning=False))

    def _do(self, names: Sequence[str], progress: ProgressCallback, *, is_pinning: bool) -> Report:
        progress(0, len(names))
        by_base: dict[str, dict[str, str]] = {}
        for name in names:
            run = self._directories.root_of(name)
            by_base.setdefault(run.base, {})[run.name] = name
        done: list[str] = []
        failures: list[Outcome] = []
        for base, there in by_base.items():
            try:
                pins = change_pins(base, there, ()) if is_pinning else change_pins(base, (), there)
            except OSError as error:
                failures += [Outcome(name, False, f"pins not saved: {why(error)}") for name in there.values()]
            else:
                done += there.values()
                self._changed(base, pins)
        undoing = self.unpin(done) if is_pinning else self.pin(done)
        text = f"{'pinned' if is_pinning else 'unpinned'} {run_count(len(done))}"
        back = Operation(f"undo: {text}", undoing.do) if done else None
        return Report(text, tuple(failures), back=back)
