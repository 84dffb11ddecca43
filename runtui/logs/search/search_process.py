"""The searching process: start it and read its results."""

from __future__ import annotations

import json
import os
import pickle
import select
from collections.abc import Iterator, Sequence

from runtui.logs.read.source import Handle
from runtui.logs.search.task import SearchTask
from runtui.store.worker_process import start_helper

_PIECE = 65536  # bytes

_SEARCHER = "runtui.logs.search.search_worker"


class SearchProcess:
    """Process that searches a log; it ends when this one does, even by SIGKILL.

    Args:
        task: The work.
        handle: The log.
        size: Bytes of the log to search.

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
        """Yield its results until it ends, and an empty one after each `wait` seconds without any."""
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
        """Kill the process, and wait until it has ended."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
