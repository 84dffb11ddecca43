import pytest

from runtui.logs.diagnose.around_messages import (
    is_of_exit,
    is_of_launcher,
    is_progress,
    is_telling,
    words_of,
)


def test_letters_drawn_large_are_no_words() -> None:
    assert words_of("EEEEEEE  RRRRRR   RRRRRR") == []
    assert words_of("1.2E-03  ###  12") == []
    assert words_of("mesh 3 and boundary 12") == ["mesh", "and", "boundary"]


@pytest.mark.parametrize(
    "text",
    [
        "mesh 3 and boundary 12 do not fit",
        "-> Invalid field name Hamiltonain",
        "Reason: Too many basis functions",
        "time step 1e-12 below minimum",
        "File mesh.dat was not found",
        "Process 3 lost its particles",
        "file: write_netcdf.F90 line:          663 NetCDF: HDF error",
    ],
)
def test_message_is_telling(text: str) -> None:
    assert is_telling(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=========",
        "Program:     gmx mdrun, version 2023.3",
        "Source file: src/gromacs/mdlib/x.cpp (line 77)",
        "in file db/dictionary/dictionary.C at line 342.",
        "issued by : G4Navigator::ComputeStep()",
        "[file orca_main/run.cpp, line 12001]:",
        "For more information and tips for troubleshooting, please check",
        "stopping ...",
        "with errorcode 1.",
        'File "/home/kim/run.py", line 141, in execute',
        "-------- EEEE ------- G4Exception-START -------- EEEE -------",
        "*** Fatal Exception *** core dump ***",
        "Additional information:",
        "false",
        "WARNING: 3 cells have a bad shape",
        "nstep         =      96930",
        "[5e/f4b01d] process > align (19)  [ 45%] 18 of 40",
        "[-        ] process > RUN:COMPRESS          -",
        "at common/utils.f90:122",
        "    in src/mesh.cpp:12:8",
        "abnormal termination of xtb",
        "INFO:    Converting SIF file to temporary sandbox...",
    ],
)
def test_what_stands_around_a_message_is_not_telling(text: str) -> None:
    assert not is_telling(text)


@pytest.mark.parametrize(
    "text",
    [
        "srun: error: cn0: tasks 0-63: Killed",
        "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD",
        "Abort(1) on node 0 (rank 0 in comm 0): application called MPI_Abort(1) - process 0",
        "job.sh: line 3:  4011 Aborted                 ./solver",
        "Program received signal SIGABRT: Process abort signal.",
        "yhrun: error: cn84173: tasks 280-284,286-335: Killed",
        "internal ABORT - process 0",
    ],
)
def test_launchers_are_recognised(text: str) -> None:
    assert is_of_launcher(text)
    assert not is_of_launcher("mesh 3 and boundary 12 do not fit")


def test_complaints_and_progress_differ() -> None:
    for text in ("Loading checkpoint shards", "restart file written", "residual: 0.1", "dt = 3"):
        assert is_progress(text)
    assert not is_progress("The grid belongs to another case")


@pytest.mark.parametrize(
    "text",
    [
        "FATAL ERROR: forecast failed with return code 1",
        "ERROR: post-processing exited with code 2",
        "Error: command './model.exe' exited with status 1",
        "ERROR: model run failed, exit status 1",
        "['python3', 'train.py'] exits with return code = -9",
    ],
)
def test_line_of_an_exit_code_tells_no_more(text: str) -> None:
    assert is_of_exit(text)


@pytest.mark.parametrize(
    "text",
    [
        "ERROR: mesh 3 and boundary 12 do not fit",
        "ncclCommInitRank failed with error code 3: unhandled system error",
        "Newton failed at iteration 12",
    ],
)
def test_line_that_tells_what_failed_is_not_only_of_an_exit_code(text: str) -> None:
    assert not is_of_exit(text)
