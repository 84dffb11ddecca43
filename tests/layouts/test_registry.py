"""Kinds of directories, and the rows of runs that a layout recognises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtui.catalog.sync.scan import read_all
from runtui.layouts.base import Entries
from runtui.layouts.known import LAYOUTS
from runtui.layouts.registry import (
    DirectoryKind,
    RunReading,
    examine,
    folders_to_look_into,
    foreign_metadata,
    read_foreign,
    read_run,
)
from runtui.layouts.run_names import run_names_below
from runtui.store.edits.run_edits import edit_tags, undo
from runtui.store.errors import MetadataError
from runtui.store.metadata import read_any_metadata, read_foreign_with, read_metadata
from runtui.store.recognition import is_runs_directory
from runtui.store.record import RecordState
from runtui.store.value_files import are_unchanged
from tests.layouts.tracker_samples import copied, rows, write
from tests.run_dirs import write_run


class Marked:
    """A layout with a marker file, which records what it is given."""

    def __init__(self, name: str, marker: str, recorded: dict[str, Any] | OSError) -> None:
        self.name = name
        self._marker = marker
        self._recorded = recorded

    def recognises(self, entries: Entries) -> bool:
        return self._marker in entries.files

    def metadata(self, _run_dir: str, _entries: Entries) -> dict[str, Any]:
        if isinstance(self._recorded, OSError):
            raise self._recorded
        return self._recorded

    def parameters(self, _run_dir: str, _entries: Entries) -> Mapping[str, Any]:
        return {"model": {"beta": 0.3}}

    def evidence(self, _entries: Entries) -> None:
        return None

    def is_part(self, folder: str) -> bool:
        return folder == "part"


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Adds layouts, in their order, after the removal of those that there are."""
    for name in list(LAYOUTS):
        monkeypatch.delitem(LAYOUTS, name)

    def add(*layouts: Marked) -> None:
        for layout in layouts:
            monkeypatch.setitem(LAYOUTS, layout.name, layout)

    return add


def make(base: Path, name: str, *files: str) -> Path:
    for file in files:
        path = base / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return base / name


def test_first_layout_that_recognises_a_directory_counts(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("a", "nothing", {}), Marked("b", "marker", {}), Marked("c", "marker", {}))
    path = str(make(runs_dir, "r", "marker", "folder/file"))
    examined = examine(path)
    assert examined.layout is not None
    assert examined.layout.name == "b"
    assert examined.entries == Entries(
        frozenset({"marker"}), frozenset({"folder"}), directory="r", path=path, statuses={}
    )


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (("metadata.json", "marker"), DirectoryKind.RECORDED),
        (("marker",), DirectoryKind.FOREIGN),
        (("run_params.json", "input.dat"), DirectoryKind.UNRECORDED),
        (("logs/a.log", "results/b.csv", "input.dat"), DirectoryKind.UNRECORDED),
        (("logs/a.log", "results/b.csv", "setup.py"), DirectoryKind.OTHER),
        (("logs/a.log",), DirectoryKind.OTHER),
        (("config.yaml",), DirectoryKind.OTHER),
        (("checkpoints/a.pt", "config.yaml"), DirectoryKind.OTHER),
        ((".runtui/edits/1.json", "input.dat"), DirectoryKind.UNRECORDED),
        ((".runtui/edited/run", "run/input.dat"), DirectoryKind.OTHER),
        ((".runtui/locks/lock", "run/input.dat"), DirectoryKind.OTHER),
        ((".runtui/doctor/1.json", ".run_index.json", "run/input.dat"), DirectoryKind.OTHER),
        (("input.dat",), DirectoryKind.OTHER),
        (("sub/input.dat",), DirectoryKind.OTHER),
    ],
)
def test_kind_of_a_directory(
    add: Callable[..., None], runs_dir: Path, files: tuple[str, ...], kind: DirectoryKind
) -> None:
    add(Marked("b", "marker", {}))
    assert examine(str(make(runs_dir, "r", *files))).kind is kind


def test_row_of_a_foreign_run_has_the_facts_of_its_layout(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("b", "marker", {"status": "failed", "steps": 9, "tags": 7}))
    make(runs_dir, "sweep/r", "marker")
    run = read_run(str(runs_dir), "sweep/r", keys=frozenset({"model.beta", "steps", "nothing"}))
    assert (run.name, run.run_id, run.layout) == ("sweep/r", "r", "b")
    assert (run.status, run.state, run.problem) == ("failed", RecordState.READ, "tags is not a list")
    assert run.created_is_guess
    assert run.values == {"model.beta": 0.3, "steps": 9}


def test_run_that_a_layout_cannot_read_keeps_its_row(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("b", "marker", OSError("gone")))
    make(runs_dir, "r", "marker")
    for name in ("r", "no-such-run"):
        assert not read_run(str(runs_dir), name).layout


def test_runs_are_read_in_turn_whoever_wrote_them(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("b", "marker", {"status": "failed"}))
    for name in ("a", "sweep/b", "e"):
        make(runs_dir, name, "marker")
    make(runs_dir, "c", "input.dat")
    write_run(runs_dir, "d")
    reading = RunReading(str(runs_dir))
    names = ("a", "sweep/b", "c", "d", "e", "gone")
    assert [reading.read(name) for name in names] == [read_run(str(runs_dir), name) for name in names]
    assert read_foreign(str(runs_dir), "d", is_edited=False, keys=frozenset()) is None
    assert read_foreign(str(runs_dir), "gone", is_edited=False, keys=frozenset()) is None


def test_run_may_hold_runs_in_folders_that_are_no_parts(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("b", "marker", {}))
    make(runs_dir, "alone", "marker", "part/x", "logs/x", ".hidden/x")
    make(runs_dir, "holds", "marker", "step1/x")
    for name in ("alone", "holds"):
        assert read_run(str(runs_dir), name).may_hold_runs is (name == "holds")
    assert folders_to_look_into(examine(str(runs_dir / "holds"))) == ["step1"]


def test_folders_called_logs_and_results_hold_runs_unless_they_lie_in_one(
    add: Callable[..., None], runs_dir: Path
) -> None:
    add(Marked("b", "marker", {}))
    make(runs_dir, "project", "logs/r/marker", "results/r/marker", "checkpoints/x", "setup.py")
    make(runs_dir, "run", "marker", "logs/x", "results/x")
    found = sorted(folders_to_look_into(examine(str(runs_dir / "project"))))
    assert found == ["checkpoints", "logs", "results"]
    assert folders_to_look_into(examine(str(runs_dir / "run"))) == []


def test_other_directory_is_no_run_and_not_broken(add: Callable[..., None], runs_dir: Path) -> None:
    add()
    make(runs_dir, "source", "main.c")
    run = read_run(str(runs_dir), "source")
    assert (run.state, run.effective_status) == (RecordState.OTHER, "no run")
    assert not run.is_failed


def test_empty_directory_awaits_metadata_only_at_the_top(add: Callable[..., None], runs_dir: Path) -> None:
    add()
    (runs_dir / "new").mkdir()
    (runs_dir / "sweep" / "new").mkdir(parents=True)
    assert read_run(str(runs_dir), "new").state is RecordState.WRITING
    assert read_run(str(runs_dir), "sweep/new").state is RecordState.OTHER


def test_metadata_of_foreign_runs_is_read_as_if_it_were_recorded(
    add: Callable[..., None], runs_dir: Path
) -> None:
    add(Marked("b", "marker", {"status": "failed"}))
    read_foreign_with(foreign_metadata)
    run_dir = make(runs_dir, "r", "marker")
    assert read_any_metadata(str(run_dir)) == {"run_id": "r", "status": "failed", "layout": "b"}
    with pytest.raises(MetadataError, match=r"no metadata.json"):
        read_metadata(str(run_dir))
    assert not is_runs_directory(str(runs_dir))
    assert foreign_metadata(str(make(runs_dir, "s", "other"))) is None
    assert foreign_metadata(str(runs_dir / "missing")) is None


@pytest.mark.parametrize(
    "files",
    [
        ("config.yaml", "train.log"),
        ("train.log", "metrics.csv"),
        ("config.yaml", "train.log", "checkpoints/a.pt"),
        ("run.sh", "nohup.out"),
    ],
)
def test_edits_leave_a_plain_run_a_run(runs_dir: Path, files: tuple[str, ...]) -> None:
    read_foreign_with(foreign_metadata)
    make(runs_dir, "r", *files)
    before = read_run(str(runs_dir), "r")
    for edit in (["x"], ["y"]):
        (outcome,) = edit_tags(str(runs_dir), ["r"], edit, [])
        assert outcome.done
    after = read_run(str(runs_dir), "r")
    assert (after.state, after.layout, after.tags) == (before.state, before.layout, ("x", "y"))
    assert before.layout
    undo(str(runs_dir), "r")
    assert read_run(str(runs_dir), "r").tags == ("x",)


@pytest.mark.parametrize(
    ("beside", "is_run"),
    [
        ((), True),
        (("b/metadata.json",), True),
        ((".run_index.json", "b/main.py"), True),
        (("config.yaml", "b/main.py"), False),
        (("b/config.yaml", "b/train.log"), False),
    ],
)
def test_empty_folder_is_a_run_that_begins_only_beside_runs_of_ours(
    runs_dir: Path, beside: tuple[str, ...], is_run: bool
) -> None:
    make(runs_dir, ".", *beside)
    (runs_dir / "tests").mkdir()
    assert (read_run(str(runs_dir), "tests").state is not RecordState.OTHER) == is_run
    assert ("tests" in run_names_below(str(runs_dir))) == is_run


def test_edits_of_a_foreign_run_lie_in_it_and_nowhere_else(add: Callable[..., None], runs_dir: Path) -> None:
    add(Marked("b", "marker", {"status": "failed"}))
    read_foreign_with(foreign_metadata)
    run_dir = make(runs_dir, "r", "marker")
    (outcome,) = edit_tags(str(runs_dir), ["r"], ["x"], [])
    assert outcome.done
    assert read_run(str(runs_dir), "r").tags == ("x",)
    assert [path.name for path in runs_dir.iterdir()] == ["r"]
    assert {path.name for path in run_dir.iterdir()} == {"marker", ".runtui"}
    undo(str(runs_dir), "r")
    assert read_run(str(runs_dir), "r").tags == ()


@pytest.mark.parametrize(
    ("sample", "file"),
    [
        ("hydra", ".hydra/overrides.yaml"),
        ("mlflow", "meta.yaml"),
        ("mlflow", "params/found later"),
        ("mlflow", "params/folder/found later"),
        ("mlflow", "tags/mlflow.runName"),
        ("guild", ".guild/attrs/label"),
        ("guild", ".guild/LOCK"),
        ("wandb", "logs/debug-internal.log"),
        ("wandb", "files/output.log"),
    ],
)
def test_run_of_a_tracker_is_read_again_only_when_what_it_follows_from_has_changed(
    tmp_path: Path, sample: str, file: str
) -> None:
    base = copied(tmp_path, sample)
    found = [run for run in read_all(str(base)) if run.layout == sample]
    # Of a folder that is not there, the list of entries tells.
    found = [run for run in found if (base / run.name / file.partition("/")[0]).exists()]
    assert found
    for run in found:
        path = base / run.name
        assert are_unchanged(str(path), run.values_stamp)
        (path / file).parent.mkdir(exist_ok=True)
        with (path / file).open("a") as opened:
            opened.write("more\n")
        assert not are_unchanged(str(path), run.values_stamp)


def test_run_of_hydra_is_read_again_when_its_job_has_written_more(tmp_path: Path) -> None:
    base = copied(tmp_path, "hydra")
    run = next(run for run in read_all(str(base)) if run.name.endswith("10-53-03/1"))
    assert are_unchanged(str(base / run.name), run.values_stamp)
    (result,) = (base / run.name).parent.glob(".submitit/8970/*_log.out")
    with result.open("a") as opened:
        opened.write("more\n")
    assert not are_unchanged(str(base / run.name), run.values_stamp)


def test_job_of_submitit_is_read_again_when_it_has_written_more(tmp_path: Path) -> None:
    base = copied(tmp_path, "submitit") / "subm"
    run = next(run for run in read_all(str(base)) if run.name == "8263")
    assert are_unchanged(str(base / run.name), run.values_stamp)
    with (base / "8263" / "8263_0_log.err").open("a") as opened:
        opened.write("more\n")
    assert not are_unchanged(str(base / run.name), run.values_stamp)


def test_metadata_of_another_program_hides_no_status_of_a_tracker(tmp_path: Path) -> None:
    record = '{"status": "FAILED", "fail_trace": ["ValueError: bad"], "start_time": "2023-01-01T10:00:00"}'
    for name, other in {"listed": '[{"name": "x"}]', "object": '{"name": "x", "version": 3}'}.items():
        write(tmp_path / name, {"run.json": record, "config.json": "{}", "metadata.json": other})
    ours: dict[str, str | bytes] = {"run.json": record, "metadata.json": '{"status": "completed"}'}
    write(tmp_path / "ours", ours | {"config.json": "{}"})
    write(tmp_path / "alone", {"metadata.json": "[]"})
    found = rows(tmp_path)
    assert {name: (run.layout, run.status, run.reason) for name, run in found.items() if run.layout} == {
        "listed": ("sacred", "failed", "ValueError: bad"),
        "object": ("sacred", "failed", "ValueError: bad"),
    }
    assert (found["ours"].status, found["alone"].problem) == (
        "completed",
        "metadata.json holds a list, not an object",
    )
    read_foreign_with(foreign_metadata)
    assert read_any_metadata(str(tmp_path / "listed"))["status"] == "failed"
