"""Case directories of codes, by small logs in the words of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.layouts.registry import read_run
from tests.layouts.case_dirs import age

CASES = {
    "gaussian": (
        {"w.gjf": "# opt hf/6-31g\n", "w.log": " Entering Gaussian System, Link 0=g16\n"},
        "w.log",
        " Normal termination of Gaussian 16 at Tue Jan  2 10:00:00 2024.\n",
        " Error termination via Lnk1e in /g16/l502.exe at Tue Jan  2 10:00:00 2024.\n",
    ),
    "orca": (
        {"w.inp": "! HF\n", "w.gbw": "x", "w.out": "                 * O   R   C   A *\n"},
        "w.out",
        "                             ****ORCA TERMINATED NORMALLY****\n",
        "ORCA finished by error termination in SCF\n",
    ),
    "siesta": (
        {"si.fdf": "MeshCutoff 200 Ry\n", "si.out": "Siesta Version  : 4.1\n"},
        "si.out",
        ">> End of run:   2-JAN-2024  10:00:00\n",
        "Stopping Program from Node:    0\n",
    ),
    "amber": (
        {"w.prmtop": "x", "md.out": "          Amber 20 PMEMD                              2020\n"},
        "md.out",
        "|  Total wall time:          93    seconds     0.03 hours\n",
        "  SANDER BOMB in subroutine nonbond_list\n",
    ),
    "namd": (
        {"md.namd": "timestep 2\n", "md.dcd": "x", "md.log": "Info: NAMD 2.14 for Linux-x86_64\n"},
        "md.log",
        "WallClock: 12.0  CPUTime: 12.0  Memory: 20.0 MB\n[Partition 0][Node 0] End of program\n",
        "FATAL ERROR: Unable to open psf file\n",
    ),
    "dlpoly": (
        {"CONTROL": "ensemble nvt\n", "REVCON": "x", "OUTPUT": "** DL_POLY **\n"},
        "OUTPUT",
        "run terminated after     1000 steps (     1.000 ps)\n",
        "DL_POLY_4 terminated due to error  515\n",
    ),
    "mitgcm": (
        {"data": " &PARM01\n viscAh=4.E2,\n &\n", "STDOUT.0000": "(PID.TID 0000.0001) //   MITgcm UV\n"},
        "STDOUT.0000",
        "PROGRAM MAIN: Execution ended Normally\n",
        "ABNORMAL END: PROGRAM MAIN\n",
    ),
    "su2": (
        {"wing.cfg": "MACH_NUMBER= 0.8\n", "history.csv": "x\n", "su2.log": "| SU2 v7.5.1 |\n"},
        "su2.log",
        "------------------------- Exit Success (SU2_CFD) ------------------------\n",
        "------------------------------ Error Exit -------------------------------\n",
    ),
    "elmer": (
        {"case.sif": "Header\nEnd\n", "elmer.log": "ELMER SOLVER (v 9.0) STARTED AT: 2024/01/02\n"},
        "elmer.log",
        "ELMER SOLVER FINISHED AT: 2024/01/02 10:00:00\n",
        "ERROR:: LoadMesh: Unable to load mesh\n",
    ),
    "fds": (
        {"room.fds": "&TIME T_END=60. /\n", "room.smv": "x\n", "room.out": " Fire Dynamics Simulator\n"},
        "room.out",
        " STOP: FDS completed successfully (CHID: room)\n",
        " STOP: Numerical Instability - FDS stopped (CHID: room)\n",
    ),
    "nek5000": (
        {"SESSION.NAME": "box\n", "box.log.16": "     |  NEK5000:  Open Source Spectral Element Solver\n"},
        "box.log.16",
        " run successful: dying ...\n",
        " call exitt: dying ...\n",
    ),
    "athena": (
        {"athinput.blast": "<time>\n", "run.log": "Setup complete, entering main loop...\n"},
        "run.log",
        "Terminating on time limit\ntime=1.0 cycle=30\n",
        "### FATAL ERROR in function [Mesh::Mesh]\n",
    ),
    "amrex": (
        {"inputs": "max_step = 10\n", "run.log": "Initializing AMReX (22.01)...\n"},
        "run.log",
        "AMReX (22.01) finalized\n",
        "amrex::Abort::0::bad grid !!!\n",
    ),
    "mcnp": (
        {"inp": "a sphere\n1 0 -1\n", "outp": "          Code Name & Version = MCNP, 6.2.0\n"},
        "outp",
        " run terminated when      10000  particle histories were done.\n",
        " bad trouble in subroutine source of mcrun\n   zero lattice element hit.\n",
    ),
    "energyplus": (
        {"eplusout.err": "Program Version,EnergyPlus, Version 24.2.0-94a887817b, YMD=2025.10.31 21:40,\n"},
        "eplusout.err",
        "   ************* EnergyPlus Completed Successfully-- 12 Warning; 0 Severe Errors\n",
        "   ************* EnergyPlus Terminated--Fatal Error Detected. 2 Warning; 2 Severe Errors\n",
    ),
    "roms": (
        {"ocean_upwelling.in": "NtileI == 1\n", "run.log": " ROMS/TOMS version 3.9\n"},
        "run.log",
        " ROMS/TOMS: DONE... Tuesday - January 2, 2024\n",
        " Blowing-up: Saving latest model state into RESTART file\n",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_case_of_a_code_is_a_run_with_its_end(code: str, runs_dir: Path) -> None:
    files, log, well, badly = CASES[code]
    for name, end in {"well": well, "badly": badly, "cut": ""}.items():
        (runs_dir / name).mkdir()
        for file, text in files.items():
            (runs_dir / name / file).write_text(text)
            age(runs_dir / name, file, seconds=5 * 86400.0)
        (runs_dir / name / log).write_text(f"{files[log]} step 1\n{end}")
        age(runs_dir / name, log)
    runs = {name: read_run(str(runs_dir), name) for name in ("well", "badly", "cut")}
    assert {run.layout for run in runs.values()} == {code}
    assert [run.status for run in runs.values()] == ["completed", "failed", "failed"]
    assert "the log ends without" in (runs["cut"].reason or "")


@pytest.mark.parametrize(
    "files",
    [
        ("w.prmtop", "leap.log", "md.in"),
        ("data", "genmake.log"),
        ("data", "eedata", "bathy.meta", "available_diagnostics.log"),
        ("parameters.txt", "crystal.xyz"),
        ("case.sif", "mesh.header"),
        ("a.cfg", "setup.log"),
        ("w.com", "w.pdb"),
        ("CMakeLists.txt", "water.xyz", "orca.out"),
    ],
)
def test_inputs_and_logs_of_tools_are_no_run(files: tuple[str, ...], runs_dir: Path) -> None:
    (runs_dir / "r").mkdir()
    for file in files:
        (runs_dir / "r" / file).write_text("x\n")
    assert read_run(str(runs_dir), "r").layout == ""
