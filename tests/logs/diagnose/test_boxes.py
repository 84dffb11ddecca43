from __future__ import annotations

import pytest

from runtui.logs.diagnose.boxes import (
    is_heading,
    message_after,
    message_before,
    said,
    sentence,
    warning_before,
)
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


def before(text: str, *, is_own: bool = False) -> str:
    data = text.encode()
    bounds = message_before(data, len(data), is_own=is_own)
    return said(data[slice(*bounds)]) if bounds else ""


STEPS = "".join(f"step {step} residual 0.1\n" for step in range(9))


def test_message_before_an_end_tells_what_is_wrong() -> None:
    assert before(f"{STEPS}mesh 3 does not fit\n") == "mesh 3 does not fit"
    assert before(f"{STEPS}mesh 3 does not fit\nsee the manual\n") == "mesh 3 does not fit"
    assert before(f"{STEPS}mesh 3 does not fit\n\n#0 0x7f in main ()\n") == "mesh 3 does not fit"


def test_other_last_words_count_where_the_program_ended_itself_or_in_a_box() -> None:
    said_last = f"{STEPS}The grid belongs to another case\n"
    assert before(said_last) == ""
    assert before(said_last, is_own=True) == "The grid belongs to another case"
    box = f"{STEPS}*******\n*                 *\n* particle 3 left *\n*                 *\n*******\n"
    assert before(box) == "particle 3 left"


def test_regular_output_progress_and_tables_are_no_last_words() -> None:
    assert before(STEPS, is_own=True) == ""
    assert before("Loading the grid of this case\n", is_own=True) == ""
    assert before("STEP    ENERGY    TEMPERATURE\n", is_own=True) == ""
    assert before("") == ""


def test_what_several_ranks_say_is_a_message() -> None:
    said_by_both = "[3] The grid belongs to another case\n[4] The grid belongs to another case\n"
    assert before(STEPS + said_by_both, is_own=True) == "The grid belongs to another case"


def test_numbers_in_columns_make_no_table() -> None:
    text = f"{STEPS} Particle at the wall of processor         285 -4.287E-007\n  1.000E-008\n"
    assert before(text, is_own=True) == "Particle at the wall of processor         285 -4.287E-007"


def test_line_of_input_that_is_quoted_is_no_message() -> None:
    text = "-----\n bas_input: no basis set for it\n-----\n current input line :\n    14: no end\n-----\n"
    assert before(text) == "bas_input: no basis set for it"


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


@pytest.mark.parametrize(
    ("warning", "is_fault"),
    [
        ("WARNING: unknown keyword 'tolerence' in line 3", True),
        ('"plot.gp" line 5: warning: Cannot find or open file "data.txt"', True),
        ("[warning] mesh 3 does not fit boundary 12", True),
        ("WARNING: no GPU found, using the CPU", False),
        ("WARNING: file restart.nc not found, continuing without it", False),
        ("WARNING: the option is deprecated and must not be used", False),
        ("warnings: none", False),
    ],
)
def test_warning_before_an_exit_tells_a_fault_that_was_not_survived(warning: str, is_fault: bool) -> None:
    log = f"step 1\n{warning}\nexit code 1\n".encode()
    bounds = warning_before(log, log.index(b"exit"))
    assert (bounds is not None) is is_fault
    assert bounds is None or log[slice(*bounds)].decode() == warning
