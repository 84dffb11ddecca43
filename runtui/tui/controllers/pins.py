"""The user's pinned runs, which stay at the top of the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from runtui import operations
from runtui.catalog.run_key import RunKey
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.tui.controllers.host import BackgroundWork
from runtui.tui.controllers.operation_progress import OperationsController
from runtui.tui.controllers.rows import RowsController
from runtui.tui.controllers.targets import TargetRuns


class PinsController:
    """Pins and unpins runs, and puts the pinned ones first.

    Args:
        targets: The runs to pin.
        sources: The runs directories.
        view: The rows.
        rows: Arranges them.
        operations: Does the operations.
        background: Reads the pins.
    """

    def __init__(
        self,
        targets: TargetRuns,
        sources: RunSources,
        view: RunView,
        rows: RowsController,
        operations: OperationsController,
        background: BackgroundWork,
    ) -> None:
        self._targets = targets
        self._sources = sources
        self._view = view
        self._rows = rows
        self._operations = operations
        self._background = background
        self._pins: dict[str, frozenset[str]] = {}

    def recall(self) -> None:
        """Read the pins, and put those runs first."""
        bases = self._sources.bases
        self._background.submit("pins", partial(_read, bases), self._recalled)

    def _recalled(self, pins: dict[str, frozenset[str]]) -> None:
        self._pins = pins | self._pins
        self.show()

    def show(self) -> None:
        """Put the pinned runs first, if others were before."""
        name_of = self._sources.directories.name_of
        pins = dict(self._pins)
        names = frozenset(name_of(RunKey(base, name)) for base, found in pins.items() for name in found)
        if names != self._view.pins:
            self._view.pin(names)
            self._rows.advance()

    def toggle(self) -> None:
        """Pin the targets, or unpin them if all are pinned."""
        if not (names := self._targets.require()):
            return
        pinning = operations.Pinning(self._sources.directories, self._changed)
        are_pinned = self._view.pins.issuperset(names)
        self._operations.do(pinning.unpin(names) if are_pinned else pinning.pin(names))

    def _changed(self, base: str, pins: frozenset[str]) -> None:
        """Note the pins of a directory; called in the thread that changed them."""
        self._pins[base] = pins


def _read(bases: Sequence[str]) -> dict[str, frozenset[str]]:
    return {base: operations.read_pins(base) for base in bases}
