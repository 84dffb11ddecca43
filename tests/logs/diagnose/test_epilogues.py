"""Lines below the output of every job."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.epilogues import end_without_epilogue


@pytest.mark.parametrize(
    "line",
    [
        "DATE: 2024-04-02",
        "TIME: 11:31:04",
        "Finished: 2024-04-02 11:31",
        "real\t0m3.12s",
        "Total time: 12.1 s",
        "Max Memory :                                 12 MB",
        "Exit status: 1",
        "exit_status=3",
        "SGE: job 9226232 finished, exit_status 2",
        "PBS Epilogue: job 118812 exit status 127",
        "Epilog: removing $TMPDIR",
        "Job finished at Fri Oct  3 10:00:00 CEST 2025",
        "Resources used: cput=00:00:01,walltime=00:00:02",
        "State: FAILED (exit code 2)",
        "CPU Utilized: 00:00:00",
        "Fri Oct  3 10:00:00 CEST 2025",
        "-----------------",
        "",
    ],
)
def test_line_of_an_epilogue_is_not_of_the_program(line: str) -> None:
    text = f"step 1\nthe mesh is open\n{line}"
    assert end_without_epilogue(text.encode(), len(text)) == len("step 1\nthe mesh is open")


@pytest.mark.parametrize(
    "line",
    [
        "the mesh is open",
        "Job 12 cannot be read",
        "time step 1e-12 below minimum",
        "illegal value for nx: must be a power of two",
        "user kim has no right to write",
        "state 3 is unbound",
    ],
)
def test_last_words_of_a_program_are_no_epilogue(line: str) -> None:
    text = f"step 1\n{line}"
    assert end_without_epilogue(text.encode(), len(text)) == len(text)


def test_log_of_nothing_else_ends_where_it_ends() -> None:
    assert end_without_epilogue(b"real 0m1s\nuser 0m1s", 19) == 19
