"""Starting the process of a pursuit, and hearing what it finds."""

from __future__ import annotations

import json
import os
import pickle
import select
from collections.abc import Iterator, Sequence

from runtui.logs.read.source import Handle
from runtui.logs.search.task import SearchTask
from runtui.store.worker_process import start_helper

_PIECE = 65536

_SEARCHER = "runtui.logs.search.search_worker"


class SearchProcess:
    """Another process that goes through a log, and ends with this one, in whatever way that ends.

    Args:
        task: What it is to do.
        handle: The log.
        size: Bytes of it that are gone through.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, task: SearchTask, handle: Handle, size: int) -> None:
        self._process = start_helper(_SEARCHER, descriptors=[handle.descriptor])
        assert self._process.stdin is not None
        try:
            # Nothing may be left in a buffer: closing the pipe of a dead process would fail for it.
            os.write(self._process.stdin.fileno(), pickle.dumps((handle.descriptor, size, task)))
        except OSError:
            self.end()
            raise

    def heard(self, wait: float) -> Iterator[Sequence[int]]:
        """Yield what it tells until it ends, and nothing at all whenever that takes longer than `wait`."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        rest = b""
        while True:
            if not select.select([descriptor], [], [], wait)[0]:
                yield ()
                continue
            data = os.read(descriptor, _PIECE)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                numbers: list[int] = json.loads(line)
                yield numbers

    def end(self) -> None:
        """End it, and wait until it has."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
