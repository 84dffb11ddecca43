"""Lines of ``key = value``."""

from __future__ import annotations

import pytest

from runtui.formats.config.assignments import mdp_spelling, read_assignments, read_incar, read_mdp


def test_mdp_options_are_read_without_comments() -> None:
    text = "; comment\nintegrator = md\nref_t = 300 300 ; two groups\ndt=0.002\ndefine =\n"
    assert read_mdp(text) == {"integrator": "md", "ref_t": "300 300", "dt": 0.002, "define": None}
    assert read_mdp("no options\n") is None
    assert mdp_spelling("Ref_T") == mdp_spelling("ref-t")


def test_incar_tags_may_share_a_line() -> None:
    text = (
        "SYSTEM = Si bulk\nENCUT = 400 ! eV\nISMEAR=0; SIGMA = 0.05 # smearing\nLWAVE = .FALSE.\nENCUT = 1\n"
    )
    assert read_incar(text) == {
        "SYSTEM": "Si bulk",
        "ENCUT": 400,
        "ISMEAR": 0,
        "SIGMA": 0.05,
        "LWAVE": False,
    }
    assert read_incar("nothing\n") is None


def test_plain_assignments_are_read() -> None:
    text = "# comment\n% other\nalpha = 0.5\nbeta: 3 # three\nname = 'a # b'\nsolver.tol = 1e-6;\n"
    assert read_assignments(text) == {"alpha": 0.5, "beta": 3, "name": "a # b", "solver.tol": 1e-6}


@pytest.mark.parametrize(
    "text", ["", "# only\n", "To whom it may concern:\nhello\nworld\n", "a b = 1\n", "= 1\n"]
)
def test_prose_is_no_file_of_parameters(text: str) -> None:
    assert read_assignments(text) is None
