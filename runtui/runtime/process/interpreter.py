"""Other processes of this program's own Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_PACKAGE_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))


def python_command(module: str, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command that runs a module of this program as this process would.

    Args:
        module: The module's dotted name.
        arguments: Its command line arguments.
    """
    return [sys.executable, *_safe_path(), "-m", module, *arguments]


def _safe_path() -> list[str]:
    """Return the option that keeps modules of the working directory from hiding Python's own.

    Where the package itself lies in the working directory, it is found only without that option.
    """
    return [] if os.path.realpath(os.getcwd()) == os.path.realpath(_PACKAGE_ROOT) else ["-P"]
