"""A table whose format its contents tell."""

from __future__ import annotations

from pathlib import Path

from runtui.formats.tables.registry import open_table

LOG = "LAMMPS (2 Aug 2023)\n   Step   Temp\n 0 1.5\n 10 1.25\nLoop time of 1 on 1 procs\n"


def test_format_is_found_out_at_the_first_look(tmp_path: Path) -> None:
    table = open_table(str(tmp_path / "log.lammps"))  # which does not exist yet
    (tmp_path / "log.lammps").write_text(LOG)
    assert table.head is None
    assert table.look()
    assert table.head is not None
    assert table.head.columns == ("Step", "Temp")
    assert [row.cells for row in table.after(table.body).rows] == [("0", "1.5"), ("10", "1.25")]
    assert [row.cells for row in table.before(table.end, 1).rows] == [("10", "1.25")]
    assert table.around(1)[1] == 1
    assert table.size == len(LOG)


def test_file_that_is_no_table_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("we tried it\nand it failed\n")
    table = open_table(str(tmp_path / "notes.txt"))
    table.look()
    assert table.size == 26
