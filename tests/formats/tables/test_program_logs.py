"""The tables that programs print into their logs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.program_logs import LOG_PARSERS, LogRows
from runtui.formats.tables.registry import may_be_table
from runtui.results.metrics import end_of, open_metrics

LAMMPS = """LAMMPS (2 Aug 2023 - Update 3)
units lj
Per MPI rank memory allocation (min/avg/max) = 3.2 | 3.2 | 3.2 Mbytes
   Step          Temp          E_pair
         0   1.44          -6.77
        50   0.70303849    -5.68
Loop time of 0.0269 on 1 procs for 50 steps with 4000 atoms
Performance: 1234 tau/day
   Step          Temp          Press
        50   0.71          5.1
       100   0.72          5.2
Loop time of 0.0269 on 1 procs for 50 steps with 4000 atoms
"""

LAMMPS_MULTI = """LAMMPS (2 Aug 2023)
------------ Step              0 ----- CPU =            0 (sec) -------------
TotEng   =        -4.6218 KinEng   =         2.1594 Temp     =         1.4400
PotEng   =        -6.7812
------------ Step            100 ----- CPU =    0.2 (sec) -------------
TotEng   =        -4.6210 KinEng   =         1.1594 Temp     =         0.7400
PotEng   =        -5.7812
Loop time of 0.3 on 1 procs
"""

LAMMPS_YAML = """LAMMPS (2 Aug 2023)
---
keywords: ['Step', 'Temp', 'Press', ]
data:
  - [0, 1.44, -5.01, ]
  - [50, 0.71, 0.23, ]
...
"""

OPENFOAM = """| =========                 | OpenFOAM: The Open Source CFD Toolbox
Exec   : icoFoam
Starting time loop

Time = 0.005

Courant Number mean: 0 max: 0
smoothSolver:  Solving for Ux, Initial residual = 1, Final residual = 8.9e-06, No Iterations 19
DICPCG:  Solving for p, Initial residual = 0.9, Final residual = 0.04, No Iterations 12
time step continuity errors : sum local = 0.0001, global = 1e-20, cumulative = 1e-20
DICPCG:  Solving for p, Initial residual = 0.5, Final residual = 0.02, No Iterations 35
ExecutionTime = 0.01 s  ClockTime = 0 s

Time = 0.01s

Courant Number mean: 0.09 max: 0.58
smoothSolver:  Solving for Ux, Initial residual = 0.16, Final residual = 6.8e-06, No Iterations 19
DICPCG:  Solving for p, Initial residual = 0.42, Final residual = 0.02, No Iterations 12
ExecutionTime = 0.02 s  ClockTime = 0 s
"""

ESPRESSO = """
     Program PWSCF v.7.0 starts on  1Dec2026 at 10:00:00
     iteration #  1     ecut=    20.00 Ry     beta= 0.70
     total energy              =     -15.84406 Ry
     estimated scf accuracy    <       0.06094 Ry
     iteration #  2     ecut=    20.00 Ry     beta= 0.70
     total energy              = ************** Ry
     estimated scf accuracy    <       0.00201 Ry
     iteration #  3     ecut=    20.00 Ry     beta= 0.70
!    total energy              =     -15.85441 Ry
     estimated scf accuracy    <          6.1E-09 Ry
     Total force =     0.000012     Total SCF correction =     0.000001
          total   stress  (Ry/bohr**3)                   (kbar)     P=       -9.28
     Writing all to output data dir ./si.save/
     JOB DONE.
"""

CP2K = """ CP2K| version string:                                          CP2K version 9.1
 ENERGY| Total FORCE_EVAL ( QS ) energy [a.u.]:              -17.164397

 MD| Step number                                                             1
 MD| Temperature [K]                                              298.5
 ENERGY| Total FORCE_EVAL ( QS ) energy [a.u.]:              -17.165001

 MD| Step number                                                             2
 MD| Temperature [K]                                              297.1
  **** **** ******  **  PROGRAM ENDED AT                 2026-12-01 10:00:00
"""

GROMACS = """                      :-) GROMACS - gmx mdrun, 2022.5-Debian_2022.5_2 (-:

           Step           Time
              0        0.00000

   Energies (kJ/mol)
        LJ (SR)   Coulomb (SR)   Coul. recip.      Potential    Kinetic En.
    4.85000e+03   -2.64164e+04    1.70584e+02   -2.16395e+04    3.56388e+03
   Total Energy    Temperature
   -1.80756e+04    2.99233e+02

           Step           Time
            500        1.00000

   Energies (kJ/mol)
        LJ (SR)   Coulomb (SR)   Coul. recip.      Potential    Kinetic En.
    4.60632e+03   -2.64164e+04    1.70584e+02   -2.16390e+04    3.56300e+03
   Total Energy    Temperature
   -1.80760e+04    3.01000e+02

	<======  ###############  ==>
	<====  A V E R A G E S  ====>
           Step           Time
           1000        2.00000
"""

OSZICAR = """       N       E                     dE             d eps       ncg     rms          rms(c)
DAV:   1     0.143E+02    0.143E+02   -0.3E+03  1000   0.6E+02
DAV:   2    -0.108E+02   -0.251E+02   -0.2E+02  1200   0.1E+02
   1 F= -.10828E+02 E0= -.10827E+02  d E =-.108E+02
DAV:   1    -0.109E+02    0.143E+02   -0.3E+03  1000   0.6E+02
   2 F= -.10930E+02 E0= -.10929E+02  d E =-.102E+00
"""

LOGS = {
    "lammps": ("log.lammps", LAMMPS, {"Step": 100, "Temp": 0.72, "E_pair": -5.68, "Press": 5.2}),
    "lammps-multi": (
        "log.lammps",
        LAMMPS_MULTI,
        {"Step": 100, "CPU": 0.2, "TotEng": -4.621, "KinEng": 1.1594, "Temp": 0.74, "PotEng": -5.7812},
    ),
    "lammps-yaml": ("out.log", LAMMPS_YAML, {"Step": 50, "Temp": 0.71, "Press": 0.23}),
    "openfoam": (
        "log.icoFoam",
        OPENFOAM,
        {
            "Time": 0.01,
            "Courant mean": 0.09,
            "Courant max": 0.58,
            "Ux residual": 0.16,
            "p residual": 0.42,
            "continuity local": 0.0001,
            "continuity global": 1e-20,
            "ExecutionTime": 0.02,
        },
    ),
    "espresso": (
        "si.out",
        ESPRESSO,
        {
            "iteration": 3,
            "total energy (Ry)": -15.85441,
            "accuracy (Ry)": 6.1e-09,
            "converged energy (Ry)": -15.85441,
            "total force (Ry/au)": 0.000012,
            "pressure (kbar)": -9.28,
        },
    ),
    "cp2k": (
        "h2o.out",
        CP2K,
        {"evaluation": 2, "energy (a.u.)": -17.165001, "Step number": 2, "Temperature [K]": 297.1},
    ),
    "gromacs": (
        "md.log",
        GROMACS,
        {
            "Step": 500,
            "Time": 1,
            "LJ (SR)": 4606.32,
            "Coulomb (SR)": -26416.4,
            "Coul. recip.": 170.584,
            "Potential": -21639.0,
            "Kinetic En.": 3563.0,
            "Total Energy": -18076.0,
            "Temperature": 301.0,
        },
    ),
    "vasp": (
        "OSZICAR",
        OSZICAR,
        {
            "electronic step": 1,
            "energy (eV)": -10.9,
            "change (eV)": 14.3,
            "ionic step": 2,
            "F (eV)": -10.93,
            "E0 (eV)": -10.929,
        },
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_log_of_a_program_is_a_table_of_its_steps(name: str, tmp_path: Path) -> None:
    file, text, last = LOGS[name]
    (tmp_path / file).write_text(text)
    assert may_be_table(str(tmp_path / file))
    assert end_of(str(tmp_path / file)).last == last


def test_each_program_has_a_log_here() -> None:
    assert len({name.partition("-")[0] for name in LOGS}) == len(LOG_PARSERS)


def test_overflow_in_a_log_is_a_missing_value(tmp_path: Path) -> None:
    (tmp_path / "si.out").write_text(ESPRESSO)
    metrics = open_metrics(str(tmp_path / "si.out"))
    metrics.look()
    assert [str(value) for value in metrics.series("total energy (Ry)")] == ["-15.84406", "nan", "-15.85441"]


@pytest.mark.parametrize("name", LOGS)
def test_log_that_grows_line_by_line_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    file, text, _last = LOGS[name]
    whole = LogRows(str(tmp_path / file))
    (tmp_path / file).write_text(text)
    whole.look()
    (tmp_path / "grown").mkdir()
    grown = LogRows(str(tmp_path / "grown" / file))
    path = tmp_path / "grown" / file
    path.write_text(text[: len(text) // 3])
    grown.look()
    for place in range(len(text) // 3, len(text), 37):
        with path.open("a") as log:
            log.write(text[place : place + 37])
        grown.look()
    assert grown.columns == whole.columns
    assert grown.rows(0, 99) == whole.rows(0, 99)


def test_log_that_is_written_anew_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.lammps"
    path.write_text(LAMMPS)
    rows = LogRows(str(path))
    assert rows.look()
    assert not rows.look()
    path.write_text(LAMMPS.partition("Performance")[0])
    assert rows.look()
    assert len(rows) == 2


@pytest.mark.parametrize("name", LOG_PARSERS)
def test_any_text_is_read_without_an_error(name: str) -> None:
    @given(st.lists(st.text(max_size=60), max_size=30))
    def read(lines: list[str]) -> None:
        parser = LOG_PARSERS[name].parser()
        for line in lines:
            for row in parser.feed(line):
                assert row

    read()


@given(st.binary(max_size=300), st.sampled_from(sorted(LOGS)))
def test_any_bytes_behind_a_beginning_are_read(data: bytes, name: str) -> None:
    file, text, _last = LOGS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, file)
        path.write_bytes(text.encode() + data)
        rows = LogRows(str(path))
        rows.look()
        assert len(rows.rows(0, 1000)) == len(rows)
