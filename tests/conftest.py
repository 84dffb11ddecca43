"""Fixtures that many tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A deadline for one example is a timing assertion: on a busy machine it fails for no reason.
settings.register_profile("runtui", deadline=None)
settings.load_profile("runtui")


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """An empty runs directory."""
    path = tmp_path / "runs"
    path.mkdir()
    return path
