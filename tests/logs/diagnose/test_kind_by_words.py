import pytest

from runtui.logs.diagnose.kind_by_words import kind_by_words
from runtui.store.failure import FailureKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The SCF cycle did not converge within 40 steps", FailureKind.NUMERICS),
        ("Arrêt pour cause d'absence de convergence", FailureKind.NUMERICS),
        ("negative density in cell 12", FailureKind.NUMERICS),
        ("time step 1e-12 below minimum", FailureKind.NUMERICS),
        ("matrix is not positive-definite", FailureKind.NUMERICS),
        ("stopping because of problems dt < min_timestep_limit", FailureKind.NUMERICS),
        ("time step 3.1e-19 fell below dtmin", FailureKind.NUMERICS),
        ("no convergence criterion was given", FailureKind.ERROR),
        ("Unable to allocate requested memory", FailureKind.OOM),
        ("allocation of the halo failed", FailureKind.OOM),
        ("cannot open met data file met_2020.nc", FailureKind.MISSING),
        ("The SU2 mesh file named mesh.su2 was not found.", FailureKind.MISSING),
        ("Could not open MET_CRO_2D for reading", FailureKind.MISSING),
        ("Memory access fault by GPU node-4 on address 0x7f", FailureKind.SEGFAULT),
        ("disk is full", FailureKind.DISK),
        ("no licence for this module", FailureKind.LICENCE),
        ("Verification failed: (n > 0) is false:", FailureKind.ASSERT),
        ("bad line in namelist &system", FailureKind.ERROR),
        ("Entry 'nu' not found in dictionary", FailureKind.ERROR),
        ("the elements converge to a file", FailureKind.ERROR),
    ],
)
def test_kind_is_told_by_the_words_of_the_message(text: str, kind: FailureKind) -> None:
    assert kind_by_words(text) is kind
