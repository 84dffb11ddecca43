"""Waiting for something to become true, instead of for time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot

PATIENCE = 60.0
"""Seconds after which a condition is taken never to come true, on however slow a machine."""

_STEP = 0.02


def wait_until(
    condition: Callable[[], object],
    what: str,
    patience: float = PATIENCE,
    seen: Callable[[], object] = str,
) -> None:
    """Return as soon as `condition` holds; fail with `what`, and what was `seen`, when it never does."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what} {seen()}"
        time.sleep(_STEP)


async def until(
    pilot: Pilot[None],
    condition: Callable[[], object],
    what: str,
    evidence: Callable[[], str] = str,
    patience: float = PATIENCE,
) -> None:
    """Return as soon as `condition` holds, letting the app work meanwhile;
    fail with `what` and the `evidence` otherwise."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what}\n{evidence()}"
        await pilot.pause(_STEP)
