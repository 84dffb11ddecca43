"""The telling words of messages, and what differs between those of one pattern."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.wording import short_message, wording_of

LOST = "Lost atoms: original 4000 current 3987"


@pytest.mark.parametrize(
    "mark",
    [
        "2026-03-01 10:00:00,123 - sim.md - ERROR - ",
        "[2026-03-01T10:00:00Z] [sim] ERROR ",
        "Mar  1 10:00:00 ",
        "10:00:00 | ERROR: ",
        "[rank3]: ",
        "[cn0412:7] ",
        "[prterun-cn1-77@1,3]<stderr>: ",
        "3: ",
        "srun: error: cn0412: task 3: ",
        "slurmstepd: error: ",
        "ERROR on proc 0: ",
        "--> FOAM FATAL ERROR: ",
        "F20251009 21:14:03.123456 18231 grid.cc:77] ",
        "/scratch/kim/sweep/src/solve.cpp:120: ",
        "job.sh: line 3: 12345 ",
        "==2875==ERROR: ",
        "(trainable pid=712, ip=10.0.0.1) ",
    ],
)
def test_marks_before_the_words_are_cut_off(mark: str) -> None:
    assert short_message(mark + LOST) == LOST


@pytest.mark.parametrize(
    "message",
    [
        "ValueError: bad value",
        "forrtl: severe (174): SIGSEGV",
        "STOP 2",
        "Killed",
        "E",
        "ERROR",
        "3 of 5 solvers failed",
        "error: unexpected end",
    ],
)
def test_words_that_are_no_marks_stay(message: str) -> None:
    assert short_message(message).endswith(message.removeprefix("error: "))


def test_long_path_is_shown_by_its_last_part() -> None:
    assert short_message("cannot open /scratch/kim/sweep/run_7/mesh.vtk") == "cannot open …/mesh.vtk"
    assert short_message("cannot open data/mesh.vtk") == "cannot open data/mesh.vtk"


@pytest.mark.parametrize(
    ("one", "other", "pattern"),
    [
        (LOST, "Lost atoms: original 12 current 7", "Lost atoms: original … current …"),
        ("residual 1.3e+08 at step 7", "residual -4E10 at step 88", "residual … at step …"),
        ("no /a/b/c.nc", "no ../d.nc", "no …"),
        (
            "CANCELLED AT 2026-03-01T10:00:00 DUE TO TIME LIMIT",
            "CANCELLED AT 2026-04-02T00:01:02 DUE TO TIME LIMIT",
            "CANCELLED AT … DUE TO TIME LIMIT",
        ),
        ("bad pointer 0x7f3a11", "bad pointer 0x00", "bad pointer …"),
        (
            "run 0edfeace-1111-4222-8333-444455556666 is gone",
            "run b7c1f8a0-1111-4222-8333-000055556666 is gone",
            "run … is gone",
        ),
        ("node cn0412 went down", "node cn7 went down", "node cn… went down"),
        ("commit 9f3a77c lacks", "commit 0b1d2e3f4a lacks", "commit … lacks"),
        ("tasks 0-63,65: out", "tasks 3: out", "tasks …: out"),
    ],
)
def test_messages_that_differ_in_values_have_one_pattern(one: str, other: str, pattern: str) -> None:
    assert wording_of(one).pattern == wording_of(other).pattern == pattern


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exit code 137", "exit code 1"),
        ("[Errno 28] no", "[Errno 2] no"),
        ("killed by signal 9", "killed by signal 11"),
        ("residual is nan", "residual is 3"),
        ("No module named torch", "No module named numpy"),
    ],
)
def test_values_that_tell_the_cause_are_kept_apart(one: str, other: str) -> None:
    assert wording_of(one).pattern != wording_of(other).pattern


def test_words_and_values_give_the_message_again() -> None:
    wording = wording_of(LOST)
    assert wording.values == ("4000", "3987")
    assert wording.with_values(wording.values) == LOST
    assert wording.with_values(("4000", None)) == "Lost atoms: original 4000 current …"
    assert wording.since(1) == "current 3987"
