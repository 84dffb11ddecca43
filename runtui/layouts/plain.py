"""Directories that look as if a program had run in them: a configuration or an input beside what it wrote."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from runtui.layouts.base import Entries
from runtui.layouts.solver_cases import case_metadata, is_data_folder
from runtui.layouts.solvers import is_any_log

_CONFIG = re.compile(
    r"(?:.*[._-])?(?:params?|parameters?|config|configuration|settings?|hparams|hyperparameters|args|options)"
    r"\.(?:json|ya?ml|toml|ini|cfg|conf|txt|dat|nml|in|pkl)",
    re.IGNORECASE,
)
_INPUT = re.compile(
    r"(?!MANIFEST\.in$|Makefile\.in$|configure\.in$|.*\.(?:h|hpp|pc|cmake|sh|py|txt|am|ac|md)\.in$)"
    r"(?:in\.\w+|.*\.(?:inp?|nml|mdp|nw|abi|fdf|gjf|com|par|prm|param|params|d3|comm|geo|case|i)"
    r"|(?:input|namelist)(?:[._-].*)?)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"(?:.*[._-])?(?:results?|metrics?|output|summary|history|losses|loss|scores?|log|trajectory|thermo|energy|energies)"
    r"\.(?:json|jsonl|csv|tsv|txt|dat|npz|npy|h5|hdf5|nc|pkl|parquet)"
    r"|.*\.(?:csv|npz|h5|hdf5|pt|pth|ckpt|nc|vtk|vtu|xyz|lammpstrj)",
    re.IGNORECASE,
)
_SOURCE = re.compile(r".*\.(?:py|ipynb|m|jl|r|c|cc|cpp|cu|f|f90|rs|go|java|js|ts|md|rst)", re.IGNORECASE)
_RESULT_FOLDERS = frozenset(("results", "result", "output", "outputs", "checkpoints", "ckpt", "logs", "log"))
_PROJECT = frozenset((
    ".git", ".gitignore", ".github", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml",
    "CMakeLists.txt", "go.mod", "requirements.txt", "environment.yml", "LICENSE", "LICENSE.md", "LICENSE.txt",
    "configure.ac", "meson.build", "mkdocs.yml", "conf.py", "__init__.py",
))  # fmt: skip
"""Names of entries of a project's sources, beside which a configuration is a default."""

_OURS = frozenset(("run_params.json", ".runtui"))


class Plain:
    """The layout of a run of which nothing is known but files of usual names."""

    name = "plain"

    def recognises(self, entries: Entries) -> bool:
        """Return whether a configuration lies beside a log or results, or an input beside a log."""
        names = entries.names
        if not (_PROJECT.isdisjoint(names) and _OURS.isdisjoint(names)):
            return False
        has_config = has_input = has_log = has_result = has_source = False
        for name in entries.files:
            if _CONFIG.fullmatch(name):
                has_config = True
            elif is_any_log(name):
                has_log = True
            elif _INPUT.fullmatch(name):
                has_input = True
            elif _RESULT.fullmatch(name):
                has_result = True
            elif _SOURCE.fullmatch(name):
                has_source = True
        if has_log and (has_config or has_input):
            return True
        # Beside sources, a configuration with some results is a project of many runs.
        return has_config and not has_source and (has_result or len(_RESULT_FOLDERS & entries.folders) == 1)

    def metadata(self, run_dir: str, entries: Entries) -> dict[str, Any]:
        """Return what the logs tell; the status is unknown unless one of them says more."""
        return case_metadata(run_dir, entries, _inputs(entries.files), None)

    def parameters(self, run_dir: str, entries: Entries) -> Mapping[str, Any]:
        """Return none: the files of usual names that hold parameters are read of every run."""
        return {}

    def evidence(self, entries: Entries) -> Collection[str]:
        """Return the logs."""
        return [name for name in entries.files if is_any_log(name)]

    def is_part(self, folder: str) -> bool:
        """Return whether a folder holds data, and no runs."""
        return is_data_folder(folder)


def _inputs(files: Iterable[str]) -> list[str]:
    return [
        name for name in files if _CONFIG.fullmatch(name) or (_INPUT.fullmatch(name) and not is_any_log(name))
    ]
