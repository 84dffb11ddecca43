"""Closing words: endings of programs' logs, good and bad, and what is derived from each."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.layouts.closing_words import has_closed
from runtui.layouts.evidence import log_end
from runtui.layouts.log_evidence import TRAINED

WORK = "reading input.yaml\nstep 1 energy 0.91\nstep 2 energy 0.83\nstep 3 energy 0.78\n"

GOOD = [
    "final energy 0.74",
    "Final energy: -1.2345e+02 Ha",
    "Final energy   =  -76.0267 a.u.",
    "final loss = 0.031",
    "Final test accuracy: 93.1%",
    "Final validation loss is 0.0421",
    "final train loss 0.1",
    "2024-05-01 10:11:12,131 INFO root: Final score: 17",
    "converged after 12 steps",
    "Converged in 34 iterations",
    "Solution converged.",
    "Optimization converged after 120 evaluations",
    "Convergence reached after 50 iterations",
    "converged: True",
    "convergence has been achieved in 9 iterations",
    "Elapsed time: 12.3 s",
    "elapsed time 00:01:12",
    "Elapsed: 3.21 seconds",
    "Time elapsed: 4 min 12 s",
    "Total time 12.3 s",
    "Total time: 1:02:03.5",
    "Total time (s): 12.3",
    "Total time in seconds = 4711",
    "Total wall clock time: 0:00:12",
    "Total elapsed time = 2 days, 1:02:03",
    "Total runtime: 5.4 minutes",
    "Total CPU time : 3h 12m 4s",
    "total simulation time: 12.5 seconds",
    "Wall time: 8.2 s",
    "Execution time: 12 ms",
    "Runtime: 45.1s",
    "Time taken: 3.4 seconds",
    "It took 12.3 s",
    "Took 1.5 hours.",
    "Done.",
    "DONE",
    "done!",
    "All done!",
    "All done. Bye.",
    "Everything is done.",
    "Finished.",
    "Done in 12.3s",
    "Done! Total time: 12.3 s",
    "done (12.3 s)",
    "Finished in 3 min 2 s",
    "Completed after 00:12:01",
    "Completed in 0.5 hours",
    "Success!",
    "*** Done ***",
    "==> Finished!",
    "[rank 0] done",
    "INFO:root:Done.",
    "2024-05-01 10:11:12 | INFO     | __main__:main:41 - Done.",
    "Results saved to out/results.csv",
    "All results were written to results.json",
    "Saved results to /scratch/me/run_1/results.h5",
    "The final model saved to model.pt",
    "Simulation finished",
    "Simulation finished!",
    "Simulation finished at t = 10.0",
    "Calculation completed",
    "END OF RUN",
    "Done.\n----------------------------------------",
    "Done.\nMon May  6 10:11:12 CEST 2024",
    "Goodbye",
    "Job finished at Mon Nov 30 20:36:53 UTC 2026",
    "Job ended: 2026-01-01 10:00:00",
    "Job run2 complete",
    "JOB COMPLETED",
    "End: Mon Nov 30 20:36:53 UTC 2026",
    "End time: 2026-01-01T10:00:00+01:00",
    "Ended at 2026-01-01 10:00:00",
    "Finished on Mon Nov 30 20:36:53 UTC 2026",
    "Job done on cn01",
    "end of job",
    "** END **",
    "FORTRAN STOP",
    "Program exited without errors",
    "Launcher: Done. Job exited without errors",
]

BAD = [
    "step 4 energy 0.74",
    "Epoch 12/50 - loss: 0.2310 - acc: 0.9",
    " 45%|####      | 45/100 [00:10<00:12,  4.5it/s]",
    "did not converge after 100 steps",
    "not converged after 100 iterations",
    "converged: False",
    "Solution has not converged",
    "No convergence reached",
    "SCF converged after 12 iterations",
    "Linear solver converged in 4 iterations",
    "Newton converged in 3 iterations",
    "electronic step 3 converged",
    "PIMPLE: converged",
    "Elapsed time: 11 s\nElapsed time: 12 s",
    "step 1\nElapsed: 3.2 s\nstep 2\nElapsed: 6.4 s",
    "Done.\nreading the mesh\nDone.",
    "Loading the data ...\nDone.",
    "Initializing the solver\n  done",
    "Building model\nFinished in 3 s",
    "Warming up\nCompleted",
    "Loading data ... done",
    "Initialization done",
    "Preprocessing completed in 3 s",
    "done with epoch 3",
    "Epoch 3 done",
    "finished epoch 3 in 12 s",
    "Fold 2 finished",
    "done 10 of 100",
    "50% done",
    "almost done",
    "0 of 5 done",
    "Finished: FAILURE",
    "Finished with 3 errors",
    "completed with errors",
    "not done",
    "nothing was done",
    "job done with exit code 1",
    "success: False",
    "Success rate: 0.31",
    "Estimated time remaining: 12 s",
    "Estimated total time: 12 h",
    "ETA: 12 s",
    "Time step: 0.1 s",
    "Time = 0.5 s",
    "Simulation time: 0.5 s",
    "Total time steps: 1000",
    "Total time: 100 ps",
    "total time 10.0",
    "time limit: 01:00:00",
    "Max run time: 3600 s",
    "final learning rate: 0.001",
    "final time: 10.0",
    "Final temperature 300 K",
    "Final layer size: 10",
    "FINAL SINGLE POINT ENERGY      -76.026760",
    "smoothSolver:  Solving for Ux, Initial residual = 1, Final residual = 0.05, No Iterations 2",
    "Starting the final run",
    "Checkpoint saved to ckpt_3.pt",
    "Model saved to model.pt",
    "Results will be saved to out/",
    "Results are saved in out/",
    "Saving results to out/results.csv",
    "Writing final output",
    "Aborted after 12 s",
    "Stopped after 12.3 s",
    "Time limit reached after 12.3 s",
    "Failed after 12.3 s",
    "Interrupted. Bye",
    "Killed",
    "ERROR: cannot read table.csv\nDone.",
    "train.py: error: unrecognized arguments: --lrr\nAll done",
    "Traceback (most recent call last):\n  x\nValueError: bad\nElapsed time: 3 s",
    "Segmentation fault (core dumped)\nTotal time: 12 s",
    "slurmstepd: error: *** JOB 41 ON n1 CANCELLED AT 2024-05-01T10:00:00 DUE TO TIME LIMIT ***\nDone.",
    "jobs done",
    "Job started at Mon Nov 30 20:36:53 UTC 2026",
    "Start: Mon Nov 30 20:36:53 UTC 2026",
    "Stopping at step 3",
    "End of step 3",
    "end of epoch 3",
    "STOP",
    "stop criterion: 0.1",
    "end time: 10.0",
    "Job 3 failed without errors",
]  # fmt: skip


def status_of(folder: Path, text: str, done: re.Pattern[bytes] | None = None, age: float = 4000.0) -> str:
    path = folder / "run.log"
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return log_end(str(path), done).status


@pytest.mark.parametrize("end", GOOD)
def test_log_that_closes_is_of_a_completed_run(end: str, tmp_path: Path) -> None:
    assert status_of(tmp_path, f"{WORK}{end}\n") == "completed"
    assert status_of(tmp_path, f"{WORK}{end}") == "completed"


@pytest.mark.parametrize("end", BAD)
def test_log_that_ends_otherwise_is_of_no_completed_run(end: str, tmp_path: Path) -> None:
    assert status_of(tmp_path, f"{WORK}{end}\n") in ("unknown", "failed")


@pytest.mark.parametrize("end", ["final energy 0.74", "Done.", "Total time: 12 s"])
def test_trained_model_closes_its_log_as_others_do(end: str, tmp_path: Path) -> None:
    assert status_of(tmp_path, f"{WORK}{end}\n", TRAINED) == "completed"
    assert status_of(tmp_path, f"{WORK}Traceback\nKeyError: 'a'\n{end}\n", TRAINED) != "completed"


def test_words_may_close_only_a_part_until_the_log_has_been_silent(tmp_path: Path) -> None:
    assert status_of(tmp_path, f"{WORK}Done.\n", age=20.0) == "running"
    assert status_of(tmp_path, f"{WORK}Done.\n", age=90.0) == "completed"


DATE, LATER = "Mon Nov 30 19:36:53 UTC 2026", "2018-08-11T08:02:16+02:00"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"{DATE}\n{WORK}{DATE}\n", "completed"),
        (f"2018-08-11T01:19:02+02:00\n{WORK}Average: 0.002\ndeino\n{LATER}\n", "completed"),
        (f"{WORK * 300}{DATE}\n", "completed"),
        (f"host1\n{DATE}\n", "unknown"),
        (f"{WORK}{DATE}\n", "unknown"),
        (f"{DATE}\n{WORK}" * 9 + f"{DATE}\n", "unknown"),
        (f"{DATE}\n{WORK}forrtl: severe (174): SIGSEGV, segmentation fault occurred\n{DATE}\n", "failed"),
    ],
    ids=["first-and-last", "iso", "last-of-a-long-log", "only-a-head", "last-alone", "of-steps", "failed"],
)
def test_script_that_writes_the_date_first_and_last_has_reached_its_end(
    text: str, status: str, tmp_path: Path
) -> None:
    assert status_of(tmp_path, text) == status


def test_last_word_alone_closes_nothing() -> None:
    assert not has_closed(b"Done.\n")
    assert has_closed(b"step 1\nDone.\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at(text: bytes) -> None:
    assert has_closed(b"a\n" + text + b"\n\xff") is False


@given(
    st.lists(
        st.sampled_from(["done", " ", "final ", "converged ", "1", "12 s", ":", "energy", "time "]),
        max_size=80,
    )
)
def test_long_lines_end_in_time(words: list[str]) -> None:
    begin = time.perf_counter()
    has_closed(f"step\n{''.join(words)}x\n".encode())
    assert time.perf_counter() - begin < 1.0
