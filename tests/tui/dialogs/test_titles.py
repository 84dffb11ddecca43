"""How the titles of dialogs name the runs that they are about."""

from __future__ import annotations

from runtui.store.record import RunRecord
from runtui.tui.dialogs.titles import path_in_list, runs_in_title

_ID = "78f02221-9b1c-4b7e-8f00-a1b2c3d4e5f6"
ONE = RunRecord(_ID, _ID, "running", description="long chain 1")


def test_a_single_run_is_named_by_its_id() -> None:
    assert runs_in_title([ONE]) == "78f02221"
    assert runs_in_title([ONE], is_described=True) == '78f02221 "long chain 1"'
    assert runs_in_title([ONE._replace(description="")], is_described=True) == "78f02221"


def test_a_long_description_is_cut() -> None:
    title = runs_in_title([ONE._replace(description="x" * 100)], is_described=True)
    assert title == f'78f02221 "{"x" * 39}…"'


def test_several_runs_are_counted() -> None:
    assert runs_in_title([ONE, ONE._replace(name="b")], is_described=True) == "2 runs"
    assert runs_in_title([]) == "0 runs"


def test_runs_of_several_folders_are_listed_by_the_ends_of_their_paths() -> None:
    bases = ["/runs", "/runs/sweep", "/runs/multirun/2026-01-10/10-00-00"]
    assert path_in_list("/runs", "2", bases) == "2"
    assert path_in_list("/runs/sweep", _ID, bases) == "sweep/78f02221"
    assert path_in_list("/runs/sweep", "2", ["/runs/sweep"]) == "2"
    assert path_in_list(bases[2], "2", bases) == "…n/2026-01-10/10-00-00/2"
