"""Inputs of DL_POLY, SIESTA, NAMD, ORCA and Gaussian as parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.directives import read_directives, read_gaussian, read_orca
from runtui.formats.config.registry import read_document


def test_each_line_is_a_directive_and_its_values() -> None:
    text = "# argon\ntemperature 85.0 K\nensemble nvt\nsteps\t1000\n\nno_index\nfinish\n"
    assert read_directives(text) == {
        "temperature": "85.0 K",
        "ensemble": "nvt",
        "steps": 1000,
        "no_index": True,
    }


def test_blocks_of_data_are_passed_over() -> None:
    text = (
        "MeshCutoff 200.0 Ry\n%block LatticeVectors\n1.0 0.0 0.0\n%endblock LatticeVectors\nSpinPolarized T\n"
    )
    assert read_document("si.fdf", text.encode()) == {"MeshCutoff": "200.0 Ry", "SpinPolarized": "T"}


@pytest.mark.parametrize("text", ["", "1 2 3\n4 5 6\n", "a = 1\nb = 2\n", "# nothing\n"])
def test_other_text_has_no_directives(text: str) -> None:
    assert read_directives(text) is None


def test_keywords_and_blocks_of_orca() -> None:
    text = "# water\n! Opt PBE def2-SVP\n%maxcore 2000\n%pal nprocs 4 end\n%scf\n  MaxIter 300\nend\n"
    assert read_orca(text) == {
        "keywords": "Opt PBE def2-SVP",
        "maxcore": 2000,
        "pal": {"nprocs": 4},
        "scf": {"maxiter": 300},
    }
    assert read_orca("H 0 0 0\n") is None


def test_link_0_commands_and_route_of_gaussian() -> None:
    text = "%nprocshared=8\n%mem=4GB\n# opt freq\nb3lyp/6-31g(d)\n\nwater\n\n0 1\nO 0 0 0\n"
    assert read_document("w.gjf", text.encode()) == {
        "nprocshared": 8,
        "mem": "4GB",
        "route": "opt freq b3lyp/6-31g(d)",
    }
    assert read_gaussian("format com\n") is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    for read in (read_directives, read_orca, read_gaussian):
        read(text)
