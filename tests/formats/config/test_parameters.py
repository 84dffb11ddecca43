"""The parameter files of a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.formats.config.parameters import (
    may_have,
    parameter_files,
    parameter_paths,
    read_values,
)
from runtui.store.value_files import are_unchanged


def write(folder: Path, **files: str) -> Path:
    """Write files, in whose names ``__`` stands for a dot and ``_s_`` for a slash."""
    for spelled, text in files.items():
        path = folder / spelled.replace("_s_", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def values(folder: Path, *keys: str) -> dict[str, Any]:
    return dict(read_values(str(folder), keys).values)


def test_files_are_ordered_by_name(tmp_path: Path) -> None:
    for name in (
        *(
            "z.yaml",
            "a.mdp",
            "INCAR",
            "in.lj",
            "config.toml",
            "config.yaml",
            "params.yaml",
            "run_params.json",
        ),
        *("hparams.yaml", "metadata.json", "output.log", ".hidden.yaml", "data.csv", "namelist.input"),
        ".hydra/config.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1\n")
    assert parameter_paths(str(tmp_path)).paths == [
        *(
            "run_params.json",
            "params.yaml",
            "config.toml",
            "config.yaml",
            ".hydra/config.yaml",
            "hparams.yaml",
        ),
        *("INCAR", "a.mdp", "in.lj", "namelist.input", "z.yaml"),
    ]


def test_first_file_with_a_key_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        run_params__json='{"a": 1, "n": null}',
        params__yaml="a: 2\nb: 2\n",
        config__yaml="b: 3\nc: 3\nn: 3",
    )
    assert values(tmp_path, "a", "b", "c", "d", "n") == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("config.yaml", "model: {beta: 1e-3}\n", "model.beta", 0.001),
        ("config.yaml", "model: {opt: [{lr: 2}]}\n", "model.opt[0].lr", 2),
        ("config.toml", "[model]\nbeta = 0.3\n", "model.beta", 0.3),
        ("sim.ini", "[model]\nbeta = 0.3\n", "model.beta", 0.3),
        (".hydra/config.yaml", "lr: 0.1\nopt: {lr: '${lr}'}\n", "opt.lr", 0.1),
        ("pw.nml", "&SYSTEM Ecutwfc = 30 /\n", "system.ecutwfc", 30),
        ("pw.nml", "&SYSTEM Ecutwfc = 30 /\n", "SYSTEM.ecutWFC", 30),
        ("pw.nml", "&SYSTEM Ecutwfc = 30 /\n", "ecutwfc", 30),
        ("h2.inp", "&DFT\n &SCF\n  EPS_SCF 1E-6\n &END\n&END\n", "DFT.SCF.EPS_SCF", 1e-6),
        ("h2.inp", "&FORCE_EVAL\n &DFT\n  CHARGE 1\n &END\n&END\n", "dft.charge", 1),
        ("h2.nw", "dft\n XC pbe0\nend\ntask dft\n", "dft.xc", "pbe0"),
        ("h2.abi", "natom 2 znucl 1 Ecut 30\n", "ecut", 30),
        ("beam.inp", "*STEP, INC=100\n*STATIC\n", "step.inc", 100),
        ("md.mdp", "ref-t = 300\n", "ref_t", 300),
        ("md.mdp", "ref_t = 300\n", "ref_t", 300),
        ("INCAR", "ENCUT = 400\n", "encut", 400),
        ("in.lj", "variable T equal 0.1\n", "T", 0.1),
        ("controlDict", "deltaT 0.1;\n", "deltaT", 0.1),
    ],
)
def test_each_format_is_asked_by_key(tmp_path: Path, name: str, text: str, key: str, value: object) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert values(tmp_path, key) == {key: value}


def test_section_can_be_left_out_where_one_has_the_key(tmp_path: Path) -> None:
    write(tmp_path, pw__nml="&a x=1 y=2 z%w=3 /\n&b x=4 /\n")
    assert values(tmp_path, "y", "z.w", "b.x", "x") == {"y": 2, "z.w": 3, "b.x": 4}


def test_openfoam_case_is_read_below_its_folders(tmp_path: Path) -> None:
    write(
        tmp_path,
        system_s_controlDict="deltaT 0.1;\n",
        constant_s_transportProperties="nu [0 2 -1 0 0 0 0] 1e-5;\n",
    )
    assert values(tmp_path, "deltaT", "nu") == {"deltaT": 0.1, "nu": 1e-5}


def test_openfoam_case_with_very_many_times_has_its_parameters(tmp_path: Path) -> None:
    for time in range(6000):
        (tmp_path / f"0.{time:04}").mkdir()
    for folder in ("system", "constant"):
        (tmp_path / folder).mkdir()
    (tmp_path / "system" / "controlDict").write_text("endTime 2;\n")
    assert "system/controlDict" in parameter_paths(str(tmp_path)).paths


def test_openfoam_case_may_lack_one_of_its_folders(tmp_path: Path) -> None:
    write(tmp_path / "a", system_s_controlDict="deltaT 0.1;\n")
    write(tmp_path / "b", constant_s_momentumTransport="RAS { model kEpsilon; }\n")
    assert values(tmp_path / "a", "deltaT") == {"deltaT": 0.1}
    assert values(tmp_path / "b", "RAS.model") == {"RAS.model": "kEpsilon"}


@pytest.mark.parametrize(("name", "output"), [("scf2.in", "scf2.out"), ("in.melt", "log.melt")])
def test_input_of_the_same_stem_is_that_of_an_output(tmp_path: Path, name: str, output: str) -> None:
    (tmp_path / name).write_text(
        "&system\n ecutwfc = 40.0\n/\n" if "scf" in name else "variable ecutwfc equal 40.0\n"
    )
    (tmp_path / "other.in").write_text("&system\n ecutwfc = 50.0\n/\n")
    (tmp_path / "params.json").write_text('{"ecutwfc": 60}')
    (tmp_path / output).write_text("done\n")
    run = str(tmp_path / output)
    assert [file.path for file in parameter_files(run)] == [name]
    assert read_values(run, ("ecutwfc",)).values == {"ecutwfc": 40.0}


def test_stamp_covers_the_files_that_were_read(tmp_path: Path) -> None:
    write(tmp_path, run_params__json='{"a": 1}', config__yaml="b: 1\n")
    own, other = (read_values(str(tmp_path), [key]).stamp for key in "ab")
    assert are_unchanged(str(tmp_path), own)
    assert are_unchanged(str(tmp_path), other)
    (tmp_path / "config.yaml").write_text("b: 22\n")
    assert are_unchanged(str(tmp_path), own)
    assert not are_unchanged(str(tmp_path), other)
    nothing = read_values(str(tmp_path), ["c"]).stamp
    write(tmp_path, params__yaml="c: 1\n")
    assert not are_unchanged(str(tmp_path), nothing)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("run_params.json", "{", "run_params.json is not valid JSON (line 1, column 2)"),
        ("config.yaml", "a: [\n", "config.yaml cannot be understood"),
        ("config.yaml", "b: [\n", ""),
        ("config.yaml", "a" * 1_100_000, "config.yaml has 1 MB, more than is read (1 MiB)"),
        ("in.a", "a: [\n", ""),
    ],
)
def test_what_may_hide_a_value_is_said(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text)
    found = read_values(str(tmp_path), ["a"])
    assert (dict(found.values), found.problem) == ({}, problem)
    write(tmp_path, z__yaml="a: 1\n")
    found = read_values(str(tmp_path), ["a"])
    assert (dict(found.values), found.problem) == ({"a": 1}, "")


def test_pipes_folders_and_links_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    (tmp_path / "params.yaml").mkdir()
    (tmp_path / "linked.yaml").symlink_to(write(tmp_path / "x", y__yaml="a: 1\n") / "y.yaml")
    found = read_values(str(tmp_path), ["a"])
    assert (dict(found.values), found.problem) == ({}, "params.yaml is not a regular file")
    assert [file.problem for file in parameter_files(str(tmp_path))] == [
        "params.yaml is not a regular file",
        "config.yaml is not a regular file",
    ]


def test_large_inputs_and_very_many_files_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, data__in="a = 1\n" * 100_000)
    for number in range(50):
        (tmp_path / f"f{number:02}.yaml").write_text(f"k{number}: 1\n")
    assert values(tmp_path, "a", "k0", "k49") == {"k0": 1}


@pytest.mark.parametrize(
    ("data", "key", "expected"),
    [
        (b"model:\n  beta: 1\n", "model.beta", True),
        (b"model:\n  beta: 1\n", "model.gamma", False),
        (b"ref-t = 1\n", "Ref_T", True),
        (b'"b\\u0065ta": 1', "beta", True),
        (b"list: [1]", "list.0", True),
        (b"list: [1]", "list[0]", True),
        (b"gr: 1", "größe", True),
    ],
)
def test_files_without_a_key_need_not_be_parsed(data: bytes, key: str, expected: bool) -> None:
    assert may_have(data, key) is expected


@settings(max_examples=50)
@given(st.binary(max_size=100), st.text(max_size=5))
def test_any_bytes_and_keys_raise_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, key: str
) -> None:
    folder = tmp_path_factory.mktemp("run")
    for name in ("run_params.json", "config.yaml", "a.in", "INCAR", "controlDict"):
        (folder / name).write_bytes(data)
    read_values(str(folder), [key])
