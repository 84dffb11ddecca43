"""What the ends of logs tell of programs that nobody knows."""

from __future__ import annotations

import pytest

from runtui.layouts.last_words import last_words


@pytest.mark.parametrize(
    "line",
    [
        "Training finished",
        "2024-01-02 10:00:00 INFO training complete.",
        "Simulation completed in 12.5 s",
        "The calculation has finished",
        "Run 3 done",
        "Finished training",
        "=== End of simulation ===",
        "==== All experiments completed. ====",
        "Optimization finished: 12 iterations",
        ".# Happy landing! #.",
        "*  Thank you very much for using Q-Chem.  Have a nice day.  *",
        "End of Tests.\n====",
        "run terminated when 20000 particle histories were done.",
    ],
)
def test_program_says_that_its_work_is_finished(line: str) -> None:
    said = last_words("run.log", f"step 1\n{line}\n".encode(), 0.0)
    assert (said.has_failed, said.is_done) == (False, True)


@pytest.mark.parametrize(
    "line",
    [
        "jobs done",
        "Job finished at Mon Jan 1",
        "Training not finished",
        "Training complete: 50%",
        "the simulation was unfinished",
        "run ended after an error",
        "Training finished\n" + "step\n" * 500,
    ],
)
def test_words_of_a_script_say_nothing(line: str) -> None:
    assert not last_words("run.log", f"step 1\n{line}\n".encode(), 0.0).is_done


@pytest.mark.parametrize(
    "end",
    [
        "+ exit 0",
        "real\t0m4.049s\nuser\t0m0.423s\nsys\t0m0.164s",
        "State: COMPLETED (exit code 0)",
        "1.54user 0.36system 0:11.62elapsed 31%CPU (0avgtext+0avgdata 15148maxresident)k\n"
        "0inputs+56outputs (0major+3970minor)pagefaults 0swaps",
        "4824646.0     cfd    128   1024     64   BBlock     00:00:10    90.9    -   COMPLETED",
        "\t(1) Normal termination (return value 0)",
    ],
)
def test_shell_or_scheduler_says_that_the_program_ended(end: str) -> None:
    said = last_words("run.log", f"step 1\n{end}\n".encode(), 0.0)
    assert (said.has_failed, said.is_done) == (False, True)


@pytest.mark.parametrize("end", ["+ exit 0", "real\t0m4.049s\nuser\t0m0.423s\nsys\t0m0.164s"])
def test_shell_that_goes_on_does_not_make_up_for_a_complaint(end: str) -> None:
    assert last_words("run.log", f"slurm_script: line 7: ./cfd: not found\n{end}\n".encode(), 0.0).has_failed


def test_return_value_of_a_job_that_failed_is_no_good_end() -> None:
    said = last_words("job.log", b"\t(1) Normal termination (return value 3)\n", 0.0)
    assert (said.has_failed, said.is_done) == (True, False)


def test_complaint_before_the_work_was_finished_was_survived() -> None:
    complaint = "slurm_script: line 7: nvidia-smi: command not found\n"
    assert not last_words("run.log", f"{complaint}Training finished\n".encode(), 0.0).has_failed
    assert last_words("run.log", f"{complaint}jobs done\n".encode(), 0.0).has_failed


def test_exception_is_not_survived() -> None:
    text = b"Traceback (most recent call last):\n  x\nValueError: bad\nTraining finished\n"
    assert last_words("run.log", text, 0.0).has_failed


def test_message_below_a_heading_is_survived_where_the_work_was_finished_after_it() -> None:
    box = "** ERROR **\n  the time step became negative in cell 3\n"
    assert not last_words("run.log", f"{box}Training finished\n".encode(), 0.0).has_failed
    assert last_words("run.log", f"step 1\n{box}".encode(), 0.0).has_failed
