"""Times at which programs began, by the first lines of their logs."""

from __future__ import annotations

from datetime import datetime

import pytest

from runtui.logs.read.start_times import start_time


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Build  : 1912\nDate   : Nov 30 2026\nTime   : 11:02:03\n", "2026-11-30 11:02:03"),
        (b"Log file opened on Mon Nov 30 11:02:03 2026\n", "2026-11-30 11:02:03"),
        (b"Started mdrun on rank 0 Mon Nov  3 11:02:03 2026\n", "2026-11-03 11:02:03"),
        (b" executed on             LinuxIFC date 2026.11.30  11:02:03\n", "2026-11-30 11:02:03"),
        (b"    date            = Mon Nov 30 11:02:03 2026\n", "2026-11-30 11:02:03"),
        (b".Starting date : Mon 30 Nov 2026.\n- ( at 11h02 )\n", "2026-11-30 11:02:00"),
        (b" ****  PROGRAM STARTED AT   2026-11-30 11:02:03.456\n", "2026-11-30 11:02:03"),
        (b"     Program PWSCF v.6.7 starts on 30Nov2026 at 11: 2: 3 \n", "2026-11-30 11:02:03"),
    ],
)
def test_time_in_the_form_of_each_code(head: bytes, expected: str) -> None:
    assert start_time(head) == datetime.fromisoformat(expected).timestamp()


@pytest.mark.parametrize("head", [b"", b"LAMMPS (2 Aug 2023)\n", b"PROGRAM STARTED AT 2026-19-99 11:02:03\n"])
def test_other_text_has_none(head: bytes) -> None:
    assert start_time(head) is None
