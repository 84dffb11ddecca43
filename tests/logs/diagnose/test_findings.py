from __future__ import annotations

import pytest

from runtui.logs.diagnose.findings import SURVIVED, Piece, findings
from runtui.logs.diagnose.rules import Nearness
from runtui.store.failure import FailureKind


def piece(data: bytes, *, size: int | None = None) -> Piece:
    return Piece("a.log", 0, data, len(data) if size is None else size, 1e9)


def lines(text: str) -> list[str]:
    return [found.line for found in findings(piece(text.encode()))]


BOX = """ -----------------
|                 |
|   bands: file   |
|   has 96        |
|                 |
|   I REFUSE TO CONTINUE WITH THIS SICK JOB   |
 -----------------
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BOX, "bands: file"),
        (" * [ABORT]     *\n *  \\___/  no such cell  *\n", "no such cell"),
        ("--- !ERROR\nsrc_file: a.F90\nmessage: |\n    bad cell\n...\n", "bad cell"),
        ("--- !ERROR\nmessage: bad cell\n...\n", "message: bad cell"),
        ("step 1\nbad cell.\n\nError in run (line 4)\n    u = f(x);\n", "bad cell."),
    ],
    ids=["box", "box below its heading", "YAML", "YAML in one line", "line before"],
)
def test_the_line_that_says_it_is_found_around_the_one_that_a_rule_matches(text: str, line: str) -> None:
    assert lines(text)[0] == line


@pytest.mark.parametrize(
    "text", ["--- !ERROR\n", "Error in run (line 4)\n", "[ABORT]", "| I REFUSE TO CONTINUE WITH THIS |"]
)
def test_a_heading_without_what_it_heads_is_no_fault(text: str) -> None:
    assert len(lines(text)) <= 1


def test_code_above_a_place_in_a_stack_is_no_message() -> None:
    text = "bad cell.\n\nError in f (line 4)\n    u = g(x);\n\nError in run (line 2)\n"
    assert [found.line for found in findings(piece(text.encode())) if found.nearness is Nearness.CAUSE] == [
        "bad cell."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "zsh: command not found: interFoam\n",
        "----\nmpiexec was unable to find the specified executable file, and therefore\ndid not launch\n",
    ],
)
def test_program_that_was_not_there_is_missing(text: str) -> None:
    assert [found.kind for found in findings(piece(text.encode()))] == [FailureKind.MISSING]


def test_what_a_tool_could_not_do_counts_only_close_to_the_end() -> None:
    said = b"cat: x: No such file or directory\n"
    assert len(findings(piece(said + b"." * (SURVIVED // 2)))) == 1
    assert findings(piece(said + b".\n" * SURVIVED)) == []
    assert findings(piece(said, size=10**6)) == []  # the beginning of a log of which the end is elsewhere


@pytest.mark.parametrize("before", ["", "0: ", "gpu07: ", "worker-1  | ", "[2026-11-30 10:00:00] "])
def test_a_line_is_looked_at_for_whatever_stands_before_it(before: str) -> None:
    steps = "".join(f"{before}step {step}\n" for step in range(20))
    well, badly = (f"{steps}{before}exit code {code}\n".encode() for code in (0, 137))
    assert not findings(Piece("run.log", 0, well, len(well), 0.0))
    assert [found.line for found in findings(Piece("run.log", 0, badly, len(badly), 0.0))] == [
        "exit code 137"
    ]


def test_of_very_many_headings_the_last_ones_are_read() -> None:
    log = "** ERROR **\n" * 5000 + "** ERROR **\n  the grid of cell 3 is empty\n"
    assert lines(log)[-1] == "the grid of cell 3 is empty"


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ("Command error:\n  INFO:    a note\n  cell lost\n", "cell lost", FailureKind.ERROR),
        (
            "Command error:\n  a.sh: line 3: 41 Killed   bwa\n",
            "a.sh: line 3: 41 Killed   bwa",
            FailureKind.KILLED,
        ),
    ],
    ids=["below a container's note", "kind of a line below a heading"],
)
def test_message_among_lines_that_tell_nothing(text: str, line: str, kind: FailureKind) -> None:
    found = findings(piece(text.encode()))
    assert (found[-1].line, found[-1].kind) == (line, kind)


def test_an_exit_code_is_how_a_program_ended_whatever_word_stands_before_it() -> None:
    (found,) = findings(piece(b"step 1\nFATAL ERROR: forecast failed with return code 1\n"))
    assert found.nearness is Nearness.ENDED


def test_a_word_of_a_rule_is_found_again_among_words_that_were_met_before() -> None:
    said = "calm waters\nERROR: mesh 3 is torn\n"
    assert [lines(said), lines("calm waters\n"), lines(said)] == [
        ["ERROR: mesh 3 is torn"],
        [],
        ["ERROR: mesh 3 is torn"],
    ]
