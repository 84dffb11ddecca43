"""Dictionaries of OpenFOAM."""

from __future__ import annotations

import pytest

from runtui.formats.config.openfoam import read_openfoam

DICTIONARY = r"""
/*---------*- C++ -*-----*\
| =========               |
\*------------------------*/
FoamFile { version 2.0; format ascii; class dictionary; object controlDict; }
application     simpleFoam; // solver
deltaT 1e-3;
writeCompression off;
nu [0 2 -1 0 0 0 0] 1e-05;
rho rho [1 -3 0 0 0] 1000;
libs ("a.so" "b.so");
#include "x"
functions
{
    probes { type probes; fields (p U); probeLocations ((0 0 0) (1 0 0)); }
}
solvers { "(U|k)" { tolerance 1e-6; } }
div(phi,U) bounded Gauss linear;
"""


def test_entries_are_read_without_the_header() -> None:
    assert read_openfoam(DICTIONARY) == {
        "application": "simpleFoam",
        "deltaT": 0.001,
        "writeCompression": "off",
        "nu": 1e-5,
        "rho": 1000,
        "libs": '("a.so" "b.so")',
        "functions": {"probes": {"type": "probes", "fields": "(p U)", "probeLocations": "((0 0 0) (1 0 0))"}},
        "solvers": {"(U|k)": {"tolerance": 1e-6}},
        "div(phi,U)": "bounded Gauss linear",
    }


@pytest.mark.parametrize("text", ["", "words only\n", "a 1; }\n", "{ a 1; }", "a {" * 500])
def test_other_text_is_no_dictionary(text: str) -> None:
    assert read_openfoam(text) is None
