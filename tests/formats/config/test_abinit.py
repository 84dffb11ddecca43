"""Inputs of ABINIT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.abinit import read_abinit


def test_variables_are_read_with_their_values() -> None:
    text = (
        "# silicon\nndtset 2\nacell 3*10.2 Bohr\necut1 8 ECUT2 12 eV ! each\nngkpt\n 4 4\n 4\n"
        'pseudos "Si.psp8, O.psp8"\ntoldfe 1.0d-6\n' + "xred " + "0.25 " * 60 + "\nnstep 10\n"
    )
    assert read_abinit(text) == {
        "ndtset": 2,
        "acell": "3*10.2 Bohr",
        "ecut1": 8,
        "ecut2": "12 eV",
        "ngkpt": "4 4 4",
        "pseudos": "Si.psp8, O.psp8",
        "toldfe": 1e-6,
        "nstep": 10,
    }


@pytest.mark.parametrize("text", ["", "1 2 3\n", "units lj\npair_style lj/cut 2.5\n", "ecut 5\n"])
def test_other_text_is_no_input(text: str) -> None:
    assert read_abinit(text) is None


@given(st.text(alphabet="ecut natom12*\"'\n#", max_size=200))
def test_any_text_gives_variables_or_none(text: str) -> None:
    assert isinstance(read_abinit(text), dict | None)
