"""The list of layouts, as it was before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtui.layouts.known import LAYOUTS


@pytest.fixture(autouse=True)
def layouts_in_their_order() -> Iterator[None]:
    """Restore the order of the layouts, which tests that replace them reverse: the first one counts."""
    before = dict(LAYOUTS)
    yield
    LAYOUTS.clear()
    LAYOUTS.update(before)
