"""A runs directory for pipelines."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A runs directory that is not there yet."""
    return tmp_path / "runs"
