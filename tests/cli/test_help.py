from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.cli.arguments import COMMANDS, build_parser, overview, parse_arguments, subparsers
from tests.run_dirs import write_run

HOMES = [command.home for command in COMMANDS.values()]


def test_every_subcommand_is_listed_and_is_where_it_is_said_to_be() -> None:
    assert list(subparsers(overview())) == list(COMMANDS)
    assert set(subparsers(build_parser(HOMES))) == set(COMMANDS)
    for name, command in COMMANDS.items():
        assert name in subparsers(build_parser([command.home]))


def test_the_examples_in_the_help_of_every_subcommand_are_understood() -> None:
    texts = [overview().epilog, *(parser.epilog for parser in subparsers(build_parser(HOMES)).values())]
    count = 0
    for text in texts:
        assert text is not None
        for line in text.partition("examples:")[2].splitlines():
            typed = line.strip().partition("  ")[0]
            if typed.startswith("runtui") and line.startswith("  runtui"):
                words = shlex.split(typed)
                if {"|", ">"} & set(words):
                    words = words[: min(words.index(sign) for sign in ("|", ">") if sign in words)]
                assert callable(parse_arguments(words[1:]).command)
                count += 1
    assert count > len(COMMANDS)


def test_a_view_may_be_named_without_a_subcommand() -> None:
    for words in (["--view", "mine"], ["-C", "a", "--view", "mine"], ["--view=mine", "a", "b"]):
        arguments = parse_arguments(words)
        assert arguments.view == "mine"
        assert arguments.directories == [word for word in words[1:] if words[0] == "--view=mine"]


def all_options() -> set[str]:
    parsers = list(subparsers(build_parser(HOMES)).values())
    parsers += [below for parser in parsers for below in subparsers(parser).values()]
    return {
        option for parser in parsers for action in parser._actions for option in action.option_strings
    } - {"-h", "--help"}


def test_the_manual_has_every_subcommand_and_option(capsys) -> None:
    assert main(["manual"]) == 0
    text = capsys.readouterr().out
    assert main(["manual", "--man"]) == 0
    page = capsys.readouterr().out.replace(r"\-", "-")
    for name in COMMANDS:
        assert f"usage: runtui {name} [" in text or f"usage: runtui {name}\n" in text
        assert f".SS runtui {name}\n" in page
    for option in all_options():
        assert option in text
        assert option in page


def test_the_manual_page_is_one_that_man_takes(capsys) -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    main(["manual", "--man"])
    page = capsys.readouterr().out
    shown = subprocess.run(
        ["groff", "-man", "-ww", "-Tascii"], input=page, capture_output=True, encoding="ascii", check=True
    )
    assert shown.stderr == ""
    assert "runtui trash restore" in shown.stdout


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules that are loaded when the program has done what the arguments say."""
    program = (
        "import sys; from runtui.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": root},
    )
    return set(ended.stderr.splitlines()[-1].split())


def test_listing_and_help_load_little(runs_dir: Path) -> None:
    write_run(runs_dir, "aa")
    unneeded = {"textual", "watchfiles", "humanize", "asyncio", "multiprocessing", "subprocess", "tomllib"}
    listing = loaded_by("ls", "-C", str(runs_dir))
    assert not (unneeded | {"runtui.logs", "runtui.results", "runtui.catalog.catalog"}) & listing
    helping = loaded_by("--help")
    assert not (unneeded | {"orjson", "json", "runtui.store.record", "runtui.catalog"}) & helping
