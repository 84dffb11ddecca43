"""Inputs of CP2K."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.cp2k import read_cp2k

TEXT = """
@SET CUT 400
&GLOBAL
  PROJECT h2 ! a comment
&END GLOBAL
&FORCE_EVAL
  &DFT
    &MGRID
      CUTOFF ${CUT}
    &END MGRID
    &SCF
      eps_scf 1.0D-6
      IGNORE_CONVERGENCE_FAILURE
      &OT ON
        MINIMIZER CG
      &END
      &SMEAR OFF
      &END
    &END SCF
    &XC
      &XC_FUNCTIONAL PBE
      &END XC_FUNCTIONAL
    &END XC
  &END DFT
  &SUBSYS
    &CELL
      ABC [angstrom] 5 \\
          5 6
    &END CELL
    &COORD
      H 0 0 0
    &END COORD
    &KIND H
      BASIS_SET SZV
    &END KIND
    &KIND O
      BASIS_SET DZV
    &END KIND
  &END SUBSYS
&END FORCE_EVAL
"""


def test_sections_are_nested() -> None:
    assert read_cp2k(TEXT) == {
        "GLOBAL": {"PROJECT": "h2"},
        "FORCE_EVAL": {
            "DFT": {
                "MGRID": {"CUTOFF": 400},
                "SCF": {
                    "EPS_SCF": 1e-6,
                    "IGNORE_CONVERGENCE_FAILURE": True,
                    "OT": {"MINIMIZER": "CG"},
                    "SMEAR": False,
                },
                "XC": {"XC_FUNCTIONAL": "PBE"},
            },
            "SUBSYS": {
                "CELL": {"ABC": "[angstrom] 5 5 6"},
                "KIND": {"H": {"BASIS_SET": "SZV"}, "O": {"BASIS_SET": "DZV"}},
            },
        },
    }


def test_functional_is_named_in_either_way() -> None:
    inner = "&XC\n &XC_FUNCTIONAL\n  &PBE\n  &END PBE\n &END XC_FUNCTIONAL\n&END XC\n"
    assert read_cp2k(inner) == {"XC": {"XC_FUNCTIONAL": "PBE"}}


@pytest.mark.parametrize("text", ["", "units lj\n", "&control\n a = 1\n/\n", "&END\n", "*STEP\n*STATIC\n"])
def test_other_text_is_no_input(text: str) -> None:
    assert read_cp2k(text) is None


@given(st.text(alphabet="&END ABC\n $@SET{}T\\!1", max_size=200))
def test_any_text_gives_sections_or_none(text: str) -> None:
    assert isinstance(read_cp2k(text), dict | None)
