from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.settings.screen_state import ScreenState, read_state, read_state_soon, save_state, state_path

SOMEWHERE = ScreenState("is:failed", "-created", "reason", "r7", "age")


def test_state_is_kept_for_its_directories_by_any_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    save_state([str(tmp_path / "link")], SOMEWHERE)
    assert read_state([str(tmp_path / "a")]) == SOMEWHERE
    assert read_state_soon([str(tmp_path / "a")], 30.0) == SOMEWHERE
    assert read_state([str(tmp_path / "a"), str(tmp_path)]) == ScreenState()
    view = SOMEWHERE.view
    assert (view.query, view.sort, view.group, view.columns) == ("is:failed", "-created", "reason", ())


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"query": 3, "sort": null}', "{" * 100], ids=["empty", "list", "types", "deep"]
)
def test_unreadable_state_is_the_beginning(tmp_path: Path, text: str) -> None:
    path = state_path([str(tmp_path)])
    assert path is not None
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(path).write_text(text)
    assert read_state([str(tmp_path)]) == ScreenState()


def test_state_that_cannot_be_written_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/no")
    save_state([str(tmp_path)], SOMEWHERE)
    assert read_state([str(tmp_path)]) == ScreenState()
