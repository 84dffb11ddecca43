from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.operations.triage_memory import (
    Changes,
    Dismissal,
    Memory,
    read_memory,
    recalled,
    remember,
    triage_path,
)


def test_changes_are_saved_for_their_directory(tmp_path: Path) -> None:
    base, other = str(tmp_path / "a"), str(tmp_path / "b")
    remember(
        base, Changes(dismissed={"ant": Dismissal(1.0, 2.0), "bee": Dismissal(3.0)}, handled={"cow": 4.0})
    )
    assert recalled(base) == Memory({"ant": Dismissal(1.0, 2.0), "bee": Dismissal(3.0)}, {"cow": 4.0})
    assert recalled(other) == Memory()
    remember(base, Changes(reopened=["ant"], unhandled=["cow"]))
    assert recalled(base) == Memory({"bee": Dismissal(3.0)}, {})


def test_directory_has_one_memory_by_any_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    remember(str(tmp_path / "link"), Changes(handled={"ant": 1.0}))
    assert recalled(str(tmp_path / "a")).handled == {"ant": 1.0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"dismissed": 3}',
        '{"dismissed": {"a": [1]}, "handled": {"a": true}}',
        '{"handled": {"a": 1e999}}',
    ],
)
def test_unreadable_memory_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    assert read_memory(str(tmp_path / "m.json")) == Memory()


def test_dismissals_of_an_earlier_version_are_kept(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"looked": 9.0, "settled": {"ant": 5.0}}))
    assert read_memory(str(tmp_path / "m.json")).dismissed == {"ant": Dismissal(5.0)}


def test_without_a_home_nothing_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert triage_path(str(tmp_path)) is None
    remember(str(tmp_path), Changes(handled={"ant": 1.0}))
    assert recalled(str(tmp_path)) == Memory()
