"""The reader of parameters, loaded when the first run is asked for a key that its metadata does not have."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from runtui.store.value_files import FileValues, ValueReader


def parameter_values(run_dir: str, keys: Collection[str]) -> FileValues:
    """Return the values that a run's parameter files have for keys. A `ValueReader`; raises nothing."""
    return _reader()(run_dir, keys)


@cache  # an import in each call would take a seventh of the time
def _reader() -> ValueReader:
    from runtui.formats.config.parameters import read_values

    return read_values
