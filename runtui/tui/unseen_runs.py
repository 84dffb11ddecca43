"""New runs that appeared above the rows on screen, until the user has seen them."""

from __future__ import annotations

from collections.abc import Iterable

from runtui.catalog.view import RunView

_MOST_NOTED = 1000  # runs


class UnseenRuns:
    """New runs of a view that are above the rows on screen.

    Args:
        view: The runs.
    """

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._names: dict[str, None] = {}

    def add(self, names: Iterable[str]) -> None:
        """Note new runs; of very many the first are forgotten."""
        self._names.update(dict.fromkeys(names))
        for name in list(self._names)[:-_MOST_NOTED]:
            del self._names[name]

    def above(self, first: int) -> int:
        """Return how many new runs are above the row `first`, the first on screen; forget the others.

        Runs without a row, which the filter hides, are forgotten as well.
        """
        if self._names:
            rows = ((name, self._view.row_of(name)) for name in self._names)
            self._names = {name: None for name, row in rows if row is not None and row < first}
        return len(self._names)


def unseen_text(count: int) -> str:
    """Return the mark for a number of new runs above."""
    return f" ↑ {count:,} new above "
