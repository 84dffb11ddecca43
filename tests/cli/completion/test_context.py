from __future__ import annotations

import pytest

from runtui.cli.arguments import COMMANDS, build_parser, subparsers
from runtui.cli.completion.candidates import KINDS
from runtui.cli.completion.context import CHOICE, COMMAND, completion_context, kind_of


def test_completion_knows_all_kinds_of_arguments() -> None:
    parsers = list(subparsers(build_parser(command.home for command in COMMANDS.values())).values())
    for parser in parsers:
        parsers += subparsers(parser).values()
        for action in parser._actions:
            if action.nargs != 0 and not action.choices:
                assert kind_of(action) in KINDS, (parser.prog, action)


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("", (COMMAND, "DIR")),
        ("-C ", ("DIR",)),
        ("/scratch/a ", ("DIR",)),
        ("show ", ("RUN",)),
        ("show -C ", ("DIR",)),
        ("show -C a ", ("RUN",)),
        ("show gas ", ()),
        ("ls ", ("QUERY",)),
        ("ls --sort ", ("KEY",)),
        ("completion ", (CHOICE,)),
        ("trash ", (CHOICE,)),
        ("trash restore ", ("TRASHED",)),
        ("tag gas ", ("RUN… +TAG -TAG",)),
        ("mark gas ", ("RUN", "STATUS")),
        ("launch -- ", ("COMMAND",)),
        ("launch -- --on ", ("COMMAND",)),
    ],
)
def test_earlier_words_determine_the_argument(line: str, kinds: tuple[str, ...]) -> None:
    *words, typed = line.split(" ")
    assert completion_context(words, typed).kinds == kinds


def test_option_value_can_be_in_the_same_word() -> None:
    context = completion_context(["ls"], "--sort=-be")
    assert (context.kinds, context.lead, context.typed) == (("KEY",), "--sort=", "-be")
    assert completion_context(["launch", "--"], "--sort=-be").lead == ""


def test_options_are_offered_with_help_after_a_dash() -> None:
    options = completion_context(["ls"], "-").options
    assert options["--json"].startswith("print ")
    assert completion_context(["ls"], "").options == {}
    assert completion_context(["launch", "--"], "-").options == {}
    assert "--version" in completion_context([], "-").options
    assert "--version" not in completion_context(["ls"], "-").options


def test_values_of_earlier_words_are_known_by_argument_name() -> None:
    given = completion_context(["-C", "a", "compare", "gas", "--json", "plate"], "").given
    assert given == {"runs_dir": ["a"], "operands": ["gas", "plate"]}
    for words in (["ls", "-Ca"], ["ls", "--runs-dir=a"], ["--runs-dir", "a", "ls"]):
        assert completion_context(words, "").given["runs_dir"] == ["a"]


def test_unknown_words_do_not_break_completion() -> None:
    assert completion_context(["show", "--nonsense", "=", "-"], "x").typed == "x"
