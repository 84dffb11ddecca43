"""Programs that make runs with the real packages, where those are installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

_ENVIRONMENTS = "RUNTUI_TEST_ENVIRONMENTS"
"""Variable for a directory of virtual environments, each with the name of the package in it."""


def run_with(package: str, module: str, program: str, folder: Path, *words: str) -> None:
    """Run a program with a package in a folder, or skip the test where the package is not installed.

    Args:
        package: The package's name in its index.
        module: The module to import.
        program: The program's text.
        folder: Where it runs.
        words: Its arguments.
    """
    python = sys.executable
    if importlib.util.find_spec(module) is None:
        python = os.path.join(os.environ.get(_ENVIRONMENTS, ""), package, "bin", "python")
        if _ENVIRONMENTS not in os.environ or not os.path.exists(python):
            pytest.skip(f"{package} is not installed")
    (folder / "program.py").write_text(program)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [python, "program.py", *words], cwd=folder, env=clean, capture_output=True, timeout=120, check=False
    )
