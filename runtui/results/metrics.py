"""Numeric columns of a table, read as it grows and never all of it in memory.

Text of moderate size is read from its beginning, a MiB at a time. Of a very large one rows are taken at
places spread evenly over it; only what is appended after that is read row by row. What is taken for a number
is decided cell by cell: the rest of a row that is cut off, ragged, or of another header loses nothing.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from array import array

from runtui.formats.tables.base import NumberedRows
from runtui.formats.tables.delimited import (
    FIELDS,
    HEAD,
    MOST_COLUMNS,
    Layout,
    column_names,
    layout_of,
)
from runtui.formats.tables.numbers import is_missing, number_of
from runtui.formats.tables.registry import numbered_rows
from runtui.formats.tables.rows import Row, RowReader
from runtui.logs.read.lines import LineReader
from runtui.logs.read.source import FileSource, LogChange
from runtui.store.timestamps import parse_timestamp

STEP_NAMES = ("step", "steps", "iteration", "iter", "epoch", "generation", "cycle", "timestep", "sweep", "n")
"""Names of columns that count the steps of a simulation, the likeliest first."""

TIME_NAMES = (
    "time",
    "t",
    "elapsed",
    "wall_time",
    "walltime",
    "seconds",
    "timestamp",
    "datetime",
    "date",
    "day",
)
"""Names of columns that tell a time, the likeliest first."""

_NAN = float("nan")
_CHUNK = 1024 * 1024  # bytes
_READ_WHOLE = 8 * 1024 * 1024  # bytes
_MOST_SEARCHED = 256 * 1024 * 1024  # bytes in which the last names of columns are looked for
_SAMPLES = 2000  # samples
_SAMPLES_AT_ONCE = 100  # samples
_SAMPLE_SIZE = 8 * 1024  # bytes
_SAMPLED_LINES = 20
_TAIL = 64 * 1024  # bytes
_ROWS_AT_ONCE = 2000  # rows
_ROWS_AT_EDGE = 50  # rows of a numbered table that tell its columns
_LAST_ROWS = (50, 2000, 50_000)  # rows of a numbered table that tell its last values
_TAILS = (16 * 1024, 256 * 1024, 1024 * 1024)  # a row may be long
_MOST_ROWS = 200_000
_MOST_VALUES = 2_000_000
_MOST_KEPT = 200  # columns
_SHORTEST_MOMENT = len("2026-01-01")
_SETTLED = 10.0  # seconds after which a last line without a newline is taken for whole


class Metrics(ABC):
    """The numeric columns of one table. Belongs to one thread.

    Args:
        path: The table, which need not exist yet.

    Attributes:
        path: The table.
        version: Another number after each look that brought something new.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.version = 0
        self._forget()

    def _forget(self) -> None:
        self._values: dict[str, array[float]] = {}
        self._found: dict[str, list[int]] = {}
        self._rows: array[float] = array("d")
        self._row = 0.0
        self._stride = 1
        self._last: dict[str, float] = {}
        self._unended: dict[str, float] = {}
        self._is_sampled = False

    @abstractmethod
    def look(self) -> bool:
        """Read what is new, a part of it when it is much; return whether there is more to do at once.

        Raises:
            OSError: The table cannot be read.
        """

    @abstractmethod
    def read_beginning(self) -> None:
        """Read the first rows only: enough for `columns`, if not for those that come later.

        Raises:
            OSError: The table cannot be read.
        """

    @abstractmethod
    def read_end(self) -> None:
        """Read the last rows only, where the table is not small: enough for `last` unless `unseen` has more.

        Raises:
            OSError: The table cannot be read.
        """

    @property
    @abstractmethod
    def all_columns(self) -> tuple[str, ...]:
        """All columns of the table as far as it was read, numeric or not, safe to show."""

    @property
    def unseen(self) -> tuple[str, ...]:
        """The columns without any value in the rows that were read, where others were left out."""
        if not self._is_sampled:
            return ()
        return tuple(name for name in self.all_columns if name not in self._found)

    @property
    @abstractmethod
    def progress(self) -> float:
        """The fraction of the table that was read."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold numbers, or times, safe to show."""
        unended = [name for name in self._unended if name not in self._values]
        return (*(name for name, (numbers, texts) in self._found.items() if numbers > texts), *unended)

    @property
    def is_complete(self) -> bool:
        """Whether every row that was gone through was kept."""
        return not self._is_sampled and self._stride == 1

    @property
    def count(self) -> int:
        """The number of rows, up to where the table was read; estimated where it was not read whole."""
        return int(self._row) + bool(self._unended)

    @property
    def last(self) -> dict[str, float]:
        """The last number in each column that holds numbers: nan is one, a missing one (``NA``) is not.

        This is the one reading of a metric's last value, for columns, comparisons and legends.
        """
        last = self._last | self._unended
        return {name: last[name] for name in self.columns if name in last}

    def rows(self) -> array[float]:
        """Return the number of each row that was kept, counted from 1; estimated where some were left out."""
        rows = array("d", self._rows)
        if self._unended:
            rows.append(self._row + 1)
        return rows

    def series(self, column: str) -> array[float]:
        """Return a column's values, one for each of the `rows`; nan where a row has none."""
        values = array("d", self._values.get(column, ()))
        values.extend(_nans(len(self._rows) - len(values)))
        if self._unended:
            values.append(self._unended.get(column, _NAN))
        return values

    def _keep(self, row: Row) -> None:
        self._row += 1
        self.version += 1
        numbers = _numbers_in(row)
        self._last.update(numbers)
        self._judge(row, numbers)
        if int(self._row) % self._stride:
            return
        self._rows.append(self._row)
        for name, value in numbers.items():
            values = self._values.get(name)
            if values is None:
                if len(self._values) >= _MOST_KEPT:
                    continue
                values = self._values[name] = array("d")
            missing = len(self._rows) - 1 - len(values)
            if missing:
                values.extend(_nans(missing))
            values.append(value)
        if len(self._rows) > _MOST_ROWS or len(self._rows) * len(self._values) > _MOST_VALUES:
            self._thin_out()

    def _judge(self, row: Row, numbers: dict[str, float]) -> None:
        """Count for each column how often it holds a number, and how often other text."""
        for name, cell in row.items():
            if name not in self._found and len(self._found) >= MOST_COLUMNS:
                continue  # each of very many headers may have others
            if name in numbers:
                self._found.setdefault(name, [0, 0])[0] += 1
            elif not is_missing(cell):
                self._found.setdefault(name, [0, 0])[1] += 1

    def _thin_out(self) -> None:
        """Keep every other row."""
        for name, values in self._values.items():
            values.extend(_nans(len(self._rows) - len(values)))
            self._values[name] = values[1::2]
        self._rows = self._rows[1::2]
        self._stride *= 2


class TextMetrics(Metrics):
    """The numeric columns of a table of text.

    Args:
        path: The table, which need not exist yet.
    """

    def __init__(self, path: str) -> None:
        self._source = FileSource(path)
        self._generation = -1
        super().__init__(path)

    def _forget(self) -> None:
        super()._forget()
        self._layout: Layout | None = None
        self._reader: RowReader | None = None
        self._position = 0
        self._samples: list[int] = []
        self._sampled_to = 0
        self._row_size = 1.0
        self._first = 0
        self._first_row = 0.0
        self._first_kept = 0
        self._bytes = self._newlines = 0

    @property
    def progress(self) -> float:
        """The fraction of the table that was read."""
        if self._samples:
            return 1 - len(self._samples) / _SAMPLES
        return min(1.0, self._position / self._source.size) if self._source.size else 1.0

    def look(self) -> bool:
        """Read what is new, a part of it when it is much; return whether there is more to do at once.

        Raises:
            OSError: The table cannot be read.
        """
        look = self._source.look()
        if look.generation != self._generation:
            self._generation = look.generation
            self.version += 1
            self._forget()
        if look.change is LogChange.REMOVED or (self._layout is None and not self._begin()):
            return False
        if not self._samples and look.size - self._position > _READ_WHOLE:
            self._choose_samples(look.size)
        if self._samples:
            self._take_samples()
            return True
        return self._read_on()

    def read_beginning(self) -> None:
        """Read the first rows only: enough for `columns`, if not for those that come later.

        Raises:
            OSError: The table cannot be read.
        """
        self._source.look()
        if self._begin():
            self._read_on(HEAD)

    def read_end(self) -> None:
        """Read the last rows only, where the table is not small: enough for `last`.

        A header that changed further up is not seen then.

        Raises:
            OSError: The table cannot be read.
        """
        size = self._source.look().size
        if not self._begin():
            return
        body = self._position
        for tail in _TAILS:
            if size - body <= 2 * tail:
                break
            self._forget()
            self._begin()
            self._is_sampled = True
            self._position = LineReader(self._source).border_after(size - tail)
            if self._layout is not None and self._layout.has_fields:
                self._take_last_fields()
            while self._read_on():
                pass
            if self.last and not self.unseen:
                return
        if size - body <= 2 * _TAILS[-1]:
            if self._is_sampled:
                self._forget()
                self._begin()
            while self._read_on():
                pass

    def _begin(self) -> bool:
        source = self._source
        head = source.read(0, HEAD)
        self._layout = layout_of(source.path, head, is_whole=len(head) == source.size and self._is_settled)
        if self._layout is None:
            return False
        self._reader = RowReader(self._layout)
        self._position = self._layout.body
        body = head[self._position :]
        self._row_size = max(2.0, len(body) / max(1, body.count(b"\n")))
        return True

    @property
    def all_columns(self) -> tuple[str, ...]:
        if self._layout is None or self._reader is None:
            return ()
        # A header on the way may have brought others.
        return tuple(dict.fromkeys((*self._layout.columns, *self._found, *self._reader.columns)))

    @property
    def _is_json(self) -> bool:
        return self._layout is not None and self._layout.is_json

    @property
    def _is_settled(self) -> bool:
        return time.time() - self._source.modified > _SETTLED

    def _take_last_fields(self) -> None:
        """Take the columns that PLUMED named last before the place to read from."""
        reader = self._reader
        assert reader is not None
        place = self._position
        mark = f"\n{FIELDS}".encode()
        while place > 0 and self._position - place < _MOST_SEARCHED:
            begin = max(0, place - _CHUNK)
            data = self._source.read(begin, place - begin + len(mark))
            if (found := data.rfind(mark)) >= 0:
                line = self._source.read(begin + found + 1, HEAD).split(b"\n", 1)[0]
                for _row in reader.read([line.decode("utf-8", "replace")]):
                    pass
                return
            place = begin

    # One row after the other

    def _read_on(self, most: int = _CHUNK) -> bool:
        source, reader = self._source, self._reader
        assert reader is not None
        unended: dict[str, float] = {}
        data = source.read(self._position, min(most, source.size - self._position))
        is_end = not data or self._position + len(data) >= source.size
        whole = data[: data.rfind(b"\n") + 1]
        if not whole and not is_end:
            # A row of more than a MiB is not one; continue after it.
            self._position = LineReader(source).border_after(self._position)
            return True
        raw = whole.split(b"\n")[:-1]
        lines = [line.decode("utf-8", "replace") for line in raw]
        gone = 0
        for row, gone in reader.read(lines):  # noqa: B007
            if row is not None:
                self._keep(row)
        while gone < len(lines) and (reader.is_passed_over(lines[gone]) or not (is_end or gone)):
            gone += 1
        self._position += sum(map(len, raw[:gone])) + gone
        if is_end and gone == len(lines) and len(data) > len(whole):
            row_at_end = reader.whole_row(
                data[len(whole) :].decode("utf-8", "replace"), is_settled=self._is_settled
            )
            unended = {} if row_at_end is None else _numbers_in(row_at_end)
        # As text, nan is the same as nan.
        if repr(unended) != repr(self._unended):
            self._unended = unended
            self.version += 1
        return not is_end

    # Some rows of very many

    def _choose_samples(self, size: int) -> None:
        self._is_sampled = True
        # The last rows are read one after the other.
        self._sampled_to = LineReader(self._source).border_after(size - _TAIL)
        step = (self._sampled_to - self._position) / _SAMPLES
        self._samples = [self._position + int(step * place) for place in range(_SAMPLES)][::-1]
        self._first, self._first_row, self._first_kept = self._position, self._row, len(self._rows)
        self._bytes = self._newlines = 0

    def _take_samples(self) -> None:
        reader = self._reader
        assert reader is not None
        for _sample in range(min(_SAMPLES_AT_ONCE, len(self._samples))):
            offset = self._samples.pop()
            # A border is known by the newline before it.
            before = max(0, offset - 1)
            data = self._source.read(before, _SAMPLE_SIZE)
            begin = data.find(b"\n") + 1
            self._bytes += len(data)
            self._newlines += data.count(b"\n")
            # Where rows are long, another sample may have led to this one.
            if not self._position <= before + begin < self._sampled_to:
                continue
            lines = data[begin : data.rfind(b"\n") + 1].decode("utf-8", "replace").split("\n")
            self._position = before + begin + 1
            rows = (row for row, _end in reader.read(lines[:_SAMPLED_LINES]) if row is not None)
            row = next((row for row in rows if self._is_json or len(row) == len(reader.columns)), None)
            if row is not None:
                self._row = max(self._row, self._row_at(before + begin))
                self._keep(row)
        if not self._samples:
            self._position = self._sampled_to
            self._number_samples()

    def _row_at(self, offset: int) -> float:
        """Return the approximate number of rows before a place."""
        return self._first_row + (offset - self._first) // self._row_size

    def _number_samples(self) -> None:
        """Number the rows once more, now that their length is known all over the table."""
        before, self._row_size = self._row_size, max(1.0, self._bytes / max(1, self._newlines))
        for place in range(self._first_kept, len(self._rows)):
            behind = (self._rows[place] - self._first_row) * before / self._row_size
            self._rows[place] = self._first_row + float(round(behind))
        self._row = max([self._row_at(self._position), *self._rows[-1:]])


class NumberedMetrics(Metrics):
    """The numeric columns of a table whose rows are found by their numbers.

    Args:
        path: The table, which need not exist yet.
        rows: Its rows.
    """

    def __init__(self, path: str, rows: NumberedRows) -> None:
        self._table = rows
        super().__init__(path)

    def _forget(self) -> None:
        super()._forget()
        self._position = 0

    @property
    def progress(self) -> float:
        count = len(self._table)
        return min(1.0, self._position / count) if count else 1.0

    def look(self) -> bool:
        if self._table.look():
            self.version += 1
            self._forget()
        return self._read_on(_ROWS_AT_ONCE)

    def read_beginning(self) -> None:
        self._table.look()
        self._read_on(_ROWS_AT_EDGE)

    def read_end(self) -> None:
        self._table.look()
        for rows in _LAST_ROWS:
            self._forget()
            self._position = max(0, len(self._table) - rows)
            self._is_sampled = self._position > 0
            self._read_on(rows)
            if not self._is_sampled or (self.last and not self.unseen):
                return

    @property
    def all_columns(self) -> tuple[str, ...]:
        return column_names(self._table.columns[:MOST_COLUMNS])

    def _read_on(self, most: int) -> bool:
        columns = self.all_columns
        count = min(most, len(self._table) - self._position)
        for cells in self._table.rows(self._position, count) if count > 0 else ():
            self._keep(dict(zip(columns, cells, strict=False)))
        self._position += max(0, count)
        return self._position < len(self._table)


def open_metrics(path: str) -> Metrics:
    """Return the numeric columns of a table of any format; opens nothing yet."""
    rows = numbered_rows(path)
    return TextMetrics(path) if rows is None else NumberedMetrics(path, rows)


def _numbers_in(row: Row) -> dict[str, float]:
    """Return the cells of a row that are numbers, or moments in a column of times, as seconds."""
    found = {}
    for name, cell in row.items():
        value = number_of(cell)
        if value is None and len(cell) >= _SHORTEST_MOMENT and name.lower() in TIME_NAMES:
            value = parse_timestamp(cell)
        if value is not None:
            found[name] = value
    return found


def end_of(path: str) -> Metrics:
    """Return the numeric columns of a table, read as far as their last values need it.

    Raises:
        OSError: The table cannot be read.
    """
    metrics = open_metrics(path)
    metrics.read_end()
    return metrics


def _nans(count: int) -> array[float]:
    return array("d", [_NAN]) * count


def numeric_columns(path: str) -> tuple[str, ...]:
    """Return the columns that hold numbers in the beginning of a table, safe to show.

    Raises:
        OSError: The table cannot be read.
    """
    metrics = open_metrics(path)
    metrics.read_beginning()
    return metrics.columns
