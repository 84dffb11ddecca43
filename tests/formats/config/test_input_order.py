"""The input of the program that ran last comes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtui.formats.config.input_order import inputs_in_order
from runtui.formats.config.parameters import parameter_paths, read_values


def write(run: Path, **texts: str) -> Path:
    """Write files in the order of their times; ``__`` in a name stands for a dot."""
    for second, (name, text) in enumerate(texts.items()):
        path = run / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1e9 + 100 * second, 1e9 + 100 * second))
    return run


def gromacs_log(stem: str, minute: int) -> str:
    return (
        f"Command line:\n  gmx mdrun -v -deffnm {stem}\n\nGROMACS version:    2022.5\n"
        f"Started mdrun on rank 0 Mon Nov 30 11:{minute:02}:00 2026\n"
    )


def test_stages_of_gromacs_count_backwards_and_those_that_never_ran_last(tmp_path: Path) -> None:
    write(
        tmp_path,
        em__mdp="nsteps = 1\nemtol = 10\n",
        md__mdp="nsteps = 3\n",
        nvt__mdp="nsteps = 2\n",
        em__log=gromacs_log("em", 1),
        nvt__log=gromacs_log("nvt", 2),
        mdout__mdp="nsteps = 4\nnstlist = 5\n",
    )
    assert parameter_paths(str(tmp_path)).paths == ["nvt.mdp", "em.mdp", "md.mdp", "mdout.mdp"]
    assert read_values(str(tmp_path), ["nsteps", "nstlist"]).values == {"nsteps": 2, "nstlist": 5}


def test_stages_of_a_copy_are_told_apart_by_the_times_in_their_logs(tmp_path: Path) -> None:
    write(tmp_path, a__mdp="", b__mdp="", b__log=gromacs_log("b", 1), a__log=gromacs_log("a", 2), em__log="x")
    for path in tmp_path.iterdir():
        os.utime(path, (1e9, 1e9))
    assert parameter_paths(str(tmp_path)).paths == ["a.mdp", "b.mdp"]


def test_inputs_in_a_folder_of_gromacs_are_read(tmp_path: Path) -> None:
    write(tmp_path, md__log=gromacs_log("md", 1), mdout__mdp="dt = 9\n")
    write(tmp_path / "mdp", em__mdp="dt = 1\n", md__mdp="dt = 2\n", readme="")
    assert parameter_paths(str(tmp_path)).paths == ["mdp/md.mdp", "mdp/em.mdp", "mdout.mdp"]
    assert read_values(str(tmp_path), ["dt"]).values == {"dt": 2}


@pytest.mark.parametrize(
    ("log", "text"),
    [
        ("b.out", ""),
        ("b.sta", ""),
        ("log.b", ""),
        ("B.pw.out", ""),
        ("job.out", "     Reading input from b.in\n"),
        ("job.out", " CP2K| Input file name            b.in\n"),
        ("job.out", "   argument  1 = ./b.in\n"),
        ("job.out", "- input  file    -> b.in\n"),
        ("grompp.out", "Command line:\n  gmx grompp -f b.in -c x.gro\n"),
    ],
)
def test_log_tells_its_input(log: str, text: str, tmp_path: Path) -> None:
    name = "b.pw.in" if log.startswith("B") else "b.in"
    write(tmp_path, **{"a.in": "", name: "", log: text})
    names = os.listdir(tmp_path)
    assert inputs_in_order(str(tmp_path), ["a.in", name], names) == [name, "a.in"]


def test_script_that_lammps_repeats_is_its_input(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "in.a": "units metal\nrun 5\npair_style eam\n",
            "in.b": "# melt\nunits\t\tlj\r\nvariable T equal 2\nrun 5\n",
            "log.lammps": "LAMMPS (2 Aug 2023)\nunits lj\nvariable T equal 2\nrun 5\nStep\n",
        },
    )
    assert parameter_paths(str(tmp_path)).paths == ["in.b", "in.a", "log.lammps"]


def test_inputs_without_logs_keep_their_order(tmp_path: Path) -> None:
    write(tmp_path, a__in="", b__in="", other__log="")
    assert inputs_in_order(str(tmp_path), ["a.in", "b.in"], ["a.in", "b.in", "other.log"]) == ["a.in", "b.in"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_keep_all_inputs(tmp_path: Path, log: bytes, script: bytes) -> None:
    (tmp_path / "log.lammps").write_bytes(b"LAMMPS (" + log)
    (tmp_path / "in.b").write_bytes(script)
    found = inputs_in_order(str(tmp_path), ["in.a", "in.b"], ["log.lammps", "in.a", "in.b"])
    assert sorted(found) == ["in.a", "in.b"]
