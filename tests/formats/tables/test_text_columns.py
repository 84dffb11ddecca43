"""Tables by their contents."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.tables.base import OpenTable
from runtui.formats.tables.registry import may_be_table, open_table
from runtui.formats.tables.text_columns import has_columns
from runtui.results.metrics import end_of, open_metrics

XVG = """# This file was created by gmx energy
@    title "GROMACS Energies"
@    xaxis  label "Time (ps)"
@    yaxis  label "(kJ/mol), (K)"
@TYPE xy
@ view 0.15, 0.15, 0.75, 0.85
@ s0 legend "Potential"
@ s1 legend "Temperature"
    0.000000  2211.230713  1121.837280
    0.200000  -15231.398438  721.107483
"""

TABLES = {
    "savetxt.txt": ("# time energy\n0.0e+00 1.0e+00\n1.0e-01 9.5e-01\n", {"time": 0.1, "energy": 0.95}),
    "spaces.txt": ("time energy step\n0.0 1.0 0\n0.5 0.25 1\n", {"time": 0.5, "energy": 0.25, "step": 1.0}),
    "ave.out": (
        "# Time-averaged data for fix a\n# TimeStep v_T\n50 0.78\n100 0.75\n",
        {"TimeStep": 100.0, "v_T": 0.75},
    ),
    "energies": ("# t E\n0 1.5\n1 2.5\n2 3.5\n", {"t": 2.0, "E": 3.5}),
    "commas.prof": ("x, y\n1, 2\n2, 4\n", {"x": 2.0, "y": 4.0}),
    "md.xvg": (XVG, {"Time (ps)": 0.2, "Potential": -15231.398438, "Temperature": 721.107483}),
    "one.xvg": (
        '@ xaxis label "Time (ns)"\n@ yaxis label "RMSD (nm)"\n0 0.0005\n0.02 0.09\n',
        {"Time (ns)": 0.02, "RMSD (nm)": 0.09},
    ),
    "cp2k-1.ener": (
        "#     Step Nr.          Time[fs]        Kin.[a.u.]\n   0   0.000000   0.28\n   1   0.5   0.27\n",
        {"Step Nr.": 1.0, "Time[fs]": 0.5, "Kin.[a.u.]": 0.27},
    ),
    "blanks.csv": ("step loss\n0 1.0\n1 0.5\n", {"step": 1.0, "loss": 0.5}),
}


@pytest.mark.parametrize("name", TABLES)
def test_text_of_numbers_is_a_table_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    text, last = TABLES[name]
    path = tmp_path / name
    path.write_text(text)
    assert may_be_table(str(path))
    assert end_of(str(path)).last == last
    table: OpenTable = open_table(str(path))
    table.look()
    assert table.head is not None
    assert table.head.columns == tuple(last)


OTHERS = {
    "notes.txt": "we tried 3 meshes\nand 4 time steps\nnone of 12 worked\n",
    "POSCAR": "Si\n1.0\n5.43 0 0\n0 5.43 0\n0 0 5.43\nSi\n2\nDirect\n0 0 0\n0.25 0.25 0.25\n",
    "one-row.txt": "1 2 3\n",
    "one-column.txt": "1\n2\n3\n",
    "ragged.txt": "1 2\n3\n4 5 6\n7 8 9 10\n1\n",
    "empty.txt": "",
    "binary": "\0\1\2 1 2 3\n4 5 6\n",
    "job.out": "starting 4 tasks\nstep 1 of 10\nstep 2 of 10\nall done\n",
    "geometry.xyz": "1 2\n3 4\n5 6\n",
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_text_is_no_table(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OTHERS[name])
    assert not may_be_table(str(tmp_path / name))


def plumed(*blocks: tuple[str, list[str]]) -> str:
    return "".join(f"#! FIELDS {names}\n#! SET min 0\n" + "".join(rows) for names, rows in blocks)


def test_columns_that_plumed_names_anew_hold_for_the_rows_below(tmp_path: Path) -> None:
    path = tmp_path / "COLVAR"
    path.write_text(plumed(("time d bias", ["0 1 10\n", "1 2 20\n"]), ("time bias d", ["2 30 3\n"])))
    assert has_columns(str(path))
    metrics = open_metrics(str(path))
    while metrics.look():
        pass
    assert list(metrics.series("d")) == [1, 2, 3]
    assert list(metrics.series("bias")) == [10, 20, 30]
    assert end_of(str(path)).last == {"time": 2, "d": 3, "bias": 30}


def test_end_of_a_large_file_of_plumed_has_the_names_of_its_last_head(tmp_path: Path) -> None:
    path = tmp_path / "COLVAR"
    first = [f"{row} 1 10\n" for row in range(5000)]
    last = [f"{row} 30 3\n" for row in range(400_000)]
    path.write_text(plumed(("time d bias", first), ("time bias d", last)))
    assert end_of(str(path)).last == {"time": 399_999, "d": 3, "bias": 30}


def test_file_that_cannot_be_opened_or_is_no_file_is_no_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert not may_be_table(str(tmp_path / "pipe.txt"))
    assert not may_be_table(str(tmp_path / "missing.txt"))


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.xvg", "COLVAR", "a.csv", "a.out"]))
def test_any_bytes_are_read_without_an_error(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        may_be_table(str(path))
        assert set(end_of(str(path)).last) <= set(end_of(str(path)).all_columns)


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=20))
def test_columns_come_back_as_they_were_written(rows: list[tuple[float, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.txt")
        path.write_text("# x y\n" + "".join(f"{x!r} {y!r}\n" for x, y in rows))
        assert has_columns(str(path))
        metrics = open_metrics(str(path))
        metrics.look()
        assert list(metrics.series("y")) == [y for _x, y in rows]
