"""Pins: personal, one file for each runs directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.catalog.run_key import RunDirectories
from runtui.operations.pins import Pinning, change_pins, read_pins
from runtui.store.edits.run_edits import no_progress
from runtui.store.user_dirs import state_path


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "runs").mkdir()
    return str(tmp_path / "runs")


def test_pins_are_kept_by_directory_whatever_path_leads_there(base: str, tmp_path: Path) -> None:
    assert change_pins(base, add=["a", "b"]) == {"a", "b"}
    assert change_pins(base, add=["c"], remove=["a"]) == {"b", "c"}
    (tmp_path / "link").symlink_to(base)
    assert read_pins(str(tmp_path / "link")) == {"b", "c"}
    (tmp_path / "other").mkdir()
    assert read_pins(str(tmp_path / "other")) == frozenset()
    assert os.listdir(base) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pinned": 3}', b'{"pinned": [1, null]}', b"\xff"])
def test_damaged_file_means_no_pins_and_is_replaced(base: str, content: bytes) -> None:
    change_pins(base, add=["a"])
    path = state_path("pins", base)
    assert path is not None
    Path(path).write_bytes(content)
    assert read_pins(base) == frozenset()
    assert change_pins(base, add=["b"]) == {"b"}


def test_operation_pins_runs_of_several_directories_and_is_undone(base: str, tmp_path: Path) -> None:
    other = str(tmp_path / "more")
    seen: dict[str, frozenset[str]] = {}
    pinning = Pinning(RunDirectories([base, other]), seen.__setitem__)
    report = pinning.pin(["runs/a", "more/sub/b"]).do(no_progress)
    assert (report.text, report.failures) == ("pinned 2 runs", ())
    assert seen == {base: {"a"}, other: {"sub/b"}}
    assert report.back is not None
    assert report.back.do(no_progress).text == "unpinned 2 runs"
    assert read_pins(base) == read_pins(other) == frozenset()
    assert seen == {base: frozenset(), other: frozenset()}


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_pins_that_cannot_be_saved_are_told(base: str, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    report = Pinning(RunDirectories([base]), lambda *_: None).pin(["a"]).do(no_progress)
    assert [outcome.name for outcome in report.failures] == ["a"]
    assert report.back is None
