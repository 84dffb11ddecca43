"""Cache of a runs directory's last known state in the user's cache directory, to show before the first scan.

One file for each runs directory, replaced atomically, safe to delete at any time, and never trusted: every
row is checked against the disk before it counts as read. The format has columns, in blocks with the newest
runs first: splitting a hundred thousand lines is many times faster than parsing as many objects, and the
first screenful must not wait for the rest.

Format: a line of JSON (format, directory, keys, rules for reasons, and for each block the number of runs,
of bytes, and the CRC-32), then the blocks, whose format is in `cache_blocks`.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from runtui import __version__
from runtui.catalog.sync.cache_blocks import (
    DAMAGED,
    can_be_kept,
    pack,
    stamps_in,
    stored_size,
    unpack,
)
from runtui.store.atomic import TEMP_SUFFIX, discard
from runtui.store.closing import close_aside
from runtui.store.ownership import is_own_file
from runtui.store.record import STAMP_SIZE, FileStamp, RunRecord
from runtui.store.regular_file import open_regular
from runtui.store.user_dirs import user_folder, write_private

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule

_FORMAT = f"runtui cache 15 {sys.byteorder}"
_SUFFIX = ".runs"
_FIRST_BLOCK = 256  # runs
_BLOCK = 4096  # runs
_LARGEST_HEADER = 1 << 20  # bytes
_MOST_FILES = 40
_LEFT_AFTER = 3600.0  # seconds after which an unfinished file is a leftover of a crash


class CacheFile:
    """An open cache file; closed once nothing refers to it.

    Attributes:
        descriptor: The open file.
    """

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        close_aside(self.descriptor)


class CachedRuns(NamedTuple):
    """Contents of a cache file.

    Attributes:
        keys: The metadata and parameter keys whose values its runs have.
        total: The number of runs.
        file: The open file; its content never changes, because caches are replaced as a whole.
        plan: The offset, the length in bytes, the number of runs and the checksum of each block.
        has_reasons: Whether the reasons in it are by the present rules.
    """

    keys: frozenset[str]
    total: int
    file: CacheFile
    plan: tuple[tuple[int, int, int, int], ...]
    has_reasons: bool = True

    def blocks(self) -> Iterator[list[RunRecord]]:
        """Yield the runs in blocks, newest first; end early if the file turns out to be damaged."""
        for data, count in self._data():
            try:
                runs = unpack(data, count)
            except DAMAGED:
                return
            yield runs if self.has_reasons else [run._replace(digest=None, warning=None) for run in runs]

    def stamps(self) -> dict[str, FileStamp | None]:
        """Return the stamps for checking the runs, by name, newest first.

        None for a run whose stamp is not enough to tell that it is unchanged: it may be live, or edited.
        """
        found: dict[str, FileStamp | None] = {}
        for data, count in self._data():
            try:
                found.update(stamps_in(data, count))
            except DAMAGED:
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
        rules: The user's rules, by which the reasons of failures were found.
    """

    def __init__(self, base: str, folder: str | None = None, rules: Sequence[OwnRule] = ()) -> None:
        self._base = os.path.abspath(base)
        self._rules = f"{__version__} {zlib.crc32(repr(rules).encode()):08x}" if rules else __version__
        self._folder = folder if folder is not None else default_folder()
        spelled = os.fsencode(self._base)
        # If two directories have the same file name here, one has no cache: the file names its directory.
        name = f"{zlib.crc32(spelled):08x}{zlib.crc32(spelled[::-1]):08x}"
        self.path = os.path.join(self._folder, name + _SUFFIX) if self._folder else ""

    def load(self) -> CachedRuns | None:
        """Return the cached runs, or None if there is no usable cache.

        A file that another user could have written is not used, as the cache names files to read, and its
        texts are shown unchecked.
        """
        try:
            opened = open_regular(self.path, follow_link=True)
        except OSError:
            return None
        file = CacheFile(opened.descriptor)
        return self._read_head(file) if is_own_file(opened.status, may_be_linked=True) else None

    def of_file(self, descriptor: int) -> CachedRuns | None:
        """Return the contents of the open file `descriptor` like `load`; the result closes the file."""
        return self._read_head(CacheFile(descriptor))

    def _read_head(self, file: CacheFile) -> CachedRuns | None:
        try:
            line, newline, _rest = os.pread(file.descriptor, _LARGEST_HEADER, 0).partition(b"\n")
            header = json.loads(line)
            if not newline or header["format"] != _FORMAT or header["base"] != _spelled(self._base):
                raise ValueError("of another program or directory")
            keys = frozenset(map(_text, header["keys"]))
            has_reasons = header["rules"] == self._rules
            sizes = [
                (stored_size(count), stored_size(size), stored_size(check))
                for count, size, check in header["blocks"]
            ]
            end = os.fstat(file.descriptor).st_size
        except (OSError, *DAMAGED):
            return None
        places = accumulate((size for _count, size, _check in sizes), initial=len(line) + 1)
        plan = tuple(
            (place, size, count, check)
            for place, (count, size, check) in zip(places, sizes, strict=False)
            # Never allocate more memory than the size of the file.
            if place + size <= end and count * STAMP_SIZE <= size
        )
        return CachedRuns(keys, sum(count for _place, _size, count, _check in plan), file, plan, has_reasons)

    def save(self, runs: Iterable[RunRecord], keys: frozenset[str]) -> None:
        """Replace the cache with `runs`, whose values are those of `keys`.

        Raises:
            OSError: The cache directory cannot be written; the old cache is unchanged.
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
            "rules": self._rules,
            "blocks": [(count, len(block), zlib.crc32(block)) for count, block in blocks],
        }
        data = b"".join([json.dumps(header).encode(), b"\n", *(block for _count, block in blocks)])
        write_private(self.path, data)
        self._tidy()

    def _tidy(self) -> None:
        """Remove the least recently used caches, and leftovers of crashes."""
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
    """Return the directory of the cache files; ``""`` for a user without a home, who has no cache."""
    return user_folder("XDG_CACHE_HOME", ".cache") or ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _spelled(path: str) -> str:
    return os.fsencode(path).hex()
