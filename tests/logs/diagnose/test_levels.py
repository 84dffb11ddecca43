from pathlib import Path

import pytest

from runtui.logs.diagnose.levels import ErrorLines, LogLevel, level_of
from runtui.logs.read.source import FileSource
from runtui.logs.read.text import bare_line
from runtui.logs.search.search import Search


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: cannot open mesh.h5",
        "2026-01-01 12:00:00,123 - root - ERROR - it failed",
        "[2026-01-01 12:00:00.123] [error] disk",
        'level=error msg="x"',
        '{"level":"error","msg":"x"}',
        "Traceback (most recent call last):",
        "ValueError: x must be positive",
        "numpy.linalg.LinAlgError: Singular matrix",
        "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0",
        "srun: error: node1: task 0: Segmentation fault (core dumped)",
        "make: *** [Makefile:3: all] Error 2",
        "Fatal error: bad input",
        "forrtl: severe (24): end-of-file during read",
        "Program received signal SIGSEGV: Segmentation fault - invalid memory reference.",
        "solver failed after 12 iterations",
        "3 errors",
        "errors: 3",
        "java.lang.NullPointerException: x",
        "MPI_ABORT was invoked: aborting",
        "CRITICAL something",
        "validation error: field missing",
        "Killed",
        "Error in energy: not a number",
        "terminate called after throwing an instance of 'std::runtime_error': Assertion failed",
        "INTERNAL ERROR",
        "job.sh: line 2: ./solve.sh: Permission denied",
        "job.sh: line 3: lmp_mpi: command not found",
        "gzip: stdout: No space left on device",
        "application called MPI_Abort(MPI_COMM_WORLD, 7) - process 1",
        "job.sh: line 3:  3919 Illegal instruction     ./solver",
        "Terminated",
        "solver ended, exit code 137",
        "main.c:3:1: error: expected expression",
        "ERROR: no memory",
        "error: no input file given",
        "Error: none of the restart files can be read",
        "FATAL: no license",
        "failed: no route to host",
        "[error] no space for the halo",
        "ERROR: false is no number",
        "ERROR: 0 atoms in the box",
    ],
)
def test_error_lines_are_recognised(line: str) -> None:
    assert level_of(line) is LogLevel.ERROR
    assert any(hint in line.lower().encode() for hint in ErrorLines.literals)
    block = b"step 1 done\n" + line.encode() + b"\nstep 2 done\n"
    assert not ErrorLines().is_missing(bytearray(block), len(block))


@pytest.mark.parametrize(
    "line",
    ["WARNING: slow", "warning: unused variable", "[warn] x", "DeprecationWarning: y", "WARN deprecated",
     "3 warnings",
     "s.c:2:52: warning: unused variable ‘killed’ [-Wunused-variable]", 'level=warning msg="no error here"'],
)  # fmt: skip
def test_warning_lines_are_recognised(line: str) -> None:
    assert level_of(line) is LogLevel.WARNING


@pytest.mark.parametrize(
    "line",
    [
        "0 errors",
        "0 errors, 0 warnings",
        "no errors found",
        "no fatal errors",
        "finished without any errors",
        "errors: 0",
        "Errors: 0 of 12 checks",
        "ERROR: 0 WARNING: 2",
        "ERROR: none",
        "ERROR: no errors found",
        "error: no, warning: no",
        "Errors = 0",
        "error: none",
        "error tolerance 1e-6",
        "error_norm=1.2e-3",
        "error norm 0.1",
        "error=1.5e-4",
        "error: 0.00123",
        "rel. error 1.3e-5",
        "relative error = 1.0E-05",
        "L2 error 3.2e-4",
        "mean squared error 0.12",
        "max error 2.5e-3 at step 100",
        "truncation error estimate",
        "redirecting stderr to err.log",
        "see error.log",
        "results/error/norms.txt",
        "standard error of the mean",
        "INFO retrying after an error",
        "DEBUG: error handler installed",
        "2026-01-01 12:00:00 INFO the failed jobs were restarted",
        "[info] 2 failed jobs",
        "3 passed, 0 failed",
        "failed: 0",
        "failures=0",
        "errors='ignore'",
        "--on-error=stop",
        "error bars are drawn",
        "energy error 1.2e-9",
        "time step continuity errors : sum local = 1.1e-08",
        "if an error occurs, look here",
        "step 10 energy -1.234567e+03",
        "terrors and mirrors",
        "no warnings",
        "warnings: 0",
        "exit code 0",
        "ERROR 0.001",
        "fatal errors: 0",
        "max error norm: 0.0012, exception list empty, failed steps: 0",
        "errors will be ignored in the boundary layer",
        "trapFpe: Floating point exception trapping enabled (FOAM_SIGFPE).",
        "memory limit 4 GB, out of memory score 0",
        "            Estimate Std. Error t value Pr(>|t|)    ",
        "the program terminated normally",
        "error correction enabled",
        "",
    ],
)
def test_false_alarms_have_no_level(line: str) -> None:
    assert level_of(line) is None


@pytest.mark.parametrize(
    "log", sorted((Path(__file__).parent / "corpus").rglob("*-success.log")), ids=lambda log: log.name
)
def test_logs_of_successful_programs_have_no_error_lines(log: Path) -> None:
    for line in log.read_text("utf-8", "replace").splitlines():
        assert level_of(bare_line(line)) is not LogLevel.ERROR, line


def test_the_next_and_the_previous_error_are_found(tmp_path) -> None:
    path = tmp_path / "a.log"
    lines = ["step ok 0 errors error=1.0e-3"] * 50_000
    lines[5_000] = "INFO all is well"
    lines[10_000] = "ERROR first"
    lines[40_000] = "Segmentation fault"
    path.write_text("\n".join(lines))
    source = FileSource(str(path))
    source.look()
    found = []
    for backwards in (False, True):
        position = source.size if backwards else 0
        while True:
            search = Search(source, ErrorLines(), position, backwards=backwards)
            while search.step():
                pass
            if search.found is None:
                break
            found.append(search.found.raw)
            position = search.found.begin if backwards else search.found.end
    assert found == [b"ERROR first", b"Segmentation fault", b"Segmentation fault", b"ERROR first"]


def test_very_long_line_has_its_level() -> None:
    assert level_of("error " * 100_000 + "x") is LogLevel.ERROR
    assert level_of("no error " * 100_000) is None
    assert level_of("a." * 100_000) is None
