"""Attempts of a job in one log."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.attempts import last_attempt

STEPS = b"".join(b"step %d energy -%d.5\n" % (step, step % 7) for step in range(60))
ENDED = b"slurmstepd: error: *** JOB 9 ON n1 CANCELLED AT 2026-03-01T10:00:00 DUE TO %b ***\n"
BANNER = b"==== job 77412 on cn-04%02d, Thu Oct %2d 21:14:03 CEST 2025 ====\nSLURM_NTASKS=32\n"


@pytest.mark.parametrize("why", [b"NODE FAILURE, SEE LOG", b"PREEMPTION", b"JOB REQUEUE"])
def test_a_job_goes_on_after_its_scheduler_ended_it(why: bytes) -> None:
    first = STEPS + ENDED % why
    assert last_attempt(first + STEPS) == len(first) - 1
    assert last_attempt(first + b"saving\nsaved\n") == 0


@pytest.mark.parametrize(
    "mark",
    [
        b"=== job 77412 requeued, attempt 2 on cn-0044 ===\n",
        b"Restarting from checkpoint chk.400\n",
        b"Resuming training from epoch 12\n",
        b"Reading restart file restart.400 ...\n",
        b"SLURM_RESTART_COUNT=1\n",
        b"Trying to restart job 5.\n",
    ],
)
def test_a_program_says_that_it_begins_anew(mark: bytes) -> None:
    assert last_attempt(STEPS + mark + STEPS) == len(STEPS)


@pytest.mark.parametrize(
    "line",
    [
        b"connection attempt 2 failed\n",
        b"The run can be resumed from the checkpoint of step 4\n",
        b"giving up after attempt 3\n",
        b"writing restart file restart.400\n",
    ],
)
def test_other_words_begin_no_attempt(line: bytes) -> None:
    assert last_attempt(STEPS + line + STEPS) == 0


def test_the_lines_that_a_log_begins_with_begin_another_attempt() -> None:
    first = BANNER % (1, 3) + STEPS
    assert last_attempt(first + BANNER % (17, 4) + STEPS) == len(first)
    assert last_attempt(STEPS + BANNER % (17, 4) + STEPS, BANNER % (1, 3)) == len(STEPS)
    assert last_attempt(first) == 0


def test_regular_output_begins_no_attempt() -> None:
    assert last_attempt(STEPS) == 0
    assert last_attempt(b"".join(b"time %d\nsolving for p\n" % step for step in range(90))) == 0


def test_no_attempt_is_looked_for_before_a_place() -> None:
    first = BANNER % (1, 3) + STEPS + BANNER % (2, 4)
    assert last_attempt(first + STEPS, start=len(first)) == 0
