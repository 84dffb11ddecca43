from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from runtui import __version__
from runtui.cli.arguments import (
    COMMANDS,
    build_parser,
    examples,
    first_operand,
    overview,
    parse_arguments,
    subparsers,
)

HOMES = [command.home for command in COMMANDS.values()]


def test_every_subcommand_is_listed_and_in_its_module() -> None:
    assert list(subparsers(overview())) == list(COMMANDS)
    assert set(subparsers(build_parser(HOMES))) == set(COMMANDS)
    for name, command in COMMANDS.items():
        assert name in subparsers(build_parser([command.home]))


def test_help_examples_of_every_subcommand_are_valid() -> None:
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


def test_view_option_works_without_a_subcommand() -> None:
    for words in (["--view", "mine"], ["-C", "a", "--view", "mine"], ["--view=mine", "a", "b"]):
        arguments = parse_arguments(words)
        assert arguments.view == "mine"
        assert arguments.directories == [word for word in words[1:] if words[0] == "--view=mine"]


def test_words_without_a_subcommand_are_directories_to_browse() -> None:
    assert parse_arguments([]).directories == []
    assert parse_arguments(["/scratch/a", "b"]).directories == ["/scratch/a", "b"]
    assert parse_arguments(["--", "ls"]).directories == ["ls"]


def test_directory_option_works_before_and_after_the_subcommand() -> None:
    for words in (["-C", "a", "show", "x"], ["show", "-C", "a", "x"], ["show", "x", "--runs-dir=a"]):
        arguments = parse_arguments(words)
        assert (arguments.runs_dir, arguments.run) == ("a", "x")
    assert not hasattr(parse_arguments(["show", "x"]), "runs_dir")


def test_negated_term_is_not_mistaken_for_an_option() -> None:
    arguments = parse_arguments(["ls", "-C", "a", "-tag:test", "gas", "-status:failed"])
    assert [word.strip() for word in arguments.query] == ["-tag:test", "gas", "-status:failed"]
    assert arguments.runs_dir == "a"


@pytest.mark.parametrize("command", ["ls", "clean"])
@pytest.mark.parametrize(
    "words",
    [
        ["-tag:x", "-C", "a", "gas"],
        ["gas", "-C", "a", "-tag:x"],
        ["gas", "--json", "-tag:x", "-C", "a"],
        ["-tag:x", "--json", "gas", "-C", "a"],
        ["-C", "a", "gas", "--", "-tag:x"],
        ["-tag:x", "-C", "a", "--json", "--", "gas"],
    ],
)
def test_words_of_a_query_may_stand_anywhere_among_options(command: str, words: list[str]) -> None:
    arguments = parse_arguments([command, *words])
    assert sorted(word.strip() for word in arguments.query) == ["-tag:x", "gas"]
    assert arguments.runs_dir == "a"
    assert arguments.json is ("--json" in words)


def test_negated_key_that_begins_like_the_directory_option_is_no_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = parse_arguments(["ls", "-C", "a", "-Created>2026-01-01", "-(gas or fluid)", "-Cutoff~3"])
    assert [word.strip() for word in arguments.query] == [
        "-Created>2026-01-01",
        "-(gas or fluid)",
        "-Cutoff~3",
    ]
    assert arguments.runs_dir == "a"
    (tmp_path / "runs=2").mkdir()
    arguments = parse_arguments(["ls", "-Cruns=2"])
    assert (arguments.runs_dir, arguments.query) == ("runs=2", [])


def test_a_negated_word_without_a_key_is_taken_behind_two_dashes() -> None:
    assert parse_arguments(["ls", "-C", "a", "--", "-gas", "-b"]).query == ["-gas", "-b"]


@pytest.mark.parametrize("words", [["-gas"], ["-C", "a", "b", "-gas"], ["-tag:x", "-C", "a", "-gas"]])
def test_a_negated_word_that_looks_like_an_option_is_refused_with_advice(words: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_arguments(["ls", *words])
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("runtui: unrecognized arguments: -gas; to exclude runs with a word")
    assert "runtui ls -- -gas" in line


def test_an_unknown_long_option_is_no_word_to_exclude(capsys) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["clean", "--dry", "--frobnicate"])
    assert "--frobnicate (see `runtui clean --help`)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ([], 0),
        (["ls"], 0),
        (["-C", "ls", "show"], 2),
        (["--runs-dir=ls", "show"], 1),
        (["--view", "mine"], 2),
        (["-C"], 1),
        (["--", "ls"], 0),
        (["-", "ls"], 0),
    ],
)
def test_option_value_is_not_mistaken_for_the_subcommand(words: list[str], place: int) -> None:
    assert first_operand(words) == place


def test_usage_error_is_one_safe_line_that_mentions_help(capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_arguments(["show", "a", "\x1b[2Jb"])
    assert stopped.value.code == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert output.out == ""
    assert line.startswith("runtui: ")
    assert line.endswith("--help`)")
    assert "\x1b" not in line


def test_version_is_printed_unless_the_option_belongs_to_a_command(capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_arguments(["-C", "a", "--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"runtui {__version__}\n"
    assert parse_arguments(["launch", "--", "./sim", "--version"]).words[-2:] == ["./sim", "--version"]


def test_descriptions_of_examples_are_aligned() -> None:
    assert examples(("runtui ls", "list runs"), ("runtui show latest", "")).splitlines() == [
        "examples:",
        "  runtui ls           list runs",
        "  runtui show latest",
    ]
