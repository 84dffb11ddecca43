"""The comparison: parameters and results of runs side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from runtui.results.comparing import ComparedValue, Comparison, compare
from runtui.results.exporting import FORMATS
from runtui.results.values import read_values
from runtui.text.format import short_id
from runtui.tui.actions import Keys, Place
from runtui.tui.screens.results import ResultsScreen, RunPlace, results_bindings
from runtui.tui.widgets.comparison_view import ComparisonView

MOST_COMPARED = 50
"""Runs that are compared at once."""

_CHANGES = list(ComparedValue)


class ComparisonScreen(ResultsScreen):
    """Compares runs.

    Args:
        runs: The runs, at least two; the first is the reference until the user chooses another.
        keys: The keys that the user remapped.
    """

    PLACE = Place.COMPARISON
    BINDINGS: ClassVar[list[BindingType]] = results_bindings(Place.COMPARISON)

    def __init__(self, runs: Sequence[RunPlace], keys: Keys) -> None:
        super().__init__(keys)
        self._runs = runs
        self._view = ComparisonView()
        self._comparison: Comparison | None = None
        self._reference = 0
        self._change = ComparedValue.NONE
        self._all_rows = False

    def body(self) -> Widget:
        return self._view

    def read(self) -> None:
        self.show_title(f"comparing {len(self._runs)} runs…")
        self.background.submit("read", partial(_compared, self._runs), self._take)

    def _take(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._show()
        if comparison.problems:
            more = f" (and {len(comparison.problems) - 1} more)" if len(comparison.problems) > 1 else ""
            self.say(comparison.problems[0] + more)

    def _show(self) -> None:
        comparison = self._comparison
        if comparison is None:
            return
        rows = "all rows" if self._all_rows else "differences only"
        reference = short_id(comparison.runs[self._reference])
        numbers = "" if self._change is ComparedValue.NONE else f", numbers as {self._change.value}"
        self.show_title(f"{len(comparison.runs)} runs, compared with {reference}: {rows}{numbers}")
        self._view.show(comparison, self._reference, self._change, all_rows=self._all_rows)

    def action_all_rows(self) -> None:
        self._all_rows = not self._all_rows
        self._show()

    def action_next_reference(self) -> None:
        self._reference = (self._reference + 1) % len(self._runs)
        self._show()

    def action_change(self) -> None:
        self._change = _CHANGES[(_CHANGES.index(self._change) + 1) % len(_CHANGES)]
        self._show()

    def action_export(self) -> None:
        if self._comparison is not None:
            self.ask("save to (.csv, .json, .md):", "comparison.csv", self._export)

    def _export(self, typed: str) -> None:
        comparison, path = self._comparison, os.path.expanduser(typed)
        form = FORMATS.get(os.path.splitext(path)[1].lower())
        if form is None:
            self.say("not saved: use a file name ending in .csv, .json or .md")
        elif comparison is not None:
            self.save(form(comparison, reference=self._reference, all_rows=self._all_rows), path)


def _compared(runs: Sequence[RunPlace]) -> Comparison:
    return compare([read_values(run.base, run.name, run.shown_as) for run in runs])
