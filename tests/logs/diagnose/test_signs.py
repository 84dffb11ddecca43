"""Signs in the logs of completed runs that something is wrong: found where meant, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.signs import SIGNS, read_warning, warning_in
from runtui.store.failure import NO_WARNING, LogWarning
from tests.run_dirs import write_log, write_run

CORPUS = Path(__file__).parent / "corpus"

SAID = [
    "job.sh: line 4:  3929 Segmentation fault      (core dumped) ./solver",
    "Killed",
    "job.sh: line 4:  3929 Aborted                 ./solver",
    "ValueError: no room for the grid",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=12.0.",
    "cp: error writing 'out.h5': No space left on device",
    "write: Disk quota exceeded",
    " *ERROR in readinput: cannot open file nothere.inp",
    " ***ERROR: TOO MANY ATTEMPTS MADE FOR THIS INCREMENT",
    " *** WARNING in qs_scf.F:598 :: SCF run NOT converged ***",
    "     convergence NOT achieved after 100 iterations: stopping",
    "SCF not converged.",
    "  scprqt:  WARNING - nstep=  10 was not enough SCF cycles to converge;",
    "Linear solve did not converge due to DIVERGED_ITS iterations 10000",
    "ConvergenceWarning: lbfgs failed to converge (status=1):",
    "THE SOLUTION DID NOT CONVERGE",
    "but did not reach the requested Fmax < 10.",
    "  Stopping criterion = max iterations",
    "     The maximum number of steps has been reached.",
    "Maximum number of function evaluations has been exceeded.",
    "Step 1230: Run time exceeded 0.990 hours, will terminate the run within 100 steps",
    "     Maximum CPU time exceeded",
    "Wall time limit reached",
    "Received the TERM signal, stopping within 100 steps",
    "Dangerous builds = 12",
    "Step 51, time 0.102 (ps)  LINCS WARNING",
    "  3 points exceeded v_cfl = 2 in domain d01 at time 2026-01-01_00:00:00",
    "loss: nan",
    "   100  300.0   nan  1.0",
    "energy = -nan",
]
QUIET = [
    "Dangerous builds = 0",
    "Convergence was achieved after 12 steps",
    "the solver has converged in 12 iterations",
    "if not converged, it is repeated",
    "points not converged: 0",
    "0 not converged",
    "nan values: 0",
    "checking for nan",
    "Nancy ran the job, annan helped",
    "time limit: 24:00:00",
    "max_error: 1e-3",
    "0 points exceeded cfl",
    "Error estimate 1e-5",
    "Killed processes: 0",
    "MemoryError: caught, with half the batch",
    "** 0 *ERROR messages",
    "Stopping criterion = energy tolerance",
]
STEPS = "".join(f"step {step} residual 1e-3\n" for step in range(30))


def warning(text: str, log: str = "a.log") -> LogWarning:
    data = text.encode()
    return warning_in([Piece(log, 0, data, len(data), 1e9)])


@pytest.mark.parametrize("line", SAID, ids=range(len(SAID)))
def test_sign_is_found_with_its_place(line: str) -> None:
    text = STEPS + line + "\njob finished\n"
    assert warning(text) == LogWarning(line.strip(), "a.log", len(STEPS))


@pytest.mark.parametrize("line", SAID, ids=range(len(SAID)))
@pytest.mark.parametrize("mark", ["2026-03-01 10:00:00 ", "3: ", "[rank3]: "])
def test_sign_is_found_behind_marks(mark: str, line: str) -> None:
    text = "".join(f"{mark}{each}\n" for each in (*STEPS.splitlines(), line, "job finished"))
    assert line.strip() in warning(text).line


def test_every_row_has_words_of_a_program() -> None:
    without = [
        sign.source
        for sign in SIGNS
        if not any(literal in line.lower().encode() for line in SAID for literal in sign.literals)
    ]
    assert without == []


@pytest.mark.parametrize("line", QUIET, ids=range(len(QUIET)))
def test_harmless_line_is_no_sign(line: str) -> None:
    assert warning(STEPS + line + "\njob finished\n") == NO_WARNING


@pytest.mark.parametrize(
    ("sign", "later"),
    [
        ("SCF run NOT converged", "  *** SCF run converged in    12 steps ***"),
        ("convergence NOT achieved after 100 iterations", "convergence has been achieved in 8 iterations"),
        ("Linear solve did not converge due to DIVERGED_ITS", "Linear solve converged due to CONVERGED_RTOL"),
        ("slurmstepd: error: Detected 1 oom_kill event in StepId=12.0.", "Trying to restart job 3."),
        ("loss: nan", "step\n" * 1000),
        ("Segmentation fault (core dumped)", "step\n" * 1000),
    ],
)
def test_sign_that_is_undone_later_does_not_count(sign: str, later: str) -> None:
    assert warning(f"{STEPS}{sign}\n").line == sign
    assert warning(f"{STEPS}{sign}\n{STEPS}{later}\ndone\n") == NO_WARNING


def test_sign_that_tells_most_counts() -> None:
    assert (
        warning("Dangerous builds = 3\nloss: nan\n*ERROR in gen3delem\ndone\n").line == "*ERROR in gen3delem"
    )


def test_log_in_utf_16_is_read() -> None:
    data = f"\ufeff{STEPS}SCF run NOT converged\n".encode("utf-16-le")
    found = warning_in([Piece("a.log", 0, data, len(data), 1e9, "utf-16-le")])
    assert found.line == "SCF run NOT converged"


def test_logs_of_a_run_are_read(runs_dir: Path) -> None:
    run = write_run(runs_dir, "ant")
    assert read_warning(str(run)) == NO_WARNING
    write_log(run, STEPS)
    assert read_warning(str(run)) == NO_WARNING
    write_log(run, "*ERROR in gen3delem\n", "ccx.log")
    assert read_warning(str(run)) == LogWarning("*ERROR in gen3delem", "logs/ccx.log", 0)


@pytest.mark.parametrize("name", sorted(path.name for path in (CORPUS / "unknown").iterdir()))
def test_logs_of_programs_that_ended_well_have_no_sign_but_those_meant(name: str) -> None:
    found = warning((CORPUS / "unknown" / name).read_text("utf-8", "replace")).line
    assert found == ("Dangerous builds = 2" if name == "lammps-success.log" else "")
