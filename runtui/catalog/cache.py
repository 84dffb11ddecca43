"""The last known state of a runs directory, kept in the user's cache directory: rows before any look at it.

One file for each runs directory, replaced atomically, safe to delete at any time, and never trusted: every
row is checked against the disk before it counts as read. It is laid out by columns, in blocks with the
newest runs first, because splitting a hundred thousand lines is many times faster than parsing as many
objects, and the first screenful must not wait for the rest.

Layout: a line of JSON (format, directory, keys, and for each block the number of runs, of bytes, and the
CRC-32), then the blocks. A block is its columns one after the other, each preceded by its length in eight
bytes. Text columns have one line for each run; others are arrays of 64-bit numbers, and of file stamps.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import Any

from runtui.store.atomic import TEMP_SUFFIX, discard
from runtui.store.failure import Digest, Kind
from runtui.store.home import user_folder, write_private
from runtui.store.record import NO_VALUES, FileStamp, JobNote, RecordState, RunRecord
from runtui.store.safe_text import is_utf8
from runtui.store.status import LIVE_STATUSES

_FORMAT = f"runtui cache 4 {sys.byteorder}"
_SUFFIX = ".runs"
_FIRST_BLOCK = 256
_BLOCK = 4096
_LARGEST_HEADER = 1 << 20
_MOST_FILES = 40
_LEFT_AFTER = 3600.0  # seconds after which a file that is being written was left by a crash
_WORD = 8
_STAMP = 24
_LARGEST_NUMBER = (1 << 62) - 1


class CacheFile:
    """An open cache file; closed when nobody needs it any more.

    Attributes:
        descriptor: The open file.
    """

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class CachedRuns:
    """What a cache file holds.

    Attributes:
        keys: The metadata and parameter keys whose values its runs have.
        total: The number of runs.
        file: The open file; it stays as it is, because caches are replaced and not changed.
        plan: Of each block the place in the file, the bytes, the number of runs and the check sum.
    """

    keys: frozenset[str]
    total: int
    file: CacheFile
    plan: tuple[tuple[int, int, int, int], ...]

    def blocks(self) -> Iterator[list[RunRecord]]:
        """Yield the runs, the newest first, in blocks; ends early where the file turns out damaged."""
        for data, count in self._data():
            try:
                runs = unpack(data, count)
            except (ValueError, TypeError, AttributeError):
                return
            yield runs

    def settled(self) -> dict[str, FileStamp]:
        """Return by name, the newest first, the stamps of the runs for which a look at that is enough."""
        found: dict[str, FileStamp] = {}
        for data, count in self._data():
            try:
                found |= _settled(data, count)
            except (ValueError, TypeError):
                break
        return found

    def _data(self) -> Iterator[tuple[bytes, int]]:
        for place, size, count, check in self.plan:
            try:
                data = os.pread(self.file.descriptor, size, place)
            except OSError:
                return
            if len(data) != size or zlib.crc32(data) != check:
                return
            yield data, count


class RunsCache:
    """The cache file of one runs directory.

    Args:
        base: The runs directory.
        folder: The directory of the cache files; by default the user's.
    """

    def __init__(self, base: str, folder: str | None = None) -> None:
        self._base = os.path.abspath(base)
        self._folder = folder if folder is not None else default_folder()
        spelled = os.fsencode(self._base)
        # Of two directories with the same name here one has no cache: the file says whose it is.
        name = f"{zlib.crc32(spelled):08x}{zlib.crc32(spelled[::-1]):08x}"
        self.path = os.path.join(self._folder, name + _SUFFIX) if self._folder else ""

    def load(self) -> CachedRuns | None:
        """Return what was known last, or None where nothing is, or nothing that can be used."""
        try:
            return self._read_head(CacheFile(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)))
        except OSError:
            return None

    def of_file(self, descriptor: int) -> CachedRuns | None:
        """Return what the open file `descriptor` holds, as `load` does; closes it with what is returned."""
        return self._read_head(CacheFile(descriptor))

    def _read_head(self, file: CacheFile) -> CachedRuns | None:
        try:
            line, newline, _rest = os.pread(file.descriptor, _LARGEST_HEADER, 0).partition(b"\n")
            header = json.loads(line)
            if not newline or header["format"] != _FORMAT or header["base"] != _spelled(self._base):
                raise ValueError("of another program or directory")
            keys = frozenset(str(key) for key in header["keys"])
            sizes = [(int(count), int(size), int(check)) for count, size, check in header["blocks"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        places = accumulate((size for _count, size, _check in sizes), initial=len(line) + 1)
        plan = tuple(
            (place, size, count, check) for place, (count, size, check) in zip(places, sizes, strict=False)
        )
        return CachedRuns(keys, sum(count for count, _size, _check in sizes), file, plan)

    def save(self, runs: Iterable[RunRecord], keys: frozenset[str]) -> None:
        """Replace the cache by `runs`, whose values are those of `keys`.

        Raises:
            OSError: The cache directory cannot be written; the old cache is as it was.
        """
        kept = [run for run in runs if can_be_kept(run)]
        kept.sort(key=lambda run: run.created or 0.0, reverse=True)
        blocks = []
        begin, size = 0, _FIRST_BLOCK
        while begin < len(kept):
            part = kept[begin : begin + size]
            blocks.append((len(part), pack(part)))
            begin, size = begin + size, _BLOCK
        header = {
            "format": _FORMAT,
            "base": _spelled(self._base),
            "keys": sorted(keys),
            "blocks": [(count, len(block), zlib.crc32(block)) for count, block in blocks],
        }
        data = b"".join([json.dumps(header).encode(), b"\n", *(block for _count, block in blocks)])
        write_private(self.path, data)
        self._tidy()

    def _tidy(self) -> None:
        """Remove the caches that were not used for longest, and what a crash left behind."""
        found = []
        abandoned = time.time() - _LEFT_AFTER
        with os.scandir(self._folder) as listing:
            for entry in listing:
                try:
                    if entry.name.endswith(_SUFFIX):
                        found.append((entry.stat().st_mtime, entry.path))
                    elif entry.name.endswith(TEMP_SUFFIX) and entry.stat().st_mtime < abandoned:
                        discard(entry.path)
                except OSError:
                    continue
        found.sort(reverse=True)
        for _modified, path in found[_MOST_FILES:]:
            discard(path)


def default_folder() -> str:
    """Return the directory of the cache files; ``""``, where nothing can be kept, for a user without home."""
    return user_folder("XDG_CACHE_HOME", ".cache") or ""


def _spelled(path: str) -> str:
    return os.fsencode(path).hex()


def can_be_kept(run: RunRecord) -> bool:
    """Return whether a run can be packed: nearly all can, and the others are just read."""
    if run.state is not RecordState.READ or run.stamp is None:
        return False
    text = run.name if run.parent is None else run.name + run.parent
    return "\n" not in text and is_utf8(text)


# Writing


def pack(runs: Sequence[RunRecord]) -> bytes:
    """Return runs that can be packed as a block of columns."""
    columns: list[bytes] = []
    columns += [_lines([text_of(run) for run in runs]) for text_of in _TEXTS]
    columns += [array("d", [number_of(run) for run in runs]).tobytes() for number_of in _NUMBERS]
    columns += [array("Q", [count_of(run) for run in runs]).tobytes() for count_of in _COUNTS]
    columns.append(b"".join([(run.stamp or 0).to_bytes(_STAMP) for run in runs]))
    return b"".join(part for column in columns for part in (len(column).to_bytes(_WORD), column))


def _lines(texts: Sequence[str]) -> bytes:
    return "\n".join(texts).encode()


def _moment(value: float | None) -> float:
    return math.nan if value is None else value


def _values(run: RunRecord) -> str:
    return json.dumps(dict(run.values)) if run.values else ""


def _digest_text(digest: Digest) -> str:
    # A log may be called anything; where its name does not fit into a line the logs are read again.
    if not digest.log.isprintable() or not is_utf8(digest.log):
        return ""
    return f"{digest.kind}\t{digest.offset}\t{digest.log}\t{digest.line}"


def _digest_of(text: str) -> Digest:
    kind, offset, log, line = text.split("\t", 3)
    return Digest(Kind(kind), line, log, int(offset))


def _job_text(run: RunRecord) -> str:
    return "" if run.job is None else "\t".join(run.job)


def _job_of(text: str) -> JobNote:
    system, job_id, state, detail = text.split("\t")
    return JobNote(sys.intern(system), job_id, sys.intern(state), detail)


# Text made safe has neither line breaks nor tabs; names and parents were checked.
_TEXTS: tuple[Callable[[RunRecord], str], ...] = (
    lambda run: run.name,
    lambda run: "" if run.run_id == run.name else run.run_id,
    lambda run: run.status,
    lambda run: run.description,
    lambda run: "\t".join(run.tags),
    lambda run: run.host,
    lambda run: run.user,
    lambda run: "" if run.parent is None else f"={run.parent}",
    lambda run: run.problem,
    lambda run: run.doubt,
    lambda run: run.conflict,
    lambda run: run.reason,
    lambda run: "" if run.digest is None else _digest_text(run.digest),
    _values,
    _job_text,
)
_NUMBERS: tuple[Callable[[RunRecord], float], ...] = (
    lambda run: _moment(run.created),
    lambda run: _moment(run.started),
    lambda run: _moment(run.completed),
)
_COUNTS: tuple[Callable[[RunRecord], int], ...] = (
    lambda run: min(run.checkpoints, _LARGEST_NUMBER) << 2 | run.is_lost << 1 | run.created_is_guess,
    lambda run: run.edits,
)
_NAME, _STATUS = 0, 2
_EDITS = len(_TEXTS) + len(_NUMBERS) + 1  # the places of columns that are read alone


# Reading


def unpack(data: bytes, count: int) -> list[RunRecord]:
    """Return the `count` runs of a block.

    Raises:
        ValueError, TypeError, AttributeError: It is damaged.
    """
    columns = _columns(data)
    texts = [next(columns).decode().split("\n") for _text in _TEXTS]
    names, run_ids, statuses, descriptions, tags, hosts, users, parents = texts[:8]
    problems, doubts, conflicts, reasons, digests, values, jobs = texts[8:]
    created, started, completed = (_moments(next(columns)) for _number in _NUMBERS)
    checkpoints, edits = (array("Q", next(columns)) for _count in _COUNTS)
    stamps = next(columns)
    known_tags: dict[str, tuple[str, ...]] = {"": ()}
    for text in set(tags):
        if text:
            known_tags[text] = tuple(map(sys.intern, text.split("\t")))
    fields: list[Iterable[object]] = [
        names,
        [run_id or name for run_id, name in zip(run_ids, names, strict=True)],
        map(sys.intern, statuses),
        descriptions,
        [known_tags[text] for text in tags],
        created,
        [bool(number & 1) for number in checkpoints],
        started,
        completed,
        map(sys.intern, hosts),
        map(sys.intern, users),
        [parent[1:] if parent else None for parent in parents],
        [number >> 2 for number in checkpoints],
        problems,
        doubts,
        repeat(RecordState.READ, count),
        _stamps(stamps),
        edits,
        conflicts,
        reasons,
        [_values_of(text) for text in values],
        [_digest_of(text) if text else None for text in digests],
        [bool(number & 2) for number in checkpoints],
        [_job_of(text) if text else None for text in jobs],
    ]
    make: Callable[..., RunRecord] = tuple.__new__
    runs = list(map(make, repeat(RunRecord), zip(*fields, strict=True)))
    if len(runs) != count:
        raise ValueError("a column is too short")
    return runs


def _settled(data: bytes, count: int) -> dict[str, FileStamp]:
    columns = list(_columns(data))
    names, statuses = (columns[place].decode().split("\n") for place in (_NAME, _STATUS))
    edits = array("Q", columns[_EDITS])
    stamps = _stamps(columns[-1])
    return {
        name: stamp
        for name, status, edited, stamp in zip(names, statuses, edits, stamps, strict=True)
        if not edited and status not in LIVE_STATUSES
    }


def _stamps(data: bytes) -> list[FileStamp]:
    return [FileStamp.from_bytes(data[begin : begin + _STAMP]) for begin in range(0, len(data), _STAMP)]


def _columns(data: bytes) -> Iterator[bytes]:
    begin = 0
    while begin < len(data):
        end = begin + _WORD + int.from_bytes(data[begin : begin + _WORD])
        yield data[begin + _WORD : end]
        begin = end


def _moments(data: bytes) -> list[float | None]:
    return [None if value != value else value for value in array("d", data)]


def _values_of(text: str) -> Mapping[str, Any]:
    return json.loads(text) if text else NO_VALUES
