"""How runs of simulation codes ended: by the output of real programs, trimmed, and what is like it."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtui.formats.config.parameters import parameter_paths
from runtui.layouts.registry import DirectoryKind, examine, foreign_metadata, read_run
from runtui.logs.diagnose.digest import Facts, read_digest
from tests.layouts.case_dirs import DAY, age, make, sample


@pytest.mark.parametrize(
    ("name", "layout", "status", "source"),
    [
        ("openfoam-completed", "openfoam", "completed", "log.icoFoam"),
        ("openfoam-failed", "openfoam", "failed", "log.icoFoam"),
        ("openfoam-failed-tool", "openfoam", "failed", "log.reconstructPar"),
        ("lammps-completed", "lammps", "completed", "log.lammps"),
        ("lammps-failed", "lammps", "failed", "log.lammps"),
        ("lammps-quit", "lammps", "completed", "log.lammps"),
        ("lammps-quit-with-error", "lammps", "failed", "log.lammps"),
        ("lammps-two-logs", "lammps", "completed", "log.prod"),
        ("gromacs-completed", "gromacs", "completed", "nvt.log"),
        ("gromacs-failed", "gromacs", "failed", "grompp.out"),
        ("espresso-completed", "espresso", "completed", "scf.out"),
        ("espresso-failed", "espresso", "failed", "nscf.out"),
        ("espresso-unconverged", "espresso", "failed", "scf.out"),
        ("nwchem-completed", "nwchem", "completed", "h2.out"),
        ("nwchem-failed", "nwchem", "failed", "h2.out"),
        ("abinit-completed", "abinit", "completed", "h2.abo"),
        ("abinit-failed-before", "abinit", "completed", "h2.abo"),
        ("calculix-failed", "calculix", "failed", "ccx.log"),
    ],
)
@pytest.mark.parametrize("is_copy", [False, True])
def test_status_of_a_real_run(
    name: str, layout: str, status: str, source: str, is_copy: bool, runs_dir: Path
) -> None:
    run_dir = sample(runs_dir, name)
    if is_copy:
        age(run_dir)
    run = read_run(str(runs_dir), name, keys=frozenset({"status_derived_from"}))
    assert (run.layout, run.status, run.problem) == (layout, status, "")
    assert run.values == {"status_derived_from": source}


@pytest.mark.parametrize(
    ("name", "mark", "layout", "status"),
    [
        ("cp2k-completed", "h2-RESTART.wfn", "cp2k", "completed"),
        ("cp2k-failed", "h2-RESTART.wfn", "cp2k", "failed"),
        ("calculix-completed", "cube.frd", "calculix", "completed"),
    ],
)
def test_status_of_a_real_run_with_its_binary_results(
    name: str, mark: str, layout: str, status: str, runs_dir: Path
) -> None:
    sample(runs_dir, name, mark)
    run = read_run(str(runs_dir), name)
    assert (run.layout, run.status) == (layout, status)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openfoam-failed", "Entry 'nu' not found in dictionary"),
        ("openfoam-failed-tool", "No processor* directories found"),
        ("lammps-failed", "Substitution for illegal variable T"),
        ("calculix-failed", "cannot open file cube.inp"),
    ],
)
def test_reason_of_a_real_run_is_what_its_log_says(name: str, words: str, runs_dir: Path) -> None:
    found = read_digest(str(sample(runs_dir, name)), Facts())
    assert words in found.line


GROMACS_HEAD = "GROMACS:      gmx mdrun, version 2022.5\nGROMACS version:    2022.5\n"
GROMACS_TAIL = "Finished mdrun on rank 0 Mon Nov 28 10:45:35 2022\n"
VASP_HEAD = " vasp.6.3.0 20Jan22 complex\n\n executed on             LinuxGNU date 2023.02.07  15:12:03\n"
VASP_PRINTS = (
    " running on    8 total cores\n"
    " reached required accuracy - stopping structural energy minimisation\n"
    " writing wavefunctions\n"
)
VASP_TAIL = " General timing and accounting informations for this job:\n\n   Voluntary context switches:  2\n"
WRF_NOISE = " NetCDF error: NetCDF: Attribute not found\n"
WRF_FATAL = (
    "-------------- FATAL CALLED ---------------\nFATAL CALLED FROM FILE:  <stdin>  LINE:  431\n"
    "Problems with the soil\n"
)


@pytest.mark.parametrize(
    ("files", "layout", "status", "source"),
    [
        ({"INCAR": "", "OUTCAR": VASP_HEAD + "step\n" + VASP_TAIL}, "vasp", "completed", "OUTCAR"),
        ({"INCAR": "", "OUTCAR": VASP_HEAD + "step\n"}, "vasp", "failed", "OUTCAR"),
        (
            {"OUTCAR": VASP_HEAD, "vasp.out": " ZBRENT: fatal error in bracketing\n"},
            "vasp",
            "failed",
            "vasp.out",
        ),
        ({"INCAR": "", "POSCAR": "", "KPOINTS": ""}, "vasp", "unknown", None),
        # What VASP prints has another end than what it writes to OUTCAR.
        (
            {"INCAR": "", "POSCAR": "", "job.out": " running on    8 total cores\n"},
            "vasp",
            "unknown",
            "job.out",
        ),
        (
            {"INCAR": "", "POSCAR": "", "job.out": VASP_PRINTS},
            "vasp",
            "completed",
            "job.out",
        ),
        (
            {"espresso.pwo": " Program PWSCF v.7 starts\n JOB DONE.\n"},
            "espresso",
            "completed",
            "espresso.pwo",
        ),
        (
            {
                "namelist.input": "",
                "rsl.error.0000": f"taskid: 0\n{WRF_NOISE}d01 wrf: SUCCESS COMPLETE WRF\n",
            },
            "wrf",
            "completed",
            "rsl.error.0000",
        ),
        (
            {"rsl.error.0000": f"taskid: 0\n{WRF_NOISE}", "rsl.error.0037": f"taskid: 37\n{WRF_FATAL}"},
            "wrf",
            "failed",
            "rsl.error.0037",
        ),
        (
            {"rsl.error.0000": f"taskid: 0\n{WRF_NOISE}", "slurm-9.out": "srun: error: n1: task 3: Killed\n"},
            "wrf",
            "failed",
            "slurm-9.out",
        ),
        (
            {"in.lj": "", "log.lammps": "LAMMPS (2 Aug 2023)\nStep Temp\n 10 1.2\n 2"},
            "lammps",
            "failed",
            "log.lammps",
        ),
        (
            {"in.lj": "", "log.lammps": "", "slurm-9.out": "slurmstepd: error: Exceeded job memory limit\n"},
            "lammps",
            "failed",
            "slurm-9.out",
        ),
        (
            {
                "in.lj": "",
                "log.lammps": "LAMMPS (2 Aug 2023)\nTotal wall time: 0:00:01\n",
                "a.log": "ERROR: module\n",
            },
            "lammps",
            "completed",
            "log.lammps",
        ),
        (
            {"md.mdp": "", "md.log": GROMACS_HEAD + GROMACS_TAIL + "Restarting from checkpoint, appending\n"},
            "gromacs",
            "failed",
            "md.log",
        ),
        (
            {"md.mdp": "", "md.log": GROMACS_HEAD + 2 * ("Restarting from checkpoint\n" + GROMACS_TAIL)},
            "gromacs",
            "completed",
            "md.log",
        ),
        (
            {"scf.abo": ".Version 9.6.2 of ABINIT\n", "log": "--- !ERROR\nmessage: |\n  bad ecut\n"},
            "abinit",
            "failed",
            "log",
        ),
    ],
)
def test_status_by_logs_of_days_ago(
    files: dict[str, str], layout: str, status: str, source: str | None, runs_dir: Path
) -> None:
    run_dir = runs_dir / "r"
    run_dir.mkdir()
    for name, text in files.items():
        (run_dir / name).write_text(text)
    age(run_dir)
    run = read_run(str(runs_dir), "r", keys=frozenset({"status_derived_from"}))
    assert (run.layout, run.status) == (layout, status)
    assert run.values.get("status_derived_from") == source


def test_cut_off_log_is_the_reason(runs_dir: Path) -> None:
    age(make(runs_dir / "r", in__lj="", log__lammps="LAMMPS (2 Aug 2023)\nStep Temp\n 10 1."))
    metadata = foreign_metadata(str(runs_dir / "r"))
    assert metadata is not None
    assert metadata["reason"] == "the log ends without “Total wall time”"


def test_run_that_still_writes_is_running(runs_dir: Path) -> None:
    run_dir = make(runs_dir / "r", in__lj="", log__lammps="LAMMPS (2 Aug 2023)\nStep Temp\n 10 1.2\n")
    age(run_dir, "in.lj", seconds=300.0)
    assert read_run(str(runs_dir), "r").status == "running"


def test_run_of_files_that_were_just_copied_is_not_running(runs_dir: Path) -> None:
    run_dir = make(runs_dir / "r", in__lj="", log__lammps="LAMMPS (2 Aug 2023)\nStep Temp\n 10 1.2\n")
    age(run_dir, seconds=300.0)
    assert read_run(str(runs_dir), "r").status == "failed"


def test_failed_log_of_an_earlier_attempt_does_not_count(runs_dir: Path) -> None:
    run_dir = make(runs_dir / "r", in__lj="", log__lammps="LAMMPS (2 Aug 2023)\nStep Temp\n 10 1.2\n")
    (run_dir / "slurm-1.out").write_text("ERROR: Lost atoms: original 5 current 2 (src/thermo.cpp:439)\n")
    age(run_dir, "slurm-1.out", "in.lj", seconds=5000.0)
    assert read_run(str(runs_dir), "r").status == "running"


def test_openfoam_tool_that_failed_before_the_solver_was_repeated(runs_dir: Path) -> None:
    run_dir = sample(runs_dir, "openfoam-failed-tool")
    solver = run_dir / "log.icoFoam"
    solver.write_text(solver.read_text().replace("Nov 30 2026", "Dec 01 2026"))
    assert read_run(str(runs_dir), run_dir.name).status == "completed"


def openfoam_log(program: str, minute: int, end: str) -> str:
    return f"Build  : 2012\nExec   : {program}\nDate   : Aug 05 2022\nTime   : 07:{minute:02}:00\n\n{end}\n"


@pytest.mark.parametrize(
    ("ends", "status", "source"),
    [
        ({"simpleFoam": "End", "reconstructPar": "No times selected"}, "completed", "log.simpleFoam"),
        ({"blockMesh": "End", "simpleFoam": "Time = 3"}, "failed", "log.simpleFoam"),
        ({"snappyHexMesh": "End", "simpleFoam": "Time = 3", "foamToVTK": "Time"}, "failed", "log.foamToVTK"),
        ({"simpleFoam": "--> FOAM FATAL ERROR: \nbad", "potentialFoam": "x"}, "failed", "log.simpleFoam"),
        ({"setFields": "--> FOAM FATAL ERROR: \nbad", "simpleFoam": "End"}, "completed", "log.simpleFoam"),
        ({"simpleFoam": "End", "checkMesh": "Failed 1 mesh checks.\n\nEnd"}, "completed", "log.checkMesh"),
    ],
)
@pytest.mark.parametrize("days", [0.003, 3.0])
def test_programs_of_a_case_in_their_order(
    ends: dict[str, str], status: str, source: str, days: float, runs_dir: Path
) -> None:
    run_dir = runs_dir / "r"
    (run_dir / "system").mkdir(parents=True)
    (run_dir / "constant").mkdir()
    for minute, (program, end) in enumerate(ends.items()):
        (run_dir / f"log.{program}").write_text(openfoam_log(program, minute, end))
    age(run_dir, "system", "constant", *(f"log.{program}" for program in ends), seconds=days * DAY)
    run = read_run(str(runs_dir), "r", keys=frozenset({"status_derived_from", "completed_at"}))
    assert (run.status, run.values.get("status_derived_from")) == (status, source)
    # The files are of one moment, that of a copy; the logs say when the run began, in 2022.
    assert "completed_at" not in run.values


def test_stage_that_was_repeated_counts_in_a_copy_where_another_says_no_time(runs_dir: Path) -> None:
    banner = "GROMACS version:    2022.5\n"
    run_dir = make(
        runs_dir / "r",
        md__mdp="",
        em__log=f"{banner}Finished mdrun on rank 0 Mon Nov 30 10:00:00 2026\n",
        nvt__log=f"{banner}Started mdrun on rank 0 Mon Nov 30 10:01:00 2026\nFatal error:\nno box\n",
        md__log=f"{banner}Started mdrun on rank 0 Mon Nov 30 10:02:00 2026\nFinished mdrun on rank 0\n",
    )
    age(run_dir)
    assert read_run(str(runs_dir), "r").status == "completed"
    make(run_dir, grompp__out=f"{banner}Fatal error:\nno topology\n")
    age(run_dir)
    assert read_run(str(runs_dir), "r").status == "failed"


def test_mangled_log_of_an_earlier_step_of_a_copy_does_not_count(runs_dir: Path) -> None:
    run_dir = sample(runs_dir, "openfoam-completed")
    dated = "Date   : Nov 29 2026\nTime   : 10:00:00\n"
    (run_dir / "log.patchSummary").write_text(dated + "[0] --> FOAM FATAL ERROR\nFOAM parallel run exiting\n")
    age(run_dir)
    assert read_run(str(runs_dir), run_dir.name).status == "completed"


def test_reason_is_found_among_many_logs(runs_dir: Path) -> None:
    run_dir = runs_dir / "r"
    (run_dir / "system").mkdir(parents=True)
    (run_dir / "constant").mkdir()
    for number in range(9):
        (run_dir / f"log.tool{number}").write_text(openfoam_log("tool", number, "End"))
    failed = openfoam_log("icoFoam", 20, "--> FOAM FATAL ERROR: \nno such patch\n\nFOAM exiting")
    (run_dir / "log.icoFoam").write_text(failed)
    age(run_dir)
    metadata = foreign_metadata(str(run_dir))
    assert metadata is not None
    assert (metadata["status"], metadata["reason"]) == ("failed", "no such patch")


def test_case_whose_logs_cannot_be_read_is_unknown(runs_dir: Path) -> None:
    (runs_dir / "r").mkdir()
    os.mkfifo(runs_dir / "r" / "log.lammps")
    (runs_dir / "r" / "slurm-1.out").symlink_to("gone")
    run = read_run(str(runs_dir), "r")
    assert (run.layout, run.status) == ("lammps", "unknown")


def test_last_of_several_jobs_counts(runs_dir: Path) -> None:
    for name, end in {"timeout": "CANCELLED AT 2026-11-01T10:00:00 DUE TO TIME LIMIT", "well": ""}.items():
        run_dir = sample(runs_dir / "several", "lammps-completed").rename(runs_dir / name)
        said = f"slurmstepd: error: *** JOB 2 ON n1 {end} ***\n" if end else "all is well\n"
        (run_dir / "slurm-2.out").write_text(said)
        (run_dir / "slurm-1.out").write_text("slurmstepd: error: Detected 1 oom_kill event.\n")
        age(run_dir, seconds=9000.0)
        age(run_dir, "slurm-2.out", seconds=5000.0)
    runs = {name: read_run(str(runs_dir), name) for name in ("timeout", "well")}
    assert {name: run.status for name, run in runs.items()} == {"timeout": "failed", "well": "completed"}
    assert {run.job.job_id for run in runs.values() if run.job} == {"2"}


def test_many_logs_of_ranks_and_attempts_do_not_hide_that_of_the_code(runs_dir: Path) -> None:
    run_dir = sample(runs_dir, "cp2k-completed")
    (run_dir / "h2.out").rename(run_dir / "cp2k.out")
    for number in range(100):
        (run_dir / f"a_localLog_p{number}.out").write_text("===== Routine Calling Stack =====\n")
        (run_dir / f"slurm-{4000 + number}.out").write_text("slurmstepd: error: *** JOB CANCELLED ***\n")
    (run_dir / "slurm-4100.out").write_text("done\n")
    age(run_dir)
    run = read_run(str(runs_dir), run_dir.name, keys=frozenset({"status_derived_from", "slurm_job_id"}))
    assert run.status == "completed"
    assert run.values == {"status_derived_from": "cp2k.out", "slurm_job_id": "4100"}


@pytest.mark.parametrize(
    ("name", "log", "status"),
    [
        ("lammps-completed", "log.lammps", "completed"),
        ("openfoam-failed", "log.icoFoam", "failed"),
        ("abinit-completed", "h2.abo", "completed"),
        ("espresso-completed", "scf.out", "completed"),
        ("gromacs-completed", "nvt.log", "completed"),
    ],
)
def test_compressed_log_tells_the_status(name: str, log: str, status: str, runs_dir: Path) -> None:
    run_dir = sample(runs_dir, name)
    packed = run_dir / f"{log}.gz"
    packed.write_bytes(gzip.compress((run_dir / log).read_bytes()))
    (run_dir / log).unlink()
    age(run_dir)
    run = read_run(str(runs_dir), name, keys=frozenset({"status_derived_from"}))
    assert (run.layout, run.status) == (name.partition("-")[0], status)
    assert run.values == {"status_derived_from": packed.name}


def test_compressed_logs_tell_the_reason_and_which_input_counts(runs_dir: Path) -> None:
    run_dir = sample(runs_dir, "espresso-failed")
    for name in ("scf.out", "nscf.out"):
        (run_dir / f"{name}.gz").write_bytes(gzip.compress((run_dir / name).read_bytes()))
        (run_dir / name).unlink()
    age(run_dir)
    metadata = foreign_metadata(str(run_dir))
    assert metadata is not None
    assert (metadata["status_derived_from"], metadata["status"]) == ("nscf.out.gz", "failed")
    assert metadata["reason"] == "fatal error reading xml file"
    assert parameter_paths(str(run_dir)).paths == ["nscf.in", "scf.in"]


def test_compressed_log_that_is_torn_or_too_long_tells_nothing(runs_dir: Path) -> None:
    torn = make(runs_dir / "torn", in__lj="units lj\n")
    whole = gzip.compress(b"LAMMPS (2 Aug 2023)\n" + os.urandom(9000))
    (torn / "log.lammps.gz").write_bytes(b"\x1f\x8b" + whole[40:])
    long = make(runs_dir / "long", in__lj="units lj\n")
    (long / "log.lammps.gz").write_bytes(gzip.compress(b"LAMMPS (2 Aug 2023)\n" + b"x" * (40 << 20)))
    for name in ("torn", "long"):
        age(runs_dir / name)
        assert read_run(str(runs_dir), name).status == "unknown"


NAMES = (
    "log.lammps",
    "OUTCAR",
    "rsl.error.0000",
    "a.log",
    "slurm-1.out",
    "h2.abo",
    "x.pwo",
    "in.lj",
    "md.mdp",
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=300), min_size=1), st.sampled_from(NAMES))
def test_any_bytes_give_a_row(runs_dir: Path, files: dict[str, bytes], folder: str) -> None:
    run_dir = runs_dir / "r"
    shutil.rmtree(run_dir, ignore_errors=True)
    run_dir.mkdir()
    for name, data in files.items():
        (run_dir / name).write_bytes(data)
    if folder not in files:
        (run_dir / folder).mkdir()
    run = read_run(str(runs_dir), "r", keys=frozenset({"x"}))
    is_foreign = examine(str(run_dir)).kind is DirectoryKind.FOREIGN
    assert (run.status in ("completed", "failed", "running", "unknown")) is is_foreign


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [(" -3\n 9999\n", "completed", ""), (" -1         8 7.4E-07\n -3\n", "failed", "beam.frd is cut off")],
)
def test_results_of_calculix_tell_the_end_where_there_is_no_log(
    end: str, status: str, reason: str, runs_dir: Path
) -> None:
    run_dir = make(runs_dir / "r", beam__inp="*STEP\n", beam__sta="SUMMARY OF JOB INFORMATION\n")
    (run_dir / "beam.frd").write_text(f"    1C\n{end}")
    age(run_dir, "beam.inp", seconds=4 * 86400.0)
    age(run_dir, "beam.frd", "beam.sta")
    run = read_run(str(runs_dir), "r")
    assert (run.layout, run.status, run.reason) == ("calculix", status, reason)
    (run_dir / "ccx.log").write_text("CalculiX Version 2.20\n *ERROR in nonlingeo: increments\n")
    assert read_run(str(runs_dir), "r").status == "failed"


def test_program_of_the_espresso_suite_without_job_done_ends_with_its_timings(runs_dir: Path) -> None:
    head = "     Program D3_toten v.7.4 starts on  9Jun2025 at 10:56:15\n     Quantum ESPRESSO suite\n"
    timings = (
        "     General routines\n     calbec       :   8394.47s CPU  11534.72s WALL (  147610 calls)\n\n"
        "     Parallel routines\n     fft_scatter  :    702.38s CPU    800.60s WALL ( 2085363 calls)\n"
    )
    for name, text in {"whole": head + timings, "cut": head + timings[:60]}.items():
        age(make(runs_dir / name, scf__in="&control\n/\n", d3q__out=text))
    found = {name: read_run(str(runs_dir), name) for name in ("whole", "cut")}
    assert {name: (run.layout, run.status) for name, run in found.items()} == {
        "whole": ("espresso", "completed"),
        "cut": ("espresso", "failed"),
    }
