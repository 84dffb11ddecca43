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

import hashlib
import json
import math
import os
import sys
import time
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from runtui.store.atomic import TEMP_SUFFIX, discard, write_atomic
from runtui.store.home import user_folder
from runtui.store.record import NO_VALUES, FileStamp, RecordState, RunRecord
from runtui.store.safe_text import is_utf8

_FORMAT = f"runtui cache 2 {sys.byteorder}"
_SUFFIX = ".runs"
_FIRST_BLOCK = 256
_BLOCK = 16_384
_LARGEST_HEADER = 1 << 20
_MOST_FILES = 40
_LEFT_AFTER = 3600.0  # seconds after which a file that is being written was left by a crash
_WORD = 8
_STAMP = 24
_LARGEST_NUMBER = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class CachedRuns:
    """What a cache file holds.

    Attributes:
        keys: The metadata and parameter keys whose values its runs have.
        total: The number of runs.
        blocks: Gives the runs, the newest first, in blocks; ends early where the file turns out damaged.
    """

    keys: frozenset[str]
    total: int
    blocks: Iterator[list[RunRecord]]


class RunsCache:
    """The cache file of one runs directory.

    Args:
        base: The runs directory.
        folder: The directory of the cache files; by default the user's.
    """

    def __init__(self, base: str, folder: str | None = None) -> None:
        self._base = os.path.abspath(base)
        self._folder = folder if folder is not None else default_folder()
        name = hashlib.sha256(os.fsencode(self._base)).hexdigest()[:20]
        self.path = os.path.join(self._folder, name + _SUFFIX) if self._folder else ""

    def load(self) -> CachedRuns | None:
        """Return what was known last, or None where nothing is, or nothing that can be used."""
        try:
            file = open(self.path, "rb")  # noqa: SIM115 - read block by block, by whoever takes them
        except OSError:
            return None
        try:
            line = file.readline(_LARGEST_HEADER)
            header = json.loads(line)
            if header["format"] != _FORMAT or header["base"] != _spelled(self._base):
                raise ValueError("of another program or directory")
            keys = frozenset(str(key) for key in header["keys"])
            plan = [(int(count), int(size), int(check)) for count, size, check in header["blocks"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            file.close()
            return None
        return CachedRuns(keys, sum(count for count, _size, _check in plan), _read_blocks(file, plan))

    def save(self, runs: Iterable[RunRecord], keys: frozenset[str]) -> None:
        """Replace the cache by `runs`, whose values are those of `keys`.

        Raises:
            OSError: The cache directory cannot be written; the old cache is as it was.
        """
        kept = [run for run in runs if _can_be_kept(run)]
        kept.sort(key=lambda run: run.created or 0.0, reverse=True)
        blocks = []
        begin, size = 0, _FIRST_BLOCK
        while begin < len(kept):
            part = kept[begin : begin + size]
            blocks.append((len(part), _pack(part)))
            begin, size = begin + size, _BLOCK
        header = {
            "format": _FORMAT,
            "base": _spelled(self._base),
            "keys": sorted(keys),
            "blocks": [(count, len(block), zlib.crc32(block)) for count, block in blocks],
        }
        data = b"".join([json.dumps(header).encode(), b"\n", *(block for _count, block in blocks)])
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        write_atomic(self.path, data)
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


def _can_be_kept(run: RunRecord) -> bool:
    """Return whether a run can be a line of each column: nearly all can, and the others are just read."""
    if run.state is not RecordState.READ or run.stamp is None:
        return False
    text = run.name if run.parent is None else run.name + run.parent
    return "\n" not in text and is_utf8(text)


# Writing


def _pack(runs: Sequence[RunRecord]) -> bytes:
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
    _values,
)
_NUMBERS: tuple[Callable[[RunRecord], float], ...] = (
    lambda run: _moment(run.created),
    lambda run: _moment(run.started),
    lambda run: _moment(run.completed),
)
_COUNTS: tuple[Callable[[RunRecord], int], ...] = (
    lambda run: min(run.checkpoints, _LARGEST_NUMBER) << 1 | run.created_is_guess,
    lambda run: run.edits,
)


# Reading


def _read_blocks(file: Any, plan: Sequence[tuple[int, int, int]]) -> Iterator[list[RunRecord]]:
    with file:
        for count, size, check in plan:
            try:
                data = file.read(size)
                if len(data) != size or zlib.crc32(data) != check:
                    return
                yield _unpack(data, count)
            except (OSError, ValueError, TypeError, AttributeError):
                return


def _unpack(data: bytes, count: int) -> list[RunRecord]:
    columns = _columns(data)
    texts = [next(columns).decode().split("\n") for _text in _TEXTS]
    names, run_ids, statuses, descriptions, tags, hosts, users, parents = texts[:8]
    problems, doubts, conflicts, reasons, values = texts[8:]
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
        [number >> 1 for number in checkpoints],
        problems,
        doubts,
        repeat(RecordState.READ, count),
        [FileStamp.from_bytes(stamps[begin : begin + _STAMP]) for begin in range(0, len(stamps), _STAMP)],
        edits,
        conflicts,
        reasons,
        [_values_of(text) for text in values],
    ]
    make: Callable[..., RunRecord] = tuple.__new__
    runs = list(map(make, repeat(RunRecord), zip(*fields, strict=True)))
    if len(runs) != count:
        raise ValueError("a column is too short")
    return runs


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
