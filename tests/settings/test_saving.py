"""Changes of the settings file: nothing else in it gets lost, and a file with errors stays as it is."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from runtui.settings import FIRST_VIEWS, ColumnChoice, SavedView, read_settings, view_of
from runtui.settings.saving import (
    SettingsEdit,
    SettingsError,
    put_view,
    remove_view,
    rename_view,
    save_change,
    set_columns,
    set_theme,
    with_change,
)
from tests.settings.files import UNKNOWN, WHOLE, write
from tests.store.children import finish, start_together


def test_saving_preserves_unknown_settings(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.toml",
        "later = { a = [1, 2.5] }\n" + WHOLE + "\n[plugin]\nwhen = 2026-11-21T10:00:00Z\n",
    )
    before = tomllib.loads(Path(path).read_text())
    save_change(path, put_view(SavedView("cold runs", "temperature<0.2", columns=(ColumnChoice("id", 9),))))
    save_change(path, set_columns(()))
    save_change(path, set_theme("gruvbox"))
    after = tomllib.loads(Path(path).read_text())
    assert after.pop("views") == [
        {"name": "cold runs", "query": "temperature<0.2", "columns": [{"key": "id", "width": 9}]}
    ]
    assert after.pop("theme") == "gruvbox"
    for name in ("views", "theme", "columns"):
        del before[name]
    assert after == before


def test_views_are_saved_renamed_and_deleted(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "s.toml")
    save_change(path, put_view(SavedView("mine", "user:me status:failed")))
    save_change(path, put_view(SavedView("big", "size>3", "-size", group="host")))
    assert view_of(read_settings(path).views, "mine") == SavedView("mine", "user:me status:failed")
    save_change(path, rename_view("big", "large"))
    save_change(path, remove_view("mine"))
    settings = read_settings(path)
    assert settings.own_views == (SavedView("large", "size>3", "-size", group="host"),)
    assert view_of(settings.views, "mine") == FIRST_VIEWS[3]


def test_concurrent_saves_lose_no_view(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    code = """
        import sys
        from runtui.settings import SavedView
        from runtui.settings.saving import put_view, save_change
        ready()
        for number in range(30):
            save_change(sys.argv[1], put_view(SavedView(f"{sys.argv[2]} {number}", "age<2d")))
    """
    finish(start_together(code, [(path, "one"), (path, "two"), (path, "three")]))
    names = {view.name for view in read_settings(str(path)).own_views}
    assert names == {f"{who} {number}" for who in ("one", "two", "three") for number in range(30)}
    assert os.listdir(tmp_path) == ["s.toml"]


@pytest.mark.parametrize(
    ("change", "name", "query"),
    [
        (set_theme("nord"), "Mine", "user:me"),
        (put_view(SavedView("mine", "is:dead")), "mine", "is:dead"),
        (rename_view("Mine", "Yours"), "Yours", "user:me"),
        (remove_view("Other"), "Mine", "user:me"),
    ],
)
def test_saving_preserves_unknown_keys_of_a_view(
    tmp_path: Path, change: SettingsEdit, name: str, query: str
) -> None:
    path = write(tmp_path / "s.toml", UNKNOWN)
    save_change(path, change)
    view = tomllib.loads(Path(path).read_text())["views"][0]
    assert view == {"name": name, "query": query, "colour": 1, "later": {"x": [1]}}


@pytest.mark.parametrize("text", ["theme = ", "theme = 3", "[[views]]\nname = 'a'\nquery = '\"'"])
def test_invalid_settings_file_is_never_overwritten(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "s.toml", text)
    with pytest.raises(SettingsError, match=r"not saved, the settings file has errors: .* line"):
        save_change(path, set_theme("nord"))
    assert Path(path).read_text() == text
    assert os.listdir(tmp_path) == ["s.toml"]


def test_saving_to_an_unwritable_path_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "file", "")
    with pytest.raises(SettingsError, match="not saved"):
        save_change(str(tmp_path / "file" / "s.toml"), set_theme("nord"))
    with pytest.raises(SettingsError, match="no home"):
        save_change(None, set_theme("nord"))


def test_saving_keeps_a_symlink_and_comments(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    target = Path(write(tmp_path / "dotfiles" / "s.toml", "# my own\ntheme = 'nord'  # dark\n"))
    link = tmp_path / "s.toml"
    link.symlink_to(target)
    save_change(str(link), set_columns((ColumnChoice("id"),)))
    assert link.is_symlink()
    assert tomllib.loads(target.read_text()) == {"theme": "nord", "columns": ["id"]}
    assert target.read_text().startswith("# my own\ntheme = 'nord'  # dark\n")
    assert os.listdir(target.parent) == ["s.toml"]


def test_change_can_be_previewed_without_saving(tmp_path: Path) -> None:
    path = write(tmp_path / "s.toml", WHOLE)
    before = read_settings(path)
    after = with_change(before, set_theme("gruvbox"))
    assert (after.theme, after.own_views) == ("gruvbox", before.own_views)
    assert before.document["theme"] == "nord"
    assert read_settings(path).theme == "nord"


def test_column_widths_are_saved_only_if_set(tmp_path: Path) -> None:
    path = str(tmp_path / "s.toml")
    columns = (ColumnChoice("id"), ColumnChoice("beta", 12))
    save_change(path, set_columns(columns))
    assert tomllib.loads(Path(path).read_text()) == {"columns": ["id", {"key": "beta", "width": 12}]}
    assert read_settings(path).columns == columns
    save_change(path, set_columns(()))
    assert tomllib.loads(Path(path).read_text()) == {}
