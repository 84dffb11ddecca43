from __future__ import annotations

import argparse

import pytest

from runtui.catalog.query.model import EVERYTHING
from runtui.cli.argument_types import age, query_of, run_count, view_called
from runtui.settings import FIRST_VIEWS


def usage_error(capsys: pytest.CaptureFixture[str], stopped: pytest.ExceptionInfo[SystemExit]) -> str:
    assert stopped.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    return line


def test_command_line_words_form_one_query() -> None:
    assert query_of([" -tag:test", "status:failed"]).text == "-tag:test status:failed"
    assert query_of([]) is EVERYTHING
    assert query_of(["", " "]).is_empty


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["gas", "status:"], "after 'gas status:'"),
        (["gas", "age<soon"], "at 'soon' (character 9)"),
    ],
)
def test_invalid_query_is_one_line_with_its_position(capsys, words: list[str], place: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        query_of(words)
    assert usage_error(capsys, stopped).startswith(f"runtui: invalid query {place}: ")


def test_query_error_contains_no_control_characters(capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        query_of(["age<\x1b]0;owned\x07"])
    assert "\x1b" not in usage_error(capsys, stopped)


def test_unknown_view_is_refused_with_a_list_of_views(capsys) -> None:
    assert view_called("Failed-Today", FIRST_VIEWS).name == "failed today"
    with pytest.raises(SystemExit) as stopped:
        view_called("yesterday", FIRST_VIEWS)
    line = usage_error(capsys, stopped)
    assert line.startswith("runtui: no view 'yesterday': choose from all, live, failed today,")


@pytest.mark.parametrize("text", ["-1", "1.5", "", "many", "1e3", "²"])
def test_run_count_must_be_an_integer(text: str) -> None:
    assert run_count("020") == 20
    with pytest.raises(argparse.ArgumentTypeError, match="invalid number of runs"):
        run_count(text)


def test_invalid_age_is_an_argparse_error() -> None:
    assert age("2d") == 2 * 86400
    with pytest.raises(argparse.ArgumentTypeError, match="12h or 2d"):
        age("2 days")
