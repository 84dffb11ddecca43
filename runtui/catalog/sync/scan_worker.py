"""The process of a scan: reads a share of a directory's runs and sends them to the process that started it.

Started by `runtui.catalog.sync.scan_process`, with its task as JSON in an argument. Standard output carries
frames; standard input says when to resume, and its end ends this process together with the other one.
"""

from __future__ import annotations

import gc
import json
import os
import threading
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from runtui.catalog.sync.cache import CachedRuns, RunsCache
from runtui.catalog.sync.cache_blocks import can_be_kept, pack
from runtui.catalog.sync.reader import RunReader
from runtui.catalog.sync.reading_order import first_names, reading_order
from runtui.catalog.sync.scan_protocol import FOREIGN_WORTH_SHARING, HEAD, WORTH_SHARING, Frame
from runtui.layouts.run_tree import RunTree
from runtui.store.edits.edit_index import edited_runs
from runtui.store.record import FileStamp, RunRecord
from runtui.store.worker_channel import has_word, send

_FIRST_LOOK = 64  # runs
_LOOK = 256  # runs
_BLOCK = 4096  # runs
_FIRST_BLOCK = 64  # runs
_HEARTBEAT = 0.25  # seconds


def main(task: str) -> None:
    """Run the scan that `task` describes, a JSON object with the fields of `ScanWorker`."""
    fields: dict[str, Any] = json.loads(task)
    base = os.fsdecode(bytes.fromhex(fields["base"]))
    cached = None if fields["cache"] is None else RunsCache(base).of_file(fields["cache"])
    keys, in_flight = frozenset(fields["keys"]), fields["in_flight"]
    try:
        # Relative paths are looked up a tenth faster than absolute ones.
        os.chdir(base)
        base = os.curdir
    except OSError:
        pass  # listing it will report the error
    scan_worker = ScanWorker(
        base, keys, in_flight, fields["share"], fields["of"], with_names=fields["with_names"]
    )
    gc.disable()  # there are no reference cycles here, and looking for them takes a tenth of the time
    threading.Thread(target=scan_worker.live_with_the_other, daemon=True).start()
    scan_worker.scan_process(cached, fields["rest"])


class ScanWorker:
    """Reader of a share of a runs directory.

    Args:
        base: The runs directory.
        keys: The metadata and parameter keys whose values are read.
        in_flight: The greatest number of runs read at once, in all shares together.
        share: The number of this share; only share 0 reports the listing.
        of: The number of shares.
        with_names: See `ScanProcess`.
    """

    def __init__(
        self, base: str, keys: frozenset[str], in_flight: int, share: int, of: int, *, with_names: bool
    ) -> None:
        self._base = base
        self._share, self._of = share, of
        self._reader = RunReader(base, in_flight)
        self._reader.keys = keys
        self._sending = threading.Lock()
        self._with_names = with_names
        self._is_resumed = threading.Event()

    def scan_process(self, cached: CachedRuns | None, rest: float) -> None:
        """Send all runs that differ from those in `cached`; for `rest`, see `ScanProcess`."""
        stamps = {} if cached is None else cached.stamps()
        try:
            self._reader.edited = edited_runs(self._base)
            if not stamps and not self._share:
                self._send_first()
                self._is_resumed.wait(rest)
            tree = RunTree(self._base)
            tree.learn(name for name in stamps if "/" in name or "." in name)
            listed = tree.names()
        except OSError:
            self._send(Frame.GONE)
            return
        if not self._share:
            self._share_out(len(listed))
            self._send(Frame.LISTED, len(listed), _joined(listed) if self._with_names else b"")
        known, fresh = list(stamps), frozenset[str]()
        # Comparing all names takes a sixth of the time, and they are usually the same if their number is.
        is_sure = len(listed) != len(known)
        if is_sure:
            fresh = frozenset([name for name in listed if name not in stamps])
        if len(known) > len(listed) - len(fresh):
            present = set(listed)
            known = [name for name in known if name in present]
            self._send(Frame.VANISHED, 0, _joined(stamps.keys() - present))
        if self._of > 1:
            self._reader.rest()
            self._reader.in_flight = max(1, self._reader.in_flight // self._of)
        are_all_there = self._send_all(reading_order(self._base, known, fresh), stamps)
        if not is_sure and not are_all_there:
            self._send_all(sorted(set(listed).difference(known), reverse=True), stamps)
        self._send(Frame.DONE)

    def _share_out(self, count: int) -> None:
        """Leave half of the runs to a second process if there are enough of them."""
        worth_sharing = FOREIGN_WORTH_SHARING if self._reader.is_foreign else WORTH_SHARING
        if count < worth_sharing:
            self._of = 1
        elif self._of > 1:
            self._send(Frame.SHARED)

    def live_with_the_other(self) -> None:
        """Report now and then that the file system answers; exit together with the other process."""
        reported_at = 0.0
        while True:
            if has_word(_HEARTBEAT):
                self._is_resumed.set()
            elif self._reader.answered_at != reported_at:
                reported_at = self._reader.answered_at
                self._send(Frame.LOOKED)

    def _send_first(self) -> None:
        """Send a screenful of runs; listing a large directory, let alone reading it, takes too long."""
        runs = self._reader.look(first_names(self._base, _FIRST_LOOK), {})
        good = [run for run in runs if can_be_kept(run)]
        if good:
            self._send(Frame.RUNS, len(good), pack(good))

    def _send_all(self, order: Iterable[str], stamps: Mapping[str, FileStamp | None]) -> bool:
        """Send the runs that differ from `stamps`; return whether all of them can be packed."""
        are_good = True
        runs: list[RunRecord] = []
        looked, most = 0, _FIRST_BLOCK
        share = self._own(order)
        for begin in range(0, len(share), _LOOK):
            part = share[begin : begin + _LOOK]
            found = self._reader.look(part, stamps)
            looked += len(part)
            good = [run for run in found if can_be_kept(run)]
            if len(good) < len(found):
                kept = {run.name for run in good}
                are_good = False
                self._send(Frame.OTHERS, 0, _joined(run.name for run in found if run.name not in kept))
            runs += good
            if len(runs) >= most or looked >= _BLOCK or begin + _LOOK >= len(share):
                if runs:
                    self._send(Frame.RUNS, len(runs), pack(runs))
                self._send(Frame.LOOKED, looked)
                runs, looked, most = [], 0, _BLOCK
        return are_good

    def _own(self, order: Iterable[str]) -> list[str]:
        """Return the names of this share, which does not depend on the order."""
        if self._of == 1:
            return list(order)
        of, share, encode, check = self._of, self._share, os.fsencode, zlib.crc32
        return [name for name in order if check(encode(name)) % of == share]

    def _send(self, kind: Frame, number: int = 0, data: bytes = b"") -> None:
        with self._sending:
            send(HEAD.pack(kind.value, number, len(data)) + data)


def _joined(names: Iterable[str]) -> bytes:
    return os.fsencode("".join([f"{name}\0" for name in names]))
