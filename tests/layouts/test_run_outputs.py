"""Outputs in one directory, each of which is a run though no scheduler numbered it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from runtui.catalog.sync.scan import read_all
from runtui.layouts.opening import holds_runs
from runtui.layouts.run_outputs import is_output_of_run, outputs_by_names, outputs_of_runs
from runtui.logs.read.log_files import find_logs
from runtui.store.record import RunRecord
from runtui.store.status import UNKNOWN_STATUS, RunStatus

GAUSSIAN = " Entering Gaussian System, Link 0=g16\n{}\n Normal termination of Gaussian 16 at noon.\n"
TIMINGS = "matrix of 512 x 512\nthreads: 4\nelapsed time: 3.25 s\n"


def write(directory: Path, names: Iterable[str], text: str = "a program\nsays this\nof its work\n") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = directory / name
        path.write_text(text)
        os.utime(path, (1.6e9, 1.6e9))


def rows(directory: Path) -> list[str]:
    return sorted(run.name for run in read_all(str(directory)))


def row(directory: Path, name: str) -> RunRecord:
    return next(run for run in read_all(str(directory)) if run.name == name)


@pytest.mark.parametrize(
    ("names", "runs"),
    [
        ("H2O.nw H2O.out NH3.nw NH3.out", "H2O.out NH3.out"),
        ("H2O.com H2O.log H2O_freq.com H2O_freq.log CH4.com CH4.log", "CH4.log H2O.log H2O_freq.log"),
        ("in.melt log.melt in.freeze log.freeze", "log.freeze log.melt"),
        ("a1.sh a1.out a2.sh a2.out", "a1.out a2.out"),
        ("a.chk a.log b.chk b.log c.chk c.log", "a.log b.log c.log"),
        ("T300_p2.log T350_p2.log T400_p2.log", "T300_p2.log T350_p2.log T400_p2.log"),
        ("run1.out run2.out", "run1.out run2.out"),
        ("case3b_run_02.out case3b_run_04.out case3b_run_08.out", None),
        ("scf.out scf2.out scf3.out scf4.out", None),
        ("a_1.log a_2.log a_3.log a_1_cache.log a_2_cache.log a_3_cache.log", "a_1.log a_2.log a_3.log"),
        ("He.inp He.out Ne.inp Ne.out Ar.out", "Ar.out He.out Ne.out"),
        ("input_0.yaml output_0.log input_1.yaml output_1.log", "output_0.log output_1.log"),
        ("out.4711 out.4712 out.4713 err.4711 err.4712 err.4713", "out.4711 out.4712 out.4713"),
    ],
)
def test_each_of_several_outputs_is_a_run(names: str, runs: str | None) -> None:
    found = outputs_by_names(frozenset(names.split()))

    assert sorted(found) == sorted((names if runs is None else runs).split())


@pytest.mark.parametrize(
    "names",
    [
        "scf.in scf.out nscf.in nscf.out bands.in bands.out",
        "si.scf.in si.scf.out si.nscf.in si.nscf.out",
        "01_min.in 01_min.out 02_heat.in 02_heat.out 03_prod.in 03_prod.out",
        "prod1.out prod2.out prod3.out",
        "md_1.log md_2.log md_3.log",
        "rank_0.log rank_1.log rank_2.log",
        "frame_001.out frame_002.out frame_003.out",
        "step100.log step200.log step300.log",
        "log.1 log.2 log.3",
        "train.log train.json test.log test.json",
        "thesis.tex thesis.log chapter.tex chapter.log notes.tex notes.log",
        "a.c a.out b.c b.out c.c c.out",
        "1.in 1.out 2.in 2.out 3.in 3.out",
        "test1.in test1.out test2.in test2.out",
        "input1.in output1.out input2.in output2.out",
        "out.0 out.1 out.2 out.3",
        "out.1000 out.2000 out.3000",
        "dump.1.txt dump.2.txt dump.3.txt",
        "T300.log T350.log",
        "run1.out run2.out in.lj",
        "run.out run2.out",
        "scf1.out scf2.out",
        "h2.inp h2.log slurm-7.out slurm-8.out slurm-9.out",
        "h2.inp a_p0.out a_p1.out a_p2.out a_p3.out",
        "h2.inp a_localLog_p1.out a_localLog_p2.out a_localLog_p3.out",
    ],
)
def test_outputs_of_one_run_are_no_runs(names: str) -> None:
    assert not outputs_by_names(frozenset(names.split()))


def test_a_flat_directory_of_a_code_shows_a_row_for_each_output(tmp_path: Path) -> None:
    write(tmp_path / "study", ["water.com", "ammonia.com"])
    write(tmp_path / "study", ["water.log"], GAUSSIAN.format("fine"))
    write(tmp_path / "study", ["ammonia.log"], " Entering Gaussian System\n Error termination via Lnk1e\n")

    assert rows(tmp_path) == ["study/ammonia.log", "study/water.log"]
    assert rows(tmp_path / "study") == ["ammonia.log", "water.log"]
    assert row(tmp_path, "study/water.log").status == RunStatus.COMPLETED.value
    assert row(tmp_path, "study/ammonia.log").status == RunStatus.FAILED.value
    assert [log.name for log in find_logs(str(tmp_path / "study/water.log")).logs] == ["water.log"]
    assert holds_runs(str(tmp_path / "study"))


def test_steps_of_one_run_stay_one_row(tmp_path: Path) -> None:
    write(tmp_path / "si", ["scf.in", "scf.out", "bands.in", "bands.out"])

    assert rows(tmp_path) == ["si"]


def test_texts_with_words_are_outputs_of_runs_and_tables_of_numbers_are_none(tmp_path: Path) -> None:
    write(tmp_path / "timings", [f"out_{threads}_threads.txt" for threads in (1, 2, 4, 8)], TIMINGS)
    write(tmp_path / "timings", ["out_4_threads.txt"], TIMINGS[:30])
    write(tmp_path / "grids", [f"output{number}.txt" for number in range(5)], "0.1 0.2 0.3\n" * 20)

    assert rows(tmp_path) == [f"timings/out_{threads}_threads.txt" for threads in (1, 2, 4, 8)]
    assert row(tmp_path, "timings/out_4_threads.txt").status == UNKNOWN_STATUS
    assert is_output_of_run(str(tmp_path / "timings/out_4_threads.txt"))
    assert not is_output_of_run(str(tmp_path / "grids/output1.txt"))


def test_a_known_program_tells_by_its_first_lines_that_an_output_is_a_run(tmp_path: Path) -> None:
    write(tmp_path / "alone", ["opt.out"], GAUSSIAN.format("one"))
    write(tmp_path / "steps", ["opt.out", "freq.out"], GAUSSIAN.format("two"))
    write(tmp_path / "several", ["water.out", "ammonia.out", "notes.md"], GAUSSIAN.format("three"))
    write(tmp_path / "other", ["listing.out"], "unheard of\n")

    assert rows(tmp_path) == [
        "alone/opt.out",
        "several/ammonia.out",
        "several/water.out",
        "steps/opt.out",
    ]


def test_outputs_that_begin_alike_are_runs_of_one_program(tmp_path: Path) -> None:
    text = "{} took a while\nWelcome to the solver\nversion 3 of the year 2020\nreading the input file now\n"
    for molecule in ("water", "ammonia", "methane"):
        write(tmp_path / "study", [f"{molecule}.out"], text.format(molecule))
    write(tmp_path / "mixed", ["water.out"], text)
    write(tmp_path / "mixed", ["one.out", "two.out"], "x\ny\nz\n")

    assert rows(tmp_path) == ["study/ammonia.out", "study/methane.out", "study/water.out"]


def test_texts_that_share_lines_in_a_folder_of_results_are_outputs_of_runs(tmp_path: Path) -> None:
    for number, name in enumerate(("serial", "openmp", "mpi")):
        text = f"{name}\nTime: {number}.25 milliseconds\nTraining set used for testing\n"
        write(tmp_path / "results", [f"{name}.txt"], text)
        write(tmp_path / "results" / "large", [f"{name}_large.txt"], text)
        write(tmp_path / "notes", [f"{name}.txt"], text)
    write(tmp_path / "results" / "poems", ["a.txt", "b.txt", "c.txt"], "")

    assert rows(tmp_path) == [
        "results/large/mpi_large.txt",
        "results/large/openmp_large.txt",
        "results/large/serial_large.txt",
        "results/mpi.txt",
        "results/openmp.txt",
        "results/serial.txt",
    ]


def test_logs_of_documents_are_no_runs(tmp_path: Path) -> None:
    text = "This is pdfTeX, Version 3.14\nentering extended mode\n restricted write18 enabled.\n"
    write(tmp_path / "thesis", ["one.log", "two.log", "three.log", "one.aux", "two.aux", "three.aux"], text)

    assert rows(tmp_path) == []


@pytest.mark.parametrize("folder", ["tests/regression", "test", "reference", "data"])
def test_outputs_that_a_program_is_compared_with_are_no_runs(tmp_path: Path, folder: str) -> None:
    write(tmp_path / folder, ["water.com", "water.log", "ammonia.com", "ammonia.log"], GAUSSIAN.format("x"))

    assert outputs_of_runs(str(tmp_path / folder), os.listdir(tmp_path / folder)) == []
    assert not [name for name in rows(tmp_path) if name.endswith(".log")]


def test_a_directory_with_the_log_that_its_code_names_is_one_run(tmp_path: Path) -> None:
    write(tmp_path / "melt", ["in.melt", "log.lammps", "p1.out", "p2.out", "p3.out"])
    write(tmp_path / "case" / "system", ["controlDict"])
    write(tmp_path / "case" / "0", ["U"])
    write(tmp_path / "case", ["log.simpleFoam", "p1.log", "p2.log", "p3.log"])

    assert rows(tmp_path) == ["case", "melt"]


def test_binary_outputs_are_no_runs(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / "d", [f"out{number}.txt"])
        (tmp_path / "d" / f"out{number}.txt").write_bytes(b"\0\1\2\3" * 100)

    assert rows(tmp_path) == []


def test_outputs_without_an_ending_are_runs(tmp_path: Path) -> None:
    names = ["output_T300", "output_T350", "output_T400"]
    write(tmp_path / "logs", names, "a simulation\nstep 1\nDone.\n")
    assert rows(tmp_path / "logs") == names
    assert row(tmp_path / "logs", "output_T350").status == RunStatus.COMPLETED
    assert [log.name for log in find_logs(str(tmp_path / "logs" / "output_T350")).logs] == ["output_T350"]


def test_data_without_an_ending_are_no_runs(tmp_path: Path) -> None:
    write(tmp_path / "numbers", ["output_T300", "output_T350", "output_T400"], "0.1 0.2\n0.3 0.4\n")
    write(tmp_path / "steps", ["output_step10", "output_step20", "output_step30"])
    write(tmp_path / "snapshots", ["output_00001", "output_00002", "output_00003"])
    assert rows(tmp_path) == []
