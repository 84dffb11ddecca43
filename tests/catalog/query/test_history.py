"""The queries of earlier sessions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.catalog.query.history import MOST_ENTRIES, add_to_history, history_path, read_history


def test_history_keeps_each_query_once_newest_last(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "runtui" / "filters")
    assert read_history(path) == []
    for query in ("a", "b", " a ", "", "   "):
        assert add_to_history(path, query)
    assert read_history(path) == ["b", "a"]


def test_history_keeps_only_the_newest_queries(tmp_path: Path) -> None:
    path = str(tmp_path / "filters")
    for number in range(MOST_ENTRIES + 5):
        add_to_history(path, f"q{number}")
    kept = read_history(path)
    assert len(kept) == MOST_ENTRIES
    assert (kept[0], kept[-1]) == ("q5", f"q{MOST_ENTRIES + 4}")


def test_new_query_is_added_to_the_existing_history(tmp_path: Path) -> None:
    path = str(tmp_path / "filters")
    add_to_history(path, "theirs")
    add_to_history(path, "ours")
    assert read_history(path) == ["theirs", "ours"]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\xff\xfe\x00", b"x" * 5000, b"a\x1b[2J\n", b"\0" * (2 * 1024 * 1024)]
)
def test_any_history_file_is_read_safely(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "filters"
    path.write_bytes(data)
    assert all(entry.isprintable() and len(entry) <= 1000 for entry in read_history(str(path)))
    assert add_to_history(str(path), "new")
    assert read_history(str(path))[-1] == "new"


def test_unwritable_history_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not add_to_history(str(tmp_path / "file" / "filters"), "a")
    (tmp_path / "folder").mkdir()
    assert read_history(str(tmp_path / "folder")) == []
    assert not add_to_history(str(tmp_path / "folder"), "a")


def test_history_is_in_the_users_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_path() == str(tmp_path / "runtui" / "filters")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert history_path() == os.path.join(tmp_path, ".local", "state", "runtui", "filters")
    monkeypatch.setenv("HOME", "nowhere")
    assert history_path() is None
