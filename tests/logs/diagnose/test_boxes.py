from __future__ import annotations

import pytest

from runtui.logs.diagnose.boxes import is_heading, message_after, said, sentence
from runtui.logs.diagnose.digest import Facts, digest_of
from runtui.logs.diagnose.pieces import Piece
from tests.logs.diagnose import disguises


@pytest.mark.parametrize(
    "text",
    [
        " ** ERROR **",
        "!!! FATAL ERROR !!!",
        "===>>> : E R R O R",
        "ERROR!",
        "Error in routine read_namelists (2):",
        "from  electrons : error #         1",
        'Error in "void CConfig::SetMarkers(unsigned short)":',
        "### FATAL ERROR in function [Mesh::NewTimeStep]",
        "/home/kim/saturne/cs_file.c:1123: Fatal error.",
        "*** WAVEWATCH III ERROR IN W3IOGR :",
        "*** ERROR ABORT in subroutine HADV on PE 000",
        "*** USER FATAL MESSAGE 316 (IFPDRV)",
        "ERROR #001100279 has occurred in subroutine ErrAction.",
        "<EXCEPTION> <MECANONLINE9_7>",
        "Assertion failed:",
        "LECDON: STOP",
    ],
)
def test_line_that_only_tells_of_an_error_is_a_heading(text: str) -> None:
    assert is_heading(text)


@pytest.mark.parametrize(
    "text",
    [
        "ERROR: mesh 3 and boundary 12 do not fit",
        "***ERROR: ELEMENT 12 INSTANCE PART-1-1 HAS A NEGATIVE JACOBIAN",
        'Error opening file "mesh_input.csm":',
        "errors: none",
        "0 errors",
        "the error is small",
        "CMake Error at CMakeLists.txt:12 (find_package):",
        "job.sh: line 3:  4011 Aborted                 ./solver",
        "step 12",
        "Assertion failed in file tcp.c at line 2988: (fd->revents & 8) == 0",
    ],
)
def test_line_that_tells_what_is_wrong_or_of_no_error_is_no_heading(text: str) -> None:
    assert not is_heading(text)


def message(text: str, heading: str) -> str:
    data = text.encode()
    begin = data.index(heading.encode())
    begin = data.rfind(b"\n", 0, begin) + 1
    bounds = message_after(data, begin, data.index(b"\n", begin))
    return said(data[slice(*bounds)]) if bounds else ""


def test_message_below_a_heading_stands_after_rules_and_places() -> None:
    assert message("ERROR\n=====\n\n in file a.c\n bad cell here\n", "ERROR") == "bad cell here"
    assert message("| ERROR |\n| Message:      |\n|  bad cell here    |\n", "ERROR") == "bad cell here"


def test_message_below_a_heading_is_of_the_same_rank() -> None:
    assert message("3: ERROR\n4: step 2 done\n3: bad cell here\n", "ERROR") == "bad cell here"
    assert message("3: ERROR\n4: step 2 done\n", "ERROR") == ""


def test_stack_below_a_heading_is_no_message() -> None:
    text = "ERROR STOP\n\nError termination. Backtrace:\n#0  0x40876b in err\n\tat common/utils.f90:122\n"
    assert message(text, "ERROR STOP") == ""


def test_what_a_launcher_says_is_no_message() -> None:
    assert message("ERROR\nsrun: error: n1: task 0: Exited with exit code 1\n", "ERROR") == ""


def test_sentence_goes_on_in_the_next_lines() -> None:
    data = b"The solver did not\nconverge.\nthe residual is 1\n"
    assert sentence(data, 0, 18) == "The solver did not converge."
    assert sentence(b"bad cell\nStep 2\n", 0, 8) == "bad cell"


MESSAGE = "mesh 3 and boundary 12 differ"


def _box(rule: str, side: str, heading: str) -> bytes:
    lines = (f"{side} {heading:^31} {side}", f"{side}  {MESSAGE}  {side}", f"{side} {'':31} {side}")
    return "\n".join((rule * 35, *lines, rule * 35, "")).encode()


BOXES = {
    "bars": _box("-", "|", "ERROR"),
    "abort": _box("-", "|", "[ABORT]"),
    "stars": _box("*", "*", "FATAL ERROR"),
    "hashes": _box("#", "#", "ERROR"),
    "marks": _box("!", "!", "ERROR"),
    "drawn": _box("═", "║", "ERROR"),
}


def _line_of(log: bytes) -> str:
    return digest_of(Facts(), [Piece("a.log", 0, log, len(log), 1e9)]).line


@pytest.mark.parametrize("after", [b"", b"srun: error: cn0: tasks 0-63: Killed\n", b"exit code 1\n"])
@pytest.mark.parametrize("box", BOXES)
def test_box_behind_marks_tells_its_message(box: str, after: bytes) -> None:
    wrong = {
        name: line
        for name, change in disguises.PREFIXES.items()
        for before in (b"", disguises.STEPS[:6200].rpartition(b"\n")[0] + b"\n")
        if MESSAGE not in (line := _line_of(change(before + BOXES[box]) + after))
    }
    assert wrong == {}
