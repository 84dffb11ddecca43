"""Words by which a log is quickly known to be of none of the simulation codes in `runtui.layouts.solvers`."""

from __future__ import annotations

from runtui.logs.diagnose.words import LineIndex

BANNER_WORDS = LineIndex((
    b"openfoam", b"exec ", b"gromacs", b"log file opened", b"vasp.", b"running on ", b"wrf v", b"real_em v",
    b"nwchem", b"argument  1", b"abinit", b"program started at", b"cp2k", b"calculix", b"freefem", b"lammps",
    b"starts", b"quantum espresso", b"entering gaussian", b"gaussian, inc", b"o   r   c   a", b"psi4",
    b"siesta", b"amber ", b"pmemd", b"sander", b"namd", b"charm++", b"dl_poly", b"mitgcm", b"su2 v",
    b"open-source cfd", b"elmer", b"fire dynamics", b"nek5000", b"nekrs", b"setup complete", b"athena",
    b"amrex", b"roms/toms", b"regional ocean", b"mcnp", b"energyplus",
))  # fmt: skip
"""Texts of which the banner of each code has one."""

FAILURE_WORDS = LineIndex((
    b"foam ", b"foam::", b"fatal error", b"inconsistency", b"error in user input", b"input/output error",
    b"invalid command-line", b"feature not implemented", b"very bad news", b"i refuse", b"edddav",
    b"very serious", b"fatal called", b"forrtl", b"in the input file", b"armci error", b"error in comm",
    b"--- !", b"[abort]", b"*error", b"exec error", b"compile error", b".cpp:", b"quit",
    b"%" * 20, b"stop ", b"not achieved", b"error termination", b"galloc", b"finished by error",
    b"input error", b"aborting the run", b"psi4 encountered", b"psio_error", b"stopping program",
    b"error stop", b"sander", b"pmemd", b"charm++", b"terminated due", b"abnormal end", b"error exit",
    b"exit failure", b"error:: ", b"error(", b"stop:", b"exitt", b"amrex::", b"roms/toms", b"blowing-up",
    b"bad trouble", b"run terminated", b"energyplus",
))  # fmt: skip
"""Texts of which what each code writes when it fails has one."""
