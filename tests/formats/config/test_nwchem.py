"""Inputs of NWChem."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.nwchem import read_nwchem
from runtui.store.details import flat_items

TEXT = """
start water
title "A; B" # a comment
memory 2 gb
charge 1
geometry units angstroms
  O 0.0 0.0 0.1
  symmetry c2v
end
basis; * library 6-31g*; end
DFT
  XC b3lyp
  iterations 100
  direct
end
nwpw
  simulation_cell
    SC 12.0
  end
  cutoff 30.0
end
set lattice:size 60
task dft optimize
task dft freq
"""


def test_blocks_and_directives_are_read() -> None:
    assert read_nwchem(TEXT) == {
        "start": "water",
        "title": "A; B",
        "memory": "2 gb",
        "charge": 1,
        "geometry": {"symmetry": "c2v"},
        "basis": {"*": "library 6-31g*"},
        "dft": {"xc": "b3lyp", "iterations": 100, "direct": True},
        "nwpw": {"simulation_cell": {"sc": 12.0}, "cutoff": 30.0},
        "set": {"lattice:size": 60},
        "task": ["dft optimize", "dft freq"],
    }


@pytest.mark.parametrize("text", ["", "units lj\nrun 100\n", "dft\n task\n"])
def test_text_without_a_task_is_no_input(text: str) -> None:
    assert read_nwchem(text) is None


@given(st.text(alphabet='taskend ;\n"#set1.', max_size=200))
def test_any_text_gives_blocks_or_none(text: str) -> None:
    assert isinstance(read_nwchem(text), dict | None)


def test_blocks_are_not_nested_without_end() -> None:
    document = read_nwchem("task scf\nscf\n" + "zmatrix\n" * 5000)
    assert document is not None
    assert len(list(flat_items(document))) <= 2
