from __future__ import annotations

import pytest

from runtui.logs.diagnose.marks import without_marks

FRAME = b'  File "run.py", line 3, in <module>'
TRACEBACK = [b"Traceback (most recent call last):", FRAME, b"    step()", b"ValueError: bad cell"]


@pytest.mark.parametrize(
    "mark",
    [
        "[1,%d]<stderr>:",
        "[%d]<stderr>:",
        "[default%d]:",
        "[rank%d]: ",
        "[rank: %d] ",
        "rank %d: ",
        "rank%d | ",
        "(rank %d) ",
        "%d: ",
        "%d:",
        "[%d] ",
        "<%d>: ",
        "P000%d: ",
        "[cn0412:%d] ",
        "[%d/8] ",
        "cn-%d: ",
        "10.0.0.%d: ",
        "(train pid=%d, ip=10.0.0.1) ",
        "      From worker %d:\t",
        "worker-%d  | ",
        "2026-11-03 04:05:06 [rank%d]: ",
        "[Worker %d] INFO: ",
    ],
)
def test_tracebacks_of_ranks_that_are_mixed_stay_apart(mark: str) -> None:
    mixed = [
        (mark % rank).encode() + line
        for pair in zip([b"begin", *TRACEBACK, b"end"], [b"begin", *TRACEBACK, b"end"], strict=True)
        for rank, line in zip((3, 5), pair, strict=True)
    ]
    found = without_marks(mixed)
    assert found is not None
    for rank in (b"0: ", b"1: "):
        own = [line.removeprefix(rank).removeprefix(b"INFO: ") for line in found if line.startswith(rank)]
        assert own == [b"begin", *TRACEBACK, b"end"]


@pytest.mark.parametrize(
    "lines",
    [
        [b"sbatch: error: invalid account", b"sbatch: error: invalid partition", b"sbatch: error: no job"]
        * 2,
        [b"step 1: energy -1.2", b"step 2: energy -1.3", b"step 3: energy -1.4", b"step 4: energy -1.5"],
        [b"0.1 | 0.2, 3", b"0.2 | 0.4, 3", b"0.3 | 0.6, 3", b"0.4 | 0.9, 3"],
        [b"ERROR: no mesh", b"ERROR: no grid", b"ERROR: no cells", b"ERROR: no input"],
        [b"begin", b"step 1", b"end"],
    ],
)
def test_what_lines_say_is_no_mark(lines: list[bytes]) -> None:
    assert without_marks(lines) is None


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        (b"2026-11-03 04:05:06.789 | ERROR    | __main__:run:6 - no mesh", b"ERROR: no mesh"),
        (b"2026-11-03 04:05:06,789 ERROR [main] com.x.Solver: no mesh", b"ERROR: no mesh"),
        (b"[2026-11-03 04:05:06.789] [solver] [critical] no mesh", b"[critical] no mesh"),
        (b"ERROR 2026-11-03 04:05:06 no mesh", b"ERROR: no mesh"),
        (b"2026-11-03 04:05:06 forrtl: severe (24): end-of-file", b"forrtl: severe (24): end-of-file"),
        (b"2026-11-03 04:05:06 INFO ValueError: bad cell", b"ValueError: bad cell"),
        (b"2026-11-03 04:05:06 INFO job.sh: line 3: no", b"job.sh: line 3: no"),
        (b"2026-11-03 04:05:06 [info]   indented", b"  indented"),
        (b"E1103 04:05:06.789012 12345 train.cc:77] no mesh", b"ERROR: no mesh"),
        (b"F1103 04:05:06.789012 12345 train.cc:77] Check failed: n > 0", b"Check failed: n > 0"),
        (b"2026-11-03 04:05:06.789: E tensorflow/core/run.cc:12] no mesh", b"ERROR: no mesh"),
    ],
)
def test_level_of_an_error_stays_and_what_is_around_it_does_not(line: bytes, plain: bytes) -> None:
    assert without_marks([line, b"plain line"]) == [plain, b"plain line"]


def test_output_that_another_program_relays_as_errors_is_read_as_its_own() -> None:
    relayed = [b"-------------------", b"Fatal error:", b"Too many warnings", b"", b"-------------------"]
    found = without_marks([b"begin", *(b"[ERROR] " + line for line in relayed), b"end"])
    assert found == [b"begin", *relayed, b"end"]
