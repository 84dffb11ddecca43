"""Places with special properties: a directory that every user can reach."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def public_dir() -> Iterator[Path]:
    """A directory of ours that other users can read but not write."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user")
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)
