"""Labels of runs beside each other: the parameters in which they differ."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from runtui.layouts.run_parameters import run_configs
from runtui.store.details import read_details
from runtui.text.sanitize import safe_text

_MOST_KEYS = 3  # parameters in a label
_LONGEST_VALUE = 16  # characters
_LONGEST_KEY = 16  # characters


def parameter_labels(run_dirs: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return labels by the parameters that differ; a run's name where these do not tell it from others.

    Args:
        run_dirs: The runs' directories.
        names: What they are called otherwise, safe to show.
    """
    found = [_parameters_of(run_dir) for run_dir in run_dirs]
    return labels_by_parameters(found, names)


def labels_by_parameters(parameters: Sequence[Mapping[str, str]], names: Sequence[str]) -> list[str]:
    """Return labels from each run's parameters as text, by dotted key; otherwise as `parameter_labels`."""
    if len(parameters) < 2:
        return list(names)
    keys = dict.fromkeys(key for values in parameters for key in values)
    differing = {key: len({values.get(key) for values in parameters}) for key in keys}
    # What tells most runs apart comes first; of a long name its last part says what it is.
    chosen = sorted((key for key in keys if differing[key] > 1), key=lambda key: -differing[key])[:_MOST_KEYS]
    labels = [
        " ".join(f"{_short(key)}={safe_text(values[key], _LONGEST_VALUE)}" for key in chosen if key in values)
        for values in parameters
    ]
    return [
        label if label and labels.count(label) == 1 else f"{label} {name}".strip()
        for label, name in zip(labels, names, strict=True)
    ]


def _short(key: str) -> str:
    return safe_text(key.rpartition(".")[2], _LONGEST_KEY)


def _parameters_of(run_dir: str) -> dict[str, str]:
    base, name = os.path.split(run_dir)
    return dict(read_details(base, name, run_configs).parameters)
