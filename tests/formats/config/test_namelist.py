"""Fortran namelists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.namelist import read_namelist

ESPRESSO = """\
&SYSTEM
  ibrav = 2, celldm(1) =10.2, nat=2, ! comment / here
  a(1,2) = 1., 2., 3
  x = 3*0.5, 'it''s', .TRUE.
  opts%deep%er = 1d-3
  nothing =
  w = "/path/x"  , z=(1.0,2.0)
/
ATOMIC_SPECIES
 Si 28.086 Si.pz-vbc.UPF
&electrons conv_thr = 1.0d-8 &end
K_POINTS
"""


def test_groups_have_typed_values_between_other_text() -> None:
    assert read_namelist(ESPRESSO) == {
        "system": {
            "ibrav": 2,
            "celldm(1)": 10.2,
            "nat": 2,
            "a(1,2)": [1.0, 2.0, 3],
            "x": [0.5, 0.5, 0.5, "it's", True],
            "opts": {"deep": {"er": 0.001}},
            "nothing": None,
            "w": "/path/x",
            "z": "(1.0,2.0)",
        },
        "electrons": {"conv_thr": 1e-8},
    }


def test_domains_of_wrf_are_lists() -> None:
    text = " &domains\n max_dom = 2,\n dx = 30000, 10000,\n nested = .false., .true.,\n /\n\n &dfi\n /\n"
    assert read_namelist(text) == {
        "domains": {"max_dom": 2, "dx": [30000, 10000], "nested": [False, True]},
        "dfi": {},
    }


def test_first_of_equal_groups_and_names_counts() -> None:
    assert read_namelist("&a x=1 x=2 /\n&A y=3, x=4 /\n$b z=5 $end\n") == {
        "a": {"x": 1, "y": 3},
        "b": {"z": 5},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1\n",
        "&GLOBAL\n  PROJECT x\n&END GLOBAL\n",
        "&a x = 1\n",
        "&a x = 'torn\n/\n",
        "R & D = 1 /\n",
    ],
)
def test_other_text_is_no_namelist(text: str) -> None:
    assert read_namelist(text) is None


@given(st.text("&a=1,/'\"!%() \n*$.t", max_size=80) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(isinstance(group, dict) for group in (read_namelist(text) or {}).values())
