"""Case directories of simulation codes as rows."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from runtui.layouts.base import Entries
from runtui.layouts.known import LAYOUTS
from runtui.layouts.registry import foreign_metadata, read_run
from runtui.layouts.run_tree import RunTree
from runtui.layouts.solver_cases import SOLVER_CASES
from tests.layouts.case_dirs import sample


def entries(*files: str, folders: tuple[str, ...] = ()) -> Entries:
    return Entries(frozenset(files), frozenset(folders))


@pytest.mark.parametrize(
    ("found", "layout"),
    [
        (entries(folders=("system", "constant", "0")), "openfoam"),
        (entries("log.simpleFoam", folders=("system", "0.orig")), "openfoam"),
        (entries("log.blockMesh", "log.simpleFoam", "README.md"), "openfoam"),
        (entries("topol.tpr"), "gromacs"),
        (entries("md.mdp", "md.log"), "gromacs"),
        (entries("OUTCAR"), "vasp"),
        (entries("INCAR.relax1", "POSCAR.relax1"), "vasp"),
        (entries("INCAR1", "INCAR2", "KPOINTS"), "vasp"),
        (entries("XDATCAR", "vasp.out"), "vasp"),
        (entries("namelist.input", "wrfout_d01_2020-01-01_00:00:00"), "wrf"),
        (entries("rsl.out.0000"), "wrf"),
        (entries("h2.nw", "h2.out"), "nwchem"),
        (entries("scf.abo"), "abinit"),
        (entries("h2.abi", "log"), "abinit"),
        (entries("x.inp", "x-RESTART.wfn"), "cp2k"),
        (entries("beam.inp", "beam.frd"), "calculix"),
        (entries("beam.inp", "spooles.out"), "calculix"),
        (entries("nwchem.in", "nwchem.out"), "nwchem"),
        (entries("scf.out", "eigd.dat"), "espresso"),
        (entries("OUTCAR.gz"), "vasp"),
        (entries("md.mdp", "md.log.gz"), "gromacs"),
        (entries("log.lammps.xz"), "lammps"),
        (entries("poisson.edp", "job.out"), "freefem"),
        (entries("log.lammps"), "lammps"),
        (entries("log.LAMMPS"), "lammps"),
        (entries("cooling_log.LAMMPS"), "lammps"),
        (entries("in.melt", "slurm-3.out"), "lammps"),
        (entries("scf.in", "scf.out"), "espresso"),
        (entries("espresso.pwo"), "espresso"),
        (entries("scf.in", "CRASH"), "espresso"),
        (entries("Fe.vc-relax.in", "Fe.vc-relax.out"), "espresso"),
        (entries("40.0.in", "40.0.out"), "plain"),
    ],
)
def test_layout_by_the_names_of_entries(found: Entries, layout: str) -> None:
    assert next(name for name, known in LAYOUTS.items() if known.recognises(found)) == layout


@pytest.mark.parametrize(
    "found",
    [
        entries("in.lj"),
        entries("in.txt", "out.log"),
        entries("em.mdp", "nvt.mdp"),
        entries("INCAR"),
        entries("namelist.input"),
        entries("scf.in", "nscf.in"),
        entries("espresso.pwi"),
        entries("CRASH", "game.c"),
        entries("Si.UPF", "O.UPF"),
        entries("h2.nw"),
        entries("beam.inp"),
        entries("spooles.out", "README.md"),
        entries("controlDict", "fvSchemes"),
        entries(folders=("system", "src")),
        entries("forcefield.itp", "ffbonded.itp"),
    ],
)
def test_folder_of_inputs_alone_is_no_case(found: Entries) -> None:
    assert [case.name for case in SOLVER_CASES if case.recognises(found)] == []


def test_parts_of_a_case_are_no_rows_and_runs_within_are(runs_dir: Path) -> None:
    case = sample(runs_dir, "openfoam-completed")
    for part in ("processor0/0.5/x.log", "100/in.lj", "0.orig/params.json", "constant/polyMesh/run.log"):
        (case / part).parent.mkdir(parents=True, exist_ok=True)
        (case / part).touch()
        (case / part).with_name("log.lammps").touch()
    shutil.copytree(case / "system", case / "fine" / "system")
    (case / "fine" / "constant").mkdir()
    tree = RunTree(str(runs_dir))
    found, names = [], tree.names()
    while names:
        found += [run.name for name in names if tree.take(run := read_run(str(runs_dir), name))]
        names = tree.unread()
    assert sorted(found) == [case.name, f"{case.name}/fine"]


@pytest.mark.parametrize("folder", ["processor0", "pseudos", "charmm36.ff", "si.save", "errors", "polyMesh"])
def test_folder_of_data_is_a_part_of_any_case(folder: str) -> None:
    assert all(case.is_part(folder) for case in SOLVER_CASES)


@pytest.mark.parametrize("folder", ["5", "40", "100"])
def test_numbered_folders_of_other_codes_hold_runs(folder: str) -> None:
    assert [case.name for case in SOLVER_CASES if case.is_part(folder)] == ["openfoam"]


@pytest.mark.parametrize("code", ["openfoam", "gromacs", "espresso", "cp2k", "nwchem", "abinit"])
def test_start_is_what_the_log_says(code: str, runs_dir: Path) -> None:
    metadata = foreign_metadata(str(sample(runs_dir, f"{code}-completed")))
    assert metadata is not None
    started = datetime.fromisoformat(metadata["started_at"]).astimezone()
    assert started.strftime("%Y-%m-%d %H") in ("2026-11-30 10", "2026-11-30 11")
    assert metadata["created_at"] <= metadata["started_at"]


def test_job_of_the_newest_slurm_log(runs_dir: Path) -> None:
    sample(runs_dir, "lammps-completed", "slurm-9.out", "slurm-15_3.out", "slurm-15_2.out")
    metadata = foreign_metadata(str(runs_dir / "lammps-completed"))
    assert metadata is not None
    assert metadata["slurm_job_id"] == "15_3"


@pytest.mark.parametrize(
    ("logs", "job"),
    [
        (("slurm-99.out", "slurm-101.out"), "101"),
        (("lmp_883311.out",), "883311"),
        (("lmp.o77", "lmp.e77"), "77"),
    ],
)
def test_job_of_a_case_is_that_of_its_newest_log(logs: tuple[str, ...], job: str, runs_dir: Path) -> None:
    (runs_dir / "r").mkdir()
    for name in ("in.melt", "log.lammps", *logs):
        (runs_dir / "r" / name).touch()
    run = read_run(str(runs_dir), "r")
    assert (run.layout, run.job and run.job.job_id) == ("lammps", job)
