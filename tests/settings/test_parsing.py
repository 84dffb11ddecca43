"""The settings file: what it may hold, and that no content of it stops the program or gets lost."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtui.catalog.sorting import Sort
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.settings import (
    FIRST_VIEWS,
    ColumnChoice,
    Notify,
    Panes,
    SavedView,
    read_settings,
    view_of,
)
from runtui.settings.parsing import parse_settings
from runtui.settings.saving import (
    put_view,
    save_change,
    set_columns,
    set_theme,
    with_change,
)
from runtui.text.sanitize import safe_text
from tests.settings.files import UNKNOWN, WHOLE, write


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path / "s.toml", WHOLE))
    assert settings.problem == ""
    assert settings.theme == "nord"
    assert settings.columns == (ColumnChoice("status"), ColumnChoice("id"), ColumnChoice("model.beta", 9))
    assert settings.sort == Sort("loss", descending=True)
    assert not settings.bell
    assert (settings.panes, settings.panes_share) == (Panes.DETAILS, 60)
    assert settings.notify is Notify.FAILED
    assert settings.notify_command == 'mail -s "$RUNTUI_RUN_ID" me'
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
        "last 24h",
        "last night",
        "disk",
        "disk by folder",
        "disk by user",
        "Cold runs",
    ]


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
def test_error_is_one_line_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path / "s.toml", text)
    problem = read_settings(path).problem
    assert problem.startswith(f"{path}, line {line}: "), problem
    assert said in problem
    assert ": correct it; " in problem
    assert "\n" not in problem


def test_valid_settings_beside_invalid_ones_are_used(tmp_path: Path) -> None:
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
def test_invalid_settings_file_gives_the_defaults(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s.toml").write_bytes(data)
    settings = read_settings(str(tmp_path / "s.toml"))
    assert settings.problem
    assert len(settings.problem.splitlines()) == 1
    assert settings.views == FIRST_VIEWS


def test_special_settings_file_gives_the_defaults_without_blocking(tmp_path: Path) -> None:
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
def test_any_settings_content_gives_at_most_a_safe_one_line_problem(data: bytes) -> None:
    settings = parse_settings(data, "/some/where/settings.toml")
    assert safe_text(settings.problem) == settings.problem
    for change in (put_view(SavedView("new", "a b")), set_columns((ColumnChoice("id"),)), set_theme("nord")):
        settings = with_change(settings, change)
    assert view_of(settings.views, "new") == SavedView("new", "a b")
    assert settings.columns == (ColumnChoice("id"),)


def test_unknown_key_of_a_view_is_reported_and_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "s.toml", UNKNOWN)
    settings = read_settings(path)
    assert settings.own_views == (SavedView("Mine", "user:me"), SavedView("Other"))
    assert settings.problem.startswith(
        f'{path}, line 4: the view "Mine" has the unknown key colour: use one of name,'
    )
    assert settings.problem.endswith(" (and 1 more): correct it; the rest is used")


def test_unknown_key_of_a_column_is_ignored_but_preserved(tmp_path: Path) -> None:
    text = "[[views]]\nname = 'a'\ncolumns = ['id', {key = 'beta', width = 9, align = 'left'}]\n"
    path = write(tmp_path / "s.toml", text)
    settings = read_settings(path)
    assert settings.own_views == (SavedView("a", columns=(ColumnChoice("id"), ColumnChoice("beta", 9))),)
    assert 'the view "a" has the unknown key align: use one of' in settings.problem
    save_change(path, set_theme("nord"))
    assert tomllib.loads(Path(path).read_text())["views"] == tomllib.loads(text)["views"]


RULE = '[[digest.rules]]\nkind = "numerics"\npattern = "mesh \\\\d+ tangled"\n'


def test_digest_rules_are_read_in_their_order() -> None:
    settings = parse_settings((RULE + RULE.replace("numerics", "Licence")).encode(), "s.toml")
    assert settings.problem == ""
    assert [(rule.kind, rule.source) for rule in settings.digest_rules] == [
        ("numerics", r"mesh \d+ tangled"),
        ("licence", r"mesh \d+ tangled"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (RULE.replace("numerics", "blowup"), 2, "digest rule 1 has an unknown kind: use one of oom"),
        (
            RULE.replace("tangled", "(tangled"),
            3,
            "digest rule 1 has a pattern that cannot be used: not a regular",
        ),
        (RULE.replace("tangled", "(t+)+$"), 3, "could take for ever"),
        (RULE + '[[digest.rules]]\nkind = "oom"\n', 4, "digest rule 2 has no pattern"),
        (RULE + "says = 3\n", 4, "digest rule 1 has the unknown key says: use kind and pattern"),
        ("[digest]\nrule = 3\n", 2, "unknown setting digest.rule: use rules"),
        ("[digest]\nrules = 3\n", 1, "digest.rules must be tables, each headed [[digest.rules]]"),
        ("digest = 3\n", 1, "digest must be a table"),
    ],
)
def test_digest_rule_that_cannot_be_used_is_reported_in_one_line(text: str, line: int, problem: str) -> None:
    settings = parse_settings(b'theme = "nord"\n' + text.encode(), "s.toml")
    assert f"s.toml, line {line + 1}: " in settings.problem
    assert problem in settings.problem
    assert "\n" not in settings.problem
    assert settings.theme == "nord"
    assert all(rule.kind == "numerics" for rule in settings.digest_rules)
