from __future__ import annotations

from pathlib import Path

import pytest

from runtui.logs.diagnose.boxes import said
from runtui.logs.diagnose.digest import Facts, digest_of
from runtui.logs.diagnose.last_words import last_words, message_before, warning_before
from runtui.logs.diagnose.pieces import Piece
from runtui.store.failure import FailureKind, FailureSummary

ROWS = [
    tuple(line.split(" | ", 1))
    for line in Path(__file__).with_name("last_words.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
EARLY = ["Flow 3.2 (64 ranks)", "Reading parameter file run.par ...", "cells = 128 128 128", ""]
LATE = {
    "steps": [f" step {step:6d}  t = {step / 100:.4E}  dt = 1.0E-02" for step in range(40)],
    "iterations": [
        text.format(step)
        for step in range(20)
        for text in ("Time step {}", "  solver iterations: 1{}", "  residual: 1.{}e-07")
    ],
    "logger": [
        f"2024-03-12 10:11:{step:02d},412 INFO train: epoch {step} loss=0.1{step}" for step in range(40)
    ],
    "table": ["   Step       Temp      Press", *(f"{step:7d} 300.{step} 1.{step}" for step in range(40))],
    "bar": [f"\r{percent:3d}%|####| {percent}/100 [00:10<00:02]" for percent in range(40)],
    "early": [],
}
BOX = "-" * 74
ENDS = {
    "stop": ["STOP 1"],
    "ieee": ["Note: The following floating-point exceptions are signalling: IEEE_DENORMAL", "STOP 2"],
    "exit": ["exit code 1"],
    "openmpi": [
        BOX,
        "MPI_ABORT was invoked on rank 3 in communicator MPI_COMM_WORLD",
        "with errorcode 1.",
        BOX,
    ],
    "mpich": [
        "application called MPI_Abort(MPI_COMM_WORLD, 1) - process 0",
        "srun: error: cn0412: task 0: Exited with exit code 1",
    ],
    "killed": ["srun: error: cn0412: tasks 0-63: Killed"],
    "yhrun": ["yhrun: error: cn12: task 0: Aborted (core dumped)", "yhrun: error: cn12: tasks 1-23: Killed"],
    "frames": [
        "",
        "Program received signal SIGABRT: Process abort signal.",
        "",
        "Backtrace for this error:",
        "#0  0x7f2d1c0ad2ed in ???",
        "#1  0x403c1d in solve_",
        "run.sh: line 12:  4122 Aborted                 (core dumped) ./flow",
    ],
    "intel": [
        "Image              PC                Routine            Line        Source",
        "flow.x             00000000004A1B2C  main_                     120  main.f90",
        "srun: error: cn0412: task 0: Exited with exit code 128",
    ],
    "epilogue": ["srun: error: cn0412: task 0: Exited with exit code 2", "", "Job ID: 44", "State: FAILED"],
}


def digest(*lines: str) -> FailureSummary:
    data = "".join(f"{line}\n" for line in lines).encode()
    return digest_of(Facts(), [Piece("a.log", 0, data, len(data), 1e9)])


@pytest.mark.parametrize("before", LATE)
@pytest.mark.parametrize("end", ENDS)
def test_message_before_any_end_is_shown(before: str, end: str) -> None:
    wrong = [
        f"{kind} | {line}  is told as  {found.kind}: {found.line}"
        for kind, line in ROWS
        if (found := digest(*EARLY, *LATE[before], line, *ENDS[end]))
        and (found.kind, found.line) != (kind, line)
    ]
    assert wrong == []


@pytest.mark.parametrize("before", LATE)
@pytest.mark.parametrize("end", ENDS)
def test_output_of_a_program_at_work_is_not_why_it_ended(before: str, end: str) -> None:
    found = digest(*EARLY, *LATE[before], *ENDS[end])
    assert found.line in "\n".join(ENDS[end])


@pytest.mark.parametrize("before", LATE)
def test_message_that_nothing_follows_is_shown(before: str) -> None:
    wrong = [line for _kind, line in ROWS if digest(*EARLY, *LATE[before], line).line != line]
    assert wrong == []


def test_message_that_nothing_follows_is_named_where_its_words_are_sure() -> None:
    assert digest(*LATE["steps"], "bad restart header").kind is FailureKind.ERROR
    assert digest(*LATE["steps"], "negative density in zone 12").kind is FailureKind.NUMERICS
    assert digest(*LATE["steps"], "Output of rho is not needed").kind is FailureKind.UNKNOWN


@pytest.mark.parametrize(
    "line",
    [
        "Total wall time was less than requested",
        "No restart requested",
        "Energy drift below 1e-6",
        "Reached end time, stopping",
        "Unknown keywords: none",
        "Number of lost particles: 0",
        "No convergence check was requested",
        "All tests passed, none failed",
        "0 problems found",
        "Maximum time exceeded.",
    ],
)
@pytest.mark.parametrize("before", LATE)
def test_last_line_of_a_program_that_ended_well_is_no_reason(line: str, before: str) -> None:
    assert digest(*EARLY, *LATE[before], line).kind is FailureKind.UNKNOWN


def test_message_of_all_ranks_is_none_of_regular_output() -> None:
    ranks = [f"rank {rank}: cannot find cell {rank}7" for rank in range(4)]
    assert digest(*LATE["steps"], *ranks, "STOP 1").line == ranks[0]
    steps = [f"step {step}: cannot find cell {step}7, took the next" for step in range(40)]
    assert digest(*steps, "STOP 1").line == "STOP 1"


def test_line_that_tells_what_is_wrong_counts_more_than_the_last_one() -> None:
    lines = ["tree of level 3 cannot be built", "the grid belongs to another case", "STOP 1"]
    assert digest(*LATE["steps"], *lines).line == lines[0]


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
    assert before(f"{EARLY[0]}\n{said_last.removeprefix(STEPS)}") == ""
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


def test_last_words_stand_above_an_epilogue() -> None:
    found = digest("the box is missing", "", "real 0m2s", "user 0m1s")
    assert (found.kind, found.line) == (FailureKind.ERROR, "the box is missing")


def test_last_words_without_an_end_are_only_the_sure_ones() -> None:
    sure, unsure = (f"{STEPS}{line}\n".encode() for line in ("mesh 3 does not match", "mesh 3 differs"))
    assert last_words(sure) == (len(STEPS), len(sure) - 1)
    assert last_words(unsure) is None
    assert last_words(unsure + b"STOP 1\n") == (len(STEPS), len(unsure) - 1)


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
