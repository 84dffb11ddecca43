from __future__ import annotations

import pytest

from runtui import __version__
from runtui.cli import main
from runtui.cli.arguments import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_what_its_option_prints(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["help", name]) == 0
    printed = capsys.readouterr().out
    assert main([name, "--help"]) == 0
    assert printed == capsys.readouterr().out


def test_help_alone_lists_the_commands_and_the_browsers_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    printed = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert printed == capsys.readouterr().out
    assert {"--view", "--low-bandwidth", "-V,"} <= set(printed.split())
    assert set(COMMANDS) <= set(printed.split())


@pytest.mark.parametrize(
    ("typed", "advice"),
    [("lss", "do you mean ls?"), ("\x1b[31m", "`runtui help` lists all")],
    ids=["near", "hostile"],
)
def test_unknown_command_is_refused_with_advice(capsys, typed: str, advice: str) -> None:
    assert main(["help", typed]) == 2
    error = capsys.readouterr().err
    assert error.endswith(f"{advice}\n")
    assert error.isprintable() or error[:-1].isprintable()


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version_is_printed(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert main([option]) == 0
    assert capsys.readouterr().out == f"runtui {__version__}\n"
