"""Inputs of CalculiX."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.calculix import read_calculix

TEXT = """
** a comment
*INCLUDE, INPUT=mesh.inp
*NODE, NSET=Nall
1, 0., 0., 0.
*MATERIAL, NAME=Steel
*ELASTIC
210000.,0.3
*EXPANSION, TYPE=ISO
1.2e-5
*MATERIAL, NAME=Rubber
*DENSITY
1.1e-9
*BOUNDARY
Nall,1,3
*STEP, NLGEOM, INC=100
*STATIC
0.1, 1.
*CLOAD
2,3,-5.
*END STEP
*STEP
*VISCO
*END STEP
"""


def test_keywords_are_read_with_their_options_and_numbers() -> None:
    assert read_calculix(TEXT) == {
        "INCLUDE": {"INPUT": "mesh.inp"},
        "NODE": {"NSET": "Nall"},
        "MATERIAL": {
            "Steel": {"ELASTIC": "210000. 0.3", "EXPANSION": {"TYPE": "ISO", "values": 1.2e-5}},
            "Rubber": {"DENSITY": 1.1e-9},
        },
        "STEP": {"NLGEOM": True, "INC": 100},
        "STATIC": "0.1 1.",
        "VISCO": True,
    }


@pytest.mark.parametrize("text", ["", "* a list\n* of points\n", "&GLOBAL\n&END\n", "units lj\n"])
def test_other_text_is_no_input(text: str) -> None:
    assert read_calculix(text) is None


@given(st.text(alphabet="*STEPMATRIL,=\n1 NAME", max_size=200))
def test_any_text_gives_keywords_or_none(text: str) -> None:
    assert isinstance(read_calculix(text), dict | None)
