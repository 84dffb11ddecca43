"""The worker's end of the pipes to the process that started it.

Standard output carries what the worker finds. Standard input brings words, and its end when the process that
started the worker is gone, in whatever way that ended.
"""

from __future__ import annotations

import os
import queue
import select
import threading

_INPUT, _OUTPUT = 0, 1
_PIECE_BYTES = 65536


def send(data: bytes) -> None:
    """Send all of some bytes to the process that started this one.

    Raises:
        BrokenPipeError: It is gone; the worker ends for that.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(_OUTPUT, rest) :]


def has_word(wait: float | None = None) -> bool:
    """Return whether the process that started this one sent anything; exit where it is gone.

    Args:
        wait: Seconds to wait for a word; None to wait for it without end.
    """
    if not select.select([_INPUT], [], [], wait)[0]:
        return False
    if not os.read(_INPUT, 1):
        os._exit(0)
    return True


def end_with_starter() -> None:
    """Exit with the process that started this one, which has nothing more to say."""
    threading.Thread(target=has_word, daemon=True).start()


def received_lines() -> queue.SimpleQueue[bytes]:
    """Return the lines that the process that started this one sends, as they come; exit where it is gone."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def receive() -> None:
        rest = b""
        while data := os.read(_INPUT, _PIECE_BYTES):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                lines.put(line)
        os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    return lines
