"""Which layout a directory has, and the row that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from runtui.layouts.registry import LAYOUTS, layout_of, recognised
from runtui.store.record import RecordState
from runtui.store.rows import read_record


class Marked:
    """A layout with a marker file, that tells whatever it is given."""

    def __init__(self, name: str, marker: str, told: dict[str, Any] | OSError) -> None:
        self.name = name
        self._marker = marker
        self._told = told

    def recognises(self, names: Collection[str]) -> bool:
        return self._marker in names

    def metadata(self, _run_dir: str) -> dict[str, Any]:
        if isinstance(self._told, OSError):
            raise self._told
        return self._told

    def logs(self, _run_dir: str) -> Sequence[str]:
        return ()

    tables = checkpoints = logs


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Adds layouts, in their order."""

    def add(*layouts: Marked) -> None:
        for layout in layouts:
            monkeypatch.setitem(LAYOUTS, layout.name, lambda layout=layout: layout)

    return add


def test_the_first_layout_that_recognises_a_directory_counts(
    add: Callable[..., None], runs_dir: Path
) -> None:
    add(Marked("a", "nothing", {}), Marked("b", "marker", {}), Marked("c", "marker", {}))
    (runs_dir / "marker").touch()
    found = layout_of(str(runs_dir))
    assert found is not None
    assert found.name == "b"


def test_a_row_of_a_layout_has_its_values_and_the_age_of_its_directory(
    add: Callable[..., None], runs_dir: Path
) -> None:
    add(Marked("b", "marker", {"status": "failed", "model": {"beta": 0.3}, "tags": 7}))
    (runs_dir / "r").mkdir()
    (runs_dir / "r" / "marker").touch()
    read = read_record(str(runs_dir), "r")
    run = recognised(str(runs_dir), read, keys=frozenset({"model.beta", "layout"}))
    assert (run.status, run.state, run.problem) == ("failed", RecordState.READ, "tags is not a list")
    assert (run.created, run.created_is_guess) == (read.created, True)
    assert run.values == {"model.beta": 0.3, "layout": "b"}


def test_run_that_a_layout_cannot_read_keeps_its_row(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("b", "marker", OSError("gone")))
    (runs_dir / "r").mkdir()
    (runs_dir / "r" / "marker").touch()
    for name in ("r", "no-such-run"):
        read = read_record(str(runs_dir), name)
        assert recognised(str(runs_dir), read) is read
