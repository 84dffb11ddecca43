"""Parameters that a layout knows, beside the files of a run that details and comparisons show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from runtui.formats.config.contents import config_contents
from runtui.layouts.registry import examine
from runtui.store.details import ConfigContents, flatten, read_values
from runtui.store.paths import PARAMS_FILE

_END_OF_NAME = re.compile(r"[.\[]")
_OF_WANDB = frozenset(("_wandb", "wandb_version"))
"""Keys of W&B's own in its configurations."""


class LayoutParameters(NamedTuple):
    """Parameters that a layout knows.

    Attributes:
        layout: The layout's name.
        values: The parameters, nested as they are written; never empty.
    """

    layout: str
    values: Mapping[str, Any]

    def stand_for(self, keys: Iterable[str]) -> bool:
        """Return whether they are what a file of the run holds, as its layout reads it.

        Args:
            keys: The file's keys, dotted or of its top level alone.
        """
        return set(map(_top_level, keys)) - _OF_WANDB <= set(map(_top_level, self.values))


def parameter_keys(run_dir: str) -> frozenset[str]:
    """Return the dotted keys of all of a run's parameters. Raises nothing."""
    values, _problem = read_values(run_dir, PARAMS_FILE)
    listed = (values, *(config.values for config in run_configs(run_dir)))
    return frozenset(key for items in listed for key, _value in items)


def layout_parameters(run_dir: str) -> LayoutParameters | None:
    """Return the parameters of another program's run that its layout knows; None for other runs."""
    try:
        examined = examine(run_dir)
    except OSError:
        return None
    if examined.layout is None:
        return None
    values = examined.layout.parameters(run_dir, examined.entries)
    return LayoutParameters(examined.layout.name, values) if values else None


def run_configs(run_dir: str) -> tuple[ConfigContents, ...]:
    """Return what holds a run's parameters but ``run_params.json``. A `ConfigReader`; raises nothing."""
    files = config_contents(run_dir)
    known = layout_parameters(run_dir)
    if known is None:
        return files
    same = [file for file in files if file.values and known.stand_for(key for key, _value in file.values)]
    title = same[0].path if same else known.layout
    own = ConfigContents(title, flatten(known.values))
    return (own, *(file for file in files if file not in same))


def _top_level(key: str) -> str:
    return _END_OF_NAME.split(key, maxsplit=1)[0]
