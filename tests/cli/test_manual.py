from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.cli.arguments import COMMANDS, build_parser, subparsers
from tests.run_dirs import write_run

HOMES = [command.home for command in COMMANDS.values()]


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


def test_manual_page_is_accepted_by_man(capsys) -> None:
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


def test_listing_and_help_import_few_modules(runs_dir: Path) -> None:
    write_run(runs_dir, "aa")
    unneeded = {"textual", "watchfiles", "humanize", "asyncio", "multiprocessing", "subprocess", "tomllib"}
    listing = loaded_by("ls", "-C", str(runs_dir))
    assert not (unneeded | {"runtui.logs.read.source", "runtui.results", "runtui.catalog.catalog"}) & listing
    assert not {"runtui.logs.diagnose.rules", "runtui.logs.search"} & listing
    helping = loaded_by("--help")
    assert not (unneeded | {"orjson", "json", "runtui.store.record", "runtui.catalog"}) & helping
