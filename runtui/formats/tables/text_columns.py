"""Tables by their contents: text with columns of numbers, whatever the file is called."""

from __future__ import annotations

import os

from runtui.formats.tables.delimited import delimited_records, layout_of
from runtui.formats.tables.headers import usual_count
from runtui.formats.tables.numbers import is_missing, number_of, with_decimal_point
from runtui.store.regular_file import open_regular

_HEAD = 16 * 1024  # bytes that tell whether it is one
_LEAST_ROWS = 2  # rows
_LEAST_SHARE = 0.9  # fraction of the rows that are whole, and of a column's cells that are numbers
_MOST_WORDS = 0.34  # fraction of the columns that hold words

_OTHERS = frozenset((
    ".py", ".pyc", ".sh", ".bash", ".c", ".cc", ".cpp", ".h", ".f", ".f90", ".jl", ".m", ".r", ".ipynb",
    ".so", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".json", ".xml", ".html", ".md", ".rst",
    ".tex", ".pdf", ".in", ".inp", ".nml", ".mdp", ".top", ".itp", ".ndx", ".gro", ".pdb", ".cif",
    ".xyz", ".lammpstrj", ".dump", ".vtk", ".vtu", ".vtp", ".pvd", ".stl", ".obj", ".msh", ".h5",
    ".hdf5", ".nc", ".npy", ".npz", ".pkl", ".mat", ".pt", ".pth", ".ckpt", ".cpt", ".restart", ".data",
    ".cube", ".xsf", ".wfc", ".upf", ".psf", ".gz", ".xz", ".bz2", ".zst", ".zip", ".tar", ".tgz",
    ".png", ".jpg", ".jpeg", ".gif", ".svg", ".tif", ".tiff", ".webp", ".ppm", ".eps", ".ps", ".mp4",
    ".trr", ".xtc", ".edr", ".tpr", ".log", ".err", ".pid", ".lock", ".sbatch",
))  # fmt: skip
"""Endings of files that are something else, in lower case: none of them is opened to see."""


def may_have_columns(path: str) -> bool:
    """Return whether a file's name does not say that it is something else than a table."""
    name = os.path.basename(path)
    return not name.startswith(".") and os.path.splitext(name)[1].lower() not in _OTHERS


def has_columns(path: str) -> bool:
    """Return whether a file begins as a table of numbers; one that cannot be read does not."""
    if not may_have_columns(path):
        return False
    try:
        with open_regular(path) as file:
            head = os.pread(file.descriptor, _HEAD, 0)
            is_whole = len(head) == file.status.st_size
    except OSError:
        return False
    return are_columns(os.path.basename(path), head, is_whole=is_whole)


def are_columns(name: str, head: bytes, *, is_whole: bool) -> bool:
    """Return whether text is a table of numbers.

    Args:
        name: The file's name.
        head: Its first bytes.
        is_whole: Whether that is all of it.
    """
    layout = layout_of(name, head, is_whole=is_whole)
    if layout is None or layout.is_json:
        return False
    lines = [line.removesuffix("\r") for line in head[layout.body :].decode("utf-8", "replace").split("\n")]
    if not is_whole or not lines[-1]:
        lines.pop()
    rows = [record.cells for record in delimited_records(lines, layout.delimiter)]
    count = usual_count(rows)
    if len(rows) < _LEAST_ROWS or count < 2 or len(layout.columns) != count:
        return False
    fitting = [row for row in rows if len(row) == count]
    words = [
        place
        for place in range(count)
        if sum(_is_number(row[place]) for row in fitting) < _LEAST_SHARE * len(fitting)
    ]
    return len(fitting) >= _LEAST_SHARE * len(rows) and len(words) <= _MOST_WORDS * count


def _is_number(cell: str) -> bool:
    return is_missing(cell) or number_of(with_decimal_point(cell)) is not None
