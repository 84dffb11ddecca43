"""The settings file: what it may hold, and that no content of it stops the program or gets lost."""

from __future__ import annotations

import os
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtui.catalog.sorting import Sort, sort_of, sort_text
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.settings import (
    DEFAULTS,
    FIRST_VIEWS,
    ColumnChoice,
    SavedView,
    read_settings,
    read_settings_soon,
    settings_path,
    view_of,
)
from runtui.settings.parsing import parse_settings
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
from runtui.text.sanitize import safe_text
from tests.store.children import finish, start_together

WHOLE = """\
theme = "nord"
columns = ["status", "id", { key = "model.beta", width = 9 }]
sort = "-loss"
bell = true

[keys]
filter = "f,/"
help = ["f1", "?"]

[budgets]
watches = 50
sweep_rate = 2

[[views]]
name = "Cold runs"
query = "temperature<0.3 status:failed"
sort = "temperature"
columns = ["id", "temperature"]
group = "solver"
"""


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_has_everything_that_can_be_set(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path / "s.toml", WHOLE))
    assert settings.problem == ""
    assert settings.theme == "nord"
    assert settings.columns == (ColumnChoice("status"), ColumnChoice("id"), ColumnChoice("model.beta", 9))
    assert settings.sort == Sort("loss", descending=True)
    assert settings.bell
    assert settings.keys == {"filter": "f,/", "help": "f1,?"}
    assert settings.budgets == WatchBudget(watches=50, sweep_rate=2.0)
    view = view_of(settings.views, "cold-runs")
    assert view == SavedView(
        "Cold runs",
        "temperature<0.3 status:failed",
        "temperature",
        (ColumnChoice("id"), ColumnChoice("temperature")),
        "solver",
    )
    assert [view.name for view in settings.views] == [
        "all",
        "live",
        "failed today",
        "mine",
        "stale",
        "triage",
        "Cold runs",
    ]


def test_without_a_file_or_a_home_there_are_the_defaults(tmp_path: Path) -> None:
    assert read_settings(str(tmp_path / "missing" / "s.toml")) == DEFAULTS
    assert read_settings(None) == DEFAULTS
    assert DEFAULTS.views == FIRST_VIEWS


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("theme = \n", 1, "Invalid value"),
        ("# one\n[keys\n", 2, "Expected"),
        ("sort = 3", 1, "sort must be text"),
        ("theme = 'nord'\n\nsort = '-'", 3, 'sort must name a key, such as "created" or "-loss"'),
        ("columns = 'id'", 1, "columns must be a list of keys"),
        ("columns = [{ key = 'id', wide = 3 }]", 1, "columns must have tables of key and width, not wide"),
        ("columns = [{ key = 'id', width = 0 }]", 1, "from 3 to 200 cells"),
        ("[budgets]\nwatches = -1", 2, "budgets.watches must be from 0 to 100000"),
        ("[budgets]\nsweep_rate = nan", 2, "budgets.sweep_rate must be from 0.1 to 1000"),
        ("[budgets]\nwatches = true", 2, "budgets.watches must be a number"),
        ("budgets.watch = 3", 1, "unknown setting budgets.watch: use one of watches, sweep_rate"),
        ("keys = 'f'", 1, "keys must be a table"),
        ("[keys]\n\nhelp = 1", 3, 'keys.help must be text such as "f5,R"'),
        ("views = 'all'", 1, "views must be tables, each headed [[views]]"),
        ("[[views]]\nquery = 'a'", 1, "view 1 has no name"),
        (
            "[[views]]\nname = 'a'\n[[views]]\nname = 'b'\ncolour = 1",
            5,
            'the view "b" has the unknown key colour',
        ),
        (
            "[[views]]\nname = 'a'\nquery = 'status:failed age<soon'",
            3,
            'the view "a" has a query that is invalid at character 19: age needs a time',
        ),
        ("[[views]]\nname = 'a'\n[[views]]\nname = 'A'", 4, 'the view "A" has the name of another view'),
        ("[budget]\nwatches = 3", 1, "unknown setting budget: did you mean budgets?"),
        ("colums = ['id']", 1, "unknown setting colums: did you mean columns?"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_where(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path / "s.toml", text)
    problem = read_settings(path).problem
    assert problem.startswith(f"{path}, line {line}: "), problem
    assert said in problem
    assert ": correct it; " in problem
    assert "\n" not in problem


def test_what_is_right_beside_what_is_wrong_is_used(tmp_path: Path) -> None:
    text = WHOLE + "[[views]]\nname = 'bad'\nquery = '\"'\n[[views]]\nname = 'good'\n"
    settings = read_settings(write(tmp_path / "s.toml", "colour = 1\n" + text.replace("50", "'many'")))
    assert "budgets.watches must be a number (and 1 more): correct it; the rest is used" in settings.problem
    assert settings.theme == "nord"
    assert settings.budgets == WatchBudget(sweep_rate=2.0)
    assert [view.name for view in settings.own_views] == ["Cold runs", "good"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"a" * 2_000_000,
        b"a = " + b"[" * 100_000,
        b"a." * 5000 + b"a = 1",
        b"a = 1" + b"0" * 9999,
    ],
)
def test_files_that_are_no_settings_at_all_give_the_defaults(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s.toml").write_bytes(data)
    settings = read_settings(str(tmp_path / "s.toml"))
    assert settings.problem
    assert len(settings.problem.splitlines()) == 1
    assert settings.views == FIRST_VIEWS


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "s.toml")
    assert "using the defaults" in read_settings(str(tmp_path / "s.toml")).problem
    assert "using the defaults" in read_settings(str(tmp_path)).problem


words = st.sampled_from(
    ["theme", "columns", "sort", "keys", "budgets", "views", "watches", "name", "query", "key", "width", "x"]
)
values = st.sampled_from(
    [
        "1",
        "nan",
        "'a'",
        "'status:'",
        "[]",
        "[1]",
        "['id']",
        "[{}]",
        "{}",
        "{key = 'id'}",
        "true",
        "1979-05-27",
        "'\\u001b'",
    ]
) | st.text(max_size=5)
lines = st.one_of(
    st.builds("{} = {}".format, words, values),
    st.builds("{}.{} = {}".format, words, words, values),
    st.builds("[{}]".format, words),
    st.builds("[[{}]]".format, words),
    st.text(max_size=8),
)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(lines, max_size=8).map(lambda found: "\n".join(found).encode("utf-8", "replace")),
    )
)
@example(b"views = [{name = 1}]")
@example(b"[[views]]\nname = '\\u001b[31m'\nqueri = 1")
def test_no_content_raises_and_all_that_is_wrong_is_one_safe_line(data: bytes) -> None:
    settings = parse_settings(data, "/some/where/settings.toml")
    assert safe_text(settings.problem) == settings.problem
    for change in (put_view(SavedView("new", "a b")), set_columns((ColumnChoice("id"),)), set_theme("nord")):
        settings = with_change(settings, change)
    assert view_of(settings.views, "new") == SavedView("new", "a b")
    assert settings.columns == (ColumnChoice("id"),)


def test_saving_keeps_what_the_program_does_not_know(tmp_path: Path) -> None:
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


def test_of_two_browsers_that_save_at_the_same_moment_neither_loses_anything(tmp_path: Path) -> None:
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


UNKNOWN = """\
[[views]]
name = "Mine"
query = "user:me"
colour = 1
[views.later]
x = [1]

[[views]]
name = "Other"
"""


def test_a_view_with_an_unknown_key_is_used_without_it(tmp_path: Path) -> None:
    path = write(tmp_path / "s.toml", UNKNOWN)
    settings = read_settings(path)
    assert settings.own_views == (SavedView("Mine", "user:me"), SavedView("Other"))
    assert settings.problem.startswith(
        f'{path}, line 4: the view "Mine" has the unknown key colour: use one of name,'
    )
    assert settings.problem.endswith(" (and 1 more): correct it; the rest is used")


def test_a_view_with_an_unknown_key_of_a_column_is_used_without_it(tmp_path: Path) -> None:
    text = "[[views]]\nname = 'a'\ncolumns = ['id', {key = 'beta', width = 9, align = 'left'}]\n"
    path = write(tmp_path / "s.toml", text)
    settings = read_settings(path)
    assert settings.own_views == (SavedView("a", columns=(ColumnChoice("id"), ColumnChoice("beta", 9))),)
    assert 'the view "a" has the unknown key align: use one of' in settings.problem
    save_change(path, set_theme("nord"))
    assert tomllib.loads(Path(path).read_text())["views"] == tomllib.loads(text)["views"]


@pytest.mark.parametrize(
    ("change", "name", "query"),
    [
        (set_theme("nord"), "Mine", "user:me"),
        (put_view(SavedView("mine", "is:dead")), "mine", "is:dead"),
        (rename_view("Mine", "Yours"), "Yours", "user:me"),
        (remove_view("Other"), "Mine", "user:me"),
    ],
)
def test_an_unknown_key_of_a_view_stays_when_settings_are_saved(
    tmp_path: Path, change: SettingsEdit, name: str, query: str
) -> None:
    path = write(tmp_path / "s.toml", UNKNOWN)
    save_change(path, change)
    view = tomllib.loads(Path(path).read_text())["views"][0]
    assert view == {"name": name, "query": query, "colour": 1, "later": {"x": [1]}}


@pytest.mark.parametrize("text", ["theme = ", "theme = 3", "[[views]]\nname = 'a'\nquery = '\"'"])
def test_a_broken_file_is_never_written_to(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "s.toml", text)
    with pytest.raises(SettingsError, match=r"not saved, the settings file has errors: .* line"):
        save_change(path, set_theme("nord"))
    assert Path(path).read_text() == text
    assert os.listdir(tmp_path) == ["s.toml"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "file", "")
    with pytest.raises(SettingsError, match="not saved"):
        save_change(str(tmp_path / "file" / "s.toml"), set_theme("nord"))
    with pytest.raises(SettingsError, match="no home"):
        save_change(None, set_theme("nord"))


def test_a_link_stays_one_and_comments_stay_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    target = Path(write(tmp_path / "dotfiles" / "s.toml", "# my own\ntheme = 'nord'  # dark\n"))
    link = tmp_path / "s.toml"
    link.symlink_to(target)
    save_change(str(link), set_columns((ColumnChoice("id"),)))
    assert link.is_symlink()
    assert tomllib.loads(target.read_text()) == {"theme": "nord", "columns": ["id"]}
    assert Path(f"{target}.commented").read_text() == "# my own\ntheme = 'nord'  # dark\n"


def test_the_file_is_in_the_users_configuration_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert settings_path() == "/somewhere/runtui/settings.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert settings_path() == "/home/somebody/.config/runtui/settings.toml"


@pytest.mark.parametrize("text", ["created", "-created", "loss", "-loss", "duration"])
def test_an_order_is_written_as_it_is_read(text: str) -> None:
    sort = sort_of(text)
    assert sort is not None
    assert sort_text(sort) == text


def test_a_disk_that_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr("runtui.settings.os.path.lexists", lambda _path: answered.wait(20))
    try:
        settings = read_settings_soon("/somewhere/s.toml", 0.01)
    finally:
        answered.set()
    assert settings.problem == "/somewhere/s.toml takes too long to read: using the defaults"
    assert settings.views == FIRST_VIEWS
