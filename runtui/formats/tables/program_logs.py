"""The tables that simulation programs print into their logs: what they say at each step.

Each program is a `LogParser` and a row in `LOG_PARSERS`. A log is known by what stands at its beginning, and
read as it grows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from runtui.formats.tables.delimited import MOST_COLUMNS
from runtui.formats.tables.numbers import number_of
from runtui.logs.read.source import FileSource
from runtui.store.regular_file import open_regular

_HEAD = 8 * 1024  # bytes by which a log is known
_MOST_BYTES = 32 * 1024 * 1024  # bytes at the end of a log that are read; a larger one begins in its middle
_MOST_ROWS = 1_000_000  # rows
_LONGEST_LINE = 4000  # characters

Cells = dict[str, str]
"""The cells of a row by column, as they stand in the log."""


class LogParser(Protocol):
    """Reader of one program's log, line by line."""

    def feed(self, line: str) -> Iterator[Cells]:
        """Take a line, and yield the rows that it completes."""


class LammpsThermo:
    """The thermo output of LAMMPS, of one line, several lines or YAML, of all runs in a log."""

    _STYLE_MULTI = re.compile(r"-+ Step +(\d+) -+ CPU = +(\S+)")
    _PAIR = re.compile(r"(\w+) += +(\S+)")
    _KEYWORDS = re.compile(r"\s*keywords: \[(.*)\]\s*$")
    _DATA = re.compile(r"\s*- \[(.*)\]\s*$")

    def __init__(self) -> None:
        self._columns: list[str] = []
        self._block: Cells = {}

    def feed(self, line: str) -> Iterator[Cells]:
        if line.startswith("Loop time of"):
            self._columns = []
            yield from self._whole_block()
            return
        if found := self._STYLE_MULTI.match(line):
            yield from self._whole_block()
            self._block = {"Step": found[1], "CPU": found[2]}
            return
        if self._block:
            if pairs := self._PAIR.findall(line):
                self._block |= dict(pairs)
            else:
                yield from self._whole_block()
            return
        if (named := self._KEYWORDS.match(line)) is not None:
            self._columns = [name.strip().strip("'\"") for name in named[1].split(",") if name.strip()]
            return
        cells = line.split()
        if (listed := self._DATA.match(line)) is not None:
            cells = [cell.strip() for cell in listed[1].split(",") if cell.strip()]
        if not cells:
            return
        if cells[0] == "Step" and len(cells) > 1:
            self._columns = cells
        elif len(cells) == len(self._columns) and all(number_of(cell) is not None for cell in cells):
            yield dict(zip(self._columns, cells, strict=True))

    def _whole_block(self) -> Iterator[Cells]:
        if self._block:
            yield self._block
            self._block = {}


class OpenFoamSteps:
    """The residuals, Courant numbers and continuity errors of a solver of OpenFOAM, a row for each time."""

    _TIME = re.compile(r"Time = ([^\s]+?)s?\s*$")
    _SOLVED = re.compile(
        r"\S+:  Solving for (\S+), Initial residual = (\S+), Final residual = (\S+), No Iterations (\S+)"
    )
    _COURANT = re.compile(r"Courant Number mean: (\S+) max: (\S+)")
    _CONTINUITY = re.compile(r"time step continuity errors : sum local = (\S+), global = (\S+),")
    _CLOCK = re.compile(r"ExecutionTime = (\S+) s")

    def __init__(self) -> None:
        self._row: Cells = {}

    def feed(self, line: str) -> Iterator[Cells]:
        if found := self._TIME.match(line):
            yield from self._whole()
            # The Courant number stands above the time that it is of.
            self._row = {"Time": found[1], **{key: self._row[key] for key in self._row if key != "Time"}}
        elif found := self._SOLVED.match(line):
            # A field that is solved several times in a step counts by its first residual.
            self._row.setdefault(f"{found[1]} residual", found[2].rstrip(","))
        elif found := self._COURANT.match(line):
            self._row["Courant mean"], self._row["Courant max"] = found[1], found[2]
        elif found := self._CONTINUITY.match(line):
            self._row["continuity local"], self._row["continuity global"] = found[1], found[2]
        elif found := self._CLOCK.match(line):
            self._row["ExecutionTime"] = found[1]
            yield from self._whole()

    def _whole(self) -> Iterator[Cells]:
        if "Time" in self._row and len(self._row) > 1:
            yield self._row
            self._row = {}


class EspressoEnergies:
    """The energies of pw.x, a row for each iteration."""

    _ITERATION = re.compile(r"\s*iteration # *(\d+)")
    _ENERGY = re.compile(r"(!?)\s+total energy\s+=\s*(\S+) Ry")
    _ACCURACY = re.compile(r"\s+estimated scf accuracy\s+<\s*(\S+) Ry")
    _FORCE = re.compile(r"\s+Total force =\s*(\S+)")
    _PRESSURE = re.compile(r".*\bP= *(\S+)$")

    def __init__(self) -> None:
        self._row: Cells = {}
        self._count = 0

    def feed(self, line: str) -> Iterator[Cells]:
        if found := self._ITERATION.match(line):
            yield from self._whole()
            self._count += 1
            self._row = {"iteration": str(self._count)}
        elif found := self._ENERGY.match(line):
            self._row["total energy (Ry)"] = found[2]
            if found[1]:
                self._row["converged energy (Ry)"] = found[2]
        elif found := self._ACCURACY.match(line):
            self._row["accuracy (Ry)"] = found[1]
            if "converged energy (Ry)" not in self._row:
                yield from self._whole()
        elif found := self._FORCE.match(line):
            self._row["total force (Ry/au)"] = found[1]
        elif "P=" in line and (found := self._PRESSURE.match(line)):
            self._row["pressure (kbar)"] = found[1]
        elif line.startswith("     Writing") or "JOB DONE" in line:
            yield from self._whole()

    def _whole(self) -> Iterator[Cells]:
        if self._row:
            self._row.setdefault("iteration", str(self._count))
            if len(self._row) > 1:
                yield self._row
        self._row = {}


class Cp2kEnergies:
    """The energies of CP2K, a row for each evaluation of the forces, with the step that they are of."""

    _ENERGY = re.compile(r" ENERGY\| Total FORCE_EVAL .* energy \[?[^\]:]*\]?:?\s+(\S+)")
    _MD = re.compile(r" MD\| (Step number|Time \[fs\]|Temperature \[K\]|Energy drift per atom \[K\])\s+(\S+)")
    _OPT = re.compile(r"  Max\. (step size|gradient)\s+=\s+(\S+)")

    def __init__(self) -> None:
        self._row: Cells = {}
        self._count = 0

    def feed(self, line: str) -> Iterator[Cells]:
        if found := self._ENERGY.match(line):
            if self._row:
                yield self._row
            self._count += 1
            self._row = {"evaluation": str(self._count), "energy (a.u.)": found[1]}
        elif self._row and (found := self._MD.match(line)):
            self._row[found[1]] = found[2]
        elif self._row and (found := self._OPT.match(line)):
            self._row[f"max {found[1]}"] = found[2]
        elif self._row and line.startswith(
            (" MD_ENERGIES|", "  **** **** ", " --------  Informations at step")
        ):
            yield self._row
            self._row = {}


class GromacsEnergies:
    """The energies of GROMACS's log: blocks of names and values in columns of 15 characters."""

    _WIDTH = 15  # characters of a column

    def __init__(self) -> None:
        self._row: Cells = {}
        self._names: list[str] = []
        self._is_inside = False

    def feed(self, line: str) -> Iterator[Cells]:
        if line.split() == ["Step", "Time"]:
            yield from self._whole()
            self._names = ["Step", "Time"]
            self._is_inside = True
        elif "A V E R A G E S" in line:
            yield from self._whole()
            self._is_inside = False
        elif not self._is_inside or not line.strip() or "Energies (kJ/mol)" in line:
            if self._is_inside and not line.strip() and len(self._row) > 2:
                yield from self._whole()
        elif self._names:
            cells = self._cells(line)
            if len(cells) == len(self._names) and all(number_of(cell) is not None for cell in cells):
                self._row |= dict(zip(self._names, cells, strict=True))
                self._names = []
            else:
                self._names = cells if number_of(cells[0]) is None else []
        else:
            self._names = self._cells(line)

    def _cells(self, line: str) -> list[str]:
        text = line.rstrip()
        return [
            text[place : place + self._WIDTH].strip() or f"column {place // self._WIDTH + 1}"
            for place in range(0, len(text), self._WIDTH)
        ]

    def _whole(self) -> Iterator[Cells]:
        if len(self._row) > 2:
            yield self._row
        self._row = {}
        self._names = []


class VaspSteps:
    """The ionic steps in VASP's OSZICAR, or where there are none yet the electronic ones."""

    _IONIC = re.compile(r"\s*(\d+)\s+(?:T=\s*(\S+)\s+E=\s*(\S+)\s+)?F=\s*(\S+)\s+E0=\s*(\S+)")
    _ELECTRONIC = re.compile(r"(?:DAV|RMM|CGA|SDA|DMP):\s+(\d+)\s+(\S+)\s+(\S+)")

    def feed(self, line: str) -> Iterator[Cells]:
        if found := self._IONIC.match(line):
            row = {"ionic step": found[1], "F (eV)": found[4], "E0 (eV)": found[5]}
            if found[2] is not None:
                row |= {"T (K)": found[2], "E (eV)": found[3]}
            yield row
        elif found := self._ELECTRONIC.match(line):
            yield {"electronic step": found[1], "energy (eV)": found[2], "change (eV)": found[3]}


class ProgramLog(NamedTuple):
    """A program whose logs are tables.

    Attributes:
        is_one: Whether a log of this name, which begins so, is one.
        parser: Makes a reader.
    """

    is_one: Callable[[str, bytes], bool]
    parser: Callable[[], LogParser]


LOG_PARSERS: dict[str, ProgramLog] = {
    "LAMMPS": ProgramLog(lambda _name, head: head.startswith(b"LAMMPS ("), LammpsThermo),
    "OpenFOAM": ProgramLog(lambda _name, head: b"OpenFOAM" in head and b"Exec   :" in head, OpenFoamSteps),
    "Quantum ESPRESSO": ProgramLog(lambda _name, head: b"Program PWSCF" in head, EspressoEnergies),
    "CP2K": ProgramLog(lambda _name, head: b" CP2K| version string:" in head, Cp2kEnergies),
    "GROMACS": ProgramLog(
        lambda name, head: name.endswith(".log") and b":-) GROMACS - gmx mdrun" in head, GromacsEnergies
    ),
    "VASP": ProgramLog(lambda name, _head: name.lower().startswith("oszicar"), VaspSteps),
}
"""All programs, by what users call them."""


def log_parser_for(path: str) -> LogParser | None:
    """Return a reader for a program's log; None for a file that is not one, or cannot be read."""
    try:
        with open_regular(path) as file:
            head = os.pread(file.descriptor, _HEAD, 0)
    except OSError:
        return None
    name = os.path.basename(path)
    return next((form.parser() for form in LOG_PARSERS.values() if form.is_one(name, head)), None)


def is_program_log(path: str) -> bool:
    """Return whether a file is the log of a program whose logs are tables."""
    return may_be_program_log(path) and log_parser_for(path) is not None


def may_be_program_log(path: str) -> bool:
    """Return whether a file's name does not say that it is something else than such a log."""
    name = os.path.basename(path).lower()
    return name.startswith(("log.", "oszicar")) or name.endswith((".log", ".out")) or "." not in name


class LogRows:
    """The rows of a program's log, read on as it grows.

    Args:
        path: The log.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._source = FileSource(path)
        self._generation = -1
        self._forget()

    def _forget(self) -> None:
        self._parser: LogParser | None = None
        self._columns: dict[str, None] = {}
        self._rows: list[Cells] = []
        self._position = 0

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns so far."""
        return tuple(self._columns)

    def look(self) -> bool:
        """Read what was added, and return whether the log begins anew.

        Raises:
            OSError: It cannot be read.
        """
        look = self._source.look()
        is_new = look.generation != self._generation
        if is_new:
            self._generation = look.generation
            self._forget()
        if self._parser is None:
            self._parser = log_parser_for(self._path)
            self._position = max(0, look.size - _MOST_BYTES)
        if self._parser is None or len(self._rows) >= _MOST_ROWS:
            return is_new
        data = self._source.read(self._position, look.size - self._position)
        whole = data.rfind(b"\n") + 1
        self._position += whole
        count = len(self._columns)
        for line in data[:whole].decode("utf-8", "replace").split("\n")[:-1]:
            for row in self._parser.feed(line.rstrip("\r")[:_LONGEST_LINE]):
                self._rows.append(row)
                if len(self._columns) < MOST_COLUMNS:
                    self._columns.update(dict.fromkeys(row))
        return is_new or (count > 0 and len(self._columns) != count)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        """Return the cells of rows."""
        return [[row.get(name, "") for name in self._columns] for row in self._rows[first : first + count]]
