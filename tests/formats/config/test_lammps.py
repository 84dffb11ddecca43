"""LAMMPS input scripts."""

from __future__ import annotations

import pytest

from runtui.formats.config.lammps import read_lammps


def test_variables_are_read_with_their_types() -> None:
    text = (
        "# melt\nunits\t\tlj\nvariable T equal 0.1 # reduced\n"
        "variable x index 1 2 &\n  3\nvariable seed index 4711\n"
        'variable n loop 5\nvariable s string "a # b"\nvariable e equal "v_T*2"\npair_style lj/cut 2.5\n'
        "timestep\t0.005\nvariable T equal 9\nvariable T delete\n"
    )
    assert read_lammps(text) == {
        "units": "lj",
        "T": 0.1,
        "x": [1, 2, 3],
        "seed": 4711,
        "n": 5,
        "s": "a # b",
        "e": "v_T*2",
        "timestep": 0.005,
    }


@pytest.mark.parametrize("text", ["", "variable costs are high\n", "units of work\n", "run 100\n"])
def test_other_text_is_no_script(text: str) -> None:
    assert read_lammps(text) is None
