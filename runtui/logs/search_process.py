"""Starting the process of a pursuit, and hearing what it finds."""

from __future__ import annotations

import json
import os
import pickle
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence

from runtui.logs.pursuit import Task
from runtui.logs.source import Handle

_PIECE = 65536

_PROGRAM = """\
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from runtui.logs.searcher import main
main()
"""


class SearchProcess:
    """Another process that goes through a log, and ends with this one, in whatever way that ends.

    Args:
        task: What it is to do.
        handle: The log.
        size: Bytes of it that are gone through.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, task: Task, handle: Handle, size: int) -> None:
        flags = "-SEB" if sys.dont_write_bytecode else "-SE"
        self._process = subprocess.Popen(
            [sys.executable, flags, "-c", _PROGRAM, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=(handle.descriptor,),
            process_group=0,  # of the same session: between two of them being nice counts for nothing
        )
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pickle.dumps((handle.descriptor, size, task)))
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
